use proto::xiangtu::homestead::v1::{
    AssessEntitlementRequest, AssessEntitlementResponse, DivisionTerrain, EntitlementRule, ReliefClass, TariffBand,
    Terrain,
};

use crate::world::{COUNTY, HOMESTEADS, SIBLING, VILLAGE, World, date, section};

async fn assess(world: &World, household: &str) -> AssessEntitlementResponse {
    let request = AssessEntitlementRequest {
        household: format!("households/{household}"),
        as_of: date(2024, 6, 1),
    };
    let answer = world.parcels().assess_entitlement(world.request(request)).await;
    answer.expect("assessed").into_inner()
}

fn rule(entitled_dm2: i64) -> EntitlementRule {
    EntitlementRule {
        division: COUNTY.to_owned(),
        entitled_dm2,
        ..EntitlementRule::default()
    }
}

#[tokio::test]
async fn terrain_and_size_choose_the_rule_and_the_answer_names_it() {
    let world = World::registered().await;
    let mut plan = section();
    plan.entitlement_rules = vec![
        rule(16_700),
        EntitlementRule {
            max_persons: 3,
            ..rule(13_400)
        },
        EntitlementRule {
            min_persons: 5,
            ..rule(20_000)
        },
        EntitlementRule {
            terrain: Terrain::Hills.into(),
            ..rule(22_000)
        },
    ];
    let known = |division: &str, terrain: Terrain| DivisionTerrain {
        division: division.to_owned(),
        terrain: terrain.into(),
    };
    plan.terrains = vec![known(COUNTY, Terrain::Plain), known(SIBLING, Terrain::Hills)];
    plan.tariffs[0].bands[3] = TariffBand {
        from_dm2: 15_000,
        recovery: true,
        ..TariffBand::default()
    };
    world.apply(plan.clone()).await.expect("applied");
    for (household, terrain, persons, at, entitled) in [
        ("A1", Terrain::Plain, 4, 0, 16_700),
        ("A4", Terrain::Plain, 2, 1, 13_400),
        ("A2", Terrain::Plain, 5, 2, 20_000),
        ("B1", Terrain::Hills, 3, 3, 22_000),
    ] {
        let judged = assess(&world, household).await;
        assert_eq!(
            (judged.terrain(), judged.registered_persons),
            (terrain, Some(persons)),
            "{household}"
        );
        let line = &judged.lines[0];
        assert_eq!(
            (line.rule_path.as_str(), line.plan.as_str()),
            (format!("entitlement_rules[{at}]").as_str(), "plans/1")
        );
        assert_eq!(line.rule, Some(plan.entitlement_rules[at].clone()), "{household}");
        assert_eq!(line.entitled_dm2, entitled);
        assert_eq!(judged.recovered_dm2, 0);
    }
    let second = "B1P2,B1,2,200.00,167,200.00,1999_on,multi_parcel,idle,0,0,";
    let header = HOMESTEADS.lines().next().expect("a header");
    let report = world.import("homesteads", &format!("{header}\n{second}\n")).await;
    assert!(report.applied, "{:?}", report.errors);
    // 227 + 200 − 220 m² lie above the standard, and what exceeds 150 m² of it is taken back.
    let judged = assess(&world, "B1").await;
    assert_eq!((judged.over_occupied_dm2, judged.recovered_dm2), (20_700, 5_700));
    world.stop().await;
}

#[tokio::test]
async fn what_the_file_has_no_column_for_stays() {
    let world = World::registered().await;
    let class = async |household: &str| {
        let household = world.account(household).await.household.expect("a household");
        (household.relief_class(), household.registered_persons)
    };
    assert_eq!(class("A3").await, (ReliefClass::LowIncome, Some(4)));
    let file = |header: &str, rows: &[&str]| {
        let rows: Vec<String> = rows.iter().map(|row| format!("{row}\n")).collect();
        format!(
            "household_id,village_code,head_name,low_income{header}\n{}",
            rows.concat()
        )
    };
    let a1 = format!("A1,{VILLAGE},赵水志");
    let a3 = format!("A3,{VILLAGE},萧花水");
    let stated = file(
        ",relief_class,registered_persons",
        &[&format!("{a1},0,disabled,6"), &format!("{a3},1,martyr_family,")],
    );
    let report = world.import("households", &stated).await;
    assert_eq!((report.applied, report.updated_count), (true, 2), "{:?}", report.errors);
    assert_eq!(class("A1").await, (ReliefClass::Disabled, Some(6)));
    assert_eq!(class("A3").await, (ReliefClass::MartyrFamily, None));
    // A file that only knows about the subsistence allowance says nothing about other classes.
    let bare = file("", &[&format!("{a1},1"), &format!("{a3},0")]);
    let report = world.import("households", &bare).await;
    assert_eq!((report.updated_count, report.unchanged_count), (0, 2));
    let emptied = file(",relief_class", &[&format!("{a1},0,"), &format!("{a3},1,")]);
    world.import("households", &emptied).await;
    assert_eq!(class("A1").await, (ReliefClass::Unspecified, Some(6)));
    assert_eq!(class("A3").await, (ReliefClass::LowIncome, None));
    let report = world.import("households", &file("", &[&format!("{a3},0")])).await;
    assert_eq!(report.updated_count, 1);
    assert_eq!(class("A3").await, (ReliefClass::Unspecified, None));
    for (row, column, reason) in [
        ("0,veteran,3", "relief_class", "UNKNOWN_VALUE"),
        ("0,low_income,3", "relief_class", "RELIEF_CONTRADICTS"),
        ("0,,101", "registered_persons", "OUT_OF_RANGE"),
        ("0,,many", "registered_persons", "OUT_OF_RANGE"),
    ] {
        let bad = file(",relief_class,registered_persons", &[&format!("{a1},{row}")]);
        let report = world.import("households", &bad).await;
        let found: Vec<_> = report
            .errors
            .iter()
            .map(|error| (error.column.as_str(), error.reason.as_str()))
            .collect();
        assert_eq!(found, [(column, reason)], "{row}");
    }
    world.stop().await;
}
