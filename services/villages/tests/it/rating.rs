//! Ratings: what a village holds and why, by what was known when.

use kit::{dates, testing::Harness};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    CriterionOutcome, GetRatingRequest, ListRatingsRequest, Measurement, RateVillagesRequest, RateVillagesResponse,
    Rating, RatingChanged, RatingView, TierCount,
};
use time::Duration;

use crate::{
    calls::{get_rating, list_ratings, rate_villages},
    county::{LANKAO, behind, day, fields, reason},
    plan_section::plan,
    township::{FAR, HILL, PILOT, SECOND, THIRD, VILLAGES, code, division, figure, record, under},
};

const ON: (i32, i32, i32) = (2024, 3, 31);

/// Toilets and lanes of a hundred, dangerous houses, and whether there is a co-operative.
fn figures(village: &str, toilets: i64, lanes: i64, danger: i64, co_op: i64) -> Vec<Measurement> {
    vec![
        figure(village, "toilet", ON, toilets, Some(100)),
        figure(village, "lane", ON, lanes, Some(100)),
        figure(village, "danger", ON, danger, None),
        figure(village, "co_op", ON, co_op, None),
    ]
}

/// The county with a figure of every kind.
async fn measured() -> Harness {
    let harness = under(plan()).await;
    let mut all = vec![
        // Two toilets a day, one dangerous house in ten days.
        figure(PILOT, "toilet", (2024, 3, 1), 259, Some(412)),
        figure(PILOT, "toilet", ON, 319, Some(412)),
        figure(PILOT, "lane", ON, 640, Some(1_000)),
        figure(PILOT, "danger", (2024, 3, 1), 4, None),
        figure(PILOT, "danger", ON, 1, None),
        figure(PILOT, "co_op", ON, 1, None),
        figure(SECOND, "toilet", ON, 69, Some(100)),
        Measurement {
            deductible: 10,
            ..figure(SECOND, "lane", ON, 60, Some(110))
        },
        figure(SECOND, "danger", ON, 2, None),
        figure(THIRD, "fires", ON, 1, None),
    ];
    all.extend(figures(THIRD, 100, 100, 0, 1));
    all.extend(figures(HILL, 95, 50, 0, 1));
    all.extend(figures(FAR, 95, 49, 0, 1));
    record(&harness, all).await;
    harness
}

fn rate_all() -> RateVillagesRequest {
    RateVillagesRequest {
        division: division(LANKAO),
        ..RateVillagesRequest::default()
    }
}

async fn rate(harness: &Harness, request: RateVillagesRequest) -> RateVillagesResponse {
    rate_villages(harness, LANKAO, request).await.expect("rated")
}

fn counted(tiers: &[TierCount]) -> Vec<(&str, i32)> {
    tiers
        .iter()
        .map(|tier| (tier.tier.as_str(), tier.village_count))
        .collect()
}

fn changes(response: &RateVillagesResponse) -> Vec<(&str, &str, &str)> {
    let changes = response.tier_changes.iter();
    changes
        .map(|it| (code(&it.division), it.before_tier.as_str(), it.after_tier.as_str()))
        .collect()
}

/// Villages whose tier other services were told of, in order.
async fn told(harness: &Harness) -> Vec<String> {
    behind(
        harness,
        "SELECT division_code FROM kit.outbox WHERE type = 'rating.changed' ORDER BY id",
    )
    .await
}

async fn latest(harness: &Harness, village: &str) -> Rating {
    let request = ListRatingsRequest {
        division: division(village),
        as_of: day(2024, 12, 31),
        view: RatingView::Full.into(),
        ..ListRatingsRequest::default()
    };
    let listed = list_ratings(harness, LANKAO, request).await.expect("a list");
    listed.ratings.into_iter().next().expect("a rating")
}

