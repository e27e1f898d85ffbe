-- What a household has paid ahead settles what it owes, whichever of the two comes later; and entries and bills hold what they are
-- about against the book that they are written in.
--
-- A new bill takes the advance with its own entry, and a payment settles everything before it becomes one. Where any other entry
-- leaves an advance beside an open bill (a credit, relief, a discount, a payment undone), the advance is set against the bills at
-- once, by an entry of its own.

-- ENTRY_KIND: 13 settlement.
ALTER TABLE journal_entry
    DROP CONSTRAINT journal_entry_kind_check,
    ADD CONSTRAINT journal_entry_kind_check CHECK (kind BETWEEN 1 AND 13);
INSERT INTO entry_rule VALUES (13, 6, 1);

-- Sets what a household has in advance against its bills, in the order of their book, which is held. Answers the entry; NULL where
-- there is nothing to set, or nothing to set it against.
CREATE FUNCTION settle_advance(
    p_division text, p_household text, p_effective_on date, p_document text, p_sha256 bytea, p_principal text, p_now timestamptz
) RETURNS uuid
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    today date := (p_now AT TIME ZONE 'Asia/Shanghai')::date;
    ahead bigint;
    bills uuid[];
    parts bigint[];
    settlement uuid := gen_random_uuid();
BEGIN
    SELECT a.amount_fen INTO ahead FROM advance a
    WHERE a.household_id = p_household AND a.division_code = p_division AND a.amount_fen > 0
      AND EXISTS (SELECT FROM bill b WHERE b.household_id = p_household AND b.division_code = p_division AND b.open);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM look_up_orders(ARRAY[p_division], today);
    -- As post_payments does: the debt is a line from 0, of which the advance covers the beginning.
    SELECT array_agg(o.id ORDER BY o.upto), array_agg(least(o.outstanding_fen, ahead - (o.upto - o.outstanding_fen)) ORDER BY o.upto)
    INTO bills, parts
    FROM (
        SELECT b.id, b.outstanding_fen, sum(b.outstanding_fen) OVER (
            ORDER BY settling_place(b.due_on, b.from_on, b.original_due_on IS NOT NULL, b.corrects IS NOT NULL,
                                    k.due_weight, k.period_weight, k.agreed_weight, k.adds_weight), b.id
        )::bigint AS upto
        FROM bill b JOIN book k ON k.division_code = b.division_code
        WHERE b.household_id = p_household AND b.division_code = p_division AND b.open
    ) o
    WHERE o.upto - o.outstanding_fen < ahead;
    PERFORM post_entry(settlement, p_sha256, 13::smallint, p_division, p_household, greatest(p_effective_on, today), p_document, NULL,
                       p_principal, p_now, array_fill(6::smallint, s.n), array_fill(p_household, s.n), array_fill(1::smallint, s.n),
                       array_fill(p_household, s.n), parts, bills)
    FROM (SELECT ARRAY[cardinality(bills)] AS n) s;
    RETURN settlement;
END $$;
REVOKE EXECUTE ON FUNCTION settle_advance FROM PUBLIC;

