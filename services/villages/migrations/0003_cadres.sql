-- The register of cadres, versioned like divisions. `division_code` is the division that a cadre belongs to.
CREATE TABLE cadres (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cadre_id      text COLLATE "C" NOT NULL CHECK (length(cadre_id) BETWEEN 1 AND 64),
    division_code text COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    phone         bytea,
    phone_blind   bytea,
    valid_from    date        NOT NULL,
    valid_until   date,
    known_from    timestamptz NOT NULL,
    known_until   timestamptz,
    CHECK (valid_until > valid_from),
    CHECK ((phone IS NULL) = (phone_blind IS NULL))
);
CREATE UNIQUE INDEX cadres_current ON cadres (cadre_id, valid_from) WHERE known_until IS NULL;
CREATE UNIQUE INDEX cadres_open ON cadres (cadre_id) WHERE known_until IS NULL AND valid_until IS NULL;
CREATE INDEX cadres_phone ON cadres (phone_blind) WHERE known_until IS NULL AND phone_blind IS NOT NULL;
SELECT kit.protect('cadres');
GRANT SELECT, INSERT, UPDATE (known_until) ON cadres TO xiangtu_service;

-- Posts of cadres over time. `division_code` is the division that the cadre answers for.
CREATE TABLE cadre_assignments (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    assignment_id uuid        NOT NULL,
    cadre_id      text COLLATE "C" NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    post          text        NOT NULL,
    -- The post that the register states; an import of the register ends and begins only these.
    registered    boolean     NOT NULL,
    valid_from    date        NOT NULL,
    valid_until   date,
    known_from    timestamptz NOT NULL,
    known_until   timestamptz,
    CHECK (valid_until > valid_from)
);
CREATE UNIQUE INDEX cadre_assignments_current ON cadre_assignments (assignment_id) WHERE known_until IS NULL;
CREATE UNIQUE INDEX cadre_assignments_open ON cadre_assignments (cadre_id, division_code, post)
    WHERE known_until IS NULL AND valid_until IS NULL;
CREATE INDEX cadre_assignments_division ON cadre_assignments (division_code, post) WHERE known_until IS NULL;
SELECT kit.protect('cadre_assignments');
GRANT SELECT, INSERT, UPDATE (known_until) ON cadre_assignments TO xiangtu_service;

-- Who looks after which household over time. `division_code` is that of the household.
CREATE TABLE household_carers (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    household_id  text COLLATE "C" NOT NULL,
    cadre_id      text COLLATE "C" NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    valid_from    date        NOT NULL,
    valid_until   date,
    known_from    timestamptz NOT NULL,
    known_until   timestamptz,
    CHECK (valid_until > valid_from)
);
CREATE UNIQUE INDEX household_carers_current ON household_carers (household_id, valid_from) WHERE known_until IS NULL;
CREATE UNIQUE INDEX household_carers_open ON household_carers (household_id) WHERE known_until IS NULL AND valid_until IS NULL;
CREATE INDEX household_carers_cadre ON household_carers (cadre_id, household_id) WHERE known_until IS NULL;
SELECT kit.protect('household_carers');
GRANT SELECT, INSERT, UPDATE (known_until) ON household_carers TO xiangtu_service;
