//! A ledger that has seen years of payments, put behind the service in the shape that it would have written.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection};
use tests::{Suite, measure::behind, village::COUNTY};

use super::HOUSEHOLDS;

/// Adds `payments` of 1 fen, household after household, until every book, bill and number says what it would say; returns when
/// the service has sealed them.
pub async fn grow(suite: &Suite, payments: usize) {
    let mut conn = behind(suite, "homestead").await;
    for statement in statements(payments) {
        run(&mut conn, &statement).await;
    }
    run(&mut conn, "VACUUM ANALYZE").await;
    let open = "SELECT count(*) FROM book b WHERE b.entries >= coalesce(
        (SELECT max(s.until_number) FROM seal s WHERE s.division_code = b.division_code), 1)";
    while sqlx::query_scalar::<_, i64>(open)
        .fetch_one(&mut conn)
        .await
        .expect("a count")
        > 0
    {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    run(&mut conn, "VACUUM ANALYZE seal").await;
    run(&mut conn, "CHECKPOINT").await;
}

async fn run(conn: &mut PgConnection, statement: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(conn).await;
    done.unwrap_or_else(|error| panic!("{error}: {statement}"));
}

fn statements(payments: usize) -> Vec<String> {
    let each = payments / HOUSEHOLDS;
    // Payment k is of household k % HOUSEHOLDS; its id tells the time as those of callers do.
    let paid = format!(
        "SELECT k, v.code, v.code || '01' || lpad((k % {HOUSEHOLDS})::text, 5, '0') AS household_id, k / 200 + 1 AS nth,
             (lpad(to_hex(1709510400000 + k), 12, '0') || '7' || substr(md5(k::text), 1, 3) || '8' || substr(md5(k::text), 4, 15))::uuid AS id
         FROM generate_series(0, {each}::bigint * {HOUSEHOLDS} - 1) k CROSS JOIN LATERAL (
             SELECT '{COUNTY}' || (104 + k % 200 / 20) || (201 + k % 20) AS code) v"
    );
    let written = "('journal_entry'::regclass, 'transfer'::regclass, 'kit.audit'::regclass)";
    vec![
        // What has been written is not asked by triggers again, and indexes are built once at the end.
        "SET session_replication_role = replica".to_owned(),
        format!("UPDATE pg_index SET indisready = false WHERE indrelid IN {written}"),
        format!(
            "INSERT INTO journal_entry (id, division_code, entry_number, kind, household_id, effective_on, posted_at, principal,
                 request_sha256, amount_fen, advance_fen, receipt_number, method, collector, document)
             SELECT p.id, p.code, b.entries + p.nth, 2, p.household_id, '2024-03-04', '2024-03-04 08:00+08', 'bench',
                 sha256(uuid_send(p.id)), 1, 0, b.receipts + p.nth, 2, '', p.id::text
             FROM ({paid}) p JOIN book b ON b.division_code = p.code"
        ),
        format!(
            "INSERT INTO transfer (entry_id, line, division_code, debit, debit_holder, credit, credit_holder, amount_fen, bill_id)
             SELECT p.id, 1, p.code, 5, '', 1, p.household_id, 1, b.id FROM ({paid}) p JOIN bill b USING (household_id)"
        ),
        format!(
            "INSERT INTO kit.audit (at, principal, method, action, division_code, resource, request_id)
             SELECT '2024-03-04 08:00+08', 'bench', 'bench', 'create', p.code, 'payments/' || p.id, p.id FROM ({paid}) p"
        ),
        format!("UPDATE pg_index SET indisready = true WHERE indrelid IN {written}"),
        "REINDEX TABLE journal_entry; REINDEX TABLE transfer; REINDEX TABLE kit.audit".to_owned(),
        format!("UPDATE bill SET paid_fen = paid_fen + {each}"),
        format!(
            "UPDATE book b SET entries = entries + s.n, receipts = receipts + s.n, settled_fen = settled_fen + s.n, bank_fen = bank_fen + s.n
             FROM (SELECT p.code, count(*) AS n FROM ({paid}) p GROUP BY p.code) s WHERE s.code = b.division_code"
        ),
    ]
}
