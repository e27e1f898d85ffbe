-- Figures of villages under indicators. Append-only: the figure in force is the one with the highest revision, and what
-- was known at an instant is the highest revision recorded until then. A plain count has no denominator.
CREATE TABLE measurements (
    measurement_id uuid PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    indicator      text COLLATE "C" NOT NULL CHECK (indicator ~ '^[a-z][a-z0-9_]{0,63}$'),
    as_of_date     date        NOT NULL,
    source         text        NOT NULL CHECK (source IN ('SELF_REPORT', 'INSPECTION', 'SYSTEM')),
    revision       integer     NOT NULL CHECK (revision >= 1),
    numerator      bigint      NOT NULL CHECK (numerator >= 0),
    denominator    bigint      CHECK (denominator >= 1),
    deductible     bigint      NOT NULL DEFAULT 0 CHECK (deductible >= 0),
    evidence       text[]      NOT NULL DEFAULT '{}',
    reporter       text        NOT NULL,
    supersedes     uuid        REFERENCES measurements,
    recorded_at    timestamptz NOT NULL,
    UNIQUE (division_code, indicator, as_of_date, source, revision),
    CHECK (deductible = 0 OR (denominator IS NOT NULL AND deductible < denominator)),
    CHECK (numerator <= denominator - deductible),
    CHECK ((supersedes IS NULL) = (revision = 1))
);
SELECT kit.protect('measurements');
GRANT SELECT, INSERT ON measurements TO xiangtu_service;
