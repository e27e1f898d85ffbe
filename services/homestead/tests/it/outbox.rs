//! What the ledger tells others, held against what stands in it: one event an entry, in the order of the journal.

use futures::future::join_all;
use prost::Message as _;
use proto::xiangtu::homestead::v1::{BillIssued, Payment, ReversalCause, ReversePaymentRequest, RunBillingRequest};
use tonic::Status;

use crate::world::{SIBLING, VILLAGE, World, date, payment, section, tariff, year_2024};

const CALLERS: usize = 16;
const TURNS: usize = 12;

/// One caller: pays, everything twice at once, and takes every third payment back, that twice at once too.
async fn caller(world: &World, caller: usize) {
    let households = [(VILLAGE, "A1"), (VILLAGE, "A2"), (SIBLING, "B1"), (VILLAGE, "A6")];
    for turn in 0..TURNS {
        let (village, household) = households[(caller + turn) % households.len()];
        let amount_fen = i64::try_from(1 + caller * TURNS + turn).expect("small");
        let (key, asked) = (world.key(), payment(village, household, amount_fen));
        let twice = [(); 2].map(|()| world.record(key.clone(), asked.clone()));
        let paid: Vec<Payment> = join_all(twice)
            .await
            .into_iter()
            .map(|paid| paid.expect("paid"))
            .collect();
        assert_eq!(paid[0], paid[1]);
        if turn % 3 == 0 {
            let key = world.key();
            let twice = [(); 2].map(|()| reverse(world, &key, &paid[0].name));
            let undone = join_all(twice).await;
            assert!(undone.iter().all(Result::is_ok), "{undone:?}");
        }
    }
}

async fn reverse(world: &World, key: &str, name: &str) -> Result<(), Status> {
    let request = ReversePaymentRequest {
        name: name.to_owned(),
        request_id: key.to_owned(),
        reason: "登记有误".to_owned(),
        cause: ReversalCause::Mistake.into(),
        ..ReversePaymentRequest::default()
    };
    world.payments().reverse_payment(world.request(request)).await.map(drop)
}

#[tokio::test]
async fn every_entry_is_told_once_and_in_order() {
    let world = World::still().await;
    let mut plan = section();
    plan.tariffs.push(tariff(2025));
    world.apply(plan).await.expect("applied");
    let run = RunBillingRequest {
        from_date: date(2025, 1, 1),
        until_date: date(2026, 1, 1),
        due_date: date(2025, 12, 31),
        ..year_2024()
    };
    let callers = join_all((0..CALLERS).map(|at| caller(&world, at)));
    let (_, one, other) = tokio::join!(callers, world.bill(run.clone()), world.bill(run));
    assert_eq!(one.expect("billed").bill_count + other.expect("billed").bill_count, 6);
    world.recount().await;
    let mut owner = world.owner().await;

    // Payments and what took them back: each entry once, and nothing else.
    let sql = "WITH told AS (
                   SELECT id, type, division_code, substr(subject, length('payments/') + 1)::uuid AS payment FROM kit.outbox
                   WHERE type IN ('payment.posted', 'payment.reversed')
               ), entry AS (
                   SELECT id, CASE kind WHEN 2 THEN 'payment.posted' ELSE 'payment.reversed' END AS type, division_code,
                          coalesce(reverses, id) AS payment
                   FROM journal_entry WHERE kind IN (2, 3)
               )
               SELECT count(*), count(DISTINCT e.id), count(DISTINCT t.id), count(*) FILTER (WHERE e.type = 'payment.posted')
               FROM told t FULL JOIN entry e USING (type, payment, division_code)";
    let counts: (i64, i64, i64, i64) = sqlx::query_as(sql).fetch_one(&mut owner).await.expect("counts");
    let payments = i64::try_from(CALLERS * TURNS).expect("few");
    let entries = payments + payments / 3;
    assert_eq!(counts, (entries, entries, entries, payments));

    // Bills: one event a run and village, which counts them.
    let sql = "SELECT subject, division_code, payload FROM kit.outbox WHERE type = 'bill.issued'";
    let rows: Vec<(String, String, Vec<u8>)> = sqlx::query_as(sql).fetch_all(&mut owner).await.expect("events");
    let mut told: Vec<(String, String, i64)> = rows
        .into_iter()
        .map(|(run, village, payload)| {
            let event = BillIssued::decode(payload.as_slice()).expect("the message");
            (run, village, event.bill_count)
        })
        .collect();
    told.sort_unstable();
    let sql = "SELECT 'billingRuns/' || b.run_id, e.division_code, count(*)
               FROM journal_entry e JOIN bill b USING (id) WHERE e.kind = 1 GROUP BY 1, 2";
    let mut issued: Vec<(String, String, i64)> = sqlx::query_as(sql).fetch_all(&mut owner).await.expect("bills");
    issued.sort_unstable();
    assert_eq!(told, issued);
    assert_eq!(issued.iter().map(|(.., bills)| bills).sum::<i64>(), 12);

    // In the order in which consumers see them, a household's events come as its entries do.
    let sql = "SELECT e.household_id, e.entry_number
               FROM kit.outbox o JOIN journal_entry e ON substr(o.subject, length('payments/') + 1) = coalesce(e.reverses, e.id)::text
                   AND (o.type, e.kind) IN (('payment.posted', 2), ('payment.reversed', 3))
               ORDER BY e.household_id, o.id";
    let told: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&mut owner).await.expect("events");
    assert_eq!(i64::try_from(told.len()).expect("few"), entries);
    let mut sorted = told.clone();
    sorted.sort_unstable();
    assert_eq!(told, sorted);
    until_numbered(&world).await;
    let sql = "SELECT count(*) FROM kit.outbox a JOIN kit.outbox b ON a.division_code = b.division_code AND a.id < b.id
               WHERE a.sequence > b.sequence";
    let swapped: i64 = sqlx::query_scalar(sql).fetch_one(&mut owner).await.expect("a count");
    assert_eq!(swapped, 0);
    world.stop().await;
}

/// Waits until every event has its number in the stream.
async fn until_numbered(world: &World) {
    let mut owner = world.owner().await;
    let sql = "SELECT count(*) = 0 FROM kit.outbox WHERE sequence IS NULL";
    while !sqlx::query_scalar::<_, bool>(sql)
        .fetch_one(&mut owner)
        .await
        .expect("a count")
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