-- Posts one entry, and what then settles. `p_amount` are the amounts of its transfers, `p_bill` the bill that each concerns or NULL.
DROP FUNCTION post_entry;
CREATE FUNCTION post_entry(
    p_id uuid, p_sha256 bytea, p_kind smallint, p_division text, p_household text, p_effective_on date, p_document text,
    p_reverses uuid, p_principal text, p_now timestamptz,
    p_debit smallint[], p_debit_holder text[], p_credit smallint[], p_credit_holder text[], p_amount bigint[], p_bill uuid[],
    -- 0 posted, 1 posted before, 2 id used with another body.
    OUT outcome smallint, OUT posted_at timestamptz,
    -- The entry that set an advance of the household against its bills, where this one left both.
    OUT settlement uuid
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    at_book book;
    known journal_entry;
    foreign_pair record;
BEGIN
    IF NOT p_division ^@ current_setting('xiangtu.scope') THEN
        RAISE EXCEPTION '% is not the caller''s', p_division USING ERRCODE = 'foreign_key_violation';
    END IF;
    SELECT * INTO at_book FROM book b WHERE b.division_code = p_division FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no book of %', p_division USING ERRCODE = 'foreign_key_violation';
    END IF;
    SELECT * INTO known FROM journal_entry e WHERE e.id = p_id;
    IF FOUND THEN
        outcome := CASE WHEN known.kind = p_kind AND known.request_sha256 = p_sha256 THEN 1 ELSE 2 END;
        posted_at := known.posted_at;
        RETURN;
    END IF;
    SELECT x.debit, x.credit INTO foreign_pair FROM unnest(p_debit, p_credit) AS x (debit, credit)
    WHERE p_kind IN (1, 2) OR NOT EXISTS (SELECT FROM entry_rule r WHERE (r.kind, r.debit, r.credit) = (p_kind, x.debit, x.credit));
    IF FOUND OR cardinality(p_amount) = 0 THEN
        RAISE EXCEPTION 'entries of kind % do not move from % to %', p_kind, foreign_pair.credit, foreign_pair.debit
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM household h WHERE h.household_id = p_household AND h.division_code = p_division;
    IF NOT FOUND AND p_household <> '' THEN
        RAISE EXCEPTION 'no household % in the book of %', p_household, p_division USING ERRCODE = 'foreign_key_violation';
    END IF;
    PERFORM FROM unnest(p_debit, p_debit_holder, p_credit, p_credit_holder)
        AS x (debit, debit_holder, credit, credit_holder)
    CROSS JOIN LATERAL (VALUES (x.debit, x.debit_holder), (x.credit, x.credit_holder)) AS s (account, holder)
    WHERE s.account IN (1, 6, 9) AND (s.holder = '' OR s.holder <> p_household);
    IF FOUND THEN
        RAISE EXCEPTION 'an account that is not of household %', p_household USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM unnest(p_debit, p_credit, p_bill) AS x (debit, credit, bill)
    WHERE (1 IN (x.debit, x.credit)) <> (x.bill IS NOT NULL);
    IF FOUND THEN
        RAISE EXCEPTION 'what is owed moves with its bill, and nothing else does' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM unnest(p_bill) AS x (bill)
    WHERE x.bill IS NOT NULL AND NOT EXISTS (
        SELECT FROM bill b WHERE b.id = x.bill AND b.household_id = p_household AND b.division_code = p_division
    );
    IF FOUND THEN
        RAISE EXCEPTION 'a bill that is not of household %', p_household USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF p_kind = 3 THEN
        PERFORM FROM journal_entry e WHERE e.id = p_reverses AND e.kind = 2 AND e.household_id = p_household
            AND e.amount_fen = (SELECT sum(x.amount) FROM unnest(p_amount) AS x (amount));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no payment of household % that is undone by this', p_household USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;

    INSERT INTO journal_entry (id, division_code, entry_number, kind, household_id, effective_on, posted_at, principal,
                               request_sha256, amount_fen, advance_fen, document, reverses)
    SELECT p_id, p_division, at_book.entries + 1, p_kind, p_household, p_effective_on, p_now, p_principal, p_sha256,
           sum(x.amount), 0, p_document, p_reverses
    FROM unnest(p_amount) AS x (amount);
    INSERT INTO transfer (entry_id, line, division_code, debit, debit_holder, credit, credit_holder, amount_fen, bill_id)
    SELECT p_id, x.line, p_division, x.debit, x.debit_holder, x.credit, x.credit_holder, x.amount, x.bill
    FROM unnest(p_debit, p_debit_holder, p_credit, p_credit_holder, p_amount, p_bill)
        WITH ORDINALITY AS x (debit, debit_holder, credit, credit_holder, amount, bill, line);

    UPDATE bill b SET credited_fen = b.credited_fen + s.credited, remitted_fen = b.remitted_fen + s.remitted,
        written_off_fen = b.written_off_fen + s.written_off, paid_fen = b.paid_fen + s.paid
    FROM (
        SELECT t.bill_id, coalesce(sum(t.side) FILTER (WHERE t.other = 2), 0)::bigint AS credited,
               coalesce(sum(t.side) FILTER (WHERE t.other = 3), 0)::bigint AS remitted,
               coalesce(sum(t.side) FILTER (WHERE t.other = 7), 0)::bigint AS written_off,
               coalesce(sum(t.side) FILTER (WHERE t.other IN (4, 5, 6, 9)), 0)::bigint AS paid
        FROM (SELECT bill_id, CASE WHEN credit = 1 THEN debit ELSE credit END AS other,
                     CASE WHEN credit = 1 THEN amount_fen ELSE -amount_fen END AS side
              FROM transfer WHERE entry_id = p_id AND bill_id IS NOT NULL) t
        GROUP BY t.bill_id
    ) s
    WHERE b.id = s.bill_id;
    INSERT INTO advance AS a (household_id, division_code, amount_fen)
    SELECT p.holder, p_division, 0 FROM posting p WHERE p.entry_id = p_id AND p.account = 6 GROUP BY p.holder
    ON CONFLICT (household_id) DO NOTHING;
    UPDATE advance a SET amount_fen = a.amount_fen - s.amount_fen
    FROM (SELECT holder, sum(amount_fen)::bigint AS amount_fen FROM posting WHERE entry_id = p_id AND account = 6 GROUP BY holder) s
    WHERE a.household_id = s.holder;
    INSERT INTO payable AS a (household_id, division_code, amount_fen)
    SELECT p.holder, p_division, 0 FROM posting p WHERE p.entry_id = p_id AND p.account = 9 GROUP BY p.holder
    ON CONFLICT (household_id) DO NOTHING;
    UPDATE payable a SET amount_fen = a.amount_fen - s.amount_fen
    FROM (SELECT holder, sum(amount_fen)::bigint AS amount_fen FROM posting WHERE entry_id = p_id AND account = 9 GROUP BY holder) s
    WHERE a.household_id = s.holder;
    UPDATE book b SET entries = b.entries + 1,
        billed_fen = b.billed_fen - s.income, relieved_fen = b.relieved_fen + s.relief, written_off_fen = b.written_off_fen + s.written_off,
        settled_fen = b.settled_fen - s.income - s.relief - s.written_off - s.receivable,
        advance_fen = b.advance_fen - s.advance, payable_fen = b.payable_fen - s.payable,
        cash_fen = b.cash_fen + s.cash, bank_fen = b.bank_fen + s.bank, reward_fen = b.reward_fen + s.reward
    FROM (
        SELECT coalesce(sum(amount_fen) FILTER (WHERE account = 1), 0)::bigint AS receivable,
               coalesce(sum(amount_fen) FILTER (WHERE account = 2), 0)::bigint AS income,
               coalesce(sum(amount_fen) FILTER (WHERE account = 3), 0)::bigint AS relief,
               coalesce(sum(amount_fen) FILTER (WHERE account = 4), 0)::bigint AS cash,
               coalesce(sum(amount_fen) FILTER (WHERE account = 5), 0)::bigint AS bank,
               coalesce(sum(amount_fen) FILTER (WHERE account = 6), 0)::bigint AS advance,
               coalesce(sum(amount_fen) FILTER (WHERE account = 7), 0)::bigint AS written_off,
               coalesce(sum(amount_fen) FILTER (WHERE account = 8), 0)::bigint AS reward,
               coalesce(sum(amount_fen) FILTER (WHERE account = 9), 0)::bigint AS payable
        FROM posting WHERE entry_id = p_id
    ) s
    WHERE b.division_code = p_division;
    outcome := 0;
    posted_at := p_now;
    IF p_kind <> 13 AND p_household <> '' THEN
        settlement := settle_advance(p_division, p_household, p_effective_on, 'entries/' || p_id, p_sha256, p_principal, p_now);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION post_entry FROM PUBLIC;
GRANT EXECUTE ON FUNCTION post_entry TO xiangtu_service;

-- As before, but for what is refused.
CREATE OR REPLACE FUNCTION issue_bills(
    p_run uuid, p_issued_on date, p_due_on date, p_principal text, p_now timestamptz,
    p_id uuid[], p_division text[], p_household text[], p_tariff uuid[], p_from date[], p_until date[],
    p_over bigint[], p_relief_class smallint[], p_gross bigint[], p_relief bigint[], p_corrects uuid[]
) RETURNS TABLE (division_code text, bills bigint, gross_fen bigint, relief_fen bigint, advance_fen bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM unnest(p_division) AS x (division_code) WHERE NOT x.division_code ^@ current_setting('xiangtu.scope');
    IF FOUND THEN
        RAISE EXCEPTION 'a village that is not the caller''s' USING ERRCODE = 'foreign_key_violation';
    END IF;
    -- From here on nobody else writes in these villages, and the statement below sees everything written before.
    PERFORM FROM book WHERE division_code = ANY (p_division) ORDER BY division_code FOR UPDATE;
    PERFORM FROM unnest(p_household, p_division) AS x (household_id, division_code)
    WHERE NOT EXISTS (SELECT FROM household h WHERE h.household_id = x.household_id AND h.division_code = x.division_code);
    IF FOUND THEN
        RAISE EXCEPTION 'a household that is not in the book of its bill' USING ERRCODE = 'foreign_key_violation';
    END IF;

    RETURN QUERY
    WITH fresh AS MATERIALIZED (
        SELECT i.*, b.entries + row_number() OVER (PARTITION BY i.division_code ORDER BY i.n) AS entry_number,
               sum(i.gross - i.relief) OVER (PARTITION BY i.household_id ORDER BY i.from_on)::bigint AS upto
        FROM unnest(p_id, p_division, p_household, p_tariff, p_from, p_until, p_over, p_relief_class, p_gross, p_relief,
                    p_corrects)
            WITH ORDINALITY AS i (id, division_code, household_id, tariff_id, from_on, until_on, over_dm2, relief_class, gross, relief,
                                  corrects, n)
        JOIN book b USING (division_code)
        WHERE NOT EXISTS (
            SELECT FROM bill o WHERE o.household_id = i.household_id AND o.from_on < i.until_on AND i.from_on < o.until_on
            AND i.corrects IS NULL
        )
    ), charged AS MATERIALIZED (
        -- The advance covers the household's new bills from the first on.
        SELECT f.*, greatest(least(coalesce(a.amount_fen, 0), f.upto) - (f.upto - (f.gross - f.relief)), 0) AS ahead
        FROM fresh f LEFT JOIN advance a USING (household_id)
    ), issued AS (
        INSERT INTO bill (id, division_code, household_id, run_id, tariff_id, from_on, until_on, issued_on, due_on,
                          over_dm2, relief_class, gross_fen, relief_fen, paid_fen, created_at, corrects, supplement)
        SELECT id, division_code, household_id, p_run, tariff_id, from_on, until_on, p_issued_on, p_due_on,
               over_dm2, relief_class, gross, relief, ahead, p_now, corrects,
               CASE WHEN corrects IS NULL THEN 0
                    ELSE (SELECT count(*) + 1 FROM bill o WHERE o.household_id = c.household_id AND o.corrects = c.corrects) END
        FROM charged c
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

-- Advances that lie beside open bills by now.
DO $$
DECLARE
    idle record;
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    PERFORM FROM book ORDER BY division_code FOR UPDATE;
    FOR idle IN SELECT a.household_id, a.division_code, k.closed_before FROM advance a JOIN book k USING (division_code)
                WHERE a.amount_fen > 0 ORDER BY a.division_code, a.household_id
    LOOP
        PERFORM settle_advance(idle.division_code, idle.household_id, idle.closed_before, '', '\x', 'system:migration', now());
    END LOOP;
END $$;
