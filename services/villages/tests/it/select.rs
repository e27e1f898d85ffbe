//! The cheapest villages that fill the quotas of a tier.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    PlanQuota, SelectVillagesForTierRequest, SelectVillagesForTierResponse, SelectionBar, SelectionOutcome, UnitCost,
};
use tonic::Code;

use crate::{
    calls::select_villages_for_tier,
    county::{LANKAO, fields, reason},
    plan_section::{plan, quota},
    simulate::measure,
    township::{BESIDE, FAR, HILL, PILOT, SECOND, THIRD, TOWN, code, division, under},
};

/// The county with its figures, under a plan with these quotas.
async fn measured(quotas: Vec<PlanQuota>) -> Harness {
    let mut section = plan();
    section.quotas = quotas;
    let harness = under(section).await;
    measure(&harness).await;
    harness
}

fn cost(indicator: &str, unit_cost_fen: i64, unit_crew_days_milli: i64) -> UnitCost {
    UnitCost {
        indicator: indicator.to_owned(),
        unit_cost_fen,
        unit_crew_days_milli,
    }
}

/// With these, to be compliant takes SECOND 11,150 fen and 60.3 days, THIRD 30,000 and 30, HILL 6,000 and 55, FAR 100 and 5.
fn of(place: &str, tier: &str) -> SelectVillagesForTierRequest {
    SelectVillagesForTierRequest {
        division: division(place),
        tier: tier.to_owned(),
        unit_costs: vec![
            cost("toilet", 1_000, 1_000),
            cost("lane", 100, 5_000),
            cost("danger", 50, 100),
        ],
        ..SelectVillagesForTierRequest::default()
    }
}

async fn select(harness: &Harness, request: SelectVillagesForTierRequest) -> SelectVillagesForTierResponse {
    select_villages_for_tier(harness, LANKAO, request)
        .await
        .expect("an answer")
}

fn chosen(answer: &SelectVillagesForTierResponse) -> Vec<&str> {
    answer.villages.iter().map(|village| code(&village.division)).collect()
}

/// Division, goal, held, candidates, chosen, missing candidates.
fn quotas(answer: &SelectVillagesForTierResponse) -> Vec<(&str, [i32; 5])> {
    let line = answer.quotas.iter().map(|it| {
        let counts = [
            it.goal_count,
            it.held_count,
            it.candidate_count,
            it.chosen_count,
            it.missing_candidate_count,
        ];
        (code(&it.division), counts)
    });
    line.collect()
}

#[tokio::test]
async fn the_cheapest_villages_are_chosen_with_what_each_needs() {
    let harness = measured(vec![quota("compliant", 2024, "", 4)]).await;
    let answer = select(&harness, of(LANKAO, "compliant")).await;
    assert_eq!(
        (answer.outcome(), answer.year, answer.plan_version),
        (SelectionOutcome::Filled, 2024, 1)
    );
    assert_eq!(chosen(&answer), [SECOND, HILL, FAR]);
    assert_eq!((answer.cost_fen, answer.crew_days_milli), (17_250, 120_300));
    assert!(answer.proven_optimal);
    assert_eq!(
        (answer.cost_lower_bound_fen, answer.cheapest_cost_fen),
        (Some(17_250), Some(17_250))
    );
    assert_eq!(answer.fewest_crew_days_milli, Some(90_000));
    assert_eq!(quotas(&answer), [(LANKAO, [4, 1, 4, 3, 0])]);
    assert_eq!(answer.barred_villages, []);
    let second = &answer.villages[0];
    assert_eq!((second.display_name.as_str(), second.tier.as_str()), ("范场村", ""));
    assert_eq!((second.cost_fen, second.crew_days_milli), (11_150, 60_300));
    let items: Vec<_> = second
        .items
        .iter()
        .map(|item| {
            (
                item.indicator.as_str(),
                item.unit_count,
                item.cost_fen,
                item.crew_days_milli,
            )
        })
        .collect();
    assert_eq!(
        items,
        [
            ("toilet", 10, 10_000, 10_000),
            ("lane", 10, 1_000, 50_000),
            ("danger", 3, 150, 300)
        ]
    );
    assert_eq!(
        (second.items[0].display_name.as_str(), second.items[0].unit.as_str()),
        ("户厕改造率", "户")
    );
    harness.stop().await;
}

