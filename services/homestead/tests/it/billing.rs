use std::time::Duration;

use proto::xiangtu::homestead::v1::{GetBillingRunRequest, ListBillingRunsRequest, RunBillingRequest};
use sqlx::{Connection as _, PgConnection};
use tonic::Code;

use crate::adjustments::{measured, survey};
use crate::world::{COUNTY, FAR, SIBLING, VILLAGE, World, date, fields, reason, section, tariff, year_2024};

#[tokio::test]
async fn every_household_is_billed_once() {
    let world = World::planned().await;
    let run = world.bill(year_2024()).await.expect("billed");
    assert_eq!((run.village_count, run.bill_count, run.disputed_count), (3, 6, 1));
    assert_eq!((run.gross_fen, run.relief_fen), (24_000 * 5 + 64_000, 12_000));
    // C1: nobody in its village could answer for it.
    assert_eq!(run.parked_count, 1);
    let problems: Vec<_> = run
        .problems
        .iter()
        .map(|problem| (problem.subject.as_str(), problem.reason.as_str()))
        .collect();
    assert_eq!(problems, [(format!("divisions/{FAR}").as_str(), "CADRE_MISSING")]);
    assert_eq!(world.standing("A6").await, (24_000, 0));
    assert_eq!(world.standing("A4").await, (0, 0));

    let again = world.bill(year_2024()).await.expect("billed again");
    assert_eq!(
        (again.bill_count, again.gross_fen, again.already_billed_count),
        (0, 0, 6)
    );
    let recount = world.recount().await;
    assert_eq!((recount.entry_count, recount.posting_count), (6, 14));
    world.stop().await;
}

/// What the planner knows: tables never looked at, and the transactions in which the others were.
async fn statistics(world: &World) -> (Vec<String>, Vec<(String, String)>) {
    let mut conn = world.owner().await;
    let unknown = "SELECT relname::text FROM pg_class WHERE reltuples < 0
        AND relname IN ('household', 'parcel', 'occupation', 'portfolio', 'bill', 'book', 'journal_entry', 'transfer')";
    let unknown = sqlx::query_scalar(unknown).fetch_all(&mut conn).await.expect("tables");
    let known = "SELECT c.relname::text, max(s.xmin::text::bigint)::text FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid
        WHERE c.relname IN ('household', 'bill', 'transfer') GROUP BY 1 ORDER BY 1";
    (
        unknown,
        sqlx::query_as(known).fetch_all(&mut conn).await.expect("statistics"),
    )
}

#[tokio::test]
async fn the_planner_knows_what_was_read_in_and_billed_and_is_not_told_twice() {
    let world = World::planned().await;
    world.bill(year_2024()).await.expect("billed");
    let (unknown, first) = statistics(&world).await;
    assert_eq!(unknown, Vec::<String>::new());
    assert_eq!(first.len(), 3, "{first:?}");
    world.bill(year_2024()).await.expect("billed again");
    assert_eq!(statistics(&world).await.1, first);
    world.stop().await;
}

#[tokio::test]
async fn two_runs_at_once_bill_once() {
    let world = World::planned().await;
    let (one, other) = tokio::join!(world.bill(year_2024()), world.bill(year_2024()));
    assert_eq!(one.expect("billed").bill_count + other.expect("billed").bill_count, 6);
    world.recount().await;
    world.stop().await;
}

