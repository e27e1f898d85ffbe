-- Plans of the rest of a running day, what drivers without a plan would drive, and whose points are left unserved.
ALTER TABLE route_plans
    -- The plan that this one goes on from, and the time until which the day was known.
    ADD replanned_from uuid REFERENCES route_plans,
    ADD replanned_at_s integer CHECK (replanned_at_s BETWEEN 0 AND 86400),
    ADD CONSTRAINT route_plans_replanned CHECK ((replanned_from IS NULL) = (replanned_at_s IS NULL)),
    -- 0: by straight lines, or by the usual reach where the plan is older than this column.
    ADD road_reach_m   integer NOT NULL DEFAULT 0,
    ADD nearest        jsonb;
-- NULL where the township has no station, or the row is older than this column.
ALTER TABLE unserved_points ADD station_id text COLLATE "C" REFERENCES facilities;
