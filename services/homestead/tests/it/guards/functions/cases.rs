//! The guards inside functions, each with a case that it decides.

/// Short ways to call the ledger; each answers with the outcome alone. Every payment and entry is of 1 fen.
pub const HELPERS: &str = "
CREATE SCHEMA probe;
CREATE FUNCTION probe.pay(id uuid, scope text, village text, household text, bill uuid, collector text) RETURNS text LANGUAGE sql AS $$
    SELECT (post_payment(id, '\\x01', scope, 'nobody', '', village, household, bill, 1,
        CASE WHEN collector = '' THEN 2 ELSE 1 END::smallint, collector, '', '2025-03-01', gen_random_uuid(), '', '', now())).outcome::text
$$;
CREATE FUNCTION probe.pay(id uuid, village text, household text) RETURNS text LANGUAGE sql AS $$
    SELECT probe.pay(id, '', village, household, NULL, '')
$$;
CREATE FUNCTION probe.pay_many(ids uuid[], scope text, village text, household text, collector text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(p.outcome::text, ' ' ORDER BY p.n)
    FROM (SELECT array_agg(id) AS ids, array_agg('\\x01'::bytea) AS sums, array_agg(scope) AS scopes, array_agg(''::text) AS nothing,
                 array_agg(village) AS villages, array_agg(household) AS households, array_agg(1::bigint) AS amounts,
                 array_agg(CASE WHEN collector = '' THEN 2 ELSE 1 END::smallint) AS methods, array_agg(collector) AS collectors,
                 array_agg('2025-03-01'::date) AS days, array_agg(''::bytea) AS payloads
          FROM unnest(ids) AS i (id)) a,
         post_payments(a.ids, a.sums, a.scopes, a.nothing, a.nothing, a.villages, a.households, a.amounts, a.methods, a.collectors,
                       a.nothing, a.days, a.ids, a.payloads, a.nothing, now()) p
$$;
CREATE FUNCTION probe.bill(id uuid, household text, first_day date, end_day date) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(sum(b.bills), 0)::text
    FROM issue_bills(id, '2025-03-01', '2025-12-31', 'nobody', now(), ARRAY[id], ARRAY['410225001213'], ARRAY[household],
        ARRAY[(SELECT tariff_id FROM bill LIMIT 1)], ARRAY[first_day], ARRAY[end_day], ARRAY[6000::bigint], ARRAY[NULL::smallint], ARRAY[24000::bigint], ARRAY[0::bigint],
        ARRAY[NULL::uuid]) b
$$;
CREATE FUNCTION probe.enter(id uuid, digest bytea, kind int, debit int, credit int, bill uuid, reverses uuid) RETURNS text LANGUAGE sql AS $$
    SELECT (post_entry(id, digest, kind::smallint, '410225001213', 'A1', '2025-03-01', '', reverses, 'nobody', now(),
        ARRAY[debit]::smallint[], ARRAY[CASE WHEN debit IN (1, 6, 9) THEN 'A1' ELSE '' END],
        ARRAY[credit]::smallint[], ARRAY[CASE WHEN credit IN (1, 6, 9) THEN 'A1' ELSE '' END], ARRAY[1::bigint], ARRAY[bill])).outcome::text
$$;
CREATE FUNCTION probe.bill_of(household text) RETURNS uuid LANGUAGE sql AS $$
    SELECT id FROM bill WHERE household_id = household ORDER BY id LIMIT 1
$$;
CREATE FUNCTION probe.cut(function text, guard text, instead text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    source text := pg_get_functiondef(function::regproc);
BEGIN
    IF length(source) - length(replace(source, guard, '')) <> length(guard) THEN
        RAISE EXCEPTION '% does not have once: %', function, guard;
    END IF;
    EXECUTE replace(source, guard, instead);
    RETURN source;
END $$;";

/// A guard inside a function, and a case that it decides. In the case `#` is an id that was never used before.
pub struct Cut {
    pub function: &'static str,
    pub guard: &'static str,
    pub instead: &'static str,
    pub case: Case,
}

pub struct Case {
    /// What happened before.
    pub before: &'static str,
    /// Answers how it came out.
    pub call: &'static str,
    /// The answer, or SQLSTATE and name of what refused it, with the guard and without.
    pub on: &'static str,
    pub off: &'static str,
}

/// Cases of one caller; nothing of them stays.
pub const ALONE: &[Cut] = &[
    // An id posts once, whatever it is sent with again.
    Cut {
        function: "post_payment",
        guard: "IF o.outcome IS NOT NULL THEN",
        instead: "IF false THEN",
        case: Case {
            before: "SELECT probe.pay('#', '410225001213', 'A1')",
            call: "probe.pay('#', '410225001213', 'moved away')",
            on: "1",
            off: "3",
        },
    },
    Cut {
        function: "post_payments",
        guard: "WHEN EXISTS (SELECT FROM journal_entry e WHERE e.id = i.id) THEN 1",
        instead: "",
        case: Case {
            before: "SELECT probe.pay('#', '410225001213', 'A1')",
            call: "probe.pay_many(ARRAY['#']::uuid[], '', '410225001213', 'A1', '')",
            on: "1",
            off: "23505 transfer_pkey",
        },
    },
    Cut {
        function: "post_entry",
        guard: "IF FOUND THEN
        outcome := CASE",
        instead: "IF false THEN
        outcome := CASE",
        case: Case {
            before: "SELECT probe.enter('#', '\\x01', 5, 3, 1, probe.bill_of('A1'), NULL)",
            call: "probe.enter('#', '\\x01', 5, 3, 1, probe.bill_of('A1'), NULL)",
            on: "1",
            off: "23505 journal_entry_pkey",
        },
    },
    // Households pay in the book of their village, and callers within their division.
    Cut {
        function: "post_payment",
        guard: "household_id = p_household AND division_code = p_division AND",
        instead: "household_id = p_household AND",
        case: Case {
            before: "",
            call: "probe.pay('#', '410225001214', 'A1')",
            on: "3",
            off: "0",
        },
    },
    Cut {
        function: "post_payments",
        guard: "AND h.division_code = i.division_code AND",
        instead: "AND",
        case: Case {
            before: "",
            call: "probe.pay_many(ARRAY['#']::uuid[], '', '410225001214', 'A1', '')",
            on: "3",
            off: "0",
        },
    },
    Cut {
        function: "post_payment",
        guard: "AND p_division ^@ p_scope",
        instead: "",
        case: Case {
            before: "",
            call: "probe.pay('#', '410225001214', '410225001213', 'A1', NULL, '')",
            on: "3",
            off: "0",
        },
    },
    Cut {
        function: "post_payments",
        guard: "AND i.division_code ^@ i.scope",
        instead: "",
        case: Case {
            before: "",
            call: "probe.pay_many(ARRAY['#']::uuid[], '410225001214', '410225001213', 'A1', '')",
            on: "3",
            off: "0",
        },
    },
    Cut {
        function: "post_entry",
        guard: "NOT p_division ^@ current_setting('xiangtu.scope')",
        instead: "false",
        case: Case {
            // Without it the row policy still hides the book.
            before: "SET LOCAL xiangtu.scope = '410225001214'",
            call: "probe.enter('#', '\\x01', 5, 3, 1, probe.bill_of('A1'), NULL)",
            on: "23503 410225001213 is not the caller's",
            off: "23503 no book of 410225001213",
        },
    },
    Cut {
        function: "post_entry",
        guard: "h.household_id = p_household AND h.division_code = p_division",
        instead: "true",
        case: Case {
            before: "UPDATE household SET division_code = '410225001214' WHERE household_id = 'A1'",
            call: "probe.enter('#', '\\x01', 5, 3, 1, probe.bill_of('A1'), NULL)",
            on: "23503 no household A1 in the book of 410225001213",
            off: "0",
        },
    },
    Cut {
        function: "issue_bills",
        guard: "NOT x.division_code ^@ current_setting('xiangtu.scope')",
        instead: "false",
        case: Case {
            // Without it the row policy still hides the household.
            before: "SET LOCAL xiangtu.scope = '410225001214'",
            call: "probe.bill('#', 'A1', '2025-01-01', '2026-01-01')",
            on: "23503 a village that is not the caller's",
            off: "23503 a household that is not in the book of its bill",
        },
    },
    Cut {
        function: "issue_bills",
        guard: "x.household_id AND h.division_code = x.division_code",
        instead: "x.household_id",
        case: Case {
            before: "",
            call: "probe.bill('#', 'B1', '2025-01-01', '2026-01-01')",
            on: "23503 a household that is not in the book of its bill",
            off: "1",
        },
    },
    // An account, a bill and a payment of somebody else, and a cadre of another village.
    Cut {
        function: "post_entry",
        guard: "(s.holder = '' OR s.holder <> p_household)",
        instead: "false",
        case: Case {
            before: "",
            call: "(post_entry('#', '\\x01', 9::smallint, '410225001213', 'A1', '2025-03-01', '', NULL, 'nobody', now(),
                ARRAY[8]::smallint[], ARRAY[''], ARRAY[9]::smallint[], ARRAY['A2'], ARRAY[1::bigint], ARRAY[NULL]::uuid[])).outcome::text",
            on: "23514 an account that is not of household A1",
            off: "0",
        },
    },
    Cut {
        function: "post_entry",
        guard: "p_household AND b.division_code = p_division",
        instead: "p_household",
        case: Case {
            before: "UPDATE bill SET division_code = '410225001214' WHERE household_id = 'A1'",
            call: "probe.enter('#', '\\x01', 5, 3, 1, probe.bill_of('A1'), NULL)",
            on: "23503 a bill that is not of household A1",
            off: "0",
        },
    },
    Cut {
        function: "post_entry",
        guard: "AND e.household_id = p_household",
        instead: "",
        case: Case {
            before: "SELECT probe.pay('#', '410225001213', 'A2'), probe.pay(gen_random_uuid(), '410225001213', 'A1')",
            call: "probe.enter(gen_random_uuid(), '\\x01', 3, 1, 5, probe.bill_of('A1'), '#')",
            on: "23503 no payment of household A1 that is undone by this",
            off: "0",
        },
    },
    Cut {
        function: "post_entry",
        guard: "AND e.kind = 2",
        instead: "",
        case: Case {
            before: "SELECT probe.pay(gen_random_uuid(), '410225001213', 'A1'),
                probe.enter('#', '\\x01', 5, 3, 1, probe.bill_of('A1'), NULL)",
            call: "probe.enter(gen_random_uuid(), '\\x01', 3, 1, 5, probe.bill_of('A1'), '#')",
            on: "23503 no payment of household A1 that is undone by this",
            off: "0",
        },
    },
    Cut {
        function: "post_entry",
        guard: "AND e.amount_fen = (SELECT sum(x.amount) FROM unnest(p_amount) AS x (amount))",
        instead: "",
        case: Case {
            before: "SELECT probe.pay('#', '410225001213', 'A1'), probe.pay(gen_random_uuid(), '410225001213', 'A1')",
            call: "(post_entry(gen_random_uuid(), '\\x01', 3::smallint, '410225001213', 'A1', '2025-03-01', '', '#', 'nobody', now(),
                ARRAY[1]::smallint[], ARRAY['A1'], ARRAY[5]::smallint[], ARRAY[''], ARRAY[2::bigint], ARRAY[probe.bill_of('A1')])).outcome::text",
            on: "23503 no payment of household A1 that is undone by this",
            off: "0",
        },
    },
    Cut {
        function: "post_entry",
        guard: "IF p_kind = 3 THEN",
        instead: "IF false THEN",
        case: Case {
            before: "SELECT probe.pay(gen_random_uuid(), '410225001213', 'A1')",
            call: "probe.enter(gen_random_uuid(), '\\x01', 3, 1, 5, probe.bill_of('A1'), '#')",
            on: "23503 no payment of household A1 that is undone by this",
            off: "0",
        },
    },
    Cut {
        function: "post_payment",
        guard: "WHERE id = p_bill AND household_id = p_household",
        instead: "WHERE id = p_bill",
        case: Case {
            before: "",
            call: "probe.pay('#', '', '410225001213', 'A1', probe.bill_of('A2'), '')",
            on: "4",
            off: "0",
        },
    },
    Cut {
        function: "post_entry",
        guard: "AND b.household_id = p_household",
        instead: "",
        case: Case {
            before: "",
            call: "probe.enter('#', '\\x01', 5, 3, 1, probe.bill_of('A2'), NULL)",
            on: "23503 a bill that is not of household A1",
            off: "0",
        },
    },
    Cut {
        function: "post_payment",
        guard: "AND p_division ^@ division_code",
        instead: "",
        case: Case {
            before: "",
            call: "probe.pay('#', '', '410225001213', 'A1', NULL, 'L1')",
            on: "5",
            off: "0",
        },
    },
    Cut {
        function: "post_payments",
        guard: "AND i.division_code ^@ c.division_code",
        instead: "",
        case: Case {
            before: "",
            call: "probe.pay_many(ARRAY['#']::uuid[], '', '410225001213', 'A1', 'L1')",
            on: "5",
            off: "0",
        },
    },
    // Money goes only where the kind of an entry may move it; bills and payments come through functions of their own.
    Cut {
        function: "post_entry",
        guard: "p_kind IN (1, 2) OR NOT EXISTS",
        instead: "NOT EXISTS",
        case: Case {
            before: "",
            call: "probe.enter('#', NULL, 1, 3, 1, probe.bill_of('A1'), NULL)",
            on: "23514 entries of kind 1 do not move from 1 to 3",
            off: "0",
        },
    },
    Cut {
        function: "post_entry",
        guard: "NOT EXISTS (SELECT FROM entry_rule r WHERE (r.kind, r.debit, r.credit) = (p_kind, x.debit, x.credit))",
        instead: "false",
        case: Case {
            before: "",
            call: "probe.enter('#', '\\x01', 6, 7, 5, NULL, NULL)",
            on: "23514 entries of kind 6 do not move from 5 to 7",
            off: "0",
        },
    },
    // What is owed is owed on a bill.
    Cut {
        function: "post_entry",
        guard: "(1 IN (x.debit, x.credit)) <> (x.bill IS NOT NULL)",
        instead: "false",
        case: Case {
            before: "",
            call: "probe.enter('#', '\\x01', 5, 3, 1, NULL, NULL)",
            on: "23514 what is owed moves with its bill, and nothing else does",
            off: "0",
        },
    },
    // Rules of the caller's own.
    Cut {
        function: "post_entry",
        guard: "SET search_path TO 'public', 'pg_temp'",
        instead: "",
        case: Case {
            before: "CREATE TEMP TABLE entry_rule AS SELECT 6::smallint AS kind, 7::smallint AS debit, 5::smallint AS credit;
            GRANT SELECT ON entry_rule TO xiangtu_owner",
            call: "probe.enter('#', '\\x01', 6, 7, 5, NULL, NULL)",
            on: "23514 entries of kind 6 do not move from 5 to 7",
            off: "0",
        },
    },
    // Days that another bill charges.
    Cut {
        function: "issue_bills",
        guard: "o.from_on < i.until_on AND i.from_on < o.until_on",
        instead: "false",
        case: Case {
            before: "",
            call: "probe.bill('#', 'A1', '2024-07-01', '2025-07-01')",
            on: "0",
            off: "1",
        },
    },
    // What was closed stays closed, and what was given up stays unpaid.
    Cut {
        function: "refuse_closed",
        guard: "w.effective_on < b.closed_before",
        instead: "false",
        case: Case {
            before: "SELECT close_books(ARRAY['410225001213'], '2025-04-01')",
            call: "probe.pay('#', '410225001213', 'A1')",
            on: "XT001 the period is closed",
            off: "0",
        },
    },
    Cut {
        function: "close_books",
        guard: "AND (closed_before IS NULL OR closed_before < p_before)",
        instead: "",
        case: Case {
            before: "SELECT close_books(ARRAY['410225001213'], '2025-04-01')",
            call: "(SELECT count(*)::text FROM close_books(ARRAY['410225001213'], '2025-02-01'))",
            on: "0",
            off: "1",
        },
    },
    Cut {
        function: "refuse_given_up",
        guard: "p.state IN (3, 4)",
        instead: "false",
        case: Case {
            before: "INSERT INTO pending_payment SELECT '#', '410225001213', 'A1', NULL, 1, 2, '', '2025-04-01', 3, '', now(), now()",
            call: "probe.pay('#', '410225001213', 'A1')",
            on: "23503 pending_payment",
            off: "0",
        },
    },
];

