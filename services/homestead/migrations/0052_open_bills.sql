-- Payments at the pace of a campaign.

-- Whether anything is outstanding, so that the index of open bills stays as it is while a bill is paid in parts: such an update
-- touches no index at all.
ALTER TABLE bill ADD open boolean NOT NULL
    GENERATED ALWAYS AS (gross_fen - credited_fen - relief_fen - remitted_fen - written_off_fen - paid_fen > 0) STORED;
DROP INDEX bill_open;
CREATE INDEX bill_open ON bill (division_code, due_on) INCLUDE (household_id) WHERE open;

-- Its statement is planned once for each connection: the planner thinks that batches of a known size deserve a plan each time,
-- which takes longer than posting a small one.
ALTER FUNCTION post_payments SET plan_cache_mode = force_generic_plan;
