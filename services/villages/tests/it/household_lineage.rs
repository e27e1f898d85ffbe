//! Splits and mergers of households, also on one day, and how they descend from one another.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    HouseholdLineageKind, HouseholdRegistration, ListHouseholdLineageRequest, MergeHouseholdsRequest,
    SplitHouseholdRequest,
};
use tonic::Code;

use crate::{
    calls::{end_household, list_household_lineage, merge_households, split_household},
    county::{LANKAO, behind, day, fields, reason, request_id},
    household_life::{Day, care, cared, ended, events, registration, state},
    points::{FIRST, with_points},
    township::{BESIDE, PILOT, SECOND, TOWN},
};

/// A merger, not yet sent.
pub fn merger(harness: &Harness, sources: &[&str], target: &str, (month, on): Day) -> MergeHouseholdsRequest {
    MergeHouseholdsRequest {
        target: target.to_owned(),
        sources: sources.iter().map(|name| (*name).to_owned()).collect(),
        effective_date: day(2024, month, on),
        basis: "并户证明 9".to_owned(),
        request_id: request_id(harness),
        ..MergeHouseholdsRequest::default()
    }
}

fn split(harness: &Harness, household: &str, persons: (i32, i32), id: &str, (month, on): Day) -> SplitHouseholdRequest {
    SplitHouseholdRequest {
        name: household.to_owned(),
        registration: Some(HouseholdRegistration {
            registered_person_count: persons.0,
            resident_person_count: persons.1,
            ..registration(id, PILOT)
        }),
        effective_date: day(2024, month, on),
        basis: "分户申请 4".to_owned(),
        request_id: request_id(harness),
        ..SplitHouseholdRequest::default()
    }
}

/// Persons on the register in all households on a day.
async fn persons(harness: &Harness, sql: &'static str) -> i64 {
    behind(harness, sql).await.concat().parse().expect("a number")
}

const BEFORE: &str = "SELECT sum(registered_person_count)::text FROM households WHERE known_until IS NULL
    AND valid_from <= '2024-03-31' AND (valid_until IS NULL OR valid_until > '2024-03-31')";
const AFTER: &str = "SELECT sum(registered_person_count)::text FROM households WHERE known_until IS NULL
    AND valid_from <= '2024-04-01' AND (valid_until IS NULL OR valid_until > '2024-04-01')";

