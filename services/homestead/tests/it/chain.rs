//! The chain over the journal: whatever is changed behind the service's back is named.

use std::time::Duration;

use futures::TryStreamExt as _;
use proto::xiangtu::homestead::v1::{
    ExportLedgerRequest, LedgerCheck, LedgerFinding, ListRecountsRequest, ledger_record::Record,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::world::{SIBLING, VILLAGE, World, section, year_2024};

/// A ledger of which every entry is sealed.
async fn sealed() -> World {
    let world = World::billed().await;
    for (village, household, fen) in [
        (VILLAGE, "A1", 10_000),
        (VILLAGE, "A2", 70_000),
        (SIBLING, "B1", 24_000),
    ] {
        world.pay(village, household, fen).await.expect("paid");
    }
    world.sealed().await;
    world
}

async fn broken(world: &World) -> Vec<LedgerFinding> {
    let findings = world.verify().await.findings;
    findings
        .into_iter()
        .filter(|finding| finding.check() == LedgerCheck::ChainUnbroken)
        .collect()
}

#[tokio::test]
async fn one_changed_field_anywhere_in_the_journal_is_named() {
    let world = sealed().await;
    let mut conn = PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    let paid = "household_id = 'A2' AND kind = 2";
    let id: String = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT id::text FROM journal_entry WHERE {paid}"
    )))
    .fetch_one(&mut conn)
    .await
    .expect("the payment");
    let entry = format!("entries/{id}");
    // Constraints of the table hold kind and reversed entry even against its owner.
    for (column, wrong) in [
        ("household_id", "household_id || 'x'"),
        ("effective_on", "effective_on + 1"),
        ("posted_at", "posted_at + interval '1 microsecond'"),
        ("principal", "upper(principal)"),
        (
            "request_sha256",
            "set_byte(request_sha256, 5, get_byte(request_sha256, 5) # 1)",
        ),
        ("amount_fen", "amount_fen + 1"),
        ("advance_fen", "advance_fen - 1"),
        ("receipt_number", "receipt_number + 90"),
        ("method", "3"),
        ("collector", "'K9'"),
        ("document", "document || ' '"),
        ("named_bill", "id"),
    ] {
        world.behind_the_back(
            &format!("CREATE TABLE kept AS SELECT * FROM journal_entry WHERE {paid}; ALTER TABLE journal_entry DISABLE TRIGGER ALL;
                      UPDATE journal_entry SET {column} = {wrong} WHERE id = '{id}'"),
        )
        .await;
        let findings = broken(&world).await;
        assert_eq!(
            findings
                .iter()
                .map(|finding| finding.subject.as_str())
                .collect::<Vec<_>>(),
            [entry.as_str()],
            "{column}"
        );
        world
            .behind_the_back(&format!(
                "UPDATE journal_entry e SET {column} = k.{column} FROM kept k WHERE e.id = '{id}'; DROP TABLE kept;
                      ALTER TABLE journal_entry ENABLE TRIGGER ALL"
            ))
            .await;
        assert_eq!(broken(&world).await, [], "{column}");
    }
    for (column, wrong) in [
        ("debit", "debit - 1"),
        ("debit_holder", "'x'"),
        ("credit", "credit + 1"),
        ("credit_holder", "'A1'"),
        ("amount_fen", "amount_fen - 1"),
        ("bill_id", "entry_id"),
    ] {
        let row = format!("entry_id = '{id}' AND line = 1");
        world.behind_the_back(
            &format!("CREATE TABLE kept AS SELECT * FROM transfer WHERE {row}; UPDATE transfer SET {column} = {wrong} WHERE {row}"),
        )
        .await;
        let findings = broken(&world).await;
        assert_eq!(
            findings
                .iter()
                .map(|finding| finding.subject.as_str())
                .collect::<Vec<_>>(),
            [entry.as_str()],
            "{column}"
        );
        world
            .behind_the_back(
                &format!("UPDATE transfer t SET {column} = k.{column} FROM kept k WHERE t.{row}; DROP TABLE kept")
                    .replace("AND line", "AND t.line"),
            )
            .await;
    }
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_changed_seal_and_a_removed_entry_are_named() {
    let world = sealed().await;
    let flip = |column: &str, at: usize| format!("{column} = set_byte({column}, {at}, get_byte({column}, {at}) # 4)");
    for column in ["previous", "digests", "hash", "signature", "public_key"] {
        let change = format!(
            "UPDATE seal SET {} WHERE division_code = '{SIBLING}' AND from_number = 1",
            flip(column, 20)
        );
        world.behind_the_back(&change).await;
        let findings = broken(&world).await;
        let subject = format!("divisions/{SIBLING}");
        assert!(
            findings
                .iter()
                .any(|finding| finding.subject == subject && finding.expected == 1),
            "{column}: {findings:?}"
        );
        // The same bit again puts it right.
        world.behind_the_back(&change).await;
        assert_eq!(broken(&world).await, [], "{column}");
    }
    // Nobody but the owner gets that far.
    let mut service = PgConnection::connect(&world.harness.database.service_url())
        .await
        .expect("a connection");
    for sql in [
        "UPDATE seal SET hash = previous",
        "DELETE FROM seal",
        "DELETE FROM journal_entry",
    ] {
        sqlx::query(sql).execute(&mut service).await.expect_err(sql);
    }
    world
        .behind_the_back(&format!(
            "DELETE FROM journal_entry WHERE division_code = '{SIBLING}' AND entry_number = 2"
        ))
        .await;
    let findings = broken(&world).await;
    assert_eq!(
        findings
            .iter()
            .map(|finding| (finding.expected, finding.found))
            .collect::<Vec<_>>(),
        [(2, 2)]
    );
    world.stop().await;
}

#[tokio::test]
async fn a_broken_book_keeps_no_other_from_being_sealed() {
    let world = sealed().await;
    world
        .behind_the_back(&format!(
            "UPDATE book SET entries = entries + 1 WHERE division_code = '{VILLAGE}'"
        ))
        .await;
    world.pay(SIBLING, "B1", 1).await.expect("paid");
    let mut conn = PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    let all = "SELECT max(s.until_number) > b.entries FROM book b JOIN seal s USING (division_code)
               WHERE division_code = $1 GROUP BY b.entries";
    for _ in 0..200 {
        let sealed: bool = sqlx::query_scalar(all)
            .bind(SIBLING)
            .fetch_one(&mut conn)
            .await
            .expect("a book");
        if sealed {
            world.stop().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the book beside is not sealed");
}

#[tokio::test]
async fn an_export_holds_every_entry_and_its_chain() {
    let world = sealed().await;
    let request = world.request(ExportLedgerRequest::default());
    let records = world
        .ledger()
        .export_ledger(request)
        .await
        .expect("a stream")
        .into_inner();
    let records: Vec<_> = records
        .map_ok(|record| record.record.expect("a record"))
        .try_collect()
        .await
        .expect("whole");
    let entries = records
        .iter()
        .filter(|record| matches!(record, Record::Entry(_)))
        .count();
    assert_eq!(i64::try_from(entries).expect("few"), world.recount().await.entry_count);
    // A village sees its own book.
    let request = world.request_in(SIBLING, ExportLedgerRequest::default());
    let own = world
        .ledger()
        .export_ledger(request)
        .await
        .expect("a stream")
        .into_inner();
    let own: Vec<_> = own.try_collect().await.expect("whole");
    assert!(own.len() > 1 && own.len() < records.len());
    world.stop().await;
}

#[tokio::test]
async fn books_are_recounted_without_being_asked() {
    let world = World::hurried(&["XIANGTU_RECOUNT_EVERY_S"]).await;
    world.register().await;
    world.apply(section()).await.expect("applied");
    world.bill(year_2024()).await.expect("billed");
    loop {
        let request = world.request(ListRecountsRequest::default());
        let recounts = world
            .ledger()
            .list_recounts(request)
            .await
            .expect("listed")
            .into_inner()
            .recounts;
        let last = recounts.first().and_then(|recount| recount.outcome.as_ref());
        if let Some(outcome) = last.filter(|outcome| outcome.entry_count == 6) {
            assert!(outcome.consistent, "{:?}", outcome.findings);
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let request = world.request_in(VILLAGE, ListRecountsRequest::default());
    assert!(
        world
            .ledger()
            .list_recounts(request)
            .await
            .expect("listed")
            .into_inner()
            .recounts
            .is_empty()
    );
    world.stop().await;
}
