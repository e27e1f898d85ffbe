-- Statistics of a million rows take seconds, which a run of one township, or one that finds nothing to bill, need not spend: only
-- tables of which more than a tenth has changed are looked at again.
CREATE OR REPLACE FUNCTION refresh_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    stale text;
BEGIN
    SELECT string_agg(c.oid::regclass::text, ', ') INTO stale FROM pg_class c
    WHERE c.oid = ANY (ARRAY['household', 'parcel', 'occupation', 'portfolio', 'bill', 'book', 'journal_entry', 'transfer']::regclass[])
      AND pg_stat_get_mod_since_analyze(c.oid) * 10 > greatest(c.reltuples, 0);
    IF stale IS NOT NULL THEN
        EXECUTE 'ANALYZE ' || stale;
    END IF;
END $$;
