-- The codes that villages of a division had before, with the first day of the code that followed: those that one other division
-- alone became on the day on which they began. A code lies wherever it lay then, seen by the caller or not.
CREATE FUNCTION former_codes(division text, day date, known_at timestamptz)
RETURNS TABLE (code text, former text, since date)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        WITH RECURSIVE alone AS NOT MATERIALIZED (
            SELECT l.division_code, l.successor_code, l.effective_date FROM division_lineage l
            WHERE l.kind = 'MERGED' AND l.effective_date <= day AND l.recorded_at <= known_at
              AND NOT EXISTS (
                  SELECT FROM division_lineage o
                  WHERE o.successor_code = l.successor_code AND o.effective_date = l.effective_date AND o.kind = 'MERGED'
                    AND o.division_code <> l.division_code AND o.recorded_at <= known_at)
              AND NOT EXISTS (
                  SELECT FROM divisions d
                  WHERE d.division_code = l.successor_code AND d.valid_from < l.effective_date
                    AND (d.valid_until IS NULL OR d.valid_until >= l.effective_date)
                    AND d.known_from <= known_at AND (d.known_until IS NULL OR d.known_until > known_at))),
        chain (code, former, since) AS (
            SELECT a.successor_code, a.division_code, a.effective_date FROM alone a
            WHERE a.successor_code >= division AND a.successor_code < division || ':'
            UNION
            SELECT c.code, a.division_code, a.effective_date FROM chain c
            JOIN alone a ON a.successor_code = c.former AND a.effective_date <= c.since)
        SELECT c.code, c.former, c.since FROM chain c
        WHERE NOT EXISTS (SELECT FROM alone a WHERE a.division_code = c.code)
        ORDER BY c.code, c.since DESC;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;

-- What was recorded for divisions under codes that they had before, as ratings read it, by present code. What belongs to a day on
-- which somebody else has the old code is theirs.
CREATE FUNCTION former_figures(division text, indicators text[], day date, known_at timestamptz)
RETURNS TABLE (
    division_code text, indicator text, source text, measurement_id uuid, as_of_date date, revision integer, numerator bigint,
    whole bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        SELECT c.code, f.indicator, f.source, f.measurement_id, f.as_of_date, f.revision, f.numerator,
               f.denominator - f.deductible
        FROM former_codes(division, day, known_at) c
        JOIN measurements f ON f.division_code = c.former AND f.indicator = ANY(indicators) AND f.as_of_date <= day
             AND f.recorded_at <= known_at AND NOT f.held
        WHERE f.as_of_date < c.since OR NOT EXISTS (
            SELECT FROM divisions d
            WHERE d.division_code = c.former AND d.known_from <= known_at
              AND (d.known_until IS NULL OR d.known_until > known_at)
              AND d.valid_from <= f.as_of_date AND (d.valid_until IS NULL OR d.valid_until > f.as_of_date));
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;

-- The work items that a plan made for divisions under codes that they had before, by present code.
CREATE FUNCTION former_tasks(division text, day date, known_at timestamptz, plan_division text, plan_code text)
RETURNS TABLE (division_code text, template text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        SELECT c.code, t.template FROM former_codes(division, day, known_at) c
        JOIN tasks t ON t.division_code = c.former AND t.plan_division = former_tasks.plan_division
             AND t.plan_code = former_tasks.plan_code;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
