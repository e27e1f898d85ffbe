-- What a plan's loads rest on: the quantile that it was planned for (NULL: what the register declares), and of what is left unserved the basis.
ALTER TABLE route_plans ADD COLUMN quantile_permille integer;
ALTER TABLE unserved_points ADD COLUMN basis text NOT NULL DEFAULT 'declared';
