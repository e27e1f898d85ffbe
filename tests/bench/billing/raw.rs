//! The peer: one statement.

use proto::xiangtu::homestead::v1::AgeingGroup;
use sqlx::{AssertSqlSafe, PgConnection};
use tests::village::FEE_FEN;

/// Bills all households for the year before, with the journal.
pub async fn bill(conn: &mut PgConnection) {
    let statement = format!(
        "WITH fresh AS MATERIALIZED (
             SELECT gen_random_uuid() AS id, household_id, division_code,
                    row_number() OVER (PARTITION BY division_code ORDER BY household_id) AS n
             FROM household
         ), issued AS (
             INSERT INTO bill (id, division_code, household_id, run_id, tariff_id, from_on, until_on, issued_on, due_on, over_dm2,
                               gross_fen, relief_fen, paid_fen, created_at)
             SELECT id, division_code, household_id, gen_random_uuid(), gen_random_uuid(), '2023-01-01', '2024-01-01', '2023-03-01',
                    '2023-03-31', 10000, {FEE_FEN}, 0, 0, now() FROM fresh
         ), entered AS (
             INSERT INTO journal_entry (id, division_code, entry_number, kind, household_id, effective_on, posted_at, principal,
                                        amount_fen)
             SELECT id, division_code, n, 1, household_id, '2023-03-01', now(), 'raw', {FEE_FEN} FROM fresh
         ), moved AS (
             INSERT INTO transfer (entry_id, line, division_code, debit, debit_holder, credit, credit_holder, amount_fen, bill_id)
             SELECT id, 1, division_code, 1, household_id, 2, '', {FEE_FEN}, id FROM fresh
         )
         UPDATE book b SET entries = s.bills, billed_fen = s.bills * {FEE_FEN}
         FROM (SELECT division_code, count(*) AS bills FROM fresh GROUP BY division_code) s
         WHERE s.division_code = b.division_code"
    );
    sqlx::query(AssertSqlSafe(statement))
        .execute(conn)
        .await
        .expect("billed");
}

/// Outstanding by days overdue.
pub async fn age(conn: &mut PgConnection, group: AgeingGroup) {
    let (key, from) = match group {
        AgeingGroup::Cadre => ("cadre_id", "bill JOIN portfolio USING (household_id)"),
        AgeingGroup::Township => ("left(bill.division_code, 9)", "bill"),
        _ => ("bill.division_code", "bill"),
    };
    let statement = format!(
        "SELECT {key}, width_bucket(current_date - due_on, ARRAY[1, 31, 91, 181, 366]), sum(outstanding_fen), count(*)
         FROM {from} WHERE outstanding_fen > 0 GROUP BY 1, 2 ORDER BY 1, 2"
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .fetch_all(conn)
        .await
        .expect("aged");
    assert!(!rows.is_empty());
}

/// The largest debtors.
pub async fn list(conn: &mut PgConnection) {
    let statement = "SELECT household_id, sum(outstanding_fen) AS owed, min(due_on) FROM bill
         WHERE outstanding_fen > 0 AND due_on < current_date GROUP BY household_id ORDER BY owed DESC, household_id LIMIT 50";
    let rows = sqlx::query(statement).fetch_all(conn).await.expect("listed");
    assert_eq!(rows.len(), 50);
}
