-- The natural villages of each village below `division` on a day by what was known then, each with its latest figure that
-- counts for each indicator and source, and the first one on or after `pace_from`. Those of a village that was merged in go on
-- with the village: they are the ones that stood on the eve of the merger, and keep their place although the caller does not see
-- the village that ended.
CREATE FUNCTION unit_figures(
    division text, indicators text[], day date, known_at timestamptz, pace_from date
) RETURNS TABLE (
    village_code text, unit_code text, display_name text, ended boolean, indicator text, source text, measurement_id uuid,
    as_of_date date, numerator bigint, whole bigint, unit_deducted boolean, earlier_date date, earlier_numerator bigint,
    earlier_whole bigint, earlier_deducted boolean
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        WITH RECURSIVE merged (village_code, code, stands) AS (
            SELECT d.division_code, d.division_code, day FROM divisions d
            WHERE d.division_code >= division AND d.division_code < division || ':' AND d.level = 'VILLAGE'
              AND d.valid_from <= day AND (d.valid_until IS NULL OR d.valid_until > day)
              AND d.known_from <= known_at AND (d.known_until IS NULL OR d.known_until > known_at)
            UNION
            SELECT m.village_code, l.division_code, l.effective_date - 1 FROM merged m
            JOIN division_lineage l ON l.successor_code = m.code AND l.kind = 'MERGED'
                                       AND l.effective_date <= m.stands AND l.recorded_at <= known_at),
        units AS (
            SELECT m.village_code, g.division_code AS unit_code, g.display_name, m.code <> m.village_code AS ended
            FROM merged m JOIN divisions g
                ON g.division_code >= m.code AND g.division_code < m.code || ':' AND g.level = 'GROUP'
                   AND g.valid_from <= m.stands AND (g.valid_until IS NULL OR g.valid_until > m.stands)
                   AND g.known_from <= known_at AND (g.known_until IS NULL OR g.known_until > known_at)),
        known AS MATERIALIZED (
            SELECT DISTINCT ON (f.division_code, f.indicator, f.as_of_date, f.source)
                   f.division_code, f.indicator, f.source, f.measurement_id, f.as_of_date, f.numerator,
                   f.denominator - f.deductible AS whole, f.unit_deducted
            FROM measurements f
            WHERE f.division_code IN (SELECT u.unit_code FROM units u) AND f.indicator = ANY(indicators)
              AND f.as_of_date <= day AND f.recorded_at <= known_at AND NOT f.held
            ORDER BY f.division_code, f.indicator, f.as_of_date, f.source, f.revision DESC),
        latest AS (
            SELECT DISTINCT ON (k.division_code, k.indicator, k.source) k.* FROM known k
            ORDER BY k.division_code, k.indicator, k.source, k.as_of_date DESC),
        earliest AS (
            SELECT DISTINCT ON (k.division_code, k.indicator, k.source) k.* FROM known k WHERE k.as_of_date >= pace_from
            ORDER BY k.division_code, k.indicator, k.source, k.as_of_date)
        SELECT u.village_code, u.unit_code, u.display_name, u.ended, l.indicator, l.source, l.measurement_id, l.as_of_date,
               l.numerator, l.whole, l.unit_deducted, e.as_of_date, e.numerator, e.whole, e.unit_deducted
        FROM units u
        LEFT JOIN latest l ON l.division_code = u.unit_code
        LEFT JOIN earliest e ON e.division_code = l.division_code AND e.indicator = l.indicator AND e.source = l.source
        ORDER BY u.village_code, u.ended, u.unit_code;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
