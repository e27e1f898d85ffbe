-- As before, but events of a batch are told in the order in which its payments were posted: a subscriber that keeps what a household
-- owes takes the last one for true.
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
        FROM done ORDER BY n
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
