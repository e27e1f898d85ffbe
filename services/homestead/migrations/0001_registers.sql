-- Households, cadres, plots and who answers for whom, as the registers state them.

CREATE TABLE household (
    household_id    text COLLATE "C" PRIMARY KEY,
    division_code   text COLLATE "C" NOT NULL,
    -- Sealed by the service; the index finds equal names without opening them.
    head_name       bytea NOT NULL,
    head_name_index bytea NOT NULL,
    -- 1 低保, 2 五保; see RELIEF_CLASS in the contract.
    relief_class    smallint CHECK (relief_class IN (1, 2)),
    valid_from      date NOT NULL
);
CREATE INDEX household_division ON household (division_code, household_id);
SELECT kit.protect('household');
GRANT SELECT, INSERT, UPDATE ON household TO xiangtu_service;

CREATE TABLE cadre (
    cadre_id      text COLLATE "C" PRIMARY KEY,
    -- Village or township office.
    division_code text COLLATE "C" NOT NULL,
    name          bytea NOT NULL,
    name_index    bytea NOT NULL,
    post          text NOT NULL,
    valid_from    date NOT NULL
);
CREATE INDEX cadre_division ON cadre (division_code, cadre_id);
SELECT kit.protect('cadre');
GRANT SELECT, INSERT, UPDATE ON cadre TO xiangtu_service;

CREATE TABLE parcel (
    parcel_id     text COLLATE "C" PRIMARY KEY,
    household_id  text COLLATE "C" NOT NULL REFERENCES household,
    division_code text COLLATE "C" NOT NULL,
    parcel_number integer NOT NULL CHECK (parcel_number > 0),
    -- Both unset while the plot is not surveyed.
    area_dm2      bigint CHECK (area_dm2 >= 0),
    over_dm2      bigint CHECK (over_dm2 BETWEEN 0 AND area_dm2),
    entitled_dm2  bigint NOT NULL CHECK (entitled_dm2 >= 0),
    -- Numbers of the contract: OCCUPATION_PERIOD, OVER_OCCUPATION_CAUSE (0 none), PARCEL_USE.
    period        smallint NOT NULL CHECK (period BETWEEN 1 AND 4),
    cause         smallint NOT NULL CHECK (cause BETWEEN 0 AND 6),
    use           smallint NOT NULL CHECK (use BETWEEN 1 AND 3),
    certified     boolean NOT NULL,
    disputed      boolean NOT NULL,
    valid_from    date NOT NULL,
    CHECK ((area_dm2 IS NULL) = (over_dm2 IS NULL)),
    UNIQUE (household_id, parcel_number)
);
CREATE INDEX parcel_division ON parcel (division_code, parcel_id);
SELECT kit.protect('parcel');
GRANT SELECT, INSERT, UPDATE ON parcel TO xiangtu_service;

-- What the register said of a plot before it was corrected.
CREATE TABLE parcel_past (
    LIKE parcel,
    superseded_at timestamptz NOT NULL
);
CREATE INDEX parcel_past_parcel ON parcel_past (parcel_id, superseded_at);
SELECT kit.protect('parcel_past');
GRANT SELECT, INSERT ON parcel_past TO xiangtu_service;

-- The one cadre who answers for a household now. A bill refers to it, so a debtor always has one, and never two.
CREATE TABLE portfolio (
    household_id  text COLLATE "C" PRIMARY KEY REFERENCES household,
    division_code text COLLATE "C" NOT NULL,
    cadre_id      text COLLATE "C" NOT NULL REFERENCES cadre,
    from_on       date NOT NULL
);
CREATE INDEX portfolio_cadre ON portfolio (cadre_id, household_id);
CREATE INDEX portfolio_division ON portfolio (division_code, household_id);
SELECT kit.protect('portfolio');
GRANT SELECT, INSERT, UPDATE ON portfolio TO xiangtu_service;

-- Who answered for a household before, each day at most one.
CREATE TABLE portfolio_past (
    household_id  text COLLATE "C" NOT NULL REFERENCES household,
    division_code text COLLATE "C" NOT NULL,
    cadre_id      text COLLATE "C" NOT NULL REFERENCES cadre,
    from_on       date NOT NULL,
    until_on      date NOT NULL CHECK (from_on < until_on),
    PRIMARY KEY (household_id, from_on)
);
SELECT kit.protect('portfolio_past');
GRANT SELECT, INSERT ON portfolio_past TO xiangtu_service;

CREATE TABLE hand_over (
    id            uuid PRIMARY KEY,
    household_id  text COLLATE "C" NOT NULL REFERENCES portfolio,
    division_code text COLLATE "C" NOT NULL,
    from_cadre_id text COLLATE "C" NOT NULL REFERENCES cadre,
    to_cadre_id   text COLLATE "C" NOT NULL REFERENCES cadre CHECK (to_cadre_id <> from_cadre_id),
    -- HAND_OVER_STATE: 1 offered, 2 accepted, 3 declined.
    state         smallint NOT NULL CHECK (state BETWEEN 1 AND 3),
    reason        text NOT NULL,
    offered_at    timestamptz NOT NULL,
    answered_at   timestamptz,
    CHECK ((state = 1) = (answered_at IS NULL))
);
CREATE UNIQUE INDEX hand_over_pending ON hand_over (household_id) WHERE state = 1;
SELECT kit.protect('hand_over');
GRANT SELECT, INSERT, UPDATE (state, answered_at) ON hand_over TO xiangtu_service;
