-- Weekly bulletins as they were issued; `week` is its Monday. `content` is the bulletin as the contract states it.
CREATE TABLE bulletins (
    bulletin_id   uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    week          date        NOT NULL CHECK (extract(isodow FROM week) = 1),
    plan_division text COLLATE "C" NOT NULL,
    plan_code     text COLLATE "C" NOT NULL,
    plan_version  integer     NOT NULL,
    known_at      timestamptz NOT NULL,
    digest        text        NOT NULL,
    content       bytea       NOT NULL,
    issued_by     text        NOT NULL,
    UNIQUE (division_code, week),
    FOREIGN KEY (plan_division, plan_code, plan_version) REFERENCES plan_versions
);
CREATE INDEX bulletins_list ON bulletins (week DESC, division_code);
SELECT kit.protect('bulletins');
GRANT SELECT, INSERT ON bulletins TO xiangtu_service;

-- Misses: one person, task and week, counted once whoever issues a bulletin. For one task and week one person answers.
CREATE TABLE misses (
    miss_id       uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    plan_division text COLLATE "C" NOT NULL,
    plan_code     text COLLATE "C" NOT NULL,
    task_id       uuid        NOT NULL REFERENCES tasks,
    week          date        NOT NULL,
    cadre_id      text COLLATE "C" NOT NULL,
    bulletin_id   uuid        NOT NULL REFERENCES bulletins,
    recorded_at   timestamptz NOT NULL,
    UNIQUE (task_id, week)
);
CREATE INDEX misses_cadre ON misses (cadre_id, plan_division, plan_code, week);
SELECT kit.protect('misses');
GRANT SELECT, INSERT ON misses TO xiangtu_service;

-- Weeks with misses of persons under a plan. They count in whatever division they lie, seen by the caller or not.
CREATE FUNCTION missed_weeks(cadres text[], division text, plan text)
RETURNS TABLE (cadre_id text, weeks bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        SELECT cadre_id, count(DISTINCT week) FROM misses
        WHERE cadre_id = ANY(cadres) AND plan_division = division AND plan_code = plan GROUP BY cadre_id;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;

-- One row: until when facts were known to the last bulletin of all. It says nothing of any division.
CREATE TABLE bulletin_clock (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    known_at  timestamptz
);
INSERT INTO bulletin_clock DEFAULT VALUES;
GRANT SELECT, UPDATE (known_at) ON bulletin_clock TO xiangtu_service;
