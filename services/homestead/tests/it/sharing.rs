//! Sharing households among cadres: recusals, caps, nearness, and rebalancing.

use proto::xiangtu::homestead::v1::{
    HandOverCause, ListPortfoliosRequest, PlanSection, PortfolioRules, RebalancePortfoliosRequest,
    RebalancePortfoliosResponse,
};
use sqlx::{Connection as _, error::DatabaseError};
use tonic::{Code, Response, Status};

use crate::{
    collection::{answer, offer},
    world::{FAR, HOMESTEADS, VILLAGE, World, fields, reason, section, year_2024},
};

fn ruled(max_household_count: Option<i32>, tolerance_percent: i32) -> PlanSection {
    PlanSection {
        portfolio: Some(PortfolioRules {
            max_household_count,
            tolerance_percent,
        }),
        ..section()
    }
}

async fn recuse(world: &World, pairs: &str) {
    let report = world
        .import("recusals", &format!("cadre_id,household_id,relation\n{pairs}"))
        .await;
    assert!(report.applied, "{:?}", report.errors);
}

/// Everything but portfolios imported, and `section` applied.
async fn unassigned(section: PlanSection) -> World {
    let world = World::empty().await;
    for (register, file) in [
        ("households", crate::world::HOUSEHOLDS),
        ("cadres", crate::world::CADRES),
        ("homesteads", HOMESTEADS),
    ] {
        assert!(world.import(register, file).await.applied, "{register}");
    }
    world.apply(section).await.expect("applied");
    world
}

/// Who answers for whom in the village.
async fn held(world: &World) -> Vec<(String, String)> {
    let request = ListPortfoliosRequest {
        division: VILLAGE.to_owned(),
        ..ListPortfoliosRequest::default()
    };
    let listed = world.portfolios().list_portfolios(world.request(request)).await;
    let short = |name: &str| name.split('/').next_back().expect("an id").to_owned();
    let rows = listed.expect("listed").into_inner().portfolios;
    rows.iter()
        .map(|row| (short(&row.household), short(&row.cadre)))
        .collect()
}

fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

async fn rebalance(world: &World, validate_only: bool) -> Result<RebalancePortfoliosResponse, Status> {
    let request = RebalancePortfoliosRequest {
        division: VILLAGE.to_owned(),
        validate_only,
        request_id: world.key(),
    };
    let answer = world.portfolios().rebalance_portfolios(world.request(request)).await;
    answer.map(Response::into_inner)
}

#[tokio::test]
async fn billing_never_gives_a_household_to_a_relative() {
    let world = unassigned(section()).await;
    recuse(&world, "K2,A2,sibling\nK1,A2,none\nK1,A1,parent\nK2,A1,in_law\n").await;
    let run = world.bill(year_2024()).await.expect("billed");
    // A1 has nobody left; C1's village has no cadre at all.
    assert_eq!(held(&world).await, pairs(&[("A2", "K1"), ("A3", "K2"), ("A6", "K2")]));
    let problems: Vec<_> = run
        .problems
        .iter()
        .map(|problem| (problem.subject.as_str(), problem.reason.as_str()))
        .collect();
    let far = format!("divisions/{FAR}");
    assert_eq!(
        problems,
        [("households/A1", "ALL_RECUSED"), (far.as_str(), "CADRE_MISSING")]
    );
    assert_eq!((run.bill_count, run.parked_count), (5, 2));
    world.recount().await;
    // Once the recusal ends it finds somebody.
    recuse(&world, "K2,A1,none\n").await;
    assert_eq!(world.bill(year_2024()).await.expect("billed").bill_count, 1);
    assert_eq!(held(&world).await[0], ("A1".to_owned(), "K2".to_owned()));
    world.stop().await;
}

#[tokio::test]
async fn a_full_cadre_gets_nobody_more_and_a_dry_run_says_so() {
    let world = unassigned(ruled(Some(1), 0)).await;
    let terms = proto::xiangtu::homestead::v1::RunBillingRequest {
        division: VILLAGE.to_owned(),
        validate_only: true,
        ..year_2024()
    };
    let dry = world.bill(terms.clone()).await.expect("reckoned");
    assert_eq!((dry.bill_count, dry.parked_count), (2, 2));
    assert!(
        dry.problems.iter().all(|problem| problem.reason == "ALL_FULL"),
        "{:?}",
        dry.problems
    );
    assert!(held(&world).await.is_empty());
    let terms = proto::xiangtu::homestead::v1::RunBillingRequest {
        validate_only: false,
        ..terms
    };
    let run = world.bill(terms).await.expect("billed");
    assert_eq!((run.bill_count, run.parked_count), (2, 2));
    assert_eq!(held(&world).await, pairs(&[("A1", "K2"), ("A2", "K1")]));
    world.stop().await;
}

