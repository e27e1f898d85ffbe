use proto::xiangtu::homestead::v1::{
    DiffPlanRequest, DivisionTerrain, DunningStage, EntitlementRule, GetPlanRequest, ListPlansRequest, PlanSection,
    TariffDiscount, TariffMode, Terrain, ValidatePlanRequest,
};
use tonic::Code;

use crate::world::{COUNTY, World, date, fields, reason, section, tariff};

async fn problems(world: &World, section: PlanSection) -> Vec<(String, String)> {
    let request = ValidatePlanRequest {
        division: COUNTY.to_owned(),
        section: Some(section),
    };
    let response = world
        .plans()
        .validate_plan(world.request(request))
        .await
        .expect("validated")
        .into_inner();
    assert!(
        response
            .problems
            .iter()
            .all(|problem| !problem.message.is_empty() && !problem.message_zh.is_empty())
    );
    response
        .problems
        .into_iter()
        .map(|problem| (problem.path, problem.reason))
        .collect()
}

#[tokio::test]
async fn every_contradiction_is_found_at_its_place() {
    let world = World::empty().await;
    assert_eq!(problems(&world, section()).await, []);
    let mut bad = section();
    bad.tariffs[0].bands[1].from_dm2 = 6_001;
    bad.tariffs[0].bands[3].price_fen_per_m2 = 1;
    bad.tariffs.push(tariff(2024));
    bad.entitlement_rules[0].entitled_dm2 = 0;
    bad.dunning.as_mut().expect("rules").steps[1].overdue_days = 1;
    let expected = [
        ("entitlement_rules[0].entitled_dm2", "NOT_POSITIVE"),
        ("tariffs[0].bands[1].from_dm2", "BANDS_HOLE"),
        ("tariffs[0].bands[3].price_fen_per_m2", "PRICE_FALLS"),
        ("tariffs[1].effective_date", "TARIFF_TWICE"),
        ("dunning.steps[1].overdue_days", "STAGE_EARLIER_THAN_BEFORE"),
    ];
    assert_eq!(
        problems(&world, bad.clone()).await,
        expected.map(|(path, reason)| (path.to_owned(), reason.to_owned()))
    );
    let refused = world.apply(bad).await.expect_err("contradictions");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(fields(&refused), expected.map(|(path, _)| format!("section.{path}")));
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_found_too() {
    let world = World::empty().await;
    let mut bad = section();
    bad.tariffs[0].mode = TariffMode::Unspecified.into();
    bad.tariffs[0].effective_date = date(2023, 2, 29);
    bad.tariffs[0].division = "410226".to_owned();
    bad.tariffs[0].reliefs[0].class = 9;
    bad.entitlement_rules[1].periods = vec![0];
    bad.entitlement_rules[0].division = "4102".to_owned();
    bad.dunning.as_mut().expect("rules").steps[0].stage = DunningStage::Unspecified.into();
    let found = problems(&world, bad).await;
    let expected = [
        ("entitlement_rules[0].division", "DIVISION_OUTSIDE"),
        ("entitlement_rules[1].periods[0]", "UNKNOWN_VALUE"),
        ("tariffs[0].division", "DIVISION_OUTSIDE"),
        ("tariffs[0].effective_date", "DATE"),
        ("tariffs[0].mode", "UNKNOWN_VALUE"),
        ("tariffs[0].reliefs[0].class", "UNKNOWN_VALUE"),
        ("dunning.steps[0].stage", "UNKNOWN_VALUE"),
    ];
    assert_eq!(
        found,
        expected.map(|(path, reason)| (path.to_owned(), reason.to_owned()))
    );
    world.stop().await;
}

#[tokio::test]
async fn a_difference_counts_whom_it_touches() {
    let world = World::planned().await;
    let mut changed = section();
    changed.tariffs[0].bands[0].price_fen_per_m2 = 900;
    let request = DiffPlanRequest {
        division: COUNTY.to_owned(),
        section: Some(changed),
    };
    let changes = world
        .plans()
        .diff_plan(world.request(request))
        .await
        .expect("compared")
        .into_inner()
        .changes;
    let [change] = changes.as_slice() else {
        panic!("one change: {changes:?}")
    };
    assert_eq!(change.path, "tariffs[0].bands[0].price_fen_per_m2");
    assert_eq!((change.before.as_str(), change.after.as_str()), ("800", "900"));
    // A1–A4, A6, B1, B2, C1.
    assert_eq!(change.affected_count, Some(8));
    let same = DiffPlanRequest {
        division: COUNTY.to_owned(),
        section: Some(section()),
    };
    assert!(
        world
            .plans()
            .diff_plan(world.request(same))
            .await
            .expect("compared")
            .into_inner()
            .changes
            .is_empty()
    );
    world.stop().await;
}

#[tokio::test]
async fn versions_follow_one_another() {
    let world = World::registered().await;
    let first = world.apply(section()).await.expect("applied");
    assert_eq!(
        world.apply(section()).await.expect("applied again").version,
        first.version
    );
    let mut changed = section();
    changed.tariffs[0].bands[0].price_fen_per_m2 = 900;
    let second = world.apply(changed.clone()).await.expect("applied");
    assert_eq!(second.version, first.version + 1);
    let get = |name: &str| {
        world.request(GetPlanRequest {
            name: name.to_owned(),
            as_of: date(2024, 6, 1),
        })
    };
    let current = world
        .plans()
        .get_plan(get("plans/current"))
        .await
        .expect("in force")
        .into_inner();
    assert_eq!((current.version, current.section), (second.version, Some(changed)));
    let old = world
        .plans()
        .get_plan(get(&first.name))
        .await
        .expect("kept")
        .into_inner();
    assert_eq!(old.section, Some(section()));
    let listed = world
        .plans()
        .list_plans(world.request(ListPlansRequest::default()))
        .await
        .expect("listed")
        .into_inner()
        .plans;
    assert_eq!(
        listed.iter().map(|plan| plan.version).collect::<Vec<_>>(),
        [second.version, first.version]
    );
    world.stop().await;
}

#[tokio::test]
async fn a_tariff_that_bills_quote_stays_as_it_is() {
    let world = World::billed().await;
    let mut changed = section();
    changed.tariffs[0].bands[0].price_fen_per_m2 = 900;
    for attempt in [
        changed,
        PlanSection {
            tariffs: Vec::new(),
            ..section()
        },
    ] {
        let refused = world.apply(attempt).await.expect_err("in use");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, "TARIFF_IN_USE")
        );
    }
    let mut later = section();
    later.tariffs.push(tariff(2025));
    world.apply(later).await.expect("a later tariff");
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn adoption_jumps_and_terrain_are_checked() {
    let world = World::empty().await;
    let mut bad = section();
    let tariff = &mut bad.tariffs[0];
    (tariff.resolution, tariff.legal_basis) = (" ".to_owned(), String::new());
    tariff.resolution_date = date(2024, 1, 2);
    tariff.minimum_fen = 100;
    tariff.discount = Some(TariffDiscount {
        share: tariff.reliefs[0].remitted,
        within_days: 0,
    });
    let known = |division: &str, terrain: Terrain| DivisionTerrain {
        division: division.to_owned(),
        terrain: terrain.into(),
    };
    bad.terrains = vec![known(COUNTY, Terrain::Plain), known(COUNTY, Terrain::Hills)];
    let sized = |min_persons, max_persons| EntitlementRule {
        division: COUNTY.to_owned(),
        entitled_dm2: 1,
        min_persons,
        max_persons,
        ..EntitlementRule::default()
    };
    bad.entitlement_rules.extend([sized(0, 4), sized(4, 6), sized(7, -1)]);
    let expected = [
        ("entitlement_rules[3].min_persons", "RULE_OVERLAP"),
        ("entitlement_rules[4].max_persons", "PERSONS_RANGE"),
        ("entitlement_rules[4].max_persons", "PERSONS_RANGE"),
        ("terrains[1].division", "TERRAIN_TWICE"),
        ("tariffs[0].bands[0]", "FEE_JUMPS"),
        ("tariffs[0].discount.within_days", "DISCOUNT_DAYS"),
        ("tariffs[0].resolution", "RESOLUTION_MISSING"),
        ("tariffs[0].legal_basis", "LEGAL_BASIS_MISSING"),
        ("tariffs[0].resolution_date", "RESOLUTION_LATER"),
    ];
    assert_eq!(
        problems(&world, bad.clone()).await,
        expected.map(|(path, reason)| (path.to_owned(), reason.to_owned()))
    );
    bad.tariffs[0].resolution_date = date(2023, 2, 29);
    bad.tariffs[0].discount = Some(TariffDiscount::default());
    bad.terrains[0].terrain = 0;
    bad.entitlement_rules[0].terrain = 9;
    let expected = [
        ("entitlement_rules[0].terrain", "UNKNOWN_VALUE"),
        ("terrains[0].terrain", "UNKNOWN_VALUE"),
        ("tariffs[0].resolution_date", "DATE"),
        ("tariffs[0].discount.share", "MISSING"),
    ];
    assert_eq!(
        problems(&world, bad).await,
        expected.map(|(path, reason)| (path.to_owned(), reason.to_owned()))
    );
    world.stop().await;
}

#[tokio::test]
async fn gaps_of_a_tariff_that_bills_quote_may_be_filled_in() {
    let world = World::billed().await;
    let mut dated = section();
    dated.tariffs[0].resolution_date = date(2023, 12, 20);
    dated.tariffs[0].allow_jumps = true;
    world.apply(dated.clone()).await.expect("nobody's fee changes");
    world.recount().await;
    dated.tariffs[0].resolution_date = date(2023, 12, 21);
    let refused = world.apply(dated).await.expect_err("in use");
    assert_eq!(reason(&refused), "TARIFF_IN_USE");
    world.stop().await;
}
