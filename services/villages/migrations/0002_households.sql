-- The register of households, versioned like divisions. Personal data is sealed; the blind columns are keyed indexes for
-- exact search.
CREATE TABLE households (
    id                      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    household_id            text COLLATE "C" NOT NULL CHECK (length(household_id) BETWEEN 1 AND 64),
    division_code           text COLLATE "C" NOT NULL,
    group_code              text COLLATE "C",
    head_name               bytea       NOT NULL,
    head_name_blind         bytea       NOT NULL,
    phone                   bytea,
    phone_blind             bytea,
    id_number               bytea,
    id_number_blind         bytea,
    address                 text,
    longitude               double precision CHECK (longitude BETWEEN -180 AND 180),
    latitude                double precision CHECK (latitude BETWEEN -90 AND 90),
    registered_person_count integer     NOT NULL CHECK (registered_person_count >= 0),
    resident_person_count   integer     NOT NULL CHECK (resident_person_count >= 0),
    residence_status        text        NOT NULL,
    low_income              boolean     NOT NULL,
    toilet                  text,
    sewage_connected        boolean     NOT NULL,
    house_grade             text,
    five_beauty_courtyard   boolean     NOT NULL,
    valid_from              date        NOT NULL,
    valid_until             date,
    known_from              timestamptz NOT NULL,
    known_until             timestamptz,
    CHECK (valid_until > valid_from),
    CHECK ((longitude IS NULL) = (latitude IS NULL)),
    CHECK ((phone IS NULL) = (phone_blind IS NULL)),
    CHECK ((id_number IS NULL) = (id_number_blind IS NULL))
);
CREATE UNIQUE INDEX households_current ON households (household_id, valid_from) WHERE known_until IS NULL;
-- Also keeps one number from being used in two divisions whose officers cannot see each other's rows.
CREATE UNIQUE INDEX households_open ON households (household_id) WHERE known_until IS NULL AND valid_until IS NULL;
CREATE INDEX households_division ON households (division_code, household_id) WHERE known_until IS NULL;
CREATE INDEX households_head_name ON households (head_name_blind) WHERE known_until IS NULL;
CREATE INDEX households_phone ON households (phone_blind) WHERE known_until IS NULL AND phone_blind IS NOT NULL;
CREATE INDEX households_id_number ON households (id_number_blind) WHERE known_until IS NULL AND id_number_blind IS NOT NULL;
SELECT kit.protect('households');
GRANT SELECT, INSERT, UPDATE (known_until) ON households TO xiangtu_service;
