-- Corrections in a row do what the last one alone would have done, whatever was granted between them.

-- A correction takes a write-off back as far as less is charged; one that charges it again writes it off again.
INSERT INTO entry_rule VALUES (4, 7, 1);

-- What an entry did to a bill that was issued first for its days (`first_id`), and to those that add to it, besides charging and
-- correcting them. A correction that nothing was found wrong for takes a discount back.
CREATE VIEW deed WITH (security_invoker = true) AS
    SELECT e.household_id, coalesce(b.corrects, b.id) AS first_id, e.entry_number,
           coalesce(sum(s.fen) FILTER (WHERE s.other = 3 AND (e.kind IN (5, 12) OR (e.kind = 4 AND NOT EXISTS (
               SELECT FROM reassessment r WHERE r.household_id = e.household_id AND r.entry_id = e.id)))), 0)::bigint AS granted_fen,
           coalesce(sum(s.fen) FILTER (WHERE s.other = 7 AND e.kind = 6), 0)::bigint AS given_up_fen,
           -- Without payments that were undone.
           coalesce(sum(s.fen) FILTER (WHERE s.other IN (4, 5, 6, 9) AND e.kind <> 3 AND NOT EXISTS (
               SELECT FROM journal_entry u WHERE u.reverses = e.id)), 0)::bigint AS paid_fen
    FROM journal_entry e JOIN transfer t ON t.entry_id = e.id JOIN bill b ON b.id = t.bill_id
        CROSS JOIN LATERAL (SELECT CASE WHEN t.credit = 1 THEN t.debit ELSE t.credit END AS other,
                                   CASE WHEN t.credit = 1 THEN t.amount_fen ELSE -t.amount_fen END AS fen) s
    GROUP BY e.household_id, coalesce(b.corrects, b.id), e.entry_number;
GRANT SELECT ON deed TO xiangtu_service;
