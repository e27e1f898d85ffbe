-- Acceptances of villages as they were applied for. `content` is the acceptance as the contract states it.
CREATE TABLE acceptances (
    acceptance_id uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    plan_division text COLLATE "C" NOT NULL,
    plan_code     text COLLATE "C" NOT NULL,
    plan_version  integer     NOT NULL,
    year          integer     NOT NULL,
    tier          text COLLATE "C" NOT NULL,
    content       bytea       NOT NULL,
    applied_at    timestamptz NOT NULL,
    FOREIGN KEY (plan_division, plan_code, plan_version) REFERENCES plan_versions
);
CREATE INDEX acceptances_list ON acceptances (applied_at DESC, acceptance_id DESC);
CREATE INDEX acceptances_village ON acceptances (division_code, plan_code, year);
SELECT kit.protect('acceptances');
GRANT SELECT, INSERT ON acceptances TO xiangtu_service;

-- What was done about an acceptance, in order; `state` is where it stands after it. Never changed.
CREATE TABLE acceptance_entries (
    acceptance_id uuid        NOT NULL REFERENCES acceptances,
    number        integer     NOT NULL CHECK (number >= 1),
    division_code text COLLATE "C" NOT NULL,
    state         text        NOT NULL,
    content       bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (acceptance_id, number)
);
SELECT kit.protect('acceptance_entries');
GRANT SELECT, INSERT ON acceptance_entries TO xiangtu_service;

-- Who inspects how much in which round, so that work is dealt out evenly within a year of a plan.
CREATE TABLE acceptance_inspectors (
    acceptance_id uuid        NOT NULL REFERENCES acceptances,
    round         integer     NOT NULL CHECK (round >= 1),
    cadre_id      text COLLATE "C" NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    unit_count    bigint      NOT NULL CHECK (unit_count >= 1),
    PRIMARY KEY (acceptance_id, round, cadre_id)
);
CREATE INDEX acceptance_inspectors_cadre ON acceptance_inspectors (cadre_id);
SELECT kit.protect('acceptance_inspectors');
GRANT SELECT, INSERT ON acceptance_inspectors TO xiangtu_service;

-- What was found at the units of a round. Append-only: the highest revision of a unit counts.
CREATE TABLE inspection_records (
    acceptance_id uuid        NOT NULL REFERENCES acceptances,
    round         integer     NOT NULL CHECK (round >= 1),
    unit_number   integer     NOT NULL CHECK (unit_number >= 1),
    revision      integer     NOT NULL CHECK (revision >= 1),
    division_code text COLLATE "C" NOT NULL,
    content       bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (acceptance_id, round, unit_number, revision)
);
SELECT kit.protect('inspection_records');
GRANT SELECT, INSERT ON inspection_records TO xiangtu_service;

-- Certificates as they were given; whether one was revoked stands in the entries.
CREATE TABLE acceptance_certificates (
    acceptance_id uuid        PRIMARY KEY REFERENCES acceptances,
    division_code text COLLATE "C" NOT NULL,
    county_code   text COLLATE "C" NOT NULL,
    year          integer     NOT NULL,
    number        integer     NOT NULL CHECK (number >= 1),
    expires_on    date        NOT NULL,
    UNIQUE (county_code, year, number)
);
SELECT kit.protect('acceptance_certificates');
GRANT SELECT, INSERT ON acceptance_certificates TO xiangtu_service;

-- The last number given for a county and year. It says nothing of any village, and rolls back with the certificate, so that
-- numbers have no gaps.
CREATE TABLE acceptance_counters (
    county_code text COLLATE "C" NOT NULL,
    year        integer     NOT NULL,
    last        integer     NOT NULL CHECK (last >= 1),
    PRIMARY KEY (county_code, year)
);
GRANT SELECT, INSERT, UPDATE (last) ON acceptance_counters TO xiangtu_service;
