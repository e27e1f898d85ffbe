//! The ledger's functions by themselves: the service hides their mistakes by posting one by one what failed together.

use prost::Message as _;
use proto::xiangtu::homestead::v1::{
    BatchRecordPaymentsRequest, PaymentPosted, RecordPaymentRequest, record_payment_result::Outcome,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tonic::Code;
use uuid::Uuid;

use crate::world::{SIBLING, VILLAGE, World, payment, section, tariff, year_2024};

/// A payment for `post_payments`.
struct Item<'a> {
    id: Uuid,
    sha256: &'a [u8],
    scope: &'a str,
    village: &'a str,
    household: &'a str,
    amount_fen: i64,
}

/// Position, outcome, receipt, advance, parts.
type Row = (i64, i16, Option<i64>, Option<i64>, Option<Vec<i64>>);

pub async fn connect(world: &World) -> PgConnection {
    let mut conn = PgConnection::connect(&world.harness.database.service_url())
        .await
        .expect("a connection");
    sqlx::query("SET xiangtu.scope = ''")
        .execute(&mut conn)
        .await
        .expect("set");
    conn
}

async fn post(conn: &mut PgConnection, items: &[Item<'_>]) -> sqlx::Result<Vec<Row>> {
    let column = |value: &'static str| vec![value; items.len()];
    sqlx::query_as(
        "SELECT n, outcome, receipt_number, advance_fen, parts
         FROM post_payments($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $9, now()) ORDER BY n",
    )
    .bind(items.iter().map(|item| item.id).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.sha256).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.scope).collect::<Vec<_>>())
    .bind(column("officer"))
    .bind(items.iter().map(|item| item.village).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.household).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.amount_fen).collect::<Vec<_>>())
    .bind(vec![2_i16; items.len()])
    .bind(column(""))
    .bind(vec![time::macros::date!(2025 - 03 - 01); items.len()])
    .bind(items.iter().map(|item| item.id).collect::<Vec<_>>())
    .bind(vec![Vec::<u8>::new(); items.len()])
    .fetch_all(conn)
    .await
}

/// `post_payment` with the least that it needs.
async fn post_one(conn: &mut PgConnection, id: Uuid, village: &str, household: &str, amount_fen: i64) -> i16 {
    sqlx::query_scalar(
        "SELECT outcome FROM post_payment($1, '\\x01', '', 'officer', '', $2, $3, NULL, $4, 2::smallint, '', '', '2025-03-01', $1, '', '', now())",
    )
    .bind(id)
    .bind(village)
    .bind(household)
    .bind(amount_fen)
    .fetch_one(conn)
    .await
    .expect("an outcome")
}

async fn two_bills() -> World {
    let world = World::billed().await;
    let mut plan = section();
    plan.tariffs.push(tariff(2025));
    world.apply(plan).await.expect("applied");
    let mut next = year_2024();
    (next.from_date, next.until_date, next.due_date) = (
        crate::world::date(2025, 1, 1),
        crate::world::date(2026, 1, 1),
        crate::world::date(2025, 12, 31),
    );
    world.bill(next).await.expect("billed");
    world
}

