-- What was done about a step, in order; `state` is where the step stands after it. Never changed: a reversal is an entry of its
-- own. `content` is the entry as the contract states it.
CREATE TABLE ladder_entries (
    step_id       uuid        NOT NULL REFERENCES ladder_steps,
    number        integer     NOT NULL CHECK (number >= 1),
    division_code text COLLATE "C" NOT NULL,
    state         text        NOT NULL,
    content       bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (step_id, number)
);
SELECT kit.protect('ladder_entries');
GRANT SELECT, INSERT ON ladder_entries TO xiangtu_service;

-- Weeks with misses of persons under a plan, less those whose step was dropped or reversed. They count in whatever division
-- they lie, seen by the caller or not.
CREATE OR REPLACE FUNCTION missed_weeks(cadres text[], division text, plan text)
RETURNS TABLE (cadre_id text, weeks bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        SELECT m.cadre_id, count(DISTINCT m.week) FROM misses m
        WHERE m.cadre_id = ANY(cadres) AND m.plan_division = division AND m.plan_code = plan
          AND NOT EXISTS (
              SELECT FROM ladder_steps s JOIN ladder_entries e USING (step_id)
              WHERE s.cadre_id = m.cadre_id AND s.plan_division = division AND s.plan_code = plan
                AND s.step_trigger = 'MISSED_WEEK' AND s.week = m.week AND e.state IN ('DROPPED', 'REVERSED'))
        GROUP BY m.cadre_id;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
