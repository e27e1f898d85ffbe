-- How households descend from one another and how they ended. `household_id` is the predecessor, `division_code` its village.
-- Whoever may see the successor may see the edge too.
CREATE TABLE household_lineage (
    id                 uuid        PRIMARY KEY,
    household_id       text COLLATE "C" NOT NULL,
    division_code      text COLLATE "C" NOT NULL,
    successor_id       text COLLATE "C",
    successor_division text COLLATE "C",
    kind               text        NOT NULL CHECK (kind IN ('SPLIT', 'MERGED', 'ENDED')),
    effective_date     date        NOT NULL,
    end_reason         text,
    basis              text        NOT NULL,
    recorded_at        timestamptz NOT NULL,
    CHECK ((kind = 'ENDED') = (successor_id IS NULL)),
    CHECK ((kind = 'ENDED') = (end_reason IS NOT NULL)),
    CHECK ((successor_id IS NULL) = (successor_division IS NULL))
);
CREATE INDEX household_lineage_predecessor ON household_lineage (household_id);
CREATE INDEX household_lineage_successor ON household_lineage (successor_id);
CREATE INDEX household_lineage_newest ON household_lineage (effective_date DESC, id);
SELECT kit.protect('household_lineage');
CREATE POLICY successor ON household_lineage FOR SELECT
    USING (successor_division ^@ (SELECT current_setting('xiangtu.scope')));
GRANT SELECT, INSERT ON household_lineage TO xiangtu_service;

-- Every version of households that is known now, seen by the caller or not: a change of what somebody sees must not
-- contradict what they do not see.
CREATE FUNCTION household_versions(households text[]) RETURNS SETOF households
LANGUAGE plpgsql AS $$
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY SELECT h.* FROM households h
        WHERE h.household_id = ANY(households) AND h.known_until IS NULL ORDER BY h.household_id, h.valid_from;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;

-- Those of `wanted` that some household has or ever had, also one that was never believed to stand for a day.
CREATE INDEX households_superseded ON households (household_id, known_until) WHERE known_until IS NOT NULL;
CREATE FUNCTION household_numbers_used(wanted text[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY SELECT number FROM unnest(wanted) number
        WHERE EXISTS (SELECT FROM households h WHERE h.household_id = number AND h.known_until IS NULL)
           OR EXISTS (SELECT FROM households h WHERE h.household_id = number AND h.known_until IS NOT NULL);
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;

-- Where households live on a day, over all their time: the village of that day, else the last one before it, else the first
-- one. Only those that lie inside the caller's division now: a village does not go on with what has left it.
CREATE FUNCTION household_homes(households text[], day date)
RETURNS TABLE (household_id text, division_code text, since date, until date)
LANGUAGE sql AS $$
    SELECT home.household_id, home.division_code, home.since, home.until
    FROM (SELECT v.household_id,
                 (array_agg(v.division_code ORDER BY v.valid_from <= day DESC, abs(v.valid_from - day)))[1] AS division_code,
                 min(v.valid_from) AS since,
                 CASE WHEN bool_or(v.valid_until IS NULL) THEN NULL ELSE max(v.valid_until) END AS until
          FROM household_versions(households) v GROUP BY v.household_id) home
    WHERE home.division_code ^@ current_setting('xiangtu.scope')
$$;

-- Households in which one of the ID numbers is in force on `day` or later, seen by the caller or not.
CREATE FUNCTION household_id_holders(numbers bytea[], day date)
RETURNS TABLE (household_id text, division_code text, id_number_blind bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY SELECT h.household_id, h.division_code, h.id_number_blind FROM households h
        WHERE h.id_number_blind = ANY(numbers) AND h.known_until IS NULL AND (h.valid_until IS NULL OR h.valid_until > day)
        ORDER BY h.household_id, h.valid_from DESC;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;

-- Whether one household descends from another, in any number of steps until `day`.
CREATE FUNCTION household_descends(successor text, predecessor text, day date) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    scope text := current_setting('xiangtu.scope');
    found boolean;
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    WITH RECURSIVE heirs (id) AS (
        SELECT predecessor COLLATE "C"
        UNION
        SELECT l.successor_id FROM heirs h
        JOIN household_lineage l ON l.household_id = h.id AND l.successor_id IS NOT NULL AND l.effective_date <= day)
    SELECT EXISTS (SELECT FROM heirs WHERE id = successor) INTO found;
    PERFORM set_config('xiangtu.scope', scope, true);
    RETURN found AND successor <> predecessor;
END $$;