#[tokio::test]
async fn every_part_of_a_rating_explains_itself() {
    let harness = measured().await;
    let rated = rate(&harness, rate_all()).await;
    assert_eq!(
        (rated.village_count, rated.recorded_count, rated.plan_version),
        (5, 5, 1)
    );
    assert_eq!(counted(&rated.tiers), [("one_star", 1), ("compliant", 2), ("", 2)]);
    assert_eq!(
        changes(&rated),
        [
            (PILOT, "", "compliant"),
            (THIRD, "", "compliant"),
            (HILL, "", "one_star")
        ]
    );

    let pilot = latest(&harness, PILOT).await;
    assert_eq!(
        (pilot.tier.as_str(), pilot.target_tier.as_str()),
        ("compliant", "one_star")
    );
    // 319/412 of 20 points at 90%, 10 for lanes, half of 10 for one house too many, 5 for the co-operative.
    assert_eq!(
        (pilot.score_milli, pilot.score_full_milli),
        (17_206 + 10_000 + 5_000 + 5_000, 45_000)
    );
    let criterion = |tier: &str, indicator: &str| {
        let found = pilot
            .criteria
            .iter()
            .find(|it| it.tier == tier && it.indicator == indicator);
        found.expect("judged").clone()
    };
    let toilets = criterion("one_star", "toilet");
    assert_eq!(toilets.outcome(), CriterionOutcome::Fail);
    assert_eq!(
        (toilets.threshold.as_str(), toilets.value.as_str()),
        ("≥ 90%", "319/412")
    );
    assert_eq!(
        (toilets.missing_count, toilets.measured_date),
        (Some(52), day(2024, 3, 31))
    );
    assert_eq!(
        (toilets.statement.as_str(), toilets.statement_zh.as_str()),
        ("52 more 户 of 412", "还差 52 户（共 412 户）")
    );
    assert_eq!(toilets.feasible_date, day(2024, 4, 26));
    assert!(toilets.measurement.starts_with("measurements/"));
    let danger = criterion("one_star", "danger");
    assert_eq!(
        (danger.missing_count, danger.feasible_date),
        (Some(1), day(2024, 4, 10))
    );
    assert_eq!(
        (danger.threshold.as_str(), danger.statement.as_str()),
        ("≤ 0", "1 户 too many")
    );
    assert_eq!(criterion("compliant", "danger").outcome(), CriterionOutcome::Pass);
    let next = pilot.next_tier.expect("one star is next");
    assert_eq!(
        (
            next.tier.as_str(),
            next.missing_criteria_count,
            next.unknown_criteria_count
        ),
        ("one_star", 2, 0)
    );
    assert_eq!((next.veto_count, next.feasible_date), (0, day(2024, 4, 26)));

    let second = latest(&harness, SECOND).await;
    let outcomes: Vec<_> = second
        .criteria
        .iter()
        .map(|it| (it.outcome(), it.missing_count))
        .collect();
    let (pass, fail, no_data) = (CriterionOutcome::Pass, CriterionOutcome::Fail, CriterionOutcome::NoData);
    assert_eq!(
        outcomes,
        [
            (fail, Some(1)),
            (pass, Some(0)),
            (pass, Some(0)),
            (fail, Some(21)),
            (fail, Some(2)),
            (no_data, None)
        ]
    );
    assert_eq!(
        second.criteria[1].value, "60/100",
        "ten of 110 are let out of the count"
    );
    let next = second.next_tier.expect("compliant is next");
    assert_eq!(
        (next.tier.as_str(), next.missing_criteria_count, next.feasible_date),
        ("compliant", 1, None)
    );
    harness.stop().await;
}

