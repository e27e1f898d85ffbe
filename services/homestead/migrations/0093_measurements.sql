-- What was measured and what was only given back are told apart, so that either may become known late.

ALTER TABLE occupation
    -- Day of the measurement that begins with this row, null where only a part was given back; until now its first day.
    ADD COLUMN measured_on date,
    ADD CONSTRAINT occupation_measured CHECK (measured_on >= from_on);
UPDATE occupation o SET measured_on = greatest(o.from_on, (
    SELECT max(s.surveyed_on) FROM survey s
    WHERE (s.parcel_id, s.effective_on, s.recorded_at) = (o.parcel_id, o.from_on, o.recorded_at)
))
WHERE NOT EXISTS (
    SELECT FROM vacating v
    WHERE (v.parcel_id, v.household_id, v.vacated_on, v.recorded_at) = (o.parcel_id, o.household_id, o.from_on, o.recorded_at)
);

-- As it was measured on `p_measured`, by itself on `p_from`, the plots of the arrays lie this much above the entitlement with
-- these households from `p_from` on; what was known of that day and later no longer holds. A plot known for the first time has
-- always been so.
DROP FUNCTION occupy(text[], text[], text[], bigint[], date, timestamptz);
CREATE FUNCTION occupy(p_parcel text[], p_household text[], p_division text[], p_over bigint[], p_from date, p_now timestamptz,
                       p_measured date DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    ever       CONSTANT date := '1900-01-01';
    parcels    text[];
    households text[];
    divisions  text[];
    overs      bigint[];
    begins     date[];
BEGIN
    SELECT array_agg(n.parcel_id), array_agg(n.household_id), array_agg(n.division_code), array_agg(n.over_dm2), array_agg(n.from_on)
    INTO parcels, households, divisions, overs, begins
    FROM (
        SELECT i.*, p_from AS from_on
        FROM unnest(p_parcel, p_household, p_division, p_over) AS i (parcel_id, household_id, division_code, over_dm2)
        UNION ALL
        SELECT i.*, ever
        FROM unnest(p_parcel, p_household, p_division, p_over) AS i (parcel_id, household_id, division_code, over_dm2)
        WHERE ever < p_from AND i.over_dm2 > 0
          AND NOT EXISTS (SELECT FROM occupation o WHERE o.parcel_id = i.parcel_id AND o.superseded_at IS NULL)
        UNION ALL
        -- Whoever had the plot until then has it no longer.
        SELECT DISTINCT o.parcel_id, o.household_id, o.division_code, 0::bigint, p_from
        FROM occupation o JOIN unnest(p_parcel, p_household) AS i (parcel_id, household_id) USING (parcel_id)
        WHERE o.superseded_at IS NULL AND o.household_id <> i.household_id
    ) n;
    UPDATE occupation o SET superseded_at = p_now
    FROM unnest(parcels, households, begins) AS n (parcel_id, household_id, from_on)
    WHERE o.superseded_at IS NULL AND (o.parcel_id, o.household_id) = (n.parcel_id, n.household_id) AND o.from_on >= n.from_on;
    INSERT INTO occupation (parcel_id, household_id, division_code, over_dm2, from_on, measured_on, recorded_at)
    SELECT n.*, CASE WHEN n.from_on = p_from THEN greatest(p_from, p_measured) ELSE n.from_on END, p_now
    FROM unnest(parcels, households, divisions, overs, begins) AS n (parcel_id, household_id, division_code, over_dm2, from_on);
END $$;
