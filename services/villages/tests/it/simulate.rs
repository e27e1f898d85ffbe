//! Ratings as they would be under other thresholds and with projects done.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    ListRatingsRequest, Measurement, Project, RateVillagesRequest, SimulateRatingsRequest, SimulateRatingsResponse,
    Terrain, ThresholdChange, TierCount,
};
use tonic::Code;

use crate::{
    calls::{list_ratings, rate_villages, simulate_ratings},
    county::{LANKAO, behind, day, fields, reason},
    plan_section::plan,
    township::{BESIDE, FAR, HILL, PILOT, SECOND, THIRD, TOWN, code, county, division, figure, record, under},
};

const ON: (i32, i32, i32) = (2024, 3, 31);

/// Toilets and lanes of a hundred, dangerous houses, and whether there is a co-operative.
fn figures(village: &str, toilets: i64, lanes: i64, danger: i64, co_op: Option<i64>) -> Vec<Measurement> {
    let mut figures = vec![
        figure(village, "toilet", ON, toilets, Some(100)),
        figure(village, "lane", ON, lanes, Some(100)),
        figure(village, "danger", ON, danger, None),
    ];
    figures.extend(co_op.map(|co_op| figure(village, "co_op", ON, co_op, None)));
    figures
}

/// Records one village that is compliant and four that are not.
pub async fn measure(harness: &Harness) {
    let mut all = vec![
        figure(PILOT, "toilet", ON, 319, Some(412)),
        figure(PILOT, "lane", ON, 640, Some(1_000)),
        figure(PILOT, "danger", ON, 1, None),
        figure(PILOT, "co_op", ON, 1, None),
        figure(THIRD, "fires", ON, 1, None),
    ];
    all.extend(figures(SECOND, 60, 50, 5, Some(0)));
    all.extend(figures(THIRD, 40, 100, 0, Some(1)));
    all.extend(figures(HILL, 65, 40, 0, Some(1)));
    all.extend(figures(FAR, 95, 49, 0, None));
    record(harness, all).await;
}

async fn measured() -> Harness {
    let harness = under(plan()).await;
    measure(&harness).await;
    harness
}

fn of(place: &str, thresholds: Vec<ThresholdChange>, projects: Vec<Project>) -> SimulateRatingsRequest {
    SimulateRatingsRequest {
        division: division(place),
        thresholds,
        projects,
        ..SimulateRatingsRequest::default()
    }
}

fn change(tier: &str, indicator: &str, terrain: Terrain, threshold: &str) -> ThresholdChange {
    ThresholdChange {
        tier: tier.to_owned(),
        indicator: indicator.to_owned(),
        terrain: terrain.into(),
        threshold: threshold.to_owned(),
    }
}

fn project(village: &str, indicator: &str, unit_count: i64) -> Project {
    Project {
        division: division(village),
        indicator: indicator.to_owned(),
        unit_count,
    }
}

async fn simulate(harness: &Harness, request: SimulateRatingsRequest) -> SimulateRatingsResponse {
    simulate_ratings(harness, LANKAO, request).await.expect("an answer")
}

fn counted(tiers: &[TierCount]) -> Vec<i32> {
    tiers.iter().map(|tier| tier.village_count).collect()
}

fn moved(answer: &SimulateRatingsResponse) -> Vec<(&str, &str, &str)> {
    let changes = answer.tier_changes.iter();
    changes
        .map(|it| (code(&it.division), it.before_tier.as_str(), it.after_tier.as_str()))
        .collect()
}

#[tokio::test]
async fn other_thresholds_move_exactly_whom_they_should() {
    let harness = measured().await;
    let same = simulate(&harness, of(LANKAO, vec![], vec![])).await;
    assert_eq!((same.plan_version, same.village_count), (1, 5));
    assert_eq!(counted(&same.before_tiers), [0, 1, 4]);
    assert_eq!(same.after_tiers, same.before_tiers);
    assert_eq!(moved(&same), []);

    let eased = vec![
        change("compliant", "toilet", Terrain::Unspecified, "60%"),
        change("compliant", "lane", Terrain::Hills, "2/5"),
    ];
    let eased = simulate(&harness, of(LANKAO, eased, vec![])).await;
    assert_eq!(counted(&eased.before_tiers), [0, 1, 4]);
    assert_eq!(counted(&eased.after_tiers), [0, 3, 2]);
    assert_eq!(moved(&eased), [(HILL, "", "compliant"), (FAR, "", "compliant")]);
    assert_eq!(eased.tier_changes[0].display_name, "李寨村");

    // More than one star asks for, of which it says nothing.
    let harder = vec![change("compliant", "toilet", Terrain::Unspecified, "95%")];
    let harder = simulate(&harness, of(TOWN, harder, vec![])).await;
    assert_eq!(
        (harder.village_count, moved(&harder)),
        (3, vec![(PILOT, "compliant", "")])
    );
    harness.stop().await;
}

