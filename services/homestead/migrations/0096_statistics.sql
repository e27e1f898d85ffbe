-- Registers that were read in a moment ago are as unknown to the planner as the ledger of a run that has just ended: a county's
-- first billing then takes minutes instead of seconds.
CREATE OR REPLACE FUNCTION refresh_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE household, parcel, occupation, portfolio, bill, book, journal_entry, transfer;
END $$;