#[tokio::test]
async fn vetoes_bar_from_their_tier_on_and_terrain_sets_its_own_threshold() {
    let harness = measured().await;
    rate(&harness, rate_all()).await;
    let third = latest(&harness, THIRD).await;
    assert_eq!(
        (third.tier.as_str(), third.score_milli),
        ("compliant", third.score_full_milli)
    );
    let veto = &third.vetoes[0];
    assert_eq!(
        (veto.veto.as_str(), veto.bars_from_tier.as_str(), veto.value.as_str()),
        ("straw", "one_star", "1")
    );
    let next = third.next_tier.expect("barred");
    assert_eq!(
        (next.missing_criteria_count, next.veto_count, next.feasible_date),
        (0, 1, None)
    );

    let (hill, far) = (latest(&harness, HILL).await, latest(&harness, FAR).await);
    assert_eq!((hill.tier.as_str(), hill.next_tier.is_none()), ("one_star", true));
    assert_eq!(
        (hill.criteria[1].threshold.as_str(), hill.score_milli),
        ("≥ 50%", 45_000)
    );
    assert_eq!((far.tier.as_str(), far.criteria[1].missing_count), ("", Some(1)));
    assert_eq!(far.score_milli, 35_000 + 9_800);
    harness.stop().await;
}

#[tokio::test]
async fn rating_again_keeps_nothing_and_every_change_is_told_once() {
    let harness = measured().await;
    let trial = RateVillagesRequest {
        validate_only: true,
        ..rate_all()
    };
    assert_eq!(rate(&harness, trial.clone()).await.recorded_count, 5);
    assert_eq!(told(&harness).await, [""; 0]);
    rate(&harness, rate_all()).await;
    assert_eq!(told(&harness).await, [PILOT, THIRD, HILL]);
    let again = rate(&harness, rate_all()).await;
    assert_eq!((again.recorded_count, changes(&again)), (0, vec![]));

    // Another day: other ratings, the same tiers.
    harness.kit.clock.advance(Duration::DAY);
    let next_day = rate(&harness, rate_all()).await;
    assert_eq!((next_day.recorded_count, changes(&next_day)), (5, vec![]));
    assert_eq!(told(&harness).await.len(), 3);

    record(&harness, vec![figure(THIRD, "fires", (2024, 4, 2), 0, None)]).await;
    record(&harness, vec![figure(HILL, "danger", (2024, 4, 2), 3, None)]).await;
    let moved = rate(&harness, rate_all()).await;
    assert_eq!(moved.recorded_count, 2);
    assert_eq!(
        changes(&moved),
        [(THIRD, "compliant", "one_star"), (HILL, "one_star", "")]
    );
    assert_eq!(told(&harness).await[3..], [THIRD, HILL]);
    let payloads = behind(
        &harness,
        "SELECT encode(payload, 'hex') FROM kit.outbox WHERE type = 'rating.changed' ORDER BY id DESC LIMIT 1",
    )
    .await;
    let bytes = hex::decode(&payloads[0]).expect("hex");
    let event = RatingChanged::decode(bytes.as_slice()).expect("an event");
    assert_eq!((code(&event.division), event.as_of), (HILL, day(2024, 4, 2)));
    assert_eq!(
        (event.before_tier.as_str(), event.after_tier.as_str()),
        ("one_star", "")
    );
    assert_eq!(event.rating, latest(&harness, HILL).await.name);
    harness.stop().await;
}

#[tokio::test]
async fn a_day_of_the_past_is_rated_without_telling_anybody() {
    let harness = measured().await;
    rate(&harness, rate_all()).await;
    let past = |date| RateVillagesRequest {
        as_of: date,
        ..rate_all()
    };
    let before = rate(&harness, past(day(2024, 3, 30))).await;
    assert_eq!(counted(&before.tiers), [("one_star", 0), ("compliant", 0), ("", 5)]);
    let leap = rate(&harness, past(day(2024, 2, 29))).await;
    assert_eq!((leap.as_of, leap.recorded_count), (day(2024, 2, 29), 5));
    assert_eq!(told(&harness).await.len(), 3);
    let none = rate_villages(&harness, LANKAO, past(day(2023, 2, 29)))
        .await
        .expect_err("no such day");
    assert_eq!(fields(&none), ["as_of"]);
    let early = rate_villages(&harness, LANKAO, past(day(2023, 12, 31)))
        .await
        .expect_err("no plan yet");
    assert_eq!(reason(&early), "NO_PLAN");
    harness.stop().await;
}

