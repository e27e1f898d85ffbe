-- Falsification cases: one for the figure of a village, indicator and date, whatever its later corrections. `content` is the case
-- as the contract states it.
CREATE TABLE cases (
    case_id       uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    indicator     text COLLATE "C" NOT NULL,
    claim_date    date        NOT NULL,
    plan_division text COLLATE "C" NOT NULL,
    plan_code     text COLLATE "C" NOT NULL,
    plan_version  integer     NOT NULL,
    content       bytea       NOT NULL,
    opened_at     timestamptz NOT NULL,
    UNIQUE (division_code, indicator, claim_date),
    FOREIGN KEY (plan_division, plan_code, plan_version) REFERENCES plan_versions
);
CREATE INDEX cases_list ON cases (opened_at DESC, case_id DESC);
SELECT kit.protect('cases');
GRANT SELECT, INSERT ON cases TO xiangtu_service;

-- What was done about a case, in order; `state` is where the case stands after it. `content` is as the contract states it.
CREATE TABLE case_entries (
    case_id       uuid        NOT NULL REFERENCES cases,
    number        integer     NOT NULL CHECK (number >= 1),
    division_code text COLLATE "C" NOT NULL,
    state         text        NOT NULL,
    content       bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (case_id, number)
);
SELECT kit.protect('case_entries');
GRANT SELECT, INSERT ON case_entries TO xiangtu_service;

-- What counts towards a person's next step: an occasion under a plan, once for each person and trigger. Of missed weeks it is the
-- week, of falsified figures the case.
CREATE TABLE ladder_occurrences (
    cadre_id      text COLLATE "C" NOT NULL,
    plan_division text COLLATE "C" NOT NULL,
    plan_code     text COLLATE "C" NOT NULL,
    step_trigger  text        NOT NULL,
    occasion      text COLLATE "C" NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (cadre_id, plan_division, plan_code, step_trigger, occasion)
);
-- A village or task that is overdue counts once, whichever plan's bulletin states it.
CREATE UNIQUE INDEX ON ladder_occurrences (cadre_id, step_trigger, occasion) WHERE step_trigger <> 'MISSED_WEEK';
SELECT kit.protect('ladder_occurrences');
GRANT SELECT, INSERT ON ladder_occurrences TO xiangtu_service;
-- The row policies bind the owner too; empty means all divisions.
SELECT set_config('xiangtu.scope', '', true);
INSERT INTO ladder_occurrences
SELECT cadre_id, plan_division, plan_code, 'MISSED_WEEK', to_char(week, 'IYYY"-W"IW'), min(division_code), min(recorded_at)
FROM misses GROUP BY cadre_id, plan_division, plan_code, week;

ALTER TABLE ladder_steps ADD COLUMN occasion text COLLATE "C", ALTER COLUMN bulletin_id DROP NOT NULL;
UPDATE ladder_steps SET occasion = to_char(week, 'IYYY"-W"IW');
ALTER TABLE ladder_steps
    ALTER COLUMN occasion SET NOT NULL,
    DROP COLUMN week,
    ADD UNIQUE (cadre_id, plan_division, plan_code, step_trigger, occasion);

-- Occasions of persons under a plan, less those whose step was dropped or reversed. They count in whatever division they lie,
-- seen by the caller or not.
DROP FUNCTION missed_weeks;
CREATE FUNCTION ladder_occasions(cadres text[], division text, plan text, of_trigger text)
RETURNS TABLE (cadre_id text, occasions bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        SELECT o.cadre_id, count(*) FROM ladder_occurrences o
        WHERE o.cadre_id = ANY(cadres) AND o.plan_division = division AND o.plan_code = plan AND o.step_trigger = of_trigger
          AND NOT EXISTS (
              SELECT FROM ladder_steps s JOIN ladder_entries e USING (step_id)
              WHERE s.cadre_id = o.cadre_id AND s.plan_division = division AND s.plan_code = plan
                AND s.step_trigger = of_trigger AND s.occasion = o.occasion AND e.state IN ('DROPPED', 'REVERSED'))
        GROUP BY o.cadre_id;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
