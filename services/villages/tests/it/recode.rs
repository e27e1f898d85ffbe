//! A village with another code is the same village: figures, the plan's words about it and its tasks go on.

use kit::{dates, testing::Harness};
use proto::xiangtu::villages::v1::{
    DivisionPart, GetMeetingSheetRequest, ListRatingsRequest, MergeDivisionsRequest, RateVillagesRequest,
    RateVillagesResponse, Rating, RatingView, SplitDivisionRequest,
};
use time::Duration;

use crate::{
    calls::{get_meeting_sheet, list_ratings, merge_divisions, rate_villages, split_division},
    county::{LANKAO, behind, day, request_id},
    plan_section::plan,
    township::{HILL, MONDAY, PILOT, SECOND, THIRD, TOWN, at_work, division, figure, generate, record},
};

const ON: (i32, i32, i32) = (2024, 3, 31);
const AFTER: (i32, i32, i32) = (2024, 4, 10);
/// Code that the pilot village gets.
const AGAIN: &str = "410225101208";
/// Code, in the other township, that the village in the hills gets.
const MOVED: &str = "410225101209";

async fn rate(harness: &Harness, scope: &str, as_of: (i32, i32, i32)) -> RateVillagesResponse {
    let request = RateVillagesRequest {
        division: division(scope),
        as_of: day(as_of.0, as_of.1, as_of.2),
        request_id: request_id(harness),
        ..RateVillagesRequest::default()
    };
    rate_villages(harness, scope, request).await.expect("rated")
}

/// The latest rating of a village, explained.
async fn rating(harness: &Harness, village: &str) -> Rating {
    let request = ListRatingsRequest {
        division: division(village),
        as_of: day(AFTER.0, AFTER.1, AFTER.2),
        view: RatingView::Full.into(),
        ..ListRatingsRequest::default()
    };
    let mut found = list_ratings(harness, LANKAO, request).await.expect("a list").ratings;
    assert_eq!(found.len(), 1, "{village}");
    found.remove(0)
}

async fn merge(harness: &Harness, sources: &[&str], target: &str) {
    let request = MergeDivisionsRequest {
        sources: sources.iter().map(|code| division(code)).collect(),
        target: division(target),
        display_name: "新村".to_owned(),
        effective_date: day(2024, 4, 8),
        request_id: request_id(harness),
        ..MergeDivisionsRequest::default()
    };
    merge_divisions(harness, LANKAO, request).await.expect("merged");
}

/// The county at work and rated on [`ON`], a week and two days ago.
async fn rated() -> Harness {
    let harness = at_work(plan()).await;
    let mut figures = Vec::new();
    for village in [PILOT, SECOND, THIRD, HILL] {
        figures.push(figure(village, "toilet", ON, 95, Some(100)));
        // In hills half suffices.
        figures.push(figure(
            village,
            "lane",
            ON,
            55 + 10 * i64::from(village != HILL),
            Some(100),
        ));
        figures.push(figure(village, "danger", ON, 0, None));
        figures.push(figure(village, "co_op", ON, 1, None));
    }
    record(&harness, figures).await;
    rate(&harness, LANKAO, ON).await;
    harness.kit.clock.set(MONDAY + Duration::days(9));
    harness
}

fn judged(rating: &Rating) -> Vec<(&str, &str, &str, &str)> {
    let criteria = rating.criteria.iter();
    criteria
        .map(|it| {
            (
                it.indicator.as_str(),
                it.value.as_str(),
                it.threshold.as_str(),
                it.measurement.as_str(),
            )
        })
        .collect()
}

