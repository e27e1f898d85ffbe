//! Roots over the books of a county: whoever cuts the end of a book off, or writes it anew, is named.

use std::time::Duration;

use futures::TryStreamExt as _;
use proto::xiangtu::homestead::v1::{
    ExportLedgerRequest, LedgerCheck, LedgerFinding, LedgerRoot, ListRootsRequest, RecordPaymentRequest,
    VerifyLedgerRequest, ledger_record::Record,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::world::{SIBLING, VILLAGE, World, payment, section, year_2024};

/// A ledger of which every book is stated by a root as far as it goes.
async fn rooted() -> World {
    rooted_in(World::hurried(&["XIANGTU_ROOT_EVERY_S"]).await).await
}

async fn rooted_in(world: World) -> World {
    world.register().await;
    world.apply(section()).await.expect("applied");
    world.bill(year_2024()).await.expect("billed");
    world.sealed().await;
    let first = until_rooted(&world).await;
    // A block and a root of its own.
    world.pay(SIBLING, "B1", 24_000).await.expect("paid");
    world.sealed().await;
    let second = until_rooted(&world).await;
    assert_eq!(
        (first.root_number + 1, &first.sha256),
        (second.root_number, &second.previous_sha256)
    );
    world
}

/// Waits until the last root states every book as far as it goes.
pub async fn until_rooted(world: &World) -> LedgerRoot {
    let mut conn = world.owner().await;
    let all = "SELECT bool_and(EXISTS (SELECT FROM root_head h WHERE h.division_code = b.division_code AND h.last_number = b.entries))
               FROM book b WHERE entries > 0";
    while !sqlx::query_scalar::<_, bool>(all)
        .fetch_one(&mut conn)
        .await
        .expect("books")
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    list(world).await.remove(0)
}

async fn list(world: &World) -> Vec<LedgerRoot> {
    let request = world.request(ListRootsRequest::default());
    world
        .ledger()
        .list_roots(request)
        .await
        .expect("listed")
        .into_inner()
        .roots
}

async fn accused(world: &World, division: &str) -> Vec<LedgerFinding> {
    let request = world.request_in(division, VerifyLedgerRequest::default());
    let outcome = world
        .ledger()
        .verify_ledger(request)
        .await
        .expect("a recount")
        .into_inner();
    let findings = outcome.findings.into_iter();
    findings
        .filter(|finding| finding.check() == LedgerCheck::RootsHold)
        .collect()
}

fn finding(subject: String, expected: i64, found: i64) -> LedgerFinding {
    LedgerFinding {
        check: LedgerCheck::RootsHold.into(),
        subject,
        expected,
        found,
        detail: String::new(),
    }
}

#[tokio::test]
async fn a_county_whose_root_fails_keeps_no_other_from_its_own() {
    const OTHER: &str = "410226";
    let world = World::hurried(&["XIANGTU_ROOT_EVERY_S"]).await;
    let mut owner = world.owner().await;
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
                  CREATE TRIGGER refuse BEFORE INSERT ON root FOR EACH ROW WHEN (NEW.division_code = '410225') EXECUTE FUNCTION refuse()";
    sqlx::raw_sql(refuse).execute(&mut owner).await.expect("a trigger");
    world.register().await;
    world.pay(VILLAGE, "A1", 100).await.expect("paid");
    let household = "household_id,village_code,head_name,low_income\nD1,410226001201,王花,0\n";
    let report = world.import_as(OTHER, "households", household).await;
    assert!(report.expect("a report").applied);
    let paid = RecordPaymentRequest {
        payment: Some(payment("410226001201", "D1", 100)),
        request_id: world.key(),
        validate_only: false,
    };
    let paid = world.request_in(OTHER, paid);
    world.payments().record_payment(paid).await.expect("paid");
    let signed = async |owner: &mut PgConnection| -> Vec<String> {
        let sql = "SELECT DISTINCT division_code FROM root ORDER BY 1";
        sqlx::query_scalar(sql).fetch_all(owner).await.expect("roots")
    };
    // It comes after the one that fails.
    while signed(&mut owner).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(signed(&mut owner).await, [OTHER]);
    // Whoever watches the metrics sees that the round failed.
    let url = format!("{}/metrics", world.harness.admin_url());
    let failed = async || {
        let text = reqwest::get(&url).await.expect("metrics").text().await.expect("text");
        text.lines().any(|line| {
            [r#"job="roots""#, r#"outcome="failed""#]
                .iter()
                .all(|label| line.contains(label))
        })
    };
    while !failed().await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sqlx::raw_sql("DROP TRIGGER refuse ON root")
        .execute(&mut owner)
        .await
        .expect("dropped");
    until_rooted(&world).await;
    assert_eq!(signed(&mut owner).await, ["410225", OTHER]);
    world.stop().await;
}

#[tokio::test]
async fn a_book_whose_last_block_is_cut_off_is_named() {
    let world = rooted().await;
    let outcome = world.recount().await;
    assert_eq!(
        outcome.root_count,
        i64::try_from(list(&world).await.len()).expect("few")
    );
    // Block, entry and book: without the roots, nothing of it would be missed.
    world.behind_the_back(
        &format!(
            "DELETE FROM seal s WHERE division_code = '{SIBLING}' AND until_number = (SELECT entries + 1 FROM book b WHERE b.division_code = s.division_code);
             DELETE FROM transfer t USING journal_entry e, book b WHERE t.entry_id = e.id AND b.division_code = e.division_code
                 AND e.division_code = '{SIBLING}' AND e.entry_number = b.entries;
             DELETE FROM journal_entry e USING book b WHERE b.division_code = e.division_code AND e.division_code = '{SIBLING}'
                 AND e.entry_number = b.entries;
             UPDATE book SET entries = entries - 1, receipts = receipts - 1, settled_fen = settled_fen - 24000, bank_fen = bank_fen - 24000
                 WHERE division_code = '{SIBLING}';
             UPDATE bill SET paid_fen = 0 WHERE division_code = '{SIBLING}'"
        ),
    )
    .await;
    let cut = [finding(format!("divisions/{SIBLING}"), 3, 2)];
    assert_eq!(world.verify().await.findings, cut);
    // The village alone sees it too, and another sees nothing.
    assert_eq!(accused(&world, SIBLING).await, cut);
    assert_eq!(accused(&world, VILLAGE).await, []);
    // What is posted after it does not hide it.
    for _ in 0..2 {
        world.pay(SIBLING, "B1", 1).await.expect("paid");
    }
    until_rooted(&world).await;
    let after = accused(&world, SIBLING).await;
    assert_eq!(after.len(), 1);
    assert_eq!(
        (after[0].expected, after[0].subject.as_str()),
        (3, format!("divisions/{SIBLING}").as_str())
    );
    world.stop().await;
}

#[tokio::test]
async fn a_root_that_is_changed_or_gone_is_named() {
    let world = rooted().await;
    let last = list(&world).await.remove(0);
    for column in ["previous", "hash", "signature", "public_key"] {
        let number = last.root_number;
        let change = format!(
            "UPDATE root SET {column} = set_byte({column}, 9, get_byte({column}, 9) # 4) WHERE number = {number}"
        );
        world.behind_the_back(&change).await;
        let mut found = world.verify().await.findings;
        for finding in &mut found {
            let detail = std::mem::take(&mut finding.detail);
            assert_eq!(
                detail.contains("unknown key"),
                column == "public_key",
                "{column}: {detail}"
            );
        }
        let wrong = [finding(last.name.clone(), last.root_number, 0)];
        assert_eq!(found, wrong, "{column}");
        world.behind_the_back(&change).await;
        world.recount().await;
    }
    let mut service = PgConnection::connect(&world.harness.database.service_url())
        .await
        .expect("a connection");
    for sql in [
        "UPDATE root SET number = 9",
        "DELETE FROM root",
        "DELETE FROM root_head",
    ] {
        sqlx::query(sql).execute(&mut service).await.expect_err(sql);
    }
    world
        .behind_the_back(&format!("DELETE FROM root WHERE number = {}", last.root_number))
        .await;
    let gone = finding("divisions/410225".to_owned(), last.root_number, last.root_number - 1);
    assert_eq!(world.verify().await.findings, [gone]);
    world.stop().await;
}

/// Signs every block and root anew with the key of somebody else, as whoever owns the tables could after any change.
async fn sign_all(world: &World, key: &Ed25519KeyPair) {
    let mut conn = world.owner().await;
    for table in ["seal", "root"] {
        let read = AssertSqlSafe(format!("SELECT DISTINCT hash FROM {table}"));
        let hashes: Vec<Vec<u8>> = sqlx::query_scalar(read).fetch_all(&mut conn).await.expect("hashes");
        assert!(!hashes.is_empty(), "{table}");
        for hash in hashes {
            let (signature, public) = (hex::encode(key.sign(&hash)), hex::encode(key.public_key()));
            let hash = hex::encode(hash);
            let set = format!("signature = '\\x{signature}', public_key = '\\x{public}'");
            world
                .behind_the_back(&format!("UPDATE {table} SET {set} WHERE hash = '\\x{hash}'"))
                .await;
        }
    }
}

#[tokio::test]
async fn what_somebody_else_signed_is_named_with_the_key() {
    let stranger = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
    let world = rooted().await;
    sign_all(&world, &stranger).await;
    let outcome = world.verify().await;
    let public = hex::encode(stranger.public_key());
    for check in [LedgerCheck::ChainUnbroken, LedgerCheck::RootsHold] {
        let named: Vec<_> = outcome.findings.iter().filter(|found| found.check() == check).collect();
        assert!(!named.is_empty(), "{check:?}: {:?}", outcome.findings);
        for found in named {
            assert!(found.detail.contains(&public), "{found:?}");
            assert!(found.detail.contains("XIANGTU_LEDGER_RETIRED_KEYS"), "{found:?}");
        }
    }
    // Once a book, and once for the roots of the county.
    let mut subjects: Vec<_> = outcome.findings.iter().map(|found| found.subject.as_str()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    assert_eq!(outcome.findings.len(), subjects.len());
    world.stop().await;
}

/// The setting that a finding names is the one that the key follows from, and no other.
#[tokio::test]
async fn the_key_follows_from_the_index_key_alone() {
    let mut world = rooted().await;
    let old = list(&world).await.remove(0).public_key;
    let other = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    let usual = world.harness.variables.clone();
    let keys = format!("k2:{other},{}", usual["XIANGTU_PII_KEYS"]);
    for (setting, value, accused) in [
        ("XIANGTU_PII_KEYS", keys, false),
        ("XIANGTU_PAGE_KEY", other.to_owned(), false),
        ("XIANGTU_PII_INDEX_KEY", other.to_owned(), true),
    ] {
        world.harness.variables = usual.clone();
        world.harness.variables.insert(setting.to_owned(), value);
        world.harness.crash_and_restart().await;
        let findings = world.verify().await.findings;
        assert_eq!(!findings.is_empty(), accused, "{setting}: {findings:?}");
        let told = format!("signed with the unknown key {}", hex::encode(&old));
        assert!(
            findings
                .iter()
                .all(|found| found.detail.contains(&told) && found.detail.contains(setting)),
            "{findings:?}"
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn a_retired_key_still_holds() {
    let retired = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
    let listed = hex::encode(retired.public_key());
    let settings = [
        ("XIANGTU_SEAL_EVERY_S", "1"),
        ("XIANGTU_ROOT_EVERY_S", "1"),
        ("XIANGTU_LEDGER_RETIRED_KEYS", &*listed),
    ];
    let world = World::set(settings.into_iter()).await;
    let world = rooted_in(world).await;
    sign_all(&world, &retired).await;
    world.recount().await;
    // Its signature is still looked at.
    world
        .behind_the_back(
            "UPDATE root SET signature = set_byte(signature, 9, get_byte(signature, 9) # 4) WHERE number = 1",
        )
        .await;
    let findings = world.verify().await.findings;
    assert_eq!(
        findings.iter().map(|found| found.expected).collect::<Vec<_>>(),
        [1],
        "{findings:?}"
    );
    world.stop().await;
}

#[tokio::test]
async fn roots_are_listed_and_exported_to_whoever_sees_the_county() {
    let world = rooted().await;
    let listed = list(&world).await;
    let export = async |division: &str| -> Vec<LedgerRoot> {
        let request = world.request_in(division, ExportLedgerRequest::default());
        let records = world
            .ledger()
            .export_ledger(request)
            .await
            .expect("a stream")
            .into_inner();
        let records: Vec<_> = records.try_collect().await.expect("whole");
        let root = |record: proto::xiangtu::homestead::v1::LedgerRecord| match record.record {
            Some(Record::Root(root)) => Some(root),
            _ => None,
        };
        records.into_iter().filter_map(root).collect()
    };
    let exported = export("410225").await;
    let hashes = |roots: &[LedgerRoot]| roots.iter().map(|root| root.sha256.clone()).collect::<Vec<_>>();
    assert_eq!(hashes(&exported).into_iter().rev().collect::<Vec<_>>(), hashes(&listed));
    assert!(listed.iter().all(|root| root.moved_heads.is_empty()));
    assert_eq!(exported[exported.len() - 1].moved_heads.len(), 1);
    assert!(export(VILLAGE).await.is_empty());
    let request = world.request_in(VILLAGE, ListRootsRequest::default());
    assert_eq!(
        world
            .ledger()
            .list_roots(request)
            .await
            .expect("listed")
            .into_inner()
            .roots,
        []
    );
    world.stop().await;
}