#[tokio::test]
async fn many_payments_of_one_household_follow_one_another() {
    let world = two_bills().await;
    let mut conn = connect(&world).await;
    // A1 owes 240 yuan twice.
    let item = |amount_fen| Item {
        id: world.uid(),
        sha256: b"1",
        scope: "",
        village: VILLAGE,
        household: "A1",
        amount_fen,
    };
    let items = [10_000, 10_000, 10_000, 20_000, 1].map(item);
    let rows = post(&mut conn, &items).await.expect("outcomes");
    let told: Vec<_> = rows
        .into_iter()
        .map(|(_, outcome, receipt, advance, parts)| (outcome, receipt, advance, parts))
        .collect();
    let paid = |receipt, advance, parts: &[i64]| (0, Some(receipt), Some(advance), Some(parts.to_vec()));
    assert_eq!(
        told,
        [
            paid(1, 0, &[10_000]),
            paid(2, 0, &[10_000]),
            paid(3, 0, &[4_000, 6_000]),
            paid(4, 2_000, &[18_000]),
            paid(5, 1, &[]),
        ]
    );
    let sql = "SELECT payload FROM kit.outbox WHERE type = 'payment.posted' ORDER BY id";
    let events: Vec<Vec<u8>> = sqlx::query_scalar(sql).fetch_all(&mut conn).await.expect("events");
    let events: Vec<_> = events
        .iter()
        .map(|event| PaymentPosted::decode(event.as_slice()).expect("the message"))
        .collect();
    let facts: Vec<_> = events
        .iter()
        .map(|event| (event.receipt_number, event.advance_fen, event.outstanding_fen))
        .collect();
    assert_eq!(
        facts,
        [(1, 0, 38_000), (2, 0, 28_000), (3, 0, 18_000), (4, 2_000, 0), (5, 1, 0)]
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn each_payment_has_its_own_outcome() {
    let world = World::billed().await;
    let mut conn = connect(&world).await;
    let known = world.uid();
    assert_eq!(post_one(&mut conn, known, VILLAGE, "A2", 500).await, 0);
    let item = |id, sha256, scope, village, household| Item {
        id,
        sha256,
        scope,
        village,
        household,
        amount_fen: 500,
    };
    let items = [
        item(world.uid(), b"\x01", VILLAGE, VILLAGE, "A1"),
        item(known, b"\x01", VILLAGE, VILLAGE, "A2"),
        item(known, b"\x02", VILLAGE, VILLAGE, "A2"),
        item(world.uid(), b"\x01", SIBLING, VILLAGE, "A1"),
        item(world.uid(), b"\x01", SIBLING, SIBLING, "A1"),
        item(world.uid(), b"\x01", "41022500121", SIBLING, "B1"),
    ];
    let rows = post(&mut conn, &items).await.expect("outcomes");
    let told: Vec<_> = rows
        .into_iter()
        .map(|(_, outcome, receipt, ..)| (outcome, receipt))
        .collect();
    assert_eq!(
        told,
        [
            (0, Some(2)),
            (1, Some(1)),
            (2, None),
            (3, None),
            (3, None),
            (0, Some(1))
        ]
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn writers_of_one_village_wait_for_each_other() {
    let world = two_bills().await;
    let (mut first, mut second, mut third) = (connect(&world).await, connect(&world).await, connect(&world).await);
    sqlx::query("BEGIN").execute(&mut first).await.expect("begun");
    assert_eq!(post_one(&mut first, world.uid(), VILLAGE, "A2", 1).await, 0);
    let item = Item {
        id: world.uid(),
        sha256: b"1",
        scope: "",
        village: VILLAGE,
        household: "A1",
        amount_fen: 1,
    };
    let items = [item];
    let many = post(&mut second, &items);
    let bill = "SELECT bills FROM issue_bills($1, '2025-03-01', '2025-12-31', 'officer', now(), ARRAY[$1], ARRAY[$2], ARRAY['A3'], ARRAY[$1],
                ARRAY['2026-01-01'::date], ARRAY['2027-01-01'::date], ARRAY[6000::bigint], ARRAY[NULL::smallint], ARRAY[24000::bigint], ARRAY[0::bigint],
                ARRAY[NULL::uuid])";
    let bill = sqlx::query_scalar::<_, i64>(bill)
        .bind(world.uid())
        .bind(VILLAGE)
        .fetch_one(&mut third);
    let commit = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        sqlx::query("COMMIT").execute(&mut first).await.expect("committed");
    };
    let (many, bill, ()) = tokio::join!(many, bill, commit);
    assert_eq!(
        many.expect("posted after the first").first().map(|row| (row.1, row.2)),
        Some((0, Some(2)))
    );
    assert_eq!(bill.expect("issued after the first"), 1);
    let sql = "SELECT count(*) = max(entry_number) FROM journal_entry WHERE division_code = $1";
    let gapless: bool = sqlx::query_scalar(sql)
        .bind(VILLAGE)
        .fetch_one(&mut second)
        .await
        .expect("counted");
    assert!(gapless);
    world.stop().await;
}

#[tokio::test]
async fn what_fails_together_is_posted_one_by_one() {
    let world = World::billed().await;
    let mut conn = connect(&world).await;
    let taken = world.uid();
    sqlx::query("BEGIN").execute(&mut conn).await.expect("begun");
    assert_eq!(post_one(&mut conn, taken, VILLAGE, "A1", 1).await, 0);
    // Another village asks with an id that is being taken: the set-based call cannot see that, and fails as a whole.
    let ids = [world.uid(), taken, world.uid(), world.uid()];
    let requests = ids.map(|id| RecordPaymentRequest {
        payment: Some(payment(SIBLING, "B1", 100)),
        request_id: id.to_string(),
        validate_only: false,
    });
    let request = world.request(BatchRecordPaymentsRequest {
        requests: requests.to_vec(),
    });
    let mut client = world.payments();
    let commit = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        sqlx::query("COMMIT").execute(&mut conn).await.expect("committed");
    };
    let (answer, ()) = tokio::join!(client.batch_record_payments(request), commit);
    let results = answer.expect("results").into_inner().results;
    let told: Vec<_> = results
        .iter()
        .map(|result| match result.outcome.as_ref().expect("an outcome") {
            Outcome::Payment(paid) => Ok(paid.receipt_number),
            Outcome::Error(error) => Err(Code::from_i32(error.code)),
        })
        .collect();
    assert_eq!(told, [Ok(1), Err(Code::InvalidArgument), Ok(2), Ok(3)]);
    assert_eq!(world.standing("B1").await, (23_700, 0));
    world.recount().await;
    world.stop().await;
}

/// `post_entry` of 1 fen from `credit` to `debit` for A1, and the SQLSTATE where it is refused.
async fn enter(
    conn: &mut PgConnection,
    id: Uuid,
    kind: i16,
    debit: i16,
    credit: i16,
    bill: Option<Uuid>,
) -> Result<i16, String> {
    let sql = "SELECT outcome FROM post_entry($1, '\\x01', $2, $3, 'A1', '2025-03-01', '', NULL, 'officer', now(),
                                              ARRAY[$4], ARRAY['A1'], ARRAY[$5], ARRAY['A1'], ARRAY[1::bigint], ARRAY[$6])";
    let outcome = sqlx::query_scalar(sql)
        .bind(id)
        .bind(kind)
        .bind(VILLAGE)
        .bind(debit)
        .bind(credit)
        .bind(bill)
        .fetch_one(conn)
        .await;
    outcome.map_err(|error| {
        let state = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        state.expect("a state").into_owned()
    })
}