#[tokio::test]
async fn crew_days_and_money_bind_and_say_by_how_much_they_fall_short() {
    let harness = measured(vec![quota("compliant", 2024, "", 4)]).await;
    let within = |crew_days: i64, budget_fen: i64| SelectVillagesForTierRequest {
        crew_days,
        budget_fen,
        ..of(LANKAO, "compliant")
    };
    let hurried = select(&harness, within(100, 36_100)).await;
    assert_eq!(
        (hurried.outcome(), chosen(&hurried)),
        (SelectionOutcome::Filled, vec![THIRD, HILL, FAR])
    );
    assert_eq!((hurried.cost_fen, hurried.crew_days_milli), (36_100, 90_000));
    assert_eq!(
        (hurried.proven_optimal, hurried.cost_lower_bound_fen),
        (true, Some(36_100))
    );
    assert_eq!(hurried.cheapest_cost_fen, Some(17_250));

    let dear = select(&harness, within(100, 20_000)).await;
    assert_eq!(
        (dear.outcome(), dear.budget_missing_fen),
        (SelectionOutcome::BudgetShort, 16_100)
    );
    assert_eq!((dear.crew_days_missing_milli, dear.proven_optimal), (0, true));
    assert_eq!(
        (chosen(&dear), dear.cost_fen, dear.cost_lower_bound_fen),
        (vec![], 0, Some(36_100))
    );
    assert_eq!(quotas(&dear), [(LANKAO, [4, 1, 4, 0, 0])]);
    assert_eq!(select(&harness, within(0, 17_249)).await.budget_missing_fen, 1);
    assert_eq!(chosen(&select(&harness, within(0, 17_250)).await), [SECOND, HILL, FAR]);

    let slow = select(&harness, within(89, 17_000)).await;
    assert_eq!(
        (slow.outcome(), slow.crew_days_missing_milli),
        (SelectionOutcome::CrewDaysShort, 1_000)
    );
    assert_eq!(
        (slow.budget_missing_fen, slow.cost_lower_bound_fen, slow.proven_optimal),
        (250, None, false)
    );
    assert_eq!(
        (slow.cheapest_cost_fen, slow.fewest_crew_days_milli),
        (Some(17_250), Some(90_000))
    );
    assert_eq!(chosen(&slow), Vec::<&str>::new());
    harness.stop().await;
}

