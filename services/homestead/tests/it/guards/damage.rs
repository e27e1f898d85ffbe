//! What a recount says once every guard of the database is off.

use proto::xiangtu::homestead::v1::{
    LedgerCheck::{
        self, AdvancesSettleBills, BalancesNotNegative, BillsApart, BillsFollowTariff, DebtorsHaveCadre,
        EntriesBalance, EntriesFollowKind, EntryNumbersGapless, NothingTwice, PaymentsAccounted, PeriodsStayClosed,
        ReceiptNumbersGapless, ReversalsExact,
    },
    ReversalCause, ReversePaymentRequest,
};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::world::{SIBLING, VILLAGE, World};

/// Switches every constraint of these tables off but the keys that the functions need, keeps their rows, and shortens posting.
/// Triggers are off wherever something is damaged.
const BEFORE: &str = "
CREATE SCHEMA saved;
DO $$
DECLARE
    t text;
    c text;
BEGIN
    FOREACH t IN ARRAY ARRAY['book', 'bill', 'advance', 'payable', 'journal_entry', 'transfer', 'entry_rule', 'book_close',
                             'pending_payment', 'statement_line', 'portfolio', 'reassessment'] LOOP
        FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = t::regclass AND contype <> 'p' LOOP
            EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I CASCADE', t, c);
        END LOOP;
        FOR c IN SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = t::regclass AND indisunique AND NOT indisprimary LOOP
            EXECUTE 'DROP INDEX ' || c;
        END LOOP;
        EXECUTE format('CREATE TABLE saved.%I AS TABLE %I', t, t);
    END LOOP;
END $$;
CREATE FUNCTION saved.post(kind int, household text, debit int, credit int, fen bigint, bill uuid, reverses uuid) RETURNS void
LANGUAGE sql AS $$
    SELECT post_entry(gen_random_uuid(), '\\x01', kind::smallint, '410225001213', household, '2025-03-01', '', reverses, 'nobody',
        now(), ARRAY[debit]::smallint[], ARRAY[CASE WHEN debit IN (1, 6, 9) THEN household ELSE '' END],
        ARRAY[credit]::smallint[], ARRAY[CASE WHEN credit IN (1, 6, 9) THEN household ELSE '' END], ARRAY[fen], ARRAY[bill])
$$;
CREATE FUNCTION saved.bill_again(added_to uuid) RETURNS void LANGUAGE sql AS $$
    SELECT issue_bills(gen_random_uuid(), '2025-03-01', '2025-03-31', 'nobody', now(), ARRAY[gen_random_uuid()],
        ARRAY[division_code], ARRAY[household_id], ARRAY[tariff_id], ARRAY[from_on], ARRAY[until_on], ARRAY[over_dm2],
        ARRAY[relief_class], ARRAY[gross_fen], ARRAY[relief_fen], ARRAY[id])
    FROM bill WHERE id = added_to
$$;
CREATE FUNCTION saved.bill(household text) RETURNS uuid LANGUAGE sql AS $$
    SELECT id FROM saved.bill WHERE household_id = household
$$;
CREATE FUNCTION saved.paid(household text) RETURNS uuid LANGUAGE sql AS $$
    SELECT id FROM saved.journal_entry WHERE household_id = household AND kind = 2
$$;";

/// Puts every row back.
const RESTORE: &str = "
DO $$
DECLARE
    t text;
    columns text;
BEGIN
    FOR t IN SELECT table_name FROM information_schema.tables WHERE table_schema = 'saved' LOOP
        SELECT string_agg(quote_ident(column_name), ', ') INTO columns FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = t AND is_generated = 'NEVER';
        EXECUTE format('DELETE FROM public.%I', t);
        EXECUTE format('INSERT INTO public.%I (%s) SELECT %s FROM saved.%I', t, columns, columns, t);
    END LOOP;
END $$";

