-- Counties have a hundred thousand hotspots on record after some years. Whether something was seen near a place is asked with
-- each sighting; of integers and codes alone, so that the row policy lets the index be used.
CREATE INDEX hotspots_place ON hotspots (county_code, latitude, longitude);

-- As before, but only what is burning is compared, and with the first fire alone: every answer about a hotspot asks this.
CREATE OR REPLACE FUNCTION first_fires(ids uuid[]) RETURNS TABLE (hotspot_id uuid)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        WITH burning AS MATERIALIZED (
            SELECT h.hotspot_id, h.county_code, h.observed_at FROM hotspot_standing h
            WHERE h.hotspot_id = ANY(ids) AND h.state = 'BURNING')
        SELECT b.hotspot_id FROM burning b
        WHERE b.hotspot_id = (
            SELECT f.hotspot_id FROM hotspot_standing f
            WHERE f.county_code = b.county_code AND f.state = 'BURNING'
              AND f.observed_at >= date_trunc('year', b.observed_at, 'Asia/Shanghai') AND f.observed_at <= b.observed_at
            ORDER BY f.observed_at, f.hotspot_id LIMIT 1);
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
