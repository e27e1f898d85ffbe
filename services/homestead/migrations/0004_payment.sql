-- Recording payments: one alone, and many at once.
--
-- Both functions follow the same rules, and the tests hold them against the same model:
--   * a request id posts at most once; a repeat with the same digest answers what stands in the ledger;
--   * a refused payment writes nothing at all, so its id stays free and its neighbours do not notice;
--   * money settles the bill that the payer names, then bills by due date, then becomes an advance.
-- They run over all villages: every payment carries the division prefix of its caller and is held against it here.

-- A protobuf varint of a number that is not negative.
CREATE FUNCTION varint(v bigint) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
    WHEN v < 128 THEN set_byte('\x00', 0, v::int)
    WHEN v < 16384 THEN set_byte(set_byte('\x8000', 0, (v & 127 | 128)::int), 1, (v >> 7)::int)
    WHEN v < 2097152 THEN set_byte(set_byte(set_byte('\x808000',
        0, (v & 127 | 128)::int), 1, (v >> 7 & 127 | 128)::int), 2, (v >> 14)::int)
    WHEN v < 268435456 THEN set_byte(set_byte(set_byte(set_byte('\x80808000',
        0, (v & 127 | 128)::int), 1, (v >> 7 & 127 | 128)::int), 2, (v >> 14 & 127 | 128)::int), 3, (v >> 21)::int)
    ELSE set_byte(set_byte(set_byte(set_byte('\x80808080',
        0, (v & 127 | 128)::int), 1, (v >> 7 & 127 | 128)::int), 2, (v >> 14 & 127 | 128)::int), 3, (v >> 21 & 127 | 128)::int)
        || CASE WHEN v < 34359738368 THEN set_byte('\x00', 0, (v >> 28)::int)
                WHEN v < 4398046511104 THEN set_byte(set_byte('\x8000', 0, (v >> 28 & 127 | 128)::int), 1, (v >> 35)::int)
                ELSE set_byte(set_byte(set_byte(set_byte(set_byte('\x8080808000',
                    0, (v >> 28 & 127 | 128)::int), 1, (v >> 35 & 127 | 128)::int), 2, (v >> 42 & 127 | 128)::int),
                    3, (v >> 49 & 127 | 128)::int), 4, (v >> 56)::int)
           END
    END
$$;

-- What the payload of `payment.posted` states beyond what the service knew before: receipt (8), advance (9), outstanding (10).
CREATE FUNCTION posted_tail(receipt bigint, advance bigint, outstanding bigint) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT '\x40'::bytea || varint(receipt) || '\x48'::bytea || varint(advance) || '\x50'::bytea || varint(outstanding)
$$;

-- How a payment ended.
CREATE TYPE payment_outcome AS (
    -- 0 posted, 1 posted before, 2 id used with another body, 3 no such household there, 4 no such bill of it, 5 no such cadre.
    outcome        smallint,
    effective_on   date,
    posted_at      timestamptz,
    receipt_number bigint,
    advance_fen    bigint,
    bills          uuid[],
    parts          bigint[]
);

-- What stands in the ledger under an id; NULL if nothing does.
CREATE FUNCTION payment_known(p_id uuid, p_sha256 bytea) RETURNS payment_outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
    o payment_outcome;
    known record;
BEGIN
    SELECT kind, request_sha256, effective_on, posted_at, receipt_number, advance_fen INTO known FROM journal_entry WHERE id = p_id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF known.kind <> 2 OR known.request_sha256 IS DISTINCT FROM p_sha256 THEN
        o.outcome := 2;
        RETURN o;
    END IF;
    SELECT array_agg(bill_id ORDER BY line), array_agg(amount_fen ORDER BY line) INTO o.bills, o.parts
    FROM transfer WHERE entry_id = p_id AND credit = 1;
    o.outcome := 1;
    o.effective_on := known.effective_on;
    o.posted_at := known.posted_at;
    o.receipt_number := known.receipt_number;
    o.advance_fen := known.advance_fen;
    RETURN o;
END $$;

