mod parts;

use time::macros::date;

use super::*;
use crate::{
    document::{
        Closure, ClosureKind, Direction, IndicatorKind, Measure, Post, Quota, Source, Terrain, TerrainThreshold,
    },
    sample::{VILLAGES, batch, criterion, document, indicator, step, template},
};

fn villages() -> Vec<String> {
    VILLAGES.iter().map(ToString::to_string).collect()
}

/// What one change of the sample is reported as.
fn found(change: impl FnOnce(&mut Document)) -> Vec<(String, &'static str)> {
    let mut document = document();
    change(&mut document);
    let mut problems = structure(&document);
    problems.extend(register(&document, &villages()));
    problems
        .into_iter()
        .map(|problem| (problem.path, problem.reason))
        .collect()
}

fn only(change: impl FnOnce(&mut Document), path: &str, reason: &str) {
    let found = found(change);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0.as_str(), found[0].1), (path, reason));
}

#[test]
fn the_sample_is_valid() {
    assert_eq!(found(|_| ()), []);
}

#[test]
fn the_programme() {
    only(|d| d.code = "Plan 1".to_owned(), "code", "CODE_MALFORMED");
    only(|d| d.display_name.clear(), "display_name", "REQUIRED");
    only(|d| d.start_date = None, "start_date", "REQUIRED");
    only(
        |d| d.end_date = Some(date!(2035 - 01 - 01)),
        "end_date",
        "PROGRAMME_DATES",
    );
    let reversed = found(|d| d.end_date = Some(date!(2023 - 01 - 01)));
    assert!(
        reversed.contains(&("end_date".to_owned(), "PROGRAMME_DATES")),
        "{reversed:?}"
    );
}

#[test]
fn indicators_and_criteria() {
    only(
        |d| d.tiers[1].criteria.push(criterion("unheard_of", "1")),
        "tiers[1].criteria[3].indicator",
        "UNKNOWN_INDICATOR",
    );
    only(
        |d| {
            d.indicators
                .push(indicator("toilet", IndicatorKind::Ratio, Direction::Higher, 0));
        },
        "indicators[5].code",
        "DUPLICATE_CODE",
    );
    only(
        |d| {
            d.indicators
                .push(indicator("idle", IndicatorKind::Count, Direction::Higher, 1));
        },
        "indicators[5].weight",
        "WEIGHT_WITHOUT_CRITERION",
    );
    only(
        |d| d.indicators[0].origin = "sanitation".to_owned(),
        "indicators[0].origin",
        "ORIGIN",
    );
    only(
        |d| {
            let waste = &mut d.indicators[0];
            (waste.source, waste.origin) = (Source::System, "sanitation".to_owned());
        },
        "indicators[0].origin",
        "ORIGIN",
    );
    only(
        |d| {
            let waste = &mut d.indicators[0];
            (waste.source, waste.origin) = (Source::System, "sanitation.bin_norms".to_owned());
        },
        "indicators[0].kind",
        "ORIGIN_KIND",
    );
    only(
        |d| {
            let waste = &mut d.indicators[0];
            (waste.source, waste.origin) = (Source::System, "hotspots".to_owned());
        },
        "indicators[0].kind",
        "ORIGIN_KIND",
    );
    only(
        |d| d.hotspots.join_distance_m = 9,
        "hotspots.join_distance_m",
        "OUT_OF_RANGE",
    );
    only(
        |d| d.hotspots.join_time_s = 86_401,
        "hotspots.join_time_s",
        "OUT_OF_RANGE",
    );
    only(
        |d| d.tiers[0].criteria[0].threshold = "70".to_owned(),
        "tiers[0].criteria[0].threshold",
        "THRESHOLD_MALFORMED",
    );
    only(
        |d| d.tiers[1].criteria[0].threshold = "101%".to_owned(),
        "tiers[1].criteria[0].threshold",
        "THRESHOLD_UNREACHABLE",
    );
    only(
        |d| d.tiers[1].criteria[0].threshold = "60%".to_owned(),
        "tiers[1].criteria[0].threshold",
        "WEAKER_THAN_LOWER_TIER",
    );
    only(
        |d| {
            let again = TerrainThreshold {
                terrain: Terrain::Hills,
                threshold: "60%".to_owned(),
            };
            d.tiers[0].criteria[1].terrain_thresholds.push(again);
        },
        "tiers[0].criteria[1].terrain_thresholds[1].terrain",
        "DUPLICATE_TERRAIN",
    );
    only(
        |d| d.tiers[0].criteria[0].comparison = Some(Comparison::AtMost),
        "tiers[0].criteria[0].comparison",
        "COMPARISON_AGAINST_DIRECTION",
    );
    only(
        |d| d.vetoes[0].bars_from_tier = "gold".to_owned(),
        "vetoes[0].bars_from_tier",
        "UNKNOWN_TIER",
    );
    only(|d| d.tiers[1].rank = 3, "tiers[1].rank", "TIER_ORDER");
}

