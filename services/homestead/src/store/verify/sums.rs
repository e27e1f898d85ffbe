//! What must add up. In every query `$1` is the first and `$2` the end of the range of codes, `$3` the most rows.

/// Sides, amount, and of a payment what became an advance.
pub const ENTRIES: &str = "
    SELECT e.id::text AS subject,
          CASE WHEN t.amount_fen IS DISTINCT FROM e.amount_fen THEN e.amount_fen ELSE e.advance_fen END AS expected,
          coalesce(CASE WHEN t.amount_fen IS DISTINCT FROM e.amount_fen THEN t.amount_fen ELSE t.advance_fen END, 0)::bigint AS found
    FROM journal_entry e LEFT JOIN (
        -- The amount of a bill is its charge; that of a payment or reversal everything it moves.
        SELECT p.entry_id, sum(p.amount_fen) AS balance,
                sum(p.amount_fen) FILTER (WHERE p.amount_fen > 0 AND (e.kind <> 1 OR p.account = 1)) AS amount_fen,
              coalesce(-sum(p.amount_fen) FILTER (WHERE p.account = 6), 0) AS advance_fen
        FROM posting p JOIN journal_entry e ON e.id = p.entry_id
        WHERE p.division_code >= $1 AND p.division_code < $2 GROUP BY p.entry_id
    ) t ON t.entry_id = e.id
    WHERE e.division_code >= $1 AND e.division_code < $2
      AND (t.balance IS DISTINCT FROM 0 OR t.amount_fen IS DISTINCT FROM e.amount_fen
          OR (e.kind = 2 AND t.advance_fen <> e.advance_fen))
    UNION ALL
    SELECT t.entry_id::text, 0, t.amount_fen FROM transfer t
    WHERE t.division_code >= $1 AND t.division_code < $2
      AND NOT EXISTS (SELECT FROM journal_entry e WHERE e.id = t.entry_id AND e.division_code = t.division_code)
    LIMIT $3";

/// A bill's own entry charges it; what others move between its receivable and an account is credited, remitted, written off
/// or paid.
pub const BILLS: &str = "
    SELECT coalesce(b.id, t.bill_id)::text AS subject,
            (t.gross - t.credited - t.relief - t.remitted - t.written_off - t.paid)::bigint AS expected,
            coalesce(b.outstanding_fen, 0) AS found
    FROM (SELECT * FROM bill WHERE division_code >= $1 AND division_code < $2) b
    FULL JOIN (
        SELECT bill_id, coalesce(sum(-side) FILTER (WHERE other = 2 AND own), 0)::bigint AS gross,
                coalesce(sum(side) FILTER (WHERE other = 3 AND own), 0)::bigint AS relief,
                coalesce(sum(side) FILTER (WHERE other = 2 AND NOT own), 0)::bigint AS credited,
                coalesce(sum(side) FILTER (WHERE other = 3 AND NOT own), 0)::bigint AS remitted,
                coalesce(sum(side) FILTER (WHERE other = 7), 0)::bigint AS written_off,
                coalesce(sum(side) FILTER (WHERE other IN (4, 5, 6, 9)), 0)::bigint AS paid
        FROM (SELECT bill_id, entry_id = bill_id AS own, CASE WHEN credit = 1 THEN debit ELSE credit END AS other,
                      CASE WHEN credit = 1 THEN amount_fen ELSE -amount_fen END AS side
              FROM transfer WHERE division_code >= $1 AND division_code < $2 AND bill_id IS NOT NULL) x
        GROUP BY bill_id
    ) t ON t.bill_id = b.id
    WHERE (b.gross_fen, b.relief_fen, b.credited_fen, b.remitted_fen, b.written_off_fen, b.paid_fen)
        IS DISTINCT FROM (t.gross, t.relief, t.credited, t.remitted, t.written_off, t.paid)
    LIMIT $3";

/// Advances by household.
pub const ADVANCES: &str = "
    SELECT coalesce(a.household_id, t.holder) AS subject, coalesce(t.amount_fen, 0)::bigint AS expected,
            coalesce(a.amount_fen, 0) AS found
    FROM (SELECT * FROM advance WHERE division_code >= $1 AND division_code < $2) a
    FULL JOIN (
        SELECT holder, -sum(amount_fen) AS amount_fen FROM posting
        WHERE account = 6 AND division_code >= $1 AND division_code < $2 GROUP BY holder
    ) t ON t.holder = a.household_id
    WHERE coalesce(a.amount_fen, 0) <> coalesce(t.amount_fen, 0)
    LIMIT $3";

