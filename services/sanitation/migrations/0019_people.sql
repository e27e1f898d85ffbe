-- Who does the work: contracts, crews, workers. Depots have no capacity.
ALTER TABLE facilities DROP CONSTRAINT facilities_capacity_kg_per_day_check;
ALTER TABLE facilities ADD CHECK (capacity_kg_per_day > 0 OR (capacity_kg_per_day = 0 AND kind = 'depot'));

CREATE TABLE contracts (
    contract_id   text COLLATE "C" PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    contractor    text        NOT NULL,
    credit_code   text        NOT NULL,
    scope         text        NOT NULL,
    price_basis   text        NOT NULL CHECK (price_basis IN ('year', 'tonne', 'household_year', 'km')),
    price_fen     bigint      NOT NULL CHECK (price_fen >= 0),
    bond_fen      bigint      NOT NULL CHECK (bond_fen >= 0),
    starts_on     date        NOT NULL,
    ends_on       date        NOT NULL CHECK (ends_on >= starts_on),
    updated_at    timestamptz NOT NULL
);
CREATE INDEX contracts_division ON contracts (division_code, contract_id);
SELECT kit.protect('contracts');
-- A county's contract is carried out in its townships.
CREATE POLICY above ON contracts FOR SELECT USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
GRANT SELECT, INSERT, UPDATE ON contracts TO xiangtu_service;

CREATE TABLE crews (
    crew_id       text COLLATE "C" PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    kind          text        NOT NULL CHECK (kind IN ('collection', 'haulage', 'cleaning', 'sweeping', 'sprinkling')),
    contract_id   text COLLATE "C" REFERENCES contracts,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX crews_division ON crews (division_code, crew_id);
SELECT kit.protect('crews');
GRANT SELECT, INSERT, UPDATE ON crews TO xiangtu_service;

-- `phone` is sealed; `phone_blind` tells whether two are equal.
CREATE TABLE workers (
    worker_id     text COLLATE "C" PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    role          text        NOT NULL CHECK (role IN ('cleaner', 'supervisor', 'driver', 'loader')),
    area          text        NOT NULL,
    crew_id       text COLLATE "C" REFERENCES crews,
    phone         bytea,
    phone_blind   bytea,
    since         date        NOT NULL,
    until         date        CHECK (until >= since),
    updated_at    timestamptz NOT NULL
);
CREATE INDEX workers_division ON workers (division_code, worker_id);
SELECT kit.protect('workers');
GRANT SELECT, INSERT, UPDATE ON workers TO xiangtu_service;