#[test]
fn quotas() {
    let quota = |tier: &str, year, division: &str, village_count| Quota {
        tier: tier.to_owned(),
        year,
        division: division.to_owned(),
        village_count,
    };
    only(
        |d| d.quotas[0].village_count = 4,
        "quotas[0].village_count",
        "QUOTA_EXCEEDS_VILLAGES",
    );
    only(
        |d| d.quotas.push(quota("gold", 2024, "", 1)),
        "quotas[1].tier",
        "UNKNOWN_TIER",
    );
    only(
        |d| d.quotas.push(quota("compliant", 2027, "", 1)),
        "quotas[1].year",
        "OUTSIDE_PROGRAMME",
    );
    only(
        |d| d.quotas.push(quota("compliant", 2024, "410225", 3)),
        "quotas[1]",
        "DUPLICATE_QUOTA",
    );
    only(
        |d| {
            d.quotas = vec![quota("compliant", 2024, "", 1), quota("one_star", 2024, "", 2)];
        },
        "quotas[1].village_count",
        "QUOTA_EXCEEDS_LOWER_TIER",
    );
    only(
        |d| {
            d.quotas = vec![
                quota("compliant", 2024, "", 2),
                quota("compliant", 2024, "410225104", 2),
                quota("compliant", 2024, "410225105", 1),
            ];
        },
        "quotas[0].village_count",
        "QUOTA_PARTS_EXCEED_WHOLE",
    );
    let outside = found(|d| d.quotas.push(quota("compliant", 2024, "410226", 0)));
    assert_eq!(outside, [("quotas[1].division".to_owned(), "OUTSIDE_DIVISION")]);
}

#[test]
fn batches_and_terrains() {
    only(
        |d| d.batches.push(batch("more", "compliant", &[])),
        "batches[2].divisions",
        "TWO_OPEN_BATCHES",
    );
    only(
        |d| d.batches.push(batch("more", "compliant", &["410225104"])),
        "batches[2].divisions[0]",
        "NAMED_TWICE",
    );
    only(
        |d| d.batches.push(batch("more", "compliant", &["410225199"])),
        "batches[2].divisions[0]",
        "UNKNOWN_DIVISION",
    );
    only(
        |d| d.batches[0].acceptance_date = Some(date!(2027 - 01 - 01)),
        "batches[0].acceptance_date",
        "OUTSIDE_PROGRAMME",
    );
    only(
        |d| d.terrains[0].divisions.push("410225105201".to_owned()),
        "terrains[0].divisions[1]",
        "NAMED_TWICE",
    );
    only(
        |d| d.terrains[0].divisions.push("410226105201".to_owned()),
        "terrains[0].divisions[1]",
        "OUTSIDE_DIVISION",
    );
}

#[test]
fn tasks() {
    only(
        |d| d.task_templates[0].deadline = Some(date!(2027 - 06 - 01)),
        "task_templates[0].deadline",
        "OUTSIDE_PROGRAMME",
    );
    only(
        |d| d.task_templates[0].leader_post = None,
        "task_templates[0].leader_post",
        "REQUIRED",
    );
    only(
        |d| d.task_templates[0].member_posts.push(Post::VillageSecretary),
        "task_templates[0].member_posts[1]",
        "POST_TWICE",
    );
    only(
        |d| {
            let mut other = template();
            "again".clone_into(&mut other.code);
            other.leader_post = Some(Post::StationedCadre);
            d.task_templates.push(other);
        },
        "task_templates[1].leader_post",
        "TWO_LEADERS",
    );
    only(
        |d| d.task_templates[0].indicator = "fires".to_owned(),
        "task_templates[0].indicator",
        "GOAL_WITHOUT_CRITERION",
    );
    only(
        |d| {
            d.task_templates[0].start_date = Some(date!(2024 - 06 - 02));
            d.task_templates[0].deadline = Some(date!(2024 - 06 - 01));
        },
        "task_templates[0].deadline",
        "DEADLINE_BEFORE_START",
    );
    only(
        |d| d.task_templates[0].milestone_permille = vec![500, 500],
        "task_templates[0].milestone_permille",
        "MILESTONE_ORDER",
    );
}