#[tokio::test]
async fn within_the_tolerance_neighbours_stay_together() {
    // All live in one group: with all the tolerance there is, the fair share, whoever has neighbours goes on getting them.
    let world = unassigned(ruled(None, 100)).await;
    world.bill(year_2024()).await.expect("billed");
    // A2 64,000 to K1; 64,000 is above the share of 62,000, so A1 goes to K2, and then both have neighbours.
    assert_eq!(
        held(&world).await,
        pairs(&[("A1", "K2"), ("A2", "K1"), ("A3", "K2"), ("A6", "K2")])
    );
    world.stop().await;
}

#[tokio::test]
async fn rebalancing_offers_and_acceptance_counts() {
    let world = World::billed().await;
    // K1 has A1 and A2 with 88,000, K2 has A3 and A6 with 36,000.
    let dry = rebalance(&world, true).await.expect("proposed");
    let moves: Vec<_> = dry
        .proposals
        .iter()
        .map(|made| {
            (
                made.household.as_str(),
                made.to_cadre.as_str(),
                made.cause(),
                made.hand_over.as_str(),
            )
        })
        .collect();
    assert_eq!(moves, [("households/A1", "cadres/K2", HandOverCause::Balance, "")]);
    let loads: Vec<_> = dry
        .loads
        .iter()
        .map(|load| (load.outstanding_fen, load.balanced_fen))
        .collect();
    assert_eq!(loads, [(88_000, 64_000), (36_000, 60_000)]);
    assert!(!dry.balanced, "four thousand apart without tolerance");
    let done = rebalance(&world, false).await.expect("offered");
    assert_eq!(done.proposals.len(), 1);
    assert_eq!(
        held(&world).await[0],
        ("A1".to_owned(), "K1".to_owned()),
        "not before it is accepted"
    );
    // What waits counts as accepted: nothing more is offered.
    assert!(rebalance(&world, false).await.expect("again").proposals.is_empty());
    answer(&world, &done.proposals[0].hand_over, Some(true))
        .await
        .expect("accepted");
    assert_eq!(held(&world).await[0], ("A1".to_owned(), "K2".to_owned()));
    // A plan that tolerates so much finds it fair.
    world.apply(ruled(None, 10)).await.expect("applied");
    let fair = rebalance(&world, true).await.expect("proposed");
    assert_eq!((fair.balanced, fair.tolerance_fen), (true, 6_200));
    world.stop().await;
}

#[tokio::test]
async fn relatives_part_and_are_offered_nobody() {
    let world = World::billed().await;
    recuse(&world, "K2,A1,spouse\nK2,A3,child\n").await;
    assert_eq!(
        reason(&offer(&world, "A1", "K2").await.expect_err("a relative")),
        "RECUSED"
    );
    let report = world.import("portfolios", "household_id,cadre_id\nA1,K2\n").await;
    let refused: Vec<_> = report.errors.iter().map(|error| error.reason.as_str()).collect();
    assert_eq!(refused, ["RECUSED"]);
    let balance = rebalance(&world, true).await.expect("proposed");
    let first = &balance.proposals[0];
    assert_eq!(
        (first.household.as_str(), first.to_cadre.as_str(), first.cause()),
        ("households/A3", "cadres/K1", HandOverCause::Recused)
    );
    // Who becomes a relative while an offer waits does not accept it.
    let waiting = offer(&world, "A2", "K2").await.expect("offered");
    recuse(&world, "K2,A2,parent\n").await;
    let refused = answer(&world, &waiting.name, Some(true))
        .await
        .expect_err("a relative by now");
    assert_eq!(reason(&refused), "RECUSED");
    world.stop().await;
}

