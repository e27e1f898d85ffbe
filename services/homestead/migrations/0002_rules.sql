-- The homestead section of plan packages, version by version, and the tariffs that it brought.

CREATE TABLE plan (
    version       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    effective_on  date NOT NULL,
    -- The section as a message of the contract.
    section       bytea NOT NULL,
    applied_at    timestamptz NOT NULL
);
CREATE INDEX plan_division ON plan (division_code, effective_on, version);
GRANT SELECT, INSERT ON plan TO xiangtu_service;

-- Rules are no secret between divisions and hold downwards, so they are not under the row policy: a village must see the
-- tariff of its county.
CREATE TABLE tariff (
    id            uuid PRIMARY KEY,
    plan_version  bigint NOT NULL REFERENCES plan,
    -- Division of the plan, of which the tariff's own is a part.
    plan_division text COLLATE "C" NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    effective_on  date NOT NULL,
    body          jsonb NOT NULL,
    UNIQUE (division_code, effective_on)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON tariff TO xiangtu_service;