#[test]
fn calendar_and_ladder() {
    let holiday = Closure {
        display_name: "国庆节".to_owned(),
        kind: ClosureKind::Holiday,
        start_date: Some(date!(2024 - 10 - 01)),
        end_date: Some(date!(2024 - 10 - 07)),
        yearly: false,
    };
    only(
        |d| {
            d.calendar.closures.push(holiday);
            d.calendar.make_up_days.push(date!(2024 - 10 - 06));
        },
        "calendar.make_up_days[0]",
        "MAKE_UP_IN_HOLIDAY",
    );
    only(
        |d| d.calendar.closures[0].end_date = None,
        "calendar.closures[0].end_date",
        "REQUIRED",
    );
    only(
        |d| d.ladder[1].occurrence = 3,
        "ladder.steps[1].occurrence",
        "LADDER_GAP",
    );
    only(
        |d| d.ladder.push(step("twice", 2, Measure::Removal)),
        "ladder.steps[2].occurrence",
        "LADDER_STEP_TWICE",
    );
    only(
        |d| d.ladder[0].measure = Measure::Suspension,
        "ladder.steps[0].suspension_days",
        "OUT_OF_RANGE",
    );
    only(
        |d| d.ladder[0].approval_post = None,
        "ladder.steps[0].approval_post",
        "REQUIRED",
    );
}

#[test]
fn every_contradiction_is_found_at_once() {
    let found = found(|d| {
        d.tiers[0].criteria[0].indicator = "nothing".to_owned();
        d.quotas[0].village_count = 9;
        d.ladder[1].occurrence = 3;
    });
    let reasons: Vec<_> = found.iter().map(|(_, reason)| *reason).collect();
    for reason in ["UNKNOWN_INDICATOR", "LADDER_GAP", "QUOTA_EXCEEDS_VILLAGES"] {
        assert!(reasons.contains(&reason), "{found:?}");
    }
}

#[test]
fn acceptance() {
    let field = |name: &str| format!("acceptance.{name}");
    only(
        |d| d.acceptance.confidence_permille = 1_000,
        &field("confidence_permille"),
        "OUT_OF_RANGE",
    );
    only(
        |d| d.acceptance.confidence_permille = 799,
        &field("confidence_permille"),
        "OUT_OF_RANGE",
    );
    only(
        |d| d.acceptance.sample_household_count = -1,
        &field("sample_household_count"),
        "OUT_OF_RANGE",
    );
    only(
        |d| d.acceptance.tolerated_error_permille = Some(19),
        &field("tolerated_error_permille"),
        "OUT_OF_RANGE",
    );
    only(
        |d| d.acceptance.inspector_count = 0,
        &field("inspector_count"),
        "OUT_OF_RANGE",
    );
    only(
        |d| d.acceptance.tolerated_failure_count = 101,
        &field("tolerated_failure_count"),
        "OUT_OF_RANGE",
    );
    only(
        |d| d.acceptance.publicity_days = 0,
        &field("publicity_days"),
        "OUT_OF_RANGE",
    );
    only(
        |d| d.acceptance.validity_years = 11,
        &field("validity_years"),
        "OUT_OF_RANGE",
    );
    only(
        |d| {
            d.acceptance.sample_household_count = 30;
            d.acceptance.tolerated_error_permille = Some(100);
        },
        &field("tolerated_error_permille"),
        "SAMPLE_SIZE_TWICE",
    );
    for (codes, at, reason) in [
        (&["unheard_of"][..], 0, "UNKNOWN_INDICATOR"),
        (&["danger"], 0, "NOT_BY_HOUSEHOLD"),
        (&["toilet", "green", "toilet"], 2, "DUPLICATE_CODE"),
    ] {
        let codes = codes.iter().map(ToString::to_string).collect();
        only(
            |d| d.acceptance.household_indicators = codes,
            &format!("acceptance.household_indicators[{at}]"),
            reason,
        );
    }
}
