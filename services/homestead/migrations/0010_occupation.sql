-- How much lay above the entitlement from which day on, as known now and before; surveys, vacating, and what they corrected.

-- Of each plot and household what holds from `from_on` until its next row. A plot that changes hands has a row of 0 with the
-- household that gave it.
CREATE TABLE occupation (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    household_id  text COLLATE "C" NOT NULL REFERENCES household,
    -- Deferred: an import states what changes before it merges the plots.
    parcel_id     text COLLATE "C" NOT NULL REFERENCES parcel DEFERRABLE INITIALLY DEFERRED,
    division_code text COLLATE "C" NOT NULL,
    from_on       date NOT NULL,
    over_dm2      bigint NOT NULL CHECK (over_dm2 >= 0),
    recorded_at   timestamptz NOT NULL,
    -- When something else became known.
    superseded_at timestamptz
);
CREATE UNIQUE INDEX occupation_known ON occupation (household_id, parcel_id, from_on) WHERE superseded_at IS NULL;
CREATE INDEX occupation_parcel ON occupation (parcel_id) WHERE superseded_at IS NULL;
CREATE INDEX parcel_disputed ON parcel (household_id) WHERE disputed;
SELECT kit.protect('occupation');
GRANT SELECT, INSERT, UPDATE (superseded_at) ON occupation TO xiangtu_service;

-- Until now a plot was taken to have been as it is for ever.
INSERT INTO occupation (household_id, parcel_id, division_code, from_on, over_dm2, recorded_at)
SELECT household_id, parcel_id, division_code, '1900-01-01', over_dm2, now() FROM parcel WHERE over_dm2 IS NOT NULL;

-- From `p_from` on, the plots of the arrays lie this much above the entitlement with these households; what was known of
-- that day and later no longer holds. A plot known for the first time has always been so.
CREATE FUNCTION occupy(p_parcel text[], p_household text[], p_division text[], p_over bigint[], p_from date, p_now timestamptz)
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    parcels    text[];
    households text[];
    divisions  text[];
    overs      bigint[];
    begins     date[];
BEGIN
    SELECT array_agg(n.parcel_id), array_agg(n.household_id), array_agg(n.division_code), array_agg(n.over_dm2), array_agg(n.from_on)
    INTO parcels, households, divisions, overs, begins
    FROM (
        SELECT i.parcel_id, i.household_id, i.division_code, i.over_dm2,
               CASE WHEN EXISTS (SELECT FROM occupation o WHERE o.parcel_id = i.parcel_id AND o.superseded_at IS NULL) THEN p_from
                    ELSE '1900-01-01'::date END AS from_on
        FROM unnest(p_parcel, p_household, p_division, p_over) AS i (parcel_id, household_id, division_code, over_dm2)
        UNION ALL
        -- Whoever had the plot until then has it no longer.
        SELECT DISTINCT o.parcel_id, o.household_id, o.division_code, 0::bigint, p_from
        FROM occupation o JOIN unnest(p_parcel, p_household) AS i (parcel_id, household_id) USING (parcel_id)
        WHERE o.superseded_at IS NULL AND o.household_id <> i.household_id
    ) n;
    UPDATE occupation o SET superseded_at = p_now
    FROM unnest(parcels, households, begins) AS n (parcel_id, household_id, from_on)
    WHERE o.superseded_at IS NULL AND (o.parcel_id, o.household_id) = (n.parcel_id, n.household_id) AND o.from_on >= n.from_on;
    INSERT INTO occupation (parcel_id, household_id, division_code, over_dm2, from_on, recorded_at)
    SELECT n.*, p_now FROM unnest(parcels, households, divisions, overs, begins) AS n;
END $$;

-- What somebody measured. Never changed; a mistake is surveyed again.
CREATE TABLE survey (
    id            uuid PRIMARY KEY,
    parcel_id     text COLLATE "C" NOT NULL REFERENCES parcel,
    household_id  text COLLATE "C" NOT NULL REFERENCES household,
    division_code text COLLATE "C" NOT NULL,
    surveyed_on   date NOT NULL,
    effective_on  date NOT NULL,
    area_dm2      bigint NOT NULL CHECK (area_dm2 >= 0),
    over_dm2      bigint NOT NULL CHECK (over_dm2 BETWEEN 0 AND area_dm2),
    surveyor      text NOT NULL,
    evidence      text[] NOT NULL CHECK (cardinality(evidence) > 0),
    reason        text NOT NULL,
    -- What the plot was before.
    area_before_dm2 bigint,
    over_before_dm2 bigint,
    recorded_at   timestamptz NOT NULL
);
CREATE INDEX survey_division ON survey (division_code, id);
CREATE INDEX survey_parcel ON survey (parcel_id);
SELECT kit.protect('survey');
GRANT SELECT, INSERT ON survey TO xiangtu_service;

-- What a household gave back, and its reward.
CREATE TABLE vacating (
    id            uuid PRIMARY KEY,
    parcel_id     text COLLATE "C" NOT NULL REFERENCES parcel,
    household_id  text COLLATE "C" NOT NULL REFERENCES household,
    division_code text COLLATE "C" NOT NULL,
    vacated_on    date NOT NULL,
    vacated_dm2   bigint NOT NULL CHECK (vacated_dm2 > 0),
    over_before_dm2 bigint NOT NULL,
    over_dm2      bigint NOT NULL CHECK (over_dm2 >= 0),
    reward_fen    bigint NOT NULL CHECK (reward_fen >= 0),
    resolution    text NOT NULL,
    evidence      text[] NOT NULL CHECK (cardinality(evidence) > 0),
    recorded_at   timestamptz NOT NULL
);
CREATE INDEX vacating_division ON vacating (division_code, id);
SELECT kit.protect('vacating');
GRANT SELECT, INSERT ON vacating TO xiangtu_service;

-- How a bill was put right: from which areas to which, and the difference that this makes. `bill_id` is the bill that was
-- issued first for its days; the last row of a bill states what it charges in all.
CREATE TABLE reassessment (
    id            uuid PRIMARY KEY,
    bill_id       uuid NOT NULL REFERENCES bill,
    -- 1 for the first of its bill, and so on.
    number        smallint NOT NULL CHECK (number > 0),
    household_id  text COLLATE "C" NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    -- The survey, vacating or operation that caused it.
    cause         text NOT NULL,
    -- [{"from", "until", "over_dm2"}]: the days of the bill by area.
    before        jsonb NOT NULL,
    after         jsonb NOT NULL,
    -- Differences of charge and relief.
    gross_fen     bigint NOT NULL,
    relief_fen    bigint NOT NULL,
    -- What was posted after relief: less than the difference where relief granted since left less to take off.
    posted_fen    bigint NOT NULL,
    -- The entry that took off, or the bill that added; neither where the difference is 0.
    entry_id      uuid,
    supplement_id uuid REFERENCES bill,
    recorded_at   timestamptz NOT NULL,
    UNIQUE (bill_id, number)
);
CREATE INDEX reassessment_division ON reassessment (division_code, id);
CREATE INDEX reassessment_household ON reassessment (household_id);
SELECT kit.protect('reassessment');
GRANT SELECT, INSERT ON reassessment TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reassessment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON survey FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON vacating FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