#[tokio::test]
async fn a_son_splits_off_and_his_wifes_household_joins_his_on_the_same_day() {
    let harness = with_points().await;
    care(&harness, "pilot-grid", &[FIRST]).await;
    let parted = split_household(&harness, TOWN, split(&harness, FIRST, (2, 2), "N1", (4, 1)))
        .await
        .expect("split");
    let (remaining, created) = (
        parted.remaining.expect("the old one"),
        parted.created.expect("the new one"),
    );
    assert_eq!(
        (remaining.registered_person_count, remaining.resident_person_count),
        (2, 1)
    );
    assert_eq!(
        (created.name.as_str(), created.registered_person_count),
        ("households/N1", 2)
    );
    let joined = merge_households(
        &harness,
        TOWN,
        merger(&harness, &["households/S1"], "households/N1", (4, 1)),
    )
    .await
    .expect("merged");
    let target = joined.target.expect("the target");
    assert_eq!((target.registered_person_count, target.resident_person_count), (6, 5));

    assert_eq!(
        persons(&harness, BEFORE).await,
        persons(&harness, AFTER).await,
        "nobody is lost or twice"
    );
    assert_eq!(
        state(&harness, "households/S1", (3, 31))
            .await
            .map(|it| it.0)
            .as_deref(),
        Some(SECOND)
    );
    assert_eq!(state(&harness, "households/S1", (4, 1)).await, None);
    assert_eq!(state(&harness, "households/N1", (3, 31)).await, None);
    let looked_after = cared(&harness, LANKAO, "pilot-grid", (4, 1)).await;
    assert_eq!(looked_after, ["households/N1", FIRST]);

    let first_day = end_household(&harness, TOWN, ended(&harness, "households/N1", (4, 1)))
        .await
        .expect_err("it would never have been");
    assert_eq!(reason(&first_day), "HOUSEHOLD_LATER_CHANGE");
    assert_eq!(
        events(&harness).await,
        ["household.split", "household.registered", "household.merged"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn what_is_learned_late_may_not_contradict_an_end() {
    let harness = with_points().await;
    let merged = merger(&harness, &[FIRST], "households/P2", (4, 1));
    merge_households(&harness, TOWN, merged).await.expect("merged");
    // Whoever leaves it before its end would have been counted in the target too.
    let late = split_household(&harness, TOWN, split(&harness, FIRST, (1, 1), "N1", (3, 15)))
        .await
        .expect_err("it ended later");
    assert_eq!(
        (late.code(), reason(&late).as_str()),
        (Code::FailedPrecondition, "HOUSEHOLD_LATER_CHANGE")
    );
    for request in [
        merger(&harness, &["households/P3"], FIRST, (3, 15)),
        merger(&harness, &[FIRST], "households/P3", (3, 15)),
    ] {
        let late = merge_households(&harness, TOWN, request)
            .await
            .expect_err("it ended later");
        assert_eq!(reason(&late), "HOUSEHOLD_LATER_CHANGE");
    }
    let gone = merge_households(&harness, TOWN, merger(&harness, &[FIRST], "households/P3", (4, 1)))
        .await
        .expect_err("ended");
    assert_eq!(gone.code(), Code::NotFound);
    assert_eq!(events(&harness).await, ["household.merged"]);
    harness.stop().await;
}

#[tokio::test]
async fn edges_are_listed_by_household_and_village_to_whoever_sees_either() {
    let harness = with_points().await;
    split_household(&harness, TOWN, split(&harness, FIRST, (1, 1), "N1", (3, 1)))
        .await
        .expect("split");
    let merged = merger(&harness, &["households/S1", "households/S2"], FIRST, (3, 15));
    merge_households(&harness, TOWN, merged).await.expect("merged");
    let list = async |scope: &str, request: ListHouseholdLineageRequest| {
        let listed = list_household_lineage(&harness, scope, request).await.expect("a list");
        let edge = |it: proto::xiangtu::villages::v1::HouseholdLineageEdge| (it.kind(), it.predecessor, it.successor);
        (
            listed.edges.into_iter().map(edge).collect::<Vec<_>>(),
            listed.next_page_token,
        )
    };
    let into = |from: &str| (HouseholdLineageKind::Merged, from.to_owned(), FIRST.to_owned());
    let off = (
        HouseholdLineageKind::Split,
        FIRST.to_owned(),
        "households/N1".to_owned(),
    );
    let (all, _) = list(TOWN, ListHouseholdLineageRequest::default()).await;
    assert_eq!(all, [into("households/S1"), into("households/S2"), off.clone()]);
    let (of_village, _) = list(SECOND, ListHouseholdLineageRequest::default()).await;
    assert_eq!(of_village, [into("households/S1"), into("households/S2")]);
    assert!(list(BESIDE, ListHouseholdLineageRequest::default()).await.0.is_empty());
    let of_one = ListHouseholdLineageRequest {
        household: "households/N1".to_owned(),
        ..ListHouseholdLineageRequest::default()
    };
    assert_eq!(list(LANKAO, of_one).await.0, std::slice::from_ref(&off));
    let until = ListHouseholdLineageRequest {
        effective_until: day(2024, 3, 15),
        ..ListHouseholdLineageRequest::default()
    };
    assert_eq!(list(LANKAO, until).await.0, [off]);

    let (mut walked, mut token) = (Vec::new(), String::new());
    loop {
        let page = ListHouseholdLineageRequest {
            page_size: 1,
            page_token: token,
            ..ListHouseholdLineageRequest::default()
        };
        let (edges, next) = list(TOWN, page).await;
        walked.extend(edges);
        token = next;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(walked, all);
    harness.stop().await;
}

#[tokio::test]
async fn wrong_splits_and_mergers_name_their_field_and_change_nothing() {
    let harness = with_points().await;
    for persons in [(0, 0), (4, 3), (5, 3)] {
        let refused = split_household(&harness, TOWN, split(&harness, FIRST, persons, "N1", (4, 1)))
            .await
            .expect_err("nobody goes, or nobody stays");
        assert_eq!(fields(&refused), ["registration.registered_person_count"]);
    }
    let taken = split_household(&harness, TOWN, split(&harness, FIRST, (1, 1), "P2", (4, 1)))
        .await
        .expect_err("a number in use");
    assert_eq!(taken.code(), Code::AlreadyExists);
    for (field, sources) in [
        ("sources", &[][..]),
        ("sources[0]", &[FIRST]),
        ("sources[1]", &["households/P2", "households/P2"]),
        ("sources[0]", &["P2"]),
    ] {
        let refused = merge_households(&harness, TOWN, merger(&harness, sources, FIRST, (4, 1)))
            .await
            .expect_err(field);
        assert_eq!(fields(&refused), [field]);
    }
    let beyond = merger(&harness, &["households/S1"], FIRST, (4, 1));
    let beyond = merge_households(&harness, PILOT, beyond)
        .await
        .expect_err("of a sibling");
    assert_eq!(beyond.code(), Code::NotFound);
    let trial = MergeHouseholdsRequest {
        validate_only: true,
        ..merger(&harness, &["households/P2"], FIRST, (4, 1))
    };
    let would = merge_households(&harness, TOWN, trial).await.expect("would merge");
    assert_eq!(would.target.map(|it| it.registered_person_count), Some(8));
    assert_eq!(state(&harness, FIRST, (4, 1)).await.map(|it| it.2), Some(4));
    assert!(events(&harness).await.is_empty());
    harness.stop().await;
}