/// Cases that a key of a table decides, and what takes the key away.
pub const KEYS: &[(&str, Case)] = &[
    (
        // Either key would do; the transfers of a batch are written first.
        "ALTER TABLE journal_entry DROP CONSTRAINT journal_entry_pkey; ALTER TABLE transfer DROP CONSTRAINT transfer_pkey",
        Case {
            before: "",
            call: "probe.pay_many(ARRAY['#', '#']::uuid[], '', '410225001213', 'A1', '')",
            on: "23505 transfer_pkey",
            off: "0 0",
        },
    ),
    (
        "DROP INDEX journal_entry_reverses",
        Case {
            before: "SELECT probe.pay('#', '410225001213', 'A1'), probe.pay(gen_random_uuid(), '410225001213', 'A1');
                SELECT probe.enter(gen_random_uuid(), '\\x01', 3, 1, 5, probe.bill_of('A1'), '#')",
            call: "probe.enter(gen_random_uuid(), '\\x01', 3, 1, 5, probe.bill_of('A1'), '#')",
            on: "23505 journal_entry_reverses",
            off: "0",
        },
    ),
    (
        "DROP INDEX statement_line_entry",
        Case {
            before: "INSERT INTO statement_line (id, division_code, bank_reference, booked_on, amount_fen, payer_account_tail, content,
                                                 state, entry_id, created_at, resolved_at)
                SELECT gen_random_uuid(), '410225001213', n, '2025-03-01', 1, '', '', CASE n WHEN 'r1' THEN 3 ELSE 1 END,
                       CASE n WHEN 'r1' THEN '#'::uuid END, now(), CASE n WHEN 'r1' THEN now() END FROM unnest(ARRAY['r1', 'r2']) n;
                CREATE FUNCTION probe.match(line text, entry uuid) RETURNS text LANGUAGE sql AS
                    'UPDATE statement_line SET state = 3, entry_id = entry, resolved_at = now() WHERE bank_reference = line RETURNING line'",
            call: "probe.match('r2', '#')",
            on: "23505 statement_line_entry",
            off: "r2",
        },
    ),
];