/// Waits until so many connections wait for a lock, at most ten seconds.
pub async fn until_waiting(world: &World, expected: i64) {
    // A connection of its own: within a transaction the view would not change.
    let mut conn = PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    for _ in 0..500 {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(sql)
            .bind(&world.harness.database.name)
            .fetch_one(&mut conn)
            .await
            .expect("a count");
        if waiting == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never {expected} waiting");
}

/// A survey that comes between the reckoning and the issuing of a bill is in the bill.
#[tokio::test]
async fn no_bill_is_issued_for_an_area_that_is_known_otherwise() {
    let world = World::planned().await;
    let mut book = PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    let mut held = book.begin().await.expect("begun");
    sqlx::query("SELECT FROM book WHERE division_code = $1 FOR UPDATE")
        .bind(VILLAGE)
        .execute(&mut *held)
        .await
        .expect("held");
    let release = async {
        until_waiting(&world, 2).await;
        held.commit().await.expect("released");
    };
    let bill = async {
        until_waiting(&world, 1).await;
        world.bill(year_2024()).await
    };
    let (surveyed, billed, ()) = tokio::join!(survey(&world, measured("A1P1", 21_200, 4_500)), bill, release);
    surveyed.expect("surveyed");
    billed.expect("billed");
    let bills = world.bills_of("A1").await;
    assert_eq!(
        bills.iter().map(|bill| bill.over_occupied_dm2).collect::<Vec<_>>(),
        [4_500]
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_run_is_kept_and_listed() {
    let world = World::planned().await;
    let run = world.bill(year_2024()).await.expect("billed");
    let get = GetBillingRunRequest { name: run.name.clone() };
    assert_eq!(
        world
            .billing_runs()
            .get_billing_run(world.request(get))
            .await
            .expect("kept")
            .into_inner(),
        run
    );
    let list = ListBillingRunsRequest::default();
    let listed = world
        .billing_runs()
        .list_billing_runs(world.request(list))
        .await
        .expect("listed")
        .into_inner()
        .billing_runs;
    assert_eq!(
        listed.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(),
        [run.name.as_str()]
    );
    assert!(
        world
            .bills_of("A1")
            .await
            .iter()
            .all(|bill| bill.billing_run == run.name)
    );
    world.stop().await;
}

#[tokio::test]
async fn the_same_request_is_one_run() {
    let world = World::planned().await;
    let request = RunBillingRequest {
        request_id: world.key(),
        ..year_2024()
    };
    let first = world
        .billing_runs()
        .run_billing(world.request(request.clone()))
        .await
        .expect("started")
        .into_inner();
    let again = world
        .billing_runs()
        .run_billing(world.request(request.clone()))
        .await
        .expect("replayed")
        .into_inner();
    assert_eq!(first.name, again.name);
    let other = RunBillingRequest {
        due_date: date(2025, 1, 31),
        ..request
    };
    let refused = world
        .billing_runs()
        .run_billing(world.request(other))
        .await
        .expect_err("another body");
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
    world
        .wait::<proto::xiangtu::homestead::v1::BillingRun>(first)
        .await
        .expect("billed");
    world.stop().await;
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let world = World::planned().await;
    let dry = RunBillingRequest {
        validate_only: true,
        ..year_2024()
    };
    let would = world.bill(dry).await.expect("computed");
    assert_eq!(
        (would.name.as_str(), would.bill_count, would.gross_fen),
        ("", 6, 184_000)
    );
    assert!(world.bills_of("A1").await.is_empty());
    let run = world.bill(year_2024()).await.expect("billed");
    assert_eq!(
        (run.bill_count, run.gross_fen, run.relief_fen),
        (would.bill_count, would.gross_fen, would.relief_fen)
    );
    world.stop().await;
}

#[tokio::test]
async fn bounds_stop_a_run_before_the_first_bill() {
    let world = World::planned().await;
    let low = RunBillingRequest {
        max_total_fen: Some(171_999),
        ..year_2024()
    };
    let refused = world.bill(low).await.expect_err("above the bound");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "BILLING_OUT_OF_BOUNDS")
    );
    assert!(world.bills_of("A1").await.is_empty());
    let exact = RunBillingRequest {
        max_total_fen: Some(172_000),
        max_bill_fen: Some(63_999),
        ..year_2024()
    };
    let run = world.bill(exact).await.expect("billed");
    assert_eq!((run.bill_count, run.parked_count), (5, 2));
    assert!(
        run.problems
            .iter()
            .any(|problem| problem.subject == "households/A2" && problem.reason == "BILL_TOO_LARGE")
    );
    world.stop().await;
}

#[tokio::test]
async fn a_tariff_change_in_mid_year_makes_two_bills() {
    let world = World::registered().await;
    let mut plan = section();
    let mut later = tariff(2024);
    later.effective_date = date(2024, 7, 1);
    plan.tariffs.push(later);
    world.apply(plan).await.expect("applied");
    world.bill(year_2024()).await.expect("billed");
    let bills = world.bills_of("A1").await;
    assert_eq!(bills.len(), 2);
    // The same price on both sides: the halves make the whole to the fen.
    assert_eq!(bills.iter().map(|bill| bill.gross_fen).sum::<i64>(), 24_000);
    assert_eq!(world.bill(year_2024()).await.expect("again").bill_count, 0);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn days_without_tariff_are_reported_and_billed_later() {
    let world = World::registered().await;
    let mut plan = section();
    plan.tariffs[0].effective_date = date(2024, 7, 1);
    world.apply(plan.clone()).await.expect("applied");
    let run = world.bill(year_2024()).await.expect("billed");
    assert!(run.problems.iter().any(|problem| problem.reason == "TARIFF_MISSING"));
    assert_eq!(
        world
            .bills_of("A1")
            .await
            .iter()
            .map(|bill| bill.gross_fen)
            .collect::<Vec<_>>(),
        [12_066]
    );
    plan.tariffs.push(tariff(2024));
    world.apply(plan).await.expect("the first half's tariff");
    world.bill(year_2024()).await.expect("billed");
    let bills = world.bills_of("A1").await;
    assert_eq!(bills.iter().map(|bill| bill.gross_fen).sum::<i64>(), 24_000);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_household_without_cadre_gets_one_of_its_village() {
    let world = World::billed().await;
    assert_eq!(world.account("B2").await.cadre, "cadres/L1");
    let only = RunBillingRequest {
        division: SIBLING.to_owned(),
        ..year_2024()
    };
    assert_eq!(world.bill(only).await.expect("again").bill_count, 0);
    world.stop().await;
}

#[tokio::test]
async fn advances_are_set_against_new_bills() {
    let world = World::planned().await;
    world.pay(VILLAGE, "A1", 30_000).await.expect("paid ahead");
    assert_eq!(world.standing("A1").await, (0, 30_000));
    let run = world.bill(year_2024()).await.expect("billed");
    assert_eq!(run.advance_applied_fen, 24_000);
    assert_eq!(world.standing("A1").await, (0, 6_000));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn bad_terms_are_refused() {
    let world = World::planned().await;
    for (change, field) in [
        (
            RunBillingRequest {
                division: "4102".to_owned(),
                ..year_2024()
            },
            "division",
        ),
        (
            RunBillingRequest {
                division: String::new(),
                ..year_2024()
            },
            "division",
        ),
        (
            RunBillingRequest {
                from_date: date(2023, 2, 29),
                ..year_2024()
            },
            "from_date",
        ),
        (
            RunBillingRequest {
                until_date: date(2025, 1, 2),
                ..year_2024()
            },
            "until_date",
        ),
        (
            RunBillingRequest {
                until_date: date(2024, 1, 1),
                ..year_2024()
            },
            "until_date",
        ),
        (
            RunBillingRequest {
                due_date: None,
                ..year_2024()
            },
            "due_date",
        ),
        (
            RunBillingRequest {
                due_date: date(2023, 12, 31),
                ..year_2024()
            },
            "due_date",
        ),
        (
            RunBillingRequest {
                max_bill_fen: Some(-1),
                ..year_2024()
            },
            "max_bill_fen",
        ),
        (
            RunBillingRequest {
                issue_date: date(2025, 3, 2),
                ..year_2024()
            },
            "issue_date",
        ),
    ] {
        let scope = if field == "division" { "" } else { COUNTY };
        let request = RunBillingRequest {
            request_id: world.key(),
            ..change
        };
        let refused = world
            .billing_runs()
            .run_billing(world.request_in(scope, request))
            .await
            .expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    let without = world
        .billing_runs()
        .run_billing(world.request(year_2024()))
        .await
        .expect_err("no request id");
    assert_eq!(fields(&without), ["request_id"]);
    world.stop().await;
}
