-- Issuing bills, set by set.

-- What a run has come to; `summary` is the message of the contract, complete once `finished_at` is set.
CREATE TABLE billing_run (
    id            uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    summary       bytea NOT NULL
);
SELECT kit.protect('billing_run');
GRANT SELECT, INSERT, UPDATE ON billing_run TO xiangtu_service;

-- Issues those of the bills whose household has none for any of their days, each with its entry: the charge, its relief,
-- and what the household has paid ahead. Answers one row a village with what was issued.
CREATE FUNCTION issue_bills(
    p_run uuid, p_issued_on date, p_due_on date, p_principal text, p_now timestamptz,
    p_id uuid[], p_division text[], p_household text[], p_tariff uuid[], p_from date[], p_until date[],
    p_over bigint[], p_relief_class smallint[], p_gross bigint[], p_relief bigint[]
) RETURNS TABLE (division_code text, bills bigint, gross_fen bigint, relief_fen bigint, advance_fen bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- From here on nobody else writes in these villages, and the statement below sees everything written before.
    PERFORM FROM book WHERE division_code = ANY (p_division) ORDER BY division_code FOR UPDATE;

    RETURN QUERY
    WITH fresh AS MATERIALIZED (
        SELECT i.*, b.entries + row_number() OVER (PARTITION BY i.division_code ORDER BY i.n) AS entry_number,
               sum(i.gross - i.relief) OVER (PARTITION BY i.household_id ORDER BY i.from_on)::bigint AS upto
        FROM unnest(p_id, p_division, p_household, p_tariff, p_from, p_until, p_over, p_relief_class, p_gross, p_relief)
            WITH ORDINALITY AS i (id, division_code, household_id, tariff_id, from_on, until_on, over_dm2, relief_class, gross, relief, n)
        JOIN book b USING (division_code)
        WHERE NOT EXISTS (
            SELECT FROM bill o WHERE o.household_id = i.household_id AND o.from_on < i.until_on AND i.from_on < o.until_on
        )
    ), charged AS MATERIALIZED (
        -- The advance covers the household's new bills from the first on.
        SELECT f.*, greatest(least(coalesce(a.amount_fen, 0), f.upto) - (f.upto - (f.gross - f.relief)), 0) AS ahead
        FROM fresh f LEFT JOIN advance a USING (household_id)
    ), issued AS (
        INSERT INTO bill (id, division_code, household_id, run_id, tariff_id, from_on, until_on, issued_on, due_on,
                          over_dm2, relief_class, gross_fen, relief_fen, paid_fen, created_at)
        SELECT id, division_code, household_id, p_run, tariff_id, from_on, until_on, p_issued_on, p_due_on,
               over_dm2, relief_class, gross, relief, ahead, p_now
        FROM charged
    ), entered AS (
        INSERT INTO journal_entry (id, division_code, entry_number, kind, household_id, effective_on, posted_at, principal, amount_fen)
        SELECT id, division_code, entry_number, 1, household_id, p_issued_on, p_now, p_principal, gross FROM charged
    ), moved AS (
        INSERT INTO transfer (entry_id, line, division_code, debit, debit_holder, credit, credit_holder, amount_fen, bill_id)
        SELECT id, 1, division_code, 1, household_id, 2, '', gross, id FROM charged
        UNION ALL
        SELECT id, 2, division_code, 3, '', 1, household_id, relief, id FROM charged WHERE relief > 0
        UNION ALL
        SELECT id, 3, division_code, 6, household_id, 1, household_id, ahead, id FROM charged WHERE ahead > 0
    ), spent AS (
        UPDATE advance a SET amount_fen = a.amount_fen - s.ahead
        FROM (SELECT household_id, sum(ahead)::bigint AS ahead FROM charged WHERE ahead > 0 GROUP BY household_id) s
        WHERE a.household_id = s.household_id
    ), village AS MATERIALIZED (
        SELECT division_code, count(*) AS bills, sum(gross)::bigint AS gross, sum(relief)::bigint AS relief, sum(ahead)::bigint AS ahead
        FROM charged GROUP BY division_code
    ), booked AS (
        UPDATE book b SET entries = b.entries + v.bills, billed_fen = b.billed_fen + v.gross,
            relieved_fen = b.relieved_fen + v.relief, settled_fen = b.settled_fen + v.ahead, advance_fen = b.advance_fen - v.ahead
        FROM village v WHERE b.division_code = v.division_code
    )
    SELECT division_code, bills, gross, relief, ahead FROM village ORDER BY division_code;
END $$;
REVOKE EXECUTE ON FUNCTION issue_bills FROM PUBLIC;
GRANT EXECUTE ON FUNCTION issue_bills TO xiangtu_service;