/// Cases of two callers: `before` is under way when `case` begins, and is committed once that waits for it or is done.
pub const TOGETHER: &[Cut] = &[
    Cut {
        function: "post_payment",
        guard: "SELECT * INTO at_book FROM book WHERE division_code = p_division FOR UPDATE",
        instead: "SELECT * INTO at_book FROM book WHERE division_code = p_division",
        case: Case {
            before: "SELECT probe.pay(gen_random_uuid(), '410225001213', 'A2')",
            call: "probe.pay('#', '410225001213', 'A2')",
            on: "0",
            off: "23505 journal_entry_number",
        },
    },
    Cut {
        function: "post_payments",
        guard: "ORDER BY division_code FOR UPDATE",
        instead: "ORDER BY division_code",
        case: Case {
            before: "SELECT probe.pay(gen_random_uuid(), '410225001213', 'A2')",
            call: "probe.pay_many(ARRAY['#']::uuid[], '', '410225001213', 'A2', '')",
            on: "0",
            off: "23505 journal_entry_number",
        },
    },
    Cut {
        function: "issue_bills",
        guard: "ORDER BY division_code FOR UPDATE",
        instead: "ORDER BY division_code",
        case: Case {
            before: "SELECT probe.pay(gen_random_uuid(), '410225001213', 'A2')",
            call: "probe.bill('#', 'A1', '2025-01-01', '2026-01-01')",
            on: "1",
            off: "23505 journal_entry_number",
        },
    },
    Cut {
        function: "post_entry",
        guard: "WHERE b.division_code = p_division FOR UPDATE",
        instead: "WHERE b.division_code = p_division",
        case: Case {
            before: "SELECT probe.enter('#', '\\x01', 5, 3, 1, probe.bill_of('A1'), NULL)",
            call: "probe.enter('#', '\\x01', 5, 3, 1, probe.bill_of('A1'), NULL)",
            on: "1",
            off: "23505 journal_entry_pkey",
        },
    },
    // Two villages do not wait for each other's books; the id alone is between them.
    Cut {
        function: "post_payment",
        guard: "ON CONFLICT (id) DO NOTHING",
        instead: "",
        case: Case {
            before: "SELECT probe.pay('#', '410225001213', 'A2')",
            call: "probe.pay('#', '410225001214', 'B1')",
            on: "1",
            off: "23505 journal_entry_pkey",
        },
    },
    // A payment is given up while it is posted; the last case, since without the guard it is both.
    Cut {
        function: "hold_books",
        guard: "PERFORM FROM book WHERE division_code = ANY (p_division) ORDER BY division_code FOR UPDATE",
        instead: "NULL",
        case: Case {
            before: "SELECT hold_books(ARRAY['410225001213']); UPDATE pending_payment SET state = 3, settled_at = now() WHERE state = 1",
            call: "probe.pay('#', '410225001213', 'A2')",
            on: "23503 pending_payment",
            off: "0",
        },
    },
];

/// Functions that act for the owner and have no case here, and why.
pub const ELSEWHERE: &[(&str, &str)] = &[
    (
        "follow_deferrals",
        "the row policy, which binds the owner too, holds it in the caller's division",
    ),
    (
        "forget_orders",
        "the same; and its UPDATE locks what it looked at before, which only keeps two callers in one order",
    ),
    ("refresh_statistics", "changes nothing that anybody reads"),
];