/// All accounts of a book.
pub const BOOKS: &str = "
    SELECT coalesce(b.division_code, t.division_code) AS subject, coalesce(t.amount_fen, 0)::bigint AS expected,
            coalesce(b.amount_fen, 0) AS found
    FROM (
        SELECT b.division_code, x.account, x.amount_fen FROM book b CROSS JOIN LATERAL (VALUES
            (1, billed_fen - relieved_fen - written_off_fen - settled_fen), (2, -billed_fen), (3, relieved_fen),
            (4, cash_fen), (5, bank_fen), (6, -advance_fen), (7, written_off_fen), (8, reward_fen), (9, -payable_fen)
        ) AS x (account, amount_fen)
        WHERE b.division_code >= $1 AND b.division_code < $2
    ) b
    FULL JOIN (
        SELECT division_code, account, sum(amount_fen) AS amount_fen FROM posting
        WHERE division_code >= $1 AND division_code < $2 GROUP BY division_code, account
    ) t ON t.division_code = b.division_code AND t.account = b.account
    WHERE coalesce(b.amount_fen, 0) <> coalesce(t.amount_fen, 0)
    LIMIT $3";

/// Rewards due by household.
pub const REWARDS: &str = "
    SELECT coalesce(a.household_id, t.holder) AS subject, coalesce(t.amount_fen, 0)::bigint AS expected,
            coalesce(a.amount_fen, 0) AS found
    FROM (SELECT * FROM payable WHERE division_code >= $1 AND division_code < $2) a
    FULL JOIN (
        SELECT holder, -sum(amount_fen) AS amount_fen FROM posting
        WHERE account = 9 AND division_code >= $1 AND division_code < $2 GROUP BY holder
    ) t ON t.holder = a.household_id
    WHERE coalesce(a.amount_fen, 0) <> coalesce(t.amount_fen, 0)
    LIMIT $3";

/// What of an advance should have settled bills, which it does as soon as there are both.
pub const IDLE_ADVANCES: &str = "
    SELECT a.household_id AS subject, 0::bigint AS expected, least(a.amount_fen, sum(b.outstanding_fen))::bigint AS found
    FROM advance a JOIN bill b ON (b.household_id, b.division_code) = (a.household_id, a.division_code) AND b.open
    WHERE a.division_code >= $1 AND a.division_code < $2 AND a.amount_fen > 0
    GROUP BY a.household_id, a.amount_fen LIMIT $3";

/// Amounts of bills.
pub const NEGATIVE_BILLS: &str = "
    SELECT * FROM (
        SELECT id::text AS subject, 0::bigint AS expected,
              least(outstanding_fen, gross_fen, relief_fen, relief_fen + remitted_fen, credited_fen, gross_fen - credited_fen,
                    written_off_fen, paid_fen) AS found
        FROM bill WHERE division_code >= $1 AND division_code < $2
    ) b WHERE found < 0 LIMIT $3";

/// Advances and rewards due.
pub const NEGATIVE_HOUSEHOLDS: &str = "
    SELECT household_id AS subject, 0::bigint AS expected, amount_fen AS found FROM advance
    WHERE division_code >= $1 AND division_code < $2 AND amount_fen < 0
    UNION ALL
    SELECT household_id, 0, amount_fen FROM payable WHERE division_code >= $1 AND division_code < $2 AND amount_fen < 0
    LIMIT $3";

/// What nobody can owe a village, or a village owe less than nothing of.
pub const NEGATIVE_BOOKS: &str = "
    SELECT * FROM (
        SELECT division_code AS subject, 0::bigint AS expected,
              least(advance_fen, payable_fen, reward_fen, written_off_fen,
                    billed_fen - relieved_fen - written_off_fen - settled_fen) AS found
        FROM book WHERE division_code >= $1 AND division_code < $2
    ) b WHERE found < 0 LIMIT $3";