/// What is done, and which check names it with a subject that begins so.
const DAMAGES: &[(&str, LedgerCheck, &str)] = &[
    // Balances that agree with their transfers and still are impossible.
    ("SELECT saved.post(5, 'A1', 3, 1, 20000, saved.bill('A1'), NULL)", BalancesNotNegative, "bills/"),
    ("SELECT saved.post(4, 'A1', 2, 1, -100, saved.bill('A1'), NULL)", BalancesNotNegative, "bills/"),
    ("SELECT saved.post(7, 'A2', 6, 5, 9000, NULL, NULL)", BalancesNotNegative, "households/A2"),
    ("SELECT saved.post(7, 'A2', 6, 5, 9000, NULL, NULL)", BalancesNotNegative, "divisions/410225001213"),
    ("SELECT saved.post(11, 'A1', 9, 5, 500, NULL, NULL)", BalancesNotNegative, "households/A1"),
    // A payment taken back twice.
    ("SELECT saved.post(3, 'A3', 1, 5, 5000, saved.bill('A3'), saved.paid('A3'))", ReversalsExact, "entries/"),
    // Numbers that stand twice beside one that is missing: as many as there should be.
    ("UPDATE journal_entry SET entry_number = entry_number - 1 WHERE id = saved.paid('A1')", EntryNumbersGapless, "divisions/410225001213"),
    ("UPDATE journal_entry SET receipt_number = 1 WHERE id = saved.paid('A2')", ReceiptNumbersGapless, "divisions/410225001213"),
    // A receipt torn out, and the count put down with it.
    ("UPDATE journal_entry SET receipt_number = NULL WHERE id = saved.paid('A3');
      UPDATE book SET receipts = receipts - 1 WHERE division_code = '410225001213'", PaymentsAccounted, "entries/"),
    ("UPDATE journal_entry SET receipt_number = 4 WHERE id = saved.bill('A1');
      UPDATE book SET receipts = receipts + 1 WHERE division_code = '410225001213'", PaymentsAccounted, "entries/"),
    // The same days charged twice, and a bill that adds to another without a reason.
    ("SELECT saved.bill_again(saved.bill('A1')); UPDATE bill SET corrects = NULL", BillsApart, "bills/"),
    ("SELECT saved.bill_again(saved.bill('A1'))", BillsFollowTariff, "bills/"),
    // Written in a period that was closed by then; and a period that was opened again.
    ("INSERT INTO book_close SELECT gen_random_uuid(), division_code, '2025-04-01', '', now(), entries FROM book;
      UPDATE book SET closed_before = '2025-04-01';
      SELECT saved.post(5, 'A1', 3, 1, 100, saved.bill('A1'), NULL)", PeriodsStayClosed, "entries/"),
    ("INSERT INTO book_close SELECT gen_random_uuid(), division_code, '2025-03-01', '', now(), entries FROM book",
     PeriodsStayClosed, "divisions/410225001213"),
    // Money between accounts that do not belong together, whatever the table of rules says by then.
    ("INSERT INTO entry_rule VALUES (6, 7, 5); SELECT saved.post(6, 'A1', 7, 5, 1, NULL, NULL)", EntriesFollowKind, "entries/"),
    ("UPDATE transfer SET debit = 4 WHERE debit = 1", EntriesFollowKind, "entries/"),
    ("UPDATE transfer SET credit_holder = 'A2' WHERE credit = 1 AND entry_id = saved.paid('A1')", EntriesFollowKind, "entries/"),
    ("UPDATE transfer SET bill_id = NULL WHERE entry_id = saved.paid('A1')", EntriesFollowKind, "entries/"),
    ("UPDATE bill SET household_id = 'A2' WHERE household_id = 'A1'", EntriesFollowKind, "entries/"),
    ("UPDATE bill SET division_code = '410225001214' WHERE household_id = 'A1'", EntriesFollowKind, "entries/"),
    // Money that lies beside a debt.
    ("INSERT INTO advance VALUES ('A1', '410225001213', 100)", AdvancesSettleBills, "households/A1"),
    // Entries that do not say what they move.
    ("DELETE FROM transfer WHERE entry_id = saved.paid('A1')", EntriesBalance, "entries/"),
    ("UPDATE journal_entry SET amount_fen = amount_fen + 1 WHERE id = saved.paid('A1')", EntriesBalance, "entries/"),
    ("UPDATE journal_entry SET advance_fen = advance_fen + 1 WHERE id = saved.paid('A2')", EntriesBalance, "entries/"),
    ("UPDATE transfer SET entry_id = gen_random_uuid() WHERE entry_id = saved.paid('A1')", EntriesBalance, "entries/"),
    // Payments that were given up, and sayings about payments that are not there.
    ("INSERT INTO pending_payment SELECT saved.paid('A1'), division_code, 'A1', NULL, 10000, 2, '', '2025-03-31', 3, '', now(), now()
      FROM book LIMIT 1", PaymentsAccounted, "entries/"),
    ("INSERT INTO pending_payment SELECT gen_random_uuid(), division_code, 'A1', NULL, 10000, 2, '', '2025-03-31', 2, '', now(), now()
      FROM book LIMIT 1", PaymentsAccounted, "pendingPayments/"),
    ("INSERT INTO statement_line (id, division_code, bank_reference, booked_on, amount_fen, payer_account_tail, content, state, entry_id, created_at)
      SELECT gen_random_uuid(), '410225001213', 'r', '2025-03-01', 10000, '', '', 4, gen_random_uuid(), now()",
     PaymentsAccounted, "bankStatementLines/"),
    ("INSERT INTO statement_line (id, division_code, bank_reference, booked_on, amount_fen, payer_account_tail, content, state, entry_id, created_at)
      SELECT gen_random_uuid(), '410225001213', n::text, '2025-03-01', 10000, '', '', 4, saved.paid('A1'), now() FROM generate_series(1, 2) n",
     PaymentsAccounted, "bankStatementLines/"),
    // Debtors nobody answers for, or two.
    ("DELETE FROM portfolio WHERE household_id = 'B1'", DebtorsHaveCadre, "households/B1"),
    ("ALTER TABLE portfolio DROP CONSTRAINT portfolio_pkey CASCADE;
      INSERT INTO portfolio SELECT * FROM portfolio WHERE household_id = 'B1'", DebtorsHaveCadre, "households/B1"),
    // Rows that stand twice; the keys stay off from here on.
    ("ALTER TABLE bill DROP CONSTRAINT bill_pkey CASCADE;
      INSERT INTO bill (id, division_code, household_id, run_id, tariff_id, from_on, until_on, issued_on, due_on, over_dm2, gross_fen,
                        relief_fen, paid_fen, created_at)
      SELECT id, division_code, household_id, run_id, tariff_id, from_on, until_on, issued_on, due_on, over_dm2, gross_fen,
             relief_fen, paid_fen, created_at FROM bill WHERE household_id = 'B1'", NothingTwice, "bills/"),
    ("ALTER TABLE advance DROP CONSTRAINT advance_pkey CASCADE; INSERT INTO advance SELECT * FROM advance", NothingTwice, "households/A2"),
    ("ALTER TABLE payable DROP CONSTRAINT payable_pkey CASCADE;
      INSERT INTO payable SELECT 'A1', '410225001213', 0 FROM generate_series(1, 2)", NothingTwice, "households/A1"),
    ("ALTER TABLE book DROP CONSTRAINT book_pkey CASCADE; INSERT INTO book SELECT * FROM book", NothingTwice, "divisions/410225001213"),
    ("ALTER TABLE journal_entry DROP CONSTRAINT journal_entry_pkey CASCADE;
      INSERT INTO journal_entry SELECT * FROM journal_entry WHERE id = saved.paid('A1');
      UPDATE journal_entry SET entry_number = 99, receipt_number = 99 WHERE ctid = (SELECT max(ctid) FROM journal_entry)",
     NothingTwice, "entries/"),
    ("ALTER TABLE transfer DROP CONSTRAINT transfer_pkey CASCADE;
      INSERT INTO transfer SELECT * FROM transfer WHERE entry_id = saved.paid('A1')", EntriesBalance, "entries/"),
];

async fn run(conn: &mut PgConnection, sql: &str) {
    let sql =
        format!("BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL xiangtu.scope = ''; {sql}; COMMIT");
    let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(conn).await;
    done.unwrap_or_else(|error| panic!("{error}: {sql}"));
}

#[tokio::test]
async fn a_recount_alone_finds_what_no_guard_held() {
    let world = World::still().await;
    for (village, household, fen) in [
        (VILLAGE, "A1", 10_000),
        (VILLAGE, "A2", 70_000),
        (SIBLING, "B1", 24_000),
    ] {
        world.pay(village, household, fen).await.expect("paid");
    }
    let paid = world.pay(VILLAGE, "A3", 5_000).await.expect("paid");
    let request = ReversePaymentRequest {
        name: paid.name,
        request_id: world.key(),
        reason: "更正".to_owned(),
        cause: ReversalCause::Mistake.into(),
        effective_date: None,
    };
    world
        .payments()
        .reverse_payment(world.request(request))
        .await
        .expect("undone");
    world.recount().await;
    let mut owner = world.owner().await;
    run(&mut owner, BEFORE).await;
    let mut missed = Vec::new();
    for (sql, check, subject) in DAMAGES {
        run(&mut owner, sql).await;
        let findings = world.verify().await.findings;
        if !findings
            .iter()
            .any(|finding| finding.check() == *check && finding.subject.starts_with(subject))
        {
            let told: Vec<_> = findings
                .iter()
                .map(|finding| (finding.check(), &finding.subject))
                .collect();
            missed.push(format!("{check:?} of {subject} after {sql}\n  found {told:?}"));
        }
        run(&mut owner, RESTORE).await;
        world.recount().await;
    }
    assert!(missed.is_empty(), "missed:\n{}", missed.join("\n"));
    world.stop().await;
}
