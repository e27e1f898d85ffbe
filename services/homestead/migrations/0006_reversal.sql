-- Undoing a payment: once, by a new entry that takes every transfer back.

CREATE FUNCTION reverse_payment(
    p_id uuid, p_sha256 bytea, p_scope text, p_principal text, p_rpc text, p_payment uuid, p_reason text, p_effective_on date,
    p_event_id uuid, p_payload bytea, p_traceparent text, p_now timestamptz,
    -- 0 posted, 1 posted before, 2 id used with another body, 3 no such payment, 6 undone before, 7 its advance is spent.
    OUT outcome smallint, OUT posted_at timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    paid journal_entry;
    known journal_entry;
    at_book book;
BEGIN
    SELECT * INTO paid FROM journal_entry e WHERE e.id = p_payment AND e.kind = 2 AND e.division_code ^@ p_scope;
    IF NOT FOUND THEN
        outcome := 3;
        RETURN;
    END IF;
    SELECT * INTO at_book FROM book b WHERE b.division_code = paid.division_code FOR UPDATE;
    SELECT * INTO known FROM journal_entry e WHERE e.id = p_id;
    IF FOUND THEN
        outcome := CASE WHEN known.kind = 3 AND known.request_sha256 = p_sha256 THEN 1 ELSE 2 END;
        posted_at := known.posted_at;
        RETURN;
    END IF;
    PERFORM FROM journal_entry e WHERE e.reverses = p_payment;
    IF FOUND THEN
        outcome := 6;
        RETURN;
    END IF;
    IF paid.advance_fen > 0 THEN
        UPDATE advance a SET amount_fen = a.amount_fen - paid.advance_fen
        WHERE a.household_id = paid.household_id AND a.amount_fen >= paid.advance_fen;
        IF NOT FOUND THEN
            outcome := 7;
            RETURN;
        END IF;
    END IF;

    INSERT INTO journal_entry (id, division_code, entry_number, kind, household_id, effective_on, posted_at, principal,
                               request_sha256, amount_fen, advance_fen, document, reverses)
    VALUES (p_id, paid.division_code, at_book.entries + 1, 3, paid.household_id, p_effective_on, p_now, p_principal,
            p_sha256, paid.amount_fen, paid.advance_fen, p_reason, p_payment);
    INSERT INTO transfer (entry_id, line, division_code, debit, debit_holder, credit, credit_holder, amount_fen, bill_id)
    SELECT p_id, t.line, t.division_code, t.credit, t.credit_holder, t.debit, t.debit_holder, t.amount_fen, t.bill_id
    FROM transfer t WHERE t.entry_id = p_payment;
    UPDATE bill b SET paid_fen = b.paid_fen - t.amount_fen
    FROM transfer t WHERE t.entry_id = p_payment AND t.credit = 1 AND b.id = t.bill_id;
    UPDATE book b SET entries = b.entries + 1,
        settled_fen = b.settled_fen - (paid.amount_fen - paid.advance_fen), advance_fen = b.advance_fen - paid.advance_fen,
        cash_fen = b.cash_fen - CASE WHEN paid.method = 1 THEN paid.amount_fen ELSE 0 END,
        bank_fen = b.bank_fen - CASE WHEN paid.method = 1 THEN 0 ELSE paid.amount_fen END
    WHERE b.division_code = paid.division_code;
    INSERT INTO kit.audit (at, principal, method, action, division_code, resource, request_id, detail)
    VALUES (p_now, p_principal, p_rpc, 'reverse', paid.division_code, 'payments/' || p_payment, p_id, p_reason);
    INSERT INTO kit.outbox (event_id, type, division_code, subject, payload_type, payload, traceparent, created_at)
    VALUES (p_event_id, 'payment.reversed', paid.division_code, 'payments/' || p_payment, '/xiangtu.homestead.v1.PaymentReversed',
            p_payload, p_traceparent, p_now);
    outcome := 0;
    posted_at := p_now;
END $$;
REVOKE EXECUTE ON FUNCTION reverse_payment FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reverse_payment TO xiangtu_service;
