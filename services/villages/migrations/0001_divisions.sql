-- The register of divisions. A row is a version: valid_* is when it holds in the world (until is exclusive), known_* is
-- when we believed so. A change closes what was known and adds what is known now; nothing is deleted.
CREATE TABLE divisions (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL CHECK (division_code ~ '^[1-9][0-9]+$' AND length(division_code) IN (2, 4, 6, 9, 12, 15)),
    parent_code   text COLLATE "C",
    display_name  text        NOT NULL,
    level         text        NOT NULL,
    kind          text        NOT NULL,
    valid_from    date        NOT NULL,
    valid_until   date,
    known_from    timestamptz NOT NULL,
    known_until   timestamptz,
    CHECK (valid_until > valid_from),
    CHECK (known_until >= known_from)
);
CREATE UNIQUE INDEX divisions_current ON divisions (division_code, valid_from) WHERE known_until IS NULL;
CREATE UNIQUE INDEX divisions_open ON divisions (division_code) WHERE known_until IS NULL AND valid_until IS NULL;
SELECT kit.protect('divisions');
GRANT SELECT, INSERT, UPDATE (known_until) ON divisions TO xiangtu_service;

-- Position and size of a village, versioned like divisions.
CREATE TABLE division_profiles (
    id                          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    division_code               text COLLATE "C" NOT NULL,
    longitude                   double precision CHECK (longitude BETWEEN -180 AND 180),
    latitude                    double precision CHECK (latitude BETWEEN -90 AND 90),
    registered_household_count  bigint CHECK (registered_household_count >= 0),
    registered_person_count     bigint CHECK (registered_person_count >= 0),
    resident_person_count       bigint CHECK (resident_person_count >= 0),
    group_count                 bigint CHECK (group_count >= 0),
    arable_dm2                  bigint CHECK (arable_dm2 >= 0),
    valid_from                  date        NOT NULL,
    valid_until                 date,
    known_from                  timestamptz NOT NULL,
    known_until                 timestamptz,
    CHECK (valid_until > valid_from),
    CHECK ((longitude IS NULL) = (latitude IS NULL))
);
CREATE UNIQUE INDEX division_profiles_current ON division_profiles (division_code, valid_from) WHERE known_until IS NULL;
SELECT kit.protect('division_profiles');
GRANT SELECT, INSERT, UPDATE (known_until) ON division_profiles TO xiangtu_service;

-- How divisions descend from one another. `division_code` is the predecessor; whoever may see the successor may see the
-- edge too.
CREATE TABLE division_lineage (
    id                       uuid PRIMARY KEY,
    division_code            text COLLATE "C" NOT NULL,
    successor_code           text COLLATE "C",
    kind                     text        NOT NULL CHECK (kind IN ('MERGED', 'SPLIT', 'RENAMED', 'ABOLISHED')),
    effective_date           date        NOT NULL,
    predecessor_display_name text        NOT NULL,
    successor_display_name   text,
    recorded_at              timestamptz NOT NULL,
    CHECK ((kind = 'ABOLISHED') = (successor_code IS NULL)),
    CHECK ((successor_code IS NULL) = (successor_display_name IS NULL))
);
CREATE INDEX division_lineage_predecessor ON division_lineage (division_code, effective_date);
CREATE INDEX division_lineage_successor ON division_lineage (successor_code, effective_date);
CREATE INDEX division_lineage_newest ON division_lineage (effective_date DESC, id);
SELECT kit.protect('division_lineage');
CREATE POLICY successor ON division_lineage FOR SELECT
    USING (successor_code ^@ (SELECT current_setting('xiangtu.scope')));
GRANT SELECT, INSERT ON division_lineage TO xiangtu_service;