#[tokio::test]
async fn recusals_are_read_as_the_register_states_them() {
    let world = World::registered().await;
    let rows = "cadre_id,household_id,relation\nK1,A1,cousin\n";
    let report = world.import("recusals", rows).await;
    assert_eq!(report.errors[0].reason, "UNKNOWN_VALUE");
    let rows = "cadre_id,household_id,relation\nK9,A1,child\nK1,X1,child\nK1,A2,child\nK1,A2,other\n";
    let report = world.import("recusals", rows).await;
    let mut found: Vec<_> = report
        .errors
        .iter()
        .map(|error| (error.line, error.reason.as_str()))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [(2, "UNKNOWN_CADRE"), (3, "UNKNOWN_HOUSEHOLD"), (5, "DUPLICATE")]
    );
    let rows = "cadre_id,household_id,relation\nK1,A1,child\n";
    assert_eq!(world.import("recusals", rows).await.inserted_count, 1);
    assert_eq!(world.import("recusals", rows).await.unchanged_count, 1);
    world.stop().await;
}

#[tokio::test]
async fn rules_and_villages_are_checked() {
    let world = World::billed().await;
    let bad = world.apply(ruled(Some(0), 101)).await.expect_err("out of range");
    assert_eq!(
        fields(&bad),
        [
            "section.portfolio.max_household_count",
            "section.portfolio.tolerance_percent"
        ]
    );
    let request = |division: &str| RebalancePortfoliosRequest {
        division: division.to_owned(),
        validate_only: true,
        request_id: world.key(),
    };
    let none = world
        .portfolios()
        .rebalance_portfolios(world.request(request(FAR)))
        .await;
    assert_eq!(reason(&none.expect_err("no cadres")), "CADRE_MISSING");
    let township = world
        .portfolios()
        .rebalance_portfolios(world.request(request("410225001")))
        .await;
    assert_eq!(fields(&township.expect_err("no village")), ["division"]);
    let outside = world
        .portfolios()
        .rebalance_portfolios(world.request_in(FAR, request(VILLAGE)))
        .await;
    assert_eq!(outside.expect_err("outside").code(), Code::NotFound);
    world.stop().await;
}

/// Whatever is tried in SQL, by the owner of everything: a household that was ever billed has one cadre, who exists.
#[tokio::test]
async fn the_database_itself_keeps_one_cadre_for_every_debtor() {
    let world = World::billed().await;
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    for (attempt, code) in [
        ("DELETE FROM portfolio WHERE household_id = 'A1'", "23503"),
        (
            "UPDATE portfolio SET household_id = 'A5' WHERE household_id = 'A1'",
            "23503",
        ),
        (
            "UPDATE portfolio SET cadre_id = NULL WHERE household_id = 'A1'",
            "23502",
        ),
        (
            "UPDATE portfolio SET cadre_id = 'nobody' WHERE household_id = 'A1'",
            "23503",
        ),
        ("DELETE FROM cadre WHERE cadre_id = 'K1'", "23503"),
        (
            "INSERT INTO portfolio VALUES ('A1', '410225001213', 'K2', '2025-01-01')",
            "23505",
        ),
        ("TRUNCATE portfolio", "0A000"),
    ] {
        let refused = sqlx::query(attempt).execute(&mut conn).await.expect_err(attempt);
        let found = refused.as_database_error().and_then(DatabaseError::code);
        assert_eq!(found.as_deref(), Some(code), "{attempt}: {refused}");
    }
    let bill = "INSERT INTO bill (id, division_code, household_id, run_id, tariff_id, from_on, until_on, issued_on, due_on, over_dm2,
            gross_fen, relief_fen, paid_fen, created_at)
        SELECT gen_random_uuid(), division_code, 'A5', run_id, tariff_id, from_on, until_on, issued_on, due_on, over_dm2, gross_fen,
            relief_fen, paid_fen, created_at FROM bill WHERE household_id = 'A1'";
    let refused = sqlx::query(bill)
        .execute(&mut conn)
        .await
        .expect_err("a debtor without cadre");
    let found = refused.as_database_error().and_then(DatabaseError::code);
    assert_eq!(found.as_deref(), Some("23503"));
    let orphans: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT DISTINCT household_id FROM bill) b WHERE
             (SELECT count(*) FROM portfolio f JOIN cadre c USING (cadre_id) WHERE f.household_id = b.household_id) <> 1",
    )
    .fetch_one(&mut conn)
    .await
    .expect("counted");
    assert_eq!(orphans, 0);
    world.stop().await;
}