#[tokio::test]
async fn quotas_of_townships_lie_within_that_of_the_county() {
    let town = division(TOWN);
    let harness = measured(vec![
        quota("compliant", 2024, &town, 2),
        quota("compliant", 2024, "", 3),
        quota("compliant", 2025, "", 5),
    ])
    .await;
    let answer = select(&harness, of(LANKAO, "compliant")).await;
    // Cheaper ones lie beside, but the township misses one.
    assert_eq!((chosen(&answer), answer.cost_fen), (vec![SECOND, FAR], 11_250));
    assert_eq!(quotas(&answer), [(LANKAO, [3, 1, 4, 2, 0]), (TOWN, [2, 1, 2, 1, 0])]);
    let within = select(&harness, of(TOWN, "compliant")).await;
    assert_eq!((chosen(&within), quotas(&within).len()), (vec![SECOND], 1));
    let next_year = SelectVillagesForTierRequest {
        year: 2025,
        ..of(LANKAO, "compliant")
    };
    assert_eq!(chosen(&select(&harness, next_year).await), [SECOND, THIRD, HILL, FAR]);

    let beside = SelectVillagesForTierRequest {
        village_count: Some(1),
        excluded_divisions: vec![division(FAR)],
        ..of(BESIDE, "compliant")
    };
    let answer = select_villages_for_tier(&harness, BESIDE, beside.clone())
        .await
        .expect("inside");
    assert_eq!(
        (chosen(&answer), quotas(&answer)),
        (vec![HILL], vec![(BESIDE, [1, 0, 1, 1, 0])])
    );
    let barred = &answer.barred_villages[0];
    assert_eq!((code(&barred.division), barred.reason()), (FAR, SelectionBar::Excluded));
    let outside = select_villages_for_tier(&harness, TOWN, beside)
        .await
        .expect_err("outside");
    assert_eq!(outside.code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn who_cannot_be_chosen_is_named_with_the_reason() {
    let harness = measured(vec![]).await;
    let stars = |count: i32| SelectVillagesForTierRequest {
        village_count: Some(count),
        ..of(LANKAO, "one_star")
    };
    let answer = select(&harness, stars(1)).await;
    // 25 toilets for one star and 10 lanes for compliant, in a village that holds neither.
    assert_eq!((chosen(&answer), answer.cost_fen), (vec![HILL], 26_000));
    let barred: Vec<_> = answer
        .barred_villages
        .iter()
        .map(|it| (code(&it.division), it.reason(), it.codes.join(" ")))
        .collect();
    let expected = [
        (SECOND, SelectionBar::NoUnitCost, "co_op".to_owned()),
        (THIRD, SelectionBar::Veto, "straw".to_owned()),
        (FAR, SelectionBar::NoFigure, "co_op".to_owned()),
    ];
    assert_eq!(barred, expected);

    let few = select(&harness, stars(5)).await;
    assert_eq!(
        (few.outcome(), quotas(&few)),
        (SelectionOutcome::TooFewCandidates, vec![(LANKAO, [5, 0, 2, 0, 3])])
    );
    assert_eq!(
        (
            few.cheapest_cost_fen,
            few.fewest_crew_days_milli,
            few.cost_lower_bound_fen
        ),
        (None, None, None)
    );
    assert_eq!((chosen(&few), few.proven_optimal), (vec![], false));
    let second = &select(&harness, stars(2)).await.villages[0];
    assert_eq!(
        (code(&second.division), second.tier.as_str(), second.cost_fen),
        (PILOT, "compliant", 52_050)
    );
    harness.stop().await;
}

/// What a case changes in a good request.
type Change = fn(&mut SelectVillagesForTierRequest);

#[tokio::test]
async fn bad_requests_name_the_field() {
    let harness = measured(vec![]).await;
    let refused = select_villages_for_tier(&harness, LANKAO, of(LANKAO, "compliant"))
        .await
        .expect_err("no quota");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "NO_QUOTA")
    );
    let cases: [(&str, Change); 13] = [
        ("division", |it| it.division = division(PILOT)),
        ("tier", |it| it.tier = "five_star".to_owned()),
        ("year", |it| it.year = 2027),
        ("village_count", |it| it.village_count = Some(0)),
        ("budget_fen", |it| it.budget_fen = -1),
        ("crew_days", |it| it.crew_days = 1_000_000_001),
        ("unit_costs[3].indicator", |it| it.unit_costs.push(cost("water", 1, 1))),
        ("unit_costs[3].indicator", |it| it.unit_costs.push(cost("lane", 1, 1))),
        ("unit_costs[0].unit_cost_fen", |it| it.unit_costs[0].unit_cost_fen = -1),
        ("unit_costs[2].unit_crew_days_milli", |it| {
            it.unit_costs[2].unit_crew_days_milli = 1_000_000_001;
        }),
        ("excluded_divisions[1]", |it| {
            it.excluded_divisions = vec![division(PILOT), division(TOWN)];
        }),
        ("excluded_divisions[0]", |it| {
            it.excluded_divisions = vec!["村".to_owned()];
        }),
        ("excluded_divisions", |it| {
            it.excluded_divisions = vec![division(PILOT); 10_001];
        }),
    ];
    for (field, change) in cases {
        let mut request = SelectVillagesForTierRequest {
            village_count: Some(1),
            ..of(LANKAO, "compliant")
        };
        change(&mut request);
        let refused = select_villages_for_tier(&harness, LANKAO, request)
            .await
            .expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    harness.stop().await;
}
