//! What must be so whatever the sums are. In every query `$1` is the first and `$2` the end of the range of codes, `$3` the most rows.

/// As many as the book says, and as many different ones.
pub const ENTRY_NUMBERS: &str = "
    SELECT b.division_code AS subject, b.entries AS expected, count(DISTINCT e.entry_number) AS found
    FROM book b LEFT JOIN journal_entry e ON e.division_code = b.division_code AND e.entry_number BETWEEN 1 AND b.entries
    WHERE b.division_code >= $1 AND b.division_code < $2
    GROUP BY b.division_code, b.entries HAVING (count(e.id), count(DISTINCT e.entry_number)) <> (b.entries, b.entries)
    UNION ALL
    SELECT e.division_code, coalesce(b.entries, 0), e.entry_number
    FROM journal_entry e LEFT JOIN book b ON b.division_code = e.division_code
    WHERE e.division_code >= $1 AND e.division_code < $2
      AND (b.division_code IS NULL OR NOT e.entry_number BETWEEN 1 AND b.entries)
    LIMIT $3";

/// As many as the book says, and as many different ones.
pub const RECEIPT_NUMBERS: &str = "
    SELECT b.division_code AS subject, b.receipts AS expected, count(DISTINCT e.receipt_number) AS found
    FROM book b LEFT JOIN journal_entry e ON e.division_code = b.division_code AND e.receipt_number BETWEEN 1 AND b.receipts
    WHERE b.division_code >= $1 AND b.division_code < $2
    GROUP BY b.division_code, b.receipts HAVING (count(e.id), count(DISTINCT e.receipt_number)) <> (b.receipts, b.receipts)
    UNION ALL
    SELECT e.division_code, coalesce(b.receipts, 0), e.receipt_number
    FROM journal_entry e LEFT JOIN book b ON b.division_code = e.division_code
    WHERE e.division_code >= $1 AND e.division_code < $2 AND e.receipt_number IS NOT NULL
      AND (b.division_code IS NULL OR NOT e.receipt_number BETWEEN 1 AND b.receipts)
    LIMIT $3";

/// One payment, to the fen, from where it was received, and once.
pub const REVERSALS: &str = "
    SELECT r.id::text AS subject, coalesce(p.amount_fen, 0) AS expected, r.amount_fen AS found
    FROM journal_entry r LEFT JOIN journal_entry p ON p.id = r.reverses AND p.kind = 2
        AND p.division_code = r.division_code AND p.household_id = r.household_id AND p.amount_fen = r.amount_fen
    WHERE r.kind = 3 AND r.division_code >= $1 AND r.division_code < $2 AND (p.id IS NULL OR EXISTS (
        SELECT FROM transfer t JOIN transfer q ON q.entry_id = p.id AND q.line = 1
        WHERE t.entry_id = r.id AND (t.credit, t.credit_holder) <> (q.debit, q.debit_holder)))
    UNION ALL
    SELECT id::text, 1, n FROM (
        SELECT id, count(*) OVER (PARTITION BY reverses) AS n FROM journal_entry
        WHERE reverses IS NOT NULL AND division_code >= $1 AND division_code < $2
    ) r WHERE n > 1
    LIMIT $3";

/// Not as `entry_rule` stands, which may have been changed too; nor is money of a household moved by an entry of another, or
/// between a household's debt and an account without naming the bill.
pub const KINDS: &str = "
    SELECT e.id::text AS subject, 0::bigint AS expected, t.amount_fen AS found
    FROM transfer t JOIN journal_entry e ON e.id = t.entry_id LEFT JOIN bill b ON b.id = t.bill_id LEFT JOIN (VALUES
        (1, 1, 2), (1, 3, 1), (1, 6, 1),
        (2, 4, 1), (2, 5, 1), (2, 4, 6), (2, 5, 6),
        (3, 1, 4), (3, 1, 5), (3, 6, 4), (3, 6, 5),
        (4, 2, 1), (4, 1, 3), (4, 3, 1), (4, 1, 7), (4, 7, 1), (4, 1, 6),
        (5, 3, 1), (5, 1, 6),
        (6, 7, 1),
        (7, 6, 4), (7, 6, 5),
        (8, 5, 4),
        (9, 8, 9),
        (10, 9, 1),
        (11, 9, 4), (11, 9, 5),
        (12, 3, 1), (12, 1, 6),
        (13, 6, 1)
    ) r (kind, debit, credit) ON (r.kind, r.debit, r.credit) = (e.kind, t.debit, t.credit)
    WHERE t.division_code >= $1 AND t.division_code < $2 AND (
        r.kind IS NULL OR (1 IN (t.debit, t.credit)) <> (t.bill_id IS NOT NULL)
        OR (b.household_id, b.division_code) <> (e.household_id, t.division_code)
        OR (t.debit IN (1, 6, 9) AND t.debit_holder <> e.household_id)
        OR (t.credit IN (1, 6, 9) AND t.credit_holder <> e.household_id))
    LIMIT $3";

