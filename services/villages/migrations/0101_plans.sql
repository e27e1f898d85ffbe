-- Applied versions of the villages section of plan packages. Append-only: a later version governs from its first day on,
-- and every version stays answerable for its own time.
CREATE TABLE plan_versions (
    division_code  text COLLATE "C" NOT NULL,
    plan_code      text COLLATE "C" NOT NULL,
    version        integer     NOT NULL CHECK (version >= 1),
    effective_from date        NOT NULL,
    starts_on      date        NOT NULL,
    ends_on        date        NOT NULL,
    display_name   text        NOT NULL,
    section        bytea       NOT NULL,
    digest         text        NOT NULL,
    applied_by     text        NOT NULL,
    applied_at     timestamptz NOT NULL,
    PRIMARY KEY (division_code, plan_code, version),
    CHECK (ends_on >= starts_on)
);
SELECT kit.protect('plan_versions');
-- Those whom a plan binds may read it.
CREATE POLICY bound ON plan_versions FOR SELECT
    USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
GRANT SELECT, INSERT ON plan_versions TO xiangtu_service;