#[tokio::test]
async fn a_correction_counts_only_from_the_instant_it_was_known() {
    let harness = measured().await;
    let then = dates::timestamp(harness.kit.clock.now());
    rate(&harness, rate_all()).await;
    harness.kit.clock.advance(Duration::HOUR);
    let toilets = behind(
        &harness,
        "SELECT 'measurements/' || measurement_id FROM measurements WHERE division_code = '410225101202' AND indicator = 'toilet'",
    )
    .await;
    let corrected = Measurement {
        supersedes: toilets[0].clone(),
        ..figure(SECOND, "toilet", ON, 70, Some(100))
    };
    record(&harness, vec![corrected]).await;

    let known_then = RateVillagesRequest {
        known_at: Some(then),
        ..rate_all()
    };
    let as_it_was = rate(&harness, known_then.clone()).await;
    assert_eq!((as_it_was.recorded_count, as_it_was.known_at), (0, Some(then)));
    assert_eq!(counted(&as_it_was.tiers), [("one_star", 1), ("compliant", 2), ("", 2)]);
    let now = rate(&harness, rate_all()).await;
    assert_eq!(
        (now.recorded_count, changes(&now)),
        (1, vec![(SECOND, "", "compliant")])
    );
    assert_eq!(told(&harness).await[3..], [SECOND]);

    // Knowing less again is no news.
    let again = rate(&harness, known_then).await;
    assert_eq!((again.recorded_count, changes(&again)), (0, vec![]));
    assert_eq!(told(&harness).await.len(), 4);
    assert_eq!(latest(&harness, SECOND).await.tier, "compliant");
    assert_eq!(rate(&harness, rate_all()).await.recorded_count, 0);
    harness.stop().await;
}

#[tokio::test]
async fn ratings_are_listed_by_village_and_read_whole() {
    let harness = measured().await;
    rate(&harness, rate_all()).await;
    harness.kit.clock.advance(Duration::DAY);
    rate(&harness, rate_all()).await;
    let page = async |filter: &str, as_of, token: &str| {
        let request = ListRatingsRequest {
            filter: filter.to_owned(),
            as_of,
            page_size: 3,
            page_token: token.to_owned(),
            ..ListRatingsRequest::default()
        };
        list_ratings(&harness, LANKAO, request).await.expect("a page")
    };
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let listed = page("", None, &token).await;
        assert!(listed.ratings.iter().all(|rating| rating.criteria.is_empty()));
        all.extend(listed.ratings.into_iter().map(|rating| (rating.division, rating.as_of)));
        token = listed.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let expected: Vec<_> = VILLAGES
        .iter()
        .flat_map(|village| {
            [
                (division(village), day(2024, 4, 2)),
                (division(village), day(2024, 4, 1)),
            ]
        })
        .collect();
    assert_eq!(all, expected);
    let compliant = page(r#"tier = "compliant""#, day(2024, 4, 1), "").await.ratings;
    let found: Vec<_> = compliant
        .iter()
        .map(|rating| (rating.division.clone(), rating.as_of))
        .collect();
    assert_eq!(
        found,
        [(division(PILOT), day(2024, 4, 1)), (division(THIRD), day(2024, 4, 1))]
    );
    let request = GetRatingRequest {
        name: compliant[0].name.clone(),
    };
    let whole = get_rating(&harness, LANKAO, request).await.expect("there");
    assert_eq!(
        (whole.criteria.len(), whole.digest.as_str()),
        (6, compliant[0].digest.as_str())
    );
    // What is kept is what the contract knows, byte for byte.
    let kept = "SELECT 'ratings/' || rating_id || ' ' || length(content) FROM ratings";
    for kept in behind(&harness, kept).await {
        let (name, length) = kept.split_once(' ').expect("two");
        let request = GetRatingRequest { name: name.to_owned() };
        let rating = get_rating(&harness, LANKAO, request).await.expect("there");
        assert_eq!(rating.encoded_len().to_string(), length, "{name}");
    }
    harness.stop().await;
}
