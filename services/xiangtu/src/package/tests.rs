use proto::xiangtu::{homestead, notifications, villages};

use super::*;

const SOURCE_PLAN: &str = include_str!("../../../../tests/data/plans/source-plan.yaml");

fn mistakes(text: &str) -> Vec<(String, String)> {
    let found = Package::read(text).err().unwrap_or_default();
    found
        .into_iter()
        .map(|mistake| (mistake.path, mistake.message))
        .collect()
}

#[test]
fn the_source_plan_has_the_shape_of_the_contract() {
    let package = Package::read(SOURCE_PLAN).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    let section: villages::v1::PlanSection = package.section("villages").expect("a villages section");
    assert_eq!(section.tiers.len(), 4);
    assert_eq!(
        section.end_date.map(|date| (date.year, date.month, date.day)),
        Some((2026, 12, 31))
    );
    let section: homestead::v1::PlanSection = package.section("homestead").expect("a homestead section");
    assert_eq!(section.tariffs[0].mode(), homestead::v1::TariffMode::Marginal);
    let section: notifications::v1::PlanSection = package.section("notifications").expect("a notifications section");
    assert_eq!(section.templates[2].variables[0].labels["NOTICE"], "催缴通知书");
}

#[test]
fn every_mistake_of_shape_is_named_with_its_place() {
    let text = "division: divisions/410225
effective_date: 2024-02-30
roads: {}
villages:
  start_date: 2023-02-29
  colour: green
  indicators: [{code: a, kind: SHARE, weight: heavy}]
  tiers: 7
";
    let found = mistakes(text);
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "roads",
        "villages.start_date",
        "villages.colour",
        "villages.indicators[0].kind",
        "villages.indicators[0].weight",
        "villages.tiers",
        "effective_date",
    ];
    assert_eq!(paths, expected, "{found:#?}");
    assert_eq!(found[3].1, "one of RATIO, COUNT, YES_NO");
}