#[tokio::test]
async fn its_rating_goes_on() {
    let harness = rated().await;
    let (pilot, hill) = (rating(&harness, PILOT).await, rating(&harness, HILL).await);
    assert_eq!((pilot.tier.as_str(), hill.tier.as_str()), ("one_star", "one_star"));
    let known = harness.kit.clock.now();
    harness.kit.clock.advance(Duration::HOUR);
    merge(&harness, &[PILOT], AGAIN).await;
    merge(&harness, &[HILL], MOVED).await;
    let changed = "SELECT type FROM kit.outbox WHERE type = 'rating.changed'";
    let before = behind(&harness, changed).await.len();
    // An officer of the township does not see where the village came from, and rates it all the same.
    let answer = rate(&harness, TOWN, AFTER).await;
    assert_eq!((answer.village_count, answer.recorded_count), (4, 4));
    let (again, moved) = (rating(&harness, AGAIN).await, rating(&harness, MOVED).await);
    assert_eq!(judged(&again), judged(&pilot));
    assert_eq!(judged(&moved), judged(&hill));
    assert_eq!(
        (again.tier.as_str(), again.target_tier.as_str()),
        ("one_star", "one_star")
    );
    assert_eq!(
        (moved.tier.as_str(), moved.target_tier.as_str()),
        ("one_star", "compliant")
    );
    // Nothing changed for the one whose last rating the officer sees.
    let pilots = answer.tier_changes.iter().filter(|it| it.division == division(AGAIN));
    assert_eq!(pilots.count(), 0);
    let told = behind(&harness, changed).await.len() - before;
    assert_eq!(told, answer.tier_changes.len());

    // A figure under the new code counts from its day on, one under the old code for days before.
    record(&harness, vec![figure(AGAIN, "toilet", AFTER, 60, Some(100))]).await;
    rate(&harness, LANKAO, AFTER).await;
    assert_eq!(rating(&harness, AGAIN).await.criteria[0].value, "60/100");
    let then = RateVillagesRequest {
        division: division(LANKAO),
        as_of: day(AFTER.0, AFTER.1, AFTER.2),
        known_at: Some(dates::timestamp(known)),
        ..RateVillagesRequest::default()
    };
    let then = rate_villages(&harness, LANKAO, then).await.expect("rated as known");
    assert_eq!((then.village_count, then.recorded_count), (5, 5));
    harness.stop().await;
}

#[tokio::test]
async fn its_tasks_go_on_and_are_not_made_again() {
    let harness = rated().await;
    merge(&harness, &[PILOT], AGAIN).await;
    merge(&harness, &[HILL], MOVED).await;
    let made = generate(&harness, &["set_bins"]).await;
    // The third village has no secretary still.
    assert_eq!(
        (made.created_count, made.existing_count, made.issue_count),
        (0, 4, 1),
        "{made:?}"
    );
    let sheet = GetMeetingSheetRequest {
        division: division(AGAIN),
        ..GetMeetingSheetRequest::default()
    };
    let sheet = get_meeting_sheet(&harness, TOWN, sheet).await.expect("a sheet");
    let items: Vec<&str> = sheet.items.iter().map(|item| item.display_name.as_str()).collect();
    assert_eq!(items, ["垃圾桶布设"]);
    harness.stop().await;
}

#[tokio::test]
async fn one_of_two_that_became_one_is_another_village() {
    let harness = rated().await;
    merge(&harness, &[PILOT, SECOND], AGAIN).await;
    rate(&harness, LANKAO, AFTER).await;
    let merged = rating(&harness, AGAIN).await;
    assert_eq!((merged.tier.as_str(), merged.target_tier.as_str()), ("", "compliant"));
    assert!(merged.criteria.iter().all(|it| it.value.is_empty()));
    harness.stop().await;
}

#[tokio::test]
async fn what_somebody_else_does_under_the_old_code_is_theirs() {
    let harness = rated().await;
    merge(&harness, &[PILOT], AGAIN).await;
    let split = SplitDivisionRequest {
        name: division(SECOND),
        parts: vec![DivisionPart {
            division: division(PILOT),
            display_name: "别村".to_owned(),
        }],
        keep: true,
        effective_date: day(2024, 4, 9),
        request_id: request_id(&harness),
        ..SplitDivisionRequest::default()
    };
    split_division(&harness, LANKAO, split).await.expect("the code is free");
    record(&harness, vec![figure(PILOT, "toilet", AFTER, 10, Some(100))]).await;
    rate(&harness, LANKAO, AFTER).await;
    assert_eq!(rating(&harness, AGAIN).await.criteria[0].value, "95/100");
    assert_eq!(rating(&harness, PILOT).await.criteria[0].value, "10/100");
    harness.stop().await;
}