/// In order of their first days a bill begins before one before it has ended.
pub const OVERLAPS: &str = "
    SELECT id::text AS subject, 0::bigint AS expected, (least(until_on, taken) - from_on)::bigint AS found FROM (
        SELECT id, from_on, until_on, max(until_on) OVER (
            PARTITION BY household_id ORDER BY from_on, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS taken
        FROM bill WHERE corrects IS NULL AND division_code >= $1 AND division_code < $2
    ) b WHERE from_on < taken LIMIT $3";

/// The correction says by how much; that is checked with it.
pub const SUPPLEMENTS: &str = "
    SELECT b.id::text AS subject, 0::bigint AS expected, b.gross_fen - b.relief_fen AS found
    FROM bill b LEFT JOIN reassessment r ON (r.supplement_id, r.bill_id) = (b.id, b.corrects)
    WHERE b.corrects IS NOT NULL AND r.id IS NULL AND b.division_code >= $1 AND b.division_code < $2
    LIMIT $3";

/// Each close holds for the entries from the one that followed it until the next close.
pub const CLOSED: &str = "
    SELECT e.id::text AS subject, to_char(c.closed_before, 'YYYYMMDD')::bigint AS expected,
          to_char(e.effective_on, 'YYYYMMDD')::bigint AS found
    FROM (
        SELECT division_code, closed_before, entries, lead(entries) OVER (PARTITION BY division_code ORDER BY closed_before) AS next
        FROM book_close WHERE division_code >= $1 AND division_code < $2
    ) c JOIN journal_entry e ON e.division_code = c.division_code AND e.entry_number > c.entries
        AND (c.next IS NULL OR e.entry_number <= c.next)
    WHERE e.effective_on < c.closed_before LIMIT $3";

/// A book is closed as far as its last close says.
pub const REOPENED: &str = "
    SELECT c.division_code AS subject, to_char(c.closed_before, 'YYYYMMDD')::bigint AS expected,
          coalesce(to_char(b.closed_before, 'YYYYMMDD')::bigint, 0) AS found
    FROM (SELECT division_code, max(closed_before) AS closed_before FROM book_close
          WHERE division_code >= $1 AND division_code < $2 GROUP BY division_code) c
        LEFT JOIN book b ON b.division_code = c.division_code
    WHERE b.closed_before IS NULL OR b.closed_before < c.closed_before LIMIT $3";

/// 1 where there should be a receipt, and where there is one; of a payment that was given up its amount.
pub const RECEIPTS: &str = "
    SELECT id::text AS subject, (kind = 2)::int::bigint AS expected, (receipt_number IS NOT NULL)::int::bigint AS found
    FROM journal_entry
    WHERE division_code >= $1 AND division_code < $2 AND ((kind = 2) <> (receipt_number IS NOT NULL) OR (kind = 2) <> (method IS NOT NULL))
    UNION ALL
    SELECT e.id::text, 0, e.amount_fen FROM pending_payment p JOIN journal_entry e ON e.id = p.id
    WHERE p.state IN (3, 4) AND p.division_code >= $1 AND p.division_code < $2
    LIMIT $3";

/// A confirmed payment has its own id in the journal.
pub const CONFIRMED: &str = "
    SELECT p.id::text AS subject, p.amount_fen AS expected, coalesce(e.amount_fen, 0) AS found
    FROM pending_payment p LEFT JOIN journal_entry e ON e.id = p.id AND e.kind = 2
    WHERE p.state = 2 AND p.division_code >= $1 AND p.division_code < $2 AND e.amount_fen IS DISTINCT FROM p.amount_fen
    LIMIT $3";

/// Entries of lines, and lines of entries.
pub const LINES: &str = "
    SELECT s.id::text AS subject, 1::bigint AS expected, CASE WHEN e.id IS NULL THEN 0 ELSE s.lines END AS found
    FROM (
        SELECT id, entry_id, count(*) OVER (PARTITION BY entry_id) AS lines FROM statement_line
        WHERE state IN (3, 4) AND division_code >= $1 AND division_code < $2
    ) s LEFT JOIN journal_entry e ON e.id = s.entry_id
    WHERE e.id IS NULL OR s.lines > 1 LIMIT $3";

/// By id.
pub const TWICE_ENTRIES: &str = "
    SELECT id::text AS subject, 1::bigint AS expected, count(*) AS found FROM journal_entry
    WHERE division_code >= $1 AND division_code < $2 GROUP BY id HAVING count(*) > 1
    LIMIT $3";

/// By id.
pub const TWICE_BILLS: &str = "
    SELECT id::text AS subject, 1::bigint AS expected, count(*) AS found FROM bill
    WHERE division_code >= $1 AND division_code < $2 GROUP BY id HAVING count(*) > 1
    LIMIT $3";

/// By household.
pub const TWICE_HOUSEHOLDS: &str = "
    SELECT household_id AS subject, 1::bigint AS expected, count(*) AS found FROM advance
    WHERE division_code >= $1 AND division_code < $2 GROUP BY household_id HAVING count(*) > 1
    UNION ALL
    SELECT household_id, 1::bigint, count(*) FROM payable
    WHERE division_code >= $1 AND division_code < $2 GROUP BY household_id HAVING count(*) > 1
    LIMIT $3";

/// By village.
pub const TWICE_BOOKS: &str = "
    SELECT division_code AS subject, 1::bigint AS expected, count(*) AS found FROM book
    WHERE division_code >= $1 AND division_code < $2 GROUP BY division_code HAVING count(*) > 1
    LIMIT $3";

/// Households with a bill, and their portfolios.
pub const DEBTORS: &str = "
    SELECT b.household_id AS subject, 1::bigint AS expected, count(p.household_id) AS found
    FROM (SELECT DISTINCT household_id FROM bill WHERE division_code >= $1 AND division_code < $2) b
        LEFT JOIN portfolio p ON p.household_id = b.household_id
    GROUP BY b.household_id HAVING count(p.household_id) <> 1 LIMIT $3";
