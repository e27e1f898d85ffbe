-- Statistics of a million rows take seconds, which a run of one township, or one that finds nothing to bill, need not spend: only
-- tables that were never looked at, or of which more than a tenth has come or changed, are looked at again. What has come shows in
-- the size at once, what has changed in counts that arrive some seconds late.
CREATE OR REPLACE FUNCTION refresh_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    stale text;
BEGIN
    SELECT string_agg(c.oid::regclass::text, ', ') INTO stale FROM pg_class c
    WHERE c.oid = ANY (ARRAY['household', 'parcel', 'occupation', 'portfolio', 'bill', 'book', 'journal_entry', 'transfer']::regclass[])
      AND (c.reltuples < 0
           OR pg_relation_size(c.oid) / current_setting('block_size')::int > c.relpages * 1.1
           OR pg_stat_get_mod_since_analyze(c.oid) > c.reltuples * 0.1);
    IF stale IS NOT NULL THEN
        EXECUTE 'ANALYZE ' || stale;
    END IF;
END $$;