#[tokio::test]
async fn projects_count_as_done_and_nothing_is_kept() {
    let harness = measured().await;
    let request = RateVillagesRequest {
        division: division(LANKAO),
        ..RateVillagesRequest::default()
    };
    rate_villages(&harness, LANKAO, request).await.expect("rated");
    let written = "SELECT (SELECT count(*) FROM ratings) || ' ' || (SELECT count(*) FROM measurements) || ' '
        || (SELECT count(*) FROM kit.outbox) || ' ' || (SELECT count(*) FROM kit.audit)";
    let before = behind(&harness, written).await;
    let projects = vec![
        project(SECOND, "toilet", 10),
        project(SECOND, "lane", 4),
        project(SECOND, "lane", 6),
        project(SECOND, "danger", 3),
        project(PILOT, "toilet", 52),
        project(PILOT, "danger", 1),
        // One lane short.
        project(HILL, "toilet", 35),
        project(HILL, "lane", 9),
        // Would be compliant without a fire, and one star without the veto.
        project(THIRD, "toilet", 60),
    ];
    let done = simulate(&harness, of(LANKAO, vec![], projects.clone())).await;
    let expected = [
        (PILOT, "compliant", "one_star"),
        (SECOND, "", "compliant"),
        (THIRD, "", "compliant"),
    ];
    assert_eq!(moved(&done), expected);
    assert_eq!(counted(&done.after_tiers), [1, 2, 2]);
    // With the fire put out.
    let mut quenched = projects;
    quenched.push(project(THIRD, "fires", 1));
    let quenched = simulate(&harness, of(LANKAO, vec![], quenched)).await;
    assert_eq!(moved(&quenched)[2], (THIRD, "", "one_star"));

    assert_eq!(behind(&harness, written).await, before);
    let listed = list_ratings(&harness, LANKAO, ListRatingsRequest::default())
        .await
        .expect("a list");
    let tiers: Vec<&str> = listed.ratings.iter().map(|rating| rating.tier.as_str()).collect();
    assert_eq!(tiers, ["compliant", "", "", "", ""]);
    harness.stop().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_its_place() {
    let harness = measured().await;
    let general = |tier: &str, indicator: &str, text: &str| change(tier, indicator, Terrain::Unspecified, text);
    let good = general("compliant", "toilet", "60%");
    let unreal = ThresholdChange {
        terrain: 9,
        ..good.clone()
    };
    let thresholds = [
        (
            general("two_star", "toilet", "60%"),
            "thresholds[1].tier",
            "compliant, one_star",
        ),
        (
            general("compliant", "water", "60%"),
            "thresholds[1].indicator",
            "indicator of the plan",
        ),
        (
            general("compliant", "co_op", "yes"),
            "thresholds[1].indicator",
            "has a criterion",
        ),
        (general("compliant", "lane", "0.6"), "thresholds[1].threshold", "70%"),
        (
            general("compliant", "lane", "101%"),
            "thresholds[1].threshold",
            "at most 100%",
        ),
        (
            general("compliant", "danger", "5%"),
            "thresholds[1].threshold",
            "a whole number",
        ),
        (
            general("one_star", "co_op", "1"),
            "thresholds[1].threshold",
            "`yes` or `no`",
        ),
        (good.clone(), "thresholds[1]", "at most once"),
        (unreal, "thresholds[1].terrain", "Terrain"),
    ];
    for (bad, field, says) in thresholds {
        let request = of(LANKAO, vec![good.clone(), bad], vec![]);
        let refused = simulate_ratings(&harness, LANKAO, request).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
        assert!(refused.message().contains(says), "{}", refused.message());
    }
    let projects = [
        (
            project(PILOT, "toilet", 94),
            "projects[1].unit_count",
            "at most 93 with the projects before: the figure is 319 of 412",
        ),
        (project(SECOND, "lane", 50), "projects[1].unit_count", "at most 49"),
        (project(PILOT, "danger", 2), "projects[1].unit_count", "the figure is 1"),
        (project(PILOT, "co_op", 1), "projects[1].unit_count", "1 of 1"),
        (project(PILOT, "toilet", 0), "projects[1].unit_count", "1–1,000,000,000"),
        (project(FAR, "co_op", 1), "projects[1].indicator", "has a figure"),
        (
            project(PILOT, "water", 1),
            "projects[1].indicator",
            "indicator of the plan",
        ),
        (
            project("410225101299", "lane", 1),
            "projects[1].division",
            "divisions/410225",
        ),
        (
            project("410226101201", "lane", 1),
            "projects[1].division",
            "divisions/410225",
        ),
        (project(TOWN, "lane", 1), "projects[1].division", "a village"),
    ];
    for (bad, field, says) in projects {
        let request = of(LANKAO, vec![], vec![project(SECOND, "lane", 1), bad]);
        let refused = simulate_ratings(&harness, LANKAO, request).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
        assert!(refused.message().contains(says), "{}", refused.message());
    }
    let beside = of(TOWN, vec![], vec![project(HILL, "lane", 1)]);
    let refused = simulate_ratings(&harness, LANKAO, beside).await.expect_err("beside");
    assert_eq!(fields(&refused), ["projects[0].division"]);
    harness.stop().await;
}

#[tokio::test]
async fn the_day_and_what_was_known_decide() {
    let harness = measured().await;
    let early = SimulateRatingsRequest {
        as_of: day(2024, 3, 30),
        ..of(LANKAO, vec![], vec![project(SECOND, "lane", 1)])
    };
    let refused = simulate_ratings(&harness, LANKAO, early)
        .await
        .expect_err("no figure yet");
    assert_eq!(fields(&refused), ["projects[0].indicator"]);
    let before = SimulateRatingsRequest {
        as_of: day(2024, 3, 30),
        ..of(LANKAO, vec![], vec![])
    };
    assert_eq!(counted(&simulate(&harness, before).await.before_tiers), [0, 0, 5]);

    let outside = simulate_ratings(&harness, BESIDE, of(LANKAO, vec![], vec![])).await;
    assert_eq!(outside.expect_err("outside").code(), Code::NotFound);
    let inside = simulate_ratings(&harness, BESIDE, of(BESIDE, vec![], vec![])).await;
    assert_eq!(inside.expect("inside").village_count, 2);
    harness.stop().await;

    let bare = county().await;
    let refused = simulate_ratings(&bare, LANKAO, of(LANKAO, vec![], vec![])).await;
    assert_eq!(reason(&refused.expect_err("no plan")), "NO_PLAN");
    bare.stop().await;
}