#[tokio::test]
async fn entries_move_money_only_as_their_kind_allows() {
    let world = World::billed().await;
    let mut conn = connect(&world).await;
    let bill = async |household| {
        let name = &world.bills_of(household).await[0].name;
        Uuid::parse_str(name.trim_start_matches("bills/")).expect("an id")
    };
    let (own, foreign) = (bill("A1").await, bill("A2").await);
    let id = world.uid();
    for (kind, debit, credit, bill, expected) in [
        // Bills and payments have functions of their own.
        (1, 1, 2, Some(own), Err("23514".to_owned())),
        (2, 5, 1, Some(own), Err("23514".to_owned())),
        // A write-off is no relief, and takes nothing out of the bank.
        (6, 3, 1, Some(own), Err("23514".to_owned())),
        (6, 7, 5, None, Err("23514".to_owned())),
        (5, 3, 1, Some(foreign), Err("23503".to_owned())),
        // There is no advance to pay back.
        (7, 6, 5, None, Err("23514".to_owned())),
        (5, 3, 1, Some(own), Ok(0)),
        (5, 3, 1, Some(own), Ok(1)),
        (6, 7, 1, Some(own), Ok(2)),
    ] {
        assert_eq!(
            enter(&mut conn, id, kind, debit, credit, bill).await,
            expected,
            "{kind}: {credit} to {debit}"
        );
    }
    assert_eq!(world.standing("A1").await, (23_999, 0));
    // Who may not see the village cannot write in its book.
    sqlx::query(AssertSqlSafe(format!("SET xiangtu.scope = '{SIBLING}'")))
        .execute(&mut conn)
        .await
        .expect("set");
    assert_eq!(
        enter(&mut conn, world.uid(), 5, 3, 1, Some(own)).await,
        Err("23503".to_owned())
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn numbers_are_written_as_protobuf_does() {
    let world = World::empty().await;
    let mut conn = connect(&world).await;
    let numbers = (0..=62_u32)
        .flat_map(|bit| [1_i64 << bit, (1_i64 << bit) - 1, (1_i64 << bit) | 0x55])
        .chain([0, i64::MAX]);
    for number in numbers {
        let sql = "SELECT posted_tail($1, $2, 0)";
        let tail: Vec<u8> = sqlx::query_scalar(sql)
            .bind(number)
            .bind(number / 3)
            .fetch_one(&mut conn)
            .await
            .expect("bytes");
        let event = PaymentPosted::decode(tail.as_slice()).expect("a message");
        assert_eq!(
            (event.receipt_number, event.advance_fen, event.outstanding_fen),
            (number, number / 3, 0)
        );
    }
    world.stop().await;
}
