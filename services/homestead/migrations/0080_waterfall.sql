-- In which order money settles bills, as the plan states it.
--
-- Nothing of the order is kept with the bills: a book has a weight for each trait that an order may go by, and the place of a
-- bill is the sum of its traits times their weights (see the core's `waterfall`). So a payment sorts by any order with one
-- and the same statement, and no bill changes with a plan or an agreement.
--
-- A book is told only that it has to look its order up, and does so before the next payment, while it is locked: whoever
-- posts after that sees the new order, and everybody before it the old one.

-- The order of a version of the plan; the weights are NULL where it states none.
ALTER TABLE plan
    ADD due_weight    bigint,
    ADD period_weight bigint,
    ADD agreed_weight bigint,
    ADD adds_weight   bigint,
    ADD ignores_named boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT plan_weights CHECK (num_nonnulls(due_weight, period_weight, agreed_weight, adds_weight) IN (0, 4));

ALTER TABLE book
    ADD due_weight    bigint NOT NULL DEFAULT 1,
    ADD period_weight bigint NOT NULL DEFAULT 0,
    ADD agreed_weight bigint NOT NULL DEFAULT 0,
    ADD adds_weight   bigint NOT NULL DEFAULT 0,
    ADD ignores_named boolean NOT NULL DEFAULT false,
    -- The plan that states this order; unset: the usual one.
    ADD order_version bigint,
    -- The first day of this order; a clock that stands before it looks the order up again.
    ADD order_since   date NOT NULL DEFAULT '-infinity',
    -- The day on which the order is to be looked up again, if any is known.
    ADD look_up_on    date DEFAULT '-infinity';

-- From which entry of a book on which plan stated the order; before the first row the usual one held.
CREATE TABLE book_order (
    division_code text COLLATE "C" NOT NULL,
    from_number   bigint NOT NULL,
    plan_version  bigint,
    PRIMARY KEY (division_code, from_number)
);
SELECT kit.protect('book_order');
GRANT SELECT ON book_order TO xiangtu_service;

-- The place of a bill among those of its household.
CREATE FUNCTION settling_place(
    due_on date, from_on date, agreed boolean, adds boolean,
    due_weight bigint, period_weight bigint, agreed_weight bigint, adds_weight bigint
) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (due_on - '2000-01-01'::date) * due_weight + (from_on - '2000-01-01'::date) * period_weight
    + CASE WHEN agreed THEN agreed_weight ELSE 0 END + CASE WHEN adds THEN adds_weight ELSE 0 END
$$;

-- Whether a book has to look its order up on a day.
CREATE FUNCTION order_is_old(b book, p_day date) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
SELECT coalesce(b.look_up_on <= p_day, false) OR b.order_since > p_day
$$;

-- Gives those of the books whose day has come the order of the plans in force on `p_day`. The books are held.
CREATE FUNCTION look_up_orders(p_division text[], p_day date) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    WITH in_force AS MATERIALIZED (
        SELECT DISTINCT ON (division_code) * FROM plan WHERE effective_on <= p_day
        ORDER BY division_code, effective_on DESC, version DESC
    ), found AS MATERIALIZED (
        SELECT b.division_code, b.entries, b.order_version AS version_before, p.version, coalesce(p.due_weight, 1) AS due_weight,
               coalesce(p.period_weight, 0) AS period_weight, coalesce(p.agreed_weight, 0) AS agreed_weight,
               coalesce(p.adds_weight, 0) AS adds_weight, coalesce(p.ignores_named, false) AS ignores_named,
               coalesce((SELECT max(n.effective_on) FROM plan n
                         WHERE n.effective_on <= p_day AND b.division_code ^@ n.division_code), '-infinity') AS order_since,
               (SELECT min(n.effective_on) FROM plan n
                WHERE n.effective_on > p_day AND b.division_code ^@ n.division_code) AS look_up_on
        FROM book b LEFT JOIN LATERAL (
            -- The most particular plan that states one.
            SELECT * FROM in_force f WHERE b.division_code ^@ f.division_code AND f.due_weight IS NOT NULL
            ORDER BY length(f.division_code) DESC LIMIT 1
        ) p ON true
        WHERE b.division_code = ANY (p_division) AND order_is_old(b, p_day)
    ), noted AS (
        INSERT INTO book_order (division_code, from_number, plan_version)
        SELECT division_code, entries + 1, version FROM found WHERE version IS DISTINCT FROM version_before
        ON CONFLICT (division_code, from_number) DO UPDATE SET plan_version = excluded.plan_version
    )
    UPDATE book b SET due_weight = f.due_weight, period_weight = f.period_weight, agreed_weight = f.agreed_weight,
        adds_weight = f.adds_weight, ignores_named = f.ignores_named, order_version = f.version,
        order_since = f.order_since, look_up_on = f.look_up_on
    FROM found f WHERE b.division_code = f.division_code;
END $$;
REVOKE EXECUTE ON FUNCTION look_up_orders FROM PUBLIC;

-- Tells the books of a division that a plan was applied. Waits for whoever is writing in them.
CREATE FUNCTION forget_orders(p_division text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM book WHERE division_code ^@ p_division AND division_code ^@ current_setting('xiangtu.scope')
    ORDER BY division_code FOR UPDATE;
    UPDATE book SET look_up_on = '-infinity'
    WHERE division_code ^@ p_division AND division_code ^@ current_setting('xiangtu.scope');
END $$;
REVOKE EXECUTE ON FUNCTION forget_orders FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_orders TO xiangtu_service;

-- As before, but for the order of bills, and for the book that looks its order up.
CREATE OR REPLACE FUNCTION post_payment(
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
    IF order_is_old(at_book, (p_now AT TIME ZONE 'Asia/Shanghai')::date) THEN
        PERFORM look_up_orders(ARRAY[p_division], (p_now AT TIME ZONE 'Asia/Shanghai')::date);
        SELECT * INTO at_book FROM book WHERE division_code = p_division;
    END IF;
    o.bills := '{}';
    o.parts := '{}';
    FOR open_bill IN
        SELECT id, outstanding_fen FROM bill WHERE household_id = p_household AND outstanding_fen > 0
        ORDER BY at_book.ignores_named OR id IS DISTINCT FROM p_bill,
                 settling_place(due_on, from_on, original_due_on IS NOT NULL, corrects IS NOT NULL,
                                at_book.due_weight, at_book.period_weight, at_book.agreed_weight, at_book.adds_weight), id
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

CREATE OR REPLACE FUNCTION post_payments(
    p_id uuid[], p_sha256 bytea[], p_scope text[], p_principal text[], p_rpc text[], p_division text[], p_household text[],
    p_amount bigint[], p_method smallint[], p_collector text[], p_document text[], p_effective_on date[],
    p_event_id uuid[], p_payload bytea[], p_traceparent text[], p_now timestamptz
) RETURNS TABLE (
    n bigint, outcome smallint, effective_on date, posted_at timestamptz, receipt_number bigint, advance_fen bigint,
    bills uuid[], parts bigint[]
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    old boolean;
BEGIN
    -- From here on nobody else writes in these villages, and the statement below sees everything written before.
    SELECT bool_or(x.old) INTO old FROM (
        SELECT order_is_old(b, (p_now AT TIME ZONE 'Asia/Shanghai')::date) AS old
        FROM book b WHERE division_code = ANY (p_division) ORDER BY division_code FOR UPDATE
    ) x;
    IF old THEN
        PERFORM look_up_orders(p_division, (p_now AT TIME ZONE 'Asia/Shanghai')::date);
    END IF;

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
            -- Debt of the household as a line from 0: each bill covers the stretch up to `upto`, in the order of its book. Where the
            -- payment and a bill cover the same stretch, the payment settles the bill.
            SELECT coalesce(sum(x.part), 0)::bigint AS settled, coalesce(max(x.upto), 0) AS owed,
                   coalesce(array_agg(x.id ORDER BY x.upto) FILTER (WHERE x.part > 0), '{}') AS bills,
                   coalesce(array_agg(x.part ORDER BY x.upto) FILTER (WHERE x.part > 0), '{}') AS parts
            FROM (
                SELECT o.id, o.upto, greatest(least(t.upto, o.upto) - greatest(t.upto - t.amount, o.upto - o.outstanding_fen), 0) AS part
                FROM (
                    SELECT id, outstanding_fen, sum(outstanding_fen) OVER (
                        ORDER BY settling_place(due_on, from_on, original_due_on IS NOT NULL, corrects IS NOT NULL,
                                                b.due_weight, b.period_weight, b.agreed_weight, b.adds_weight), id
                    )::bigint AS upto
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

-- Replacing a function takes back what was set for it.
ALTER FUNCTION post_payments SET plan_cache_mode = force_generic_plan;