-- One payment. The fast way for a single caller: one round trip, one commit.
CREATE FUNCTION post_payment(
    p_id uuid, p_sha256 bytea, p_scope text, p_principal text, p_rpc text, p_division text, p_household text, p_bill uuid,
    p_amount bigint, p_method smallint, p_collector text, p_document text, p_effective_on date,
    p_event_id uuid, p_payload bytea, p_traceparent text, p_now timestamptz
) RETURNS payment_outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    o payment_outcome;
    at_book book;
    open_bill record;
    rest bigint := p_amount;
    part bigint;
    outstanding bigint := 0;
    lines smallint := 0;
    received smallint := CASE WHEN p_method = 1 THEN 4 ELSE 5 END;
    received_by text := CASE WHEN p_method = 1 THEN p_collector ELSE '' END;
BEGIN
    o := payment_known(p_id, p_sha256);
    IF o.outcome IS NOT NULL THEN
        RETURN o;
    END IF;
    PERFORM FROM household WHERE household_id = p_household AND division_code = p_division AND p_division ^@ p_scope;
    IF NOT FOUND THEN
        o.outcome := 3;
        RETURN o;
    END IF;
    IF p_bill IS NOT NULL THEN
        PERFORM FROM bill WHERE id = p_bill AND household_id = p_household;
        IF NOT FOUND THEN
            o.outcome := 4;
            RETURN o;
        END IF;
    END IF;
    IF p_collector <> '' THEN
        PERFORM FROM cadre WHERE cadre_id = p_collector AND p_division ^@ division_code;
        IF NOT FOUND THEN
            o.outcome := 5;
            RETURN o;
        END IF;
    END IF;

    SELECT * INTO at_book FROM book WHERE division_code = p_division FOR UPDATE;
    o.bills := '{}';
    o.parts := '{}';
    FOR open_bill IN
        SELECT id, outstanding_fen FROM bill WHERE household_id = p_household AND outstanding_fen > 0
        ORDER BY id IS DISTINCT FROM p_bill, due_on, id
    LOOP
        part := least(rest, open_bill.outstanding_fen);
        outstanding := outstanding + open_bill.outstanding_fen - part;
        IF part > 0 THEN
            o.bills := o.bills || open_bill.id;
            o.parts := o.parts || part;
            rest := rest - part;
        END IF;
    END LOOP;
    o.outcome := 0;
    o.effective_on := p_effective_on;
    o.posted_at := p_now;
    o.receipt_number := at_book.receipts + 1;
    o.advance_fen := rest;

    INSERT INTO journal_entry (id, division_code, entry_number, kind, household_id, effective_on, posted_at, principal,
                               request_sha256, amount_fen, advance_fen, receipt_number, method, collector, document, named_bill)
    VALUES (p_id, p_division, at_book.entries + 1, 2, p_household, p_effective_on, p_now, p_principal,
            p_sha256, p_amount, rest, o.receipt_number, p_method, p_collector, p_document, p_bill)
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        -- Somebody was faster with this id; nothing was written here yet.
        RETURN payment_known(p_id, p_sha256);
    END IF;
    IF cardinality(o.bills) > 0 THEN
        UPDATE bill SET paid_fen = paid_fen + x.part FROM unnest(o.bills, o.parts) AS x (id, part) WHERE bill.id = x.id;
        INSERT INTO transfer (entry_id, line, division_code, debit, debit_holder, credit, credit_holder, amount_fen, bill_id)
        SELECT p_id, x.line, p_division, received, received_by, 1, p_household, x.part, x.id
        FROM unnest(o.bills, o.parts) WITH ORDINALITY AS x (id, part, line);
        lines := cardinality(o.bills);
    END IF;
    IF rest > 0 THEN
        INSERT INTO transfer (entry_id, line, division_code, debit, debit_holder, credit, credit_holder, amount_fen)
        VALUES (p_id, lines + 1, p_division, received, received_by, 6, p_household, rest);
        INSERT INTO advance AS a (household_id, division_code, amount_fen) VALUES (p_household, p_division, rest)
        ON CONFLICT (household_id) DO UPDATE SET amount_fen = a.amount_fen + excluded.amount_fen;
    END IF;
    UPDATE book SET entries = entries + 1, receipts = receipts + 1,
        settled_fen = settled_fen + p_amount - rest, advance_fen = advance_fen + rest,
        cash_fen = cash_fen + CASE WHEN received = 4 THEN p_amount ELSE 0 END,
        bank_fen = bank_fen + CASE WHEN received = 5 THEN p_amount ELSE 0 END
    WHERE division_code = p_division;
    INSERT INTO kit.audit (at, principal, method, action, division_code, resource, request_id)
    VALUES (p_now, p_principal, p_rpc, 'create', p_division, 'payments/' || p_id, p_id);
    INSERT INTO kit.outbox (event_id, type, division_code, subject, payload_type, payload, traceparent, created_at)
    VALUES (p_event_id, 'payment.posted', p_division, 'payments/' || p_id, '/xiangtu.homestead.v1.PaymentPosted',
            p_payload || posted_tail(o.receipt_number, rest, outstanding), p_traceparent, p_now);
    RETURN o;
