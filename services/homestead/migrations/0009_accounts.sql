-- The rest of the chart of accounts, bills that are corrected, closed periods, and the one way to post what is rare.
--
-- Payments and bills come in thousands and have functions of their own; every other entry is worked out by the service while
-- it holds the village's book, and comes through `post_entry`, which allows to each kind of entry its pairs of accounts only
-- and carries the bills, advances, rewards and the book along.

-- ACCOUNT_KIND: 7 written off, 8 rewards granted, 9 rewards owed to a household.
ALTER TABLE transfer
    DROP CONSTRAINT transfer_debit_check, DROP CONSTRAINT transfer_credit_check,
    ADD CONSTRAINT transfer_debit_check CHECK (debit BETWEEN 1 AND 9),
    ADD CONSTRAINT transfer_credit_check CHECK (credit BETWEEN 1 AND 9);

-- ENTRY_KIND: 4 correction, 5 relief, 6 write-off, 7 refund, 8 remittance, 9 reward, 10 offset, 11 reward paid, 12 discount.
ALTER TABLE journal_entry
    DROP CONSTRAINT journal_entry_kind_check,
    ADD CONSTRAINT journal_entry_kind_check CHECK (kind BETWEEN 1 AND 12);

-- Which accounts an entry of a kind may move money between.
CREATE TABLE entry_rule (
    kind   smallint NOT NULL,
    debit  smallint NOT NULL,
    credit smallint NOT NULL,
    PRIMARY KEY (kind, debit, credit)
);
INSERT INTO entry_rule VALUES
    (1, 1, 2), (1, 3, 1), (1, 6, 1),
    (2, 4, 1), (2, 5, 1), (2, 4, 6), (2, 5, 6),
    (3, 1, 4), (3, 1, 5), (3, 6, 4), (3, 6, 5),
    -- Less is charged; relief given on it is taken back, or more is given; what was written off of it no longer is, and what
    -- was paid for it becomes an advance.
    (4, 2, 1), (4, 1, 3), (4, 3, 1), (4, 1, 7), (4, 1, 6),
    (5, 3, 1), (5, 1, 6),
    (6, 7, 1),
    (7, 6, 4), (7, 6, 5),
    (8, 5, 4),
    (9, 8, 9),
    (10, 9, 1),
    (11, 9, 4), (11, 9, 5),
    (12, 3, 1), (12, 1, 6);
GRANT SELECT ON entry_rule TO xiangtu_service;

-- Receivable is billed − relieved − written off − settled; income is minus what was billed less what was credited.
ALTER TABLE book
    ADD written_off_fen bigint NOT NULL DEFAULT 0 CHECK (written_off_fen >= 0),
    ADD reward_fen      bigint NOT NULL DEFAULT 0 CHECK (reward_fen >= 0),
    ADD payable_fen     bigint NOT NULL DEFAULT 0 CHECK (payable_fen >= 0),
    -- Nothing takes effect before this day any more.
    ADD closed_before   date,
    DROP CONSTRAINT book_check, DROP CONSTRAINT book_check1,
    ADD CONSTRAINT book_owed CHECK (billed_fen - relieved_fen - written_off_fen - settled_fen >= 0),
    ADD CONSTRAINT book_balanced CHECK (settled_fen + advance_fen + payable_fen = cash_fen + bank_fen + reward_fen);

DROP INDEX bill_open;
ALTER TABLE bill DROP COLUMN outstanding_fen;
ALTER TABLE bill
    -- The bill that this one adds to, for days that it charges already, and its number among those that do.
    ADD corrects        uuid,
    ADD supplement      smallint NOT NULL DEFAULT 0,
    -- Charged too much, as corrections found.
    ADD credited_fen    bigint NOT NULL DEFAULT 0 CHECK (credited_fen BETWEEN 0 AND gross_fen),
    -- Relief and discounts after the bill was issued; negative where a correction took more relief back than was added.
    ADD remitted_fen    bigint NOT NULL DEFAULT 0,
    ADD written_off_fen bigint NOT NULL DEFAULT 0 CHECK (written_off_fen >= 0),
    ADD outstanding_fen bigint NOT NULL
        GENERATED ALWAYS AS (gross_fen - credited_fen - relief_fen - remitted_fen - written_off_fen - paid_fen) STORED
        CHECK (outstanding_fen >= 0),
    ADD CONSTRAINT bill_relief CHECK (relief_fen + remitted_fen >= 0),
    ADD CONSTRAINT bill_supplement CHECK ((corrects IS NULL) = (supplement = 0)),
    DROP CONSTRAINT bill_household_id_from_on_key,
    ADD CONSTRAINT bill_household_days UNIQUE (household_id, from_on, supplement);
-- What ageing reads, and nothing else of the table.
CREATE INDEX bill_open ON bill (division_code, due_on) INCLUDE (household_id, outstanding_fen) WHERE outstanding_fen > 0;

-- Rewards granted to a household and not yet paid or set against what it owes.
CREATE TABLE payable (
    household_id  text COLLATE "C" PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    amount_fen    bigint NOT NULL CHECK (amount_fen >= 0)
);
SELECT kit.protect('payable');
GRANT SELECT ON payable TO xiangtu_service;

-- Whatever writes the journal: a closed period stays as it is.
CREATE FUNCTION refuse_closed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM written w JOIN book b USING (division_code) WHERE w.effective_on < b.closed_before;
    IF FOUND THEN
        RAISE EXCEPTION 'the period is closed' USING ERRCODE = 'XT001';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER period_open AFTER INSERT ON journal_entry REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed();

-- Posts one entry. `p_amount` are the amounts of its transfers, `p_bill` the bill that each concerns or NULL.
CREATE FUNCTION post_entry(
    p_id uuid, p_sha256 bytea, p_kind smallint, p_division text, p_household text, p_effective_on date, p_document text,
    p_reverses uuid, p_principal text, p_now timestamptz,
    p_debit smallint[], p_debit_holder text[], p_credit smallint[], p_credit_holder text[], p_amount bigint[], p_bill uuid[],
    -- 0 posted, 1 posted before, 2 id used with another body.
    OUT outcome smallint, OUT posted_at timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    at_book book;
    known journal_entry;
    foreign_pair record;
BEGIN
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
    PERFORM FROM unnest(p_bill) AS x (bill)
    WHERE x.bill IS NOT NULL AND NOT EXISTS (SELECT FROM bill b WHERE b.id = x.bill AND b.household_id = p_household);
    IF FOUND THEN
        RAISE EXCEPTION 'a bill that is not of household %', p_household USING ERRCODE = 'foreign_key_violation';
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
END $$;
REVOKE EXECUTE ON FUNCTION post_entry FROM PUBLIC;
GRANT EXECUTE ON FUNCTION post_entry TO xiangtu_service;
DROP FUNCTION reverse_payment;

-- Issues those of the bills whose household has none for any of their days, each with its entry: the charge, its relief,
-- and what the household has paid ahead. A bill that adds to another is issued whatever bills there are. Answers one row a
-- village with what was issued.
DROP FUNCTION issue_bills;
CREATE FUNCTION issue_bills(
    p_run uuid, p_issued_on date, p_due_on date, p_principal text, p_now timestamptz,
    p_id uuid[], p_division text[], p_household text[], p_tariff uuid[], p_from date[], p_until date[],
    p_over bigint[], p_relief_class smallint[], p_gross bigint[], p_relief bigint[], p_corrects uuid[]
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
REVOKE EXECUTE ON FUNCTION issue_bills FROM PUBLIC;
GRANT EXECUTE ON FUNCTION issue_bills TO xiangtu_service;