END $$;

-- Many payments of many callers in one commit. The ids are distinct and no bill is named; the order is that of arrival.
-- An id that another village's transaction takes at the same moment fails the whole call: then one by one decides.
CREATE FUNCTION post_payments(
    p_id uuid[], p_sha256 bytea[], p_scope text[], p_principal text[], p_rpc text[], p_division text[], p_household text[],
    p_amount bigint[], p_method smallint[], p_collector text[], p_document text[], p_effective_on date[],
    p_event_id uuid[], p_payload bytea[], p_traceparent text[], p_now timestamptz
) RETURNS TABLE (
    n bigint, outcome smallint, effective_on date, posted_at timestamptz, receipt_number bigint, advance_fen bigint,
    bills uuid[], parts bigint[]
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- From here on nobody else writes in these villages, and the statement below sees everything written before.
    PERFORM FROM book WHERE division_code = ANY (p_division) ORDER BY division_code FOR UPDATE;

    RETURN QUERY
    WITH item AS MATERIALIZED (
        SELECT * FROM unnest(p_id, p_sha256, p_scope, p_principal, p_rpc, p_division, p_household, p_amount, p_method, p_collector,
                             p_document, p_effective_on, p_event_id, p_payload, p_traceparent)
            WITH ORDINALITY AS i (id, sha256, scope, principal, rpc, division_code, household_id, amount, method, collector,
                                  document, effective_on, event_id, payload, traceparent, n)
    ), judged AS MATERIALIZED (
        SELECT i.*, CASE
                WHEN EXISTS (SELECT FROM journal_entry e WHERE e.id = i.id) THEN 1
                WHEN NOT EXISTS (SELECT FROM household h WHERE h.household_id = i.household_id
                                 AND h.division_code = i.division_code AND i.division_code ^@ i.scope) THEN 3
                WHEN i.collector <> '' AND NOT EXISTS (SELECT FROM cadre c WHERE c.cadre_id = i.collector
                                                       AND i.division_code ^@ c.division_code) THEN 5
                ELSE 0
            END AS outcome
        FROM item i
    ), taken AS MATERIALIZED (
        -- Money of a household as a line from 0: each payment covers the stretch up to `upto`, in order of arrival.
        SELECT j.*, row_number() OVER (PARTITION BY j.division_code ORDER BY j.n) AS nth,
               sum(j.amount) OVER (PARTITION BY j.household_id ORDER BY j.n)::bigint AS upto
        FROM judged j WHERE j.outcome = 0
    ), done AS MATERIALIZED (
        SELECT t.*, b.entries + t.nth AS entry_number, b.receipts + t.nth AS receipt_number,
               t.amount - s.settled AS rest, s.bills, s.parts, greatest(s.owed - t.upto, 0) AS outstanding,
               CASE WHEN t.method = 1 THEN 4 ELSE 5 END::smallint AS received,
               CASE WHEN t.method = 1 THEN t.collector ELSE '' END AS received_by
        FROM taken t JOIN book b USING (division_code) CROSS JOIN LATERAL (
            -- Debt of the household as a line from 0: each bill covers the stretch up to `upto`, by due date. Where the
            -- payment and a bill cover the same stretch, the payment settles the bill.
            SELECT coalesce(sum(x.part), 0)::bigint AS settled, coalesce(max(x.upto), 0) AS owed,
                   coalesce(array_agg(x.id ORDER BY x.upto) FILTER (WHERE x.part > 0), '{}') AS bills,
                   coalesce(array_agg(x.part ORDER BY x.upto) FILTER (WHERE x.part > 0), '{}') AS parts
            FROM (
                SELECT o.id, o.upto, greatest(least(t.upto, o.upto) - greatest(t.upto - t.amount, o.upto - o.outstanding_fen), 0) AS part
                FROM (
                    SELECT id, outstanding_fen, sum(outstanding_fen) OVER (ORDER BY due_on, id)::bigint AS upto
                    FROM bill WHERE household_id = t.household_id AND outstanding_fen > 0
                ) o
            ) x
        ) s
    ), entered AS (
        INSERT INTO journal_entry (id, division_code, entry_number, kind, household_id, effective_on, posted_at, principal,
                                   request_sha256, amount_fen, advance_fen, receipt_number, method, collector, document)
        SELECT id, division_code, entry_number, 2, household_id, effective_on, p_now, principal,
               sha256, amount, rest, receipt_number, method, collector, document
        FROM done
    ), moved AS (
        INSERT INTO transfer (entry_id, line, division_code, debit, debit_holder, credit, credit_holder, amount_fen, bill_id)
        SELECT d.id, x.line, d.division_code, d.received, d.received_by, 1, d.household_id, x.part, x.id
        FROM done d CROSS JOIN LATERAL unnest(d.bills, d.parts) WITH ORDINALITY AS x (id, part, line)
        UNION ALL
        SELECT id, cardinality(bills) + 1, division_code, received, received_by, 6, household_id, rest, NULL
        FROM done WHERE rest > 0
    ), paid AS (
        UPDATE bill b SET paid_fen = b.paid_fen + s.part
        FROM (SELECT x.id, sum(x.part)::bigint AS part
              FROM done d CROSS JOIN LATERAL unnest(d.bills, d.parts) AS x (id, part) GROUP BY x.id) s
        WHERE b.id = s.id
    ), ahead AS (
        INSERT INTO advance AS a (household_id, division_code, amount_fen)
        SELECT household_id, division_code, sum(rest)::bigint FROM done WHERE rest > 0 GROUP BY household_id, division_code
        ON CONFLICT (household_id) DO UPDATE SET amount_fen = a.amount_fen + excluded.amount_fen
    ), booked AS (
        UPDATE book b SET entries = b.entries + s.entries, receipts = b.receipts + s.entries,
            settled_fen = b.settled_fen + s.amount - s.rest, advance_fen = b.advance_fen + s.rest,
            cash_fen = b.cash_fen + s.cash, bank_fen = b.bank_fen + s.amount - s.cash
        FROM (SELECT division_code, count(*) AS entries, sum(amount)::bigint AS amount, sum(rest)::bigint AS rest,
                     coalesce(sum(amount) FILTER (WHERE received = 4), 0)::bigint AS cash
              FROM done GROUP BY division_code) s
        WHERE b.division_code = s.division_code
    ), audited AS (
        INSERT INTO kit.audit (at, principal, method, action, division_code, resource, request_id)
        SELECT p_now, principal, rpc, 'create', division_code, 'payments/' || id, id FROM done
    ), stated AS (
        INSERT INTO kit.outbox (event_id, type, division_code, subject, payload_type, payload, traceparent, created_at)
        SELECT event_id, 'payment.posted', division_code, 'payments/' || id, '/xiangtu.homestead.v1.PaymentPosted',
               payload || posted_tail(receipt_number, rest, outstanding), traceparent, p_now
        FROM done
    )
    SELECT d.n, 0::smallint, d.effective_on, p_now, d.receipt_number, d.rest, d.bills, d.parts FROM done d
    UNION ALL
    SELECT j.n, j.outcome::smallint, NULL, NULL, NULL, NULL, NULL, NULL FROM judged j WHERE j.outcome > 1
    UNION ALL
    SELECT j.n, k.outcome, k.effective_on, k.posted_at, k.receipt_number, k.advance_fen, k.bills, k.parts
    FROM judged j CROSS JOIN LATERAL payment_known(j.id, j.sha256) k WHERE j.outcome = 1;
END $$;

REVOKE EXECUTE ON FUNCTION post_payment, post_payments, payment_known FROM PUBLIC;
GRANT EXECUTE ON FUNCTION post_payment, post_payments TO xiangtu_service;
