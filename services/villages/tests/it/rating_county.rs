//! Ratings of whole counties: the real one, and one of five hundred villages.

use std::fmt::Write as _;

use proto::xiangtu::villages::v1::{
    GetLeagueTableRequest, PlanSection, RateVillagesRequest, SelectVillagesForTierRequest, UnitCost,
};

use crate::{
    calls::{get_league_table, rate_villages, select_villages_for_tier},
    county::{LANKAO, behind, day, empty, import, lankao, list},
    plan_section::{criterion, indicator, plan},
    township::{apply, division, figure, record},
};

/// A plan on two of the figures that the real villages report.
fn real_plan() -> PlanSection {
    use proto::xiangtu::villages::v1::IndicatorKind::Ratio;

    let mut section = plan();
    section.indicators = vec![
        indicator("main_street_hardened", "主街道硬化率", Ratio, 10),
        indicator("toilet_converted", "户厕改造率", Ratio, 10),
    ];
    section.tiers.truncate(1);
    section.tiers[0].criteria = vec![
        criterion("main_street_hardened", "95.5%"),
        criterion("toilet_converted", "80%"),
    ];
    section.batches.remove(0);
    section.terrains.clear();
    section.vetoes.clear();
    section.task_templates.clear();
    section
}

/// Whether a row of the county's figures holds the tier of [`real_plan`], reckoned in tenths of a percent. Who reports nothing
/// holds nothing.
fn holds(line: &str) -> bool {
    let cells: Vec<&str> = line.split(',').collect();
    let tenths = |cell: &str| -> i32 {
        if cell.is_empty() {
            return 0;
        }
        let (whole, tenth) = cell.split_once('.').unwrap_or((cell, "0"));
        whole.parse::<i32>().expect("a number") * 10 + tenth.parse::<i32>().expect("a digit")
    };
    tenths(cells[2]) >= 955 && tenths(cells[5]) >= 800
}

#[tokio::test]
async fn the_real_county_is_rated_as_its_own_figures_say() {
    let harness = lankao().await;
    let file = list("village_indicators");
    let report = import(&harness, "village_indicators", &file).await.expect("figures");
    assert!(report.applied, "{report:?}");
    apply(&harness, real_plan()).await.expect("valid");
    let request = RateVillagesRequest {
        division: division(LANKAO),
        as_of: day(2024, 3, 31),
        ..RateVillagesRequest::default()
    };
    let rated = rate_villages(&harness, LANKAO, request.clone()).await.expect("rated");
    // 469 villages less six special areas, which are not rated.
    assert_eq!((rated.village_count, rated.recorded_count), (463, 463));
    let text = String::from_utf8(file).expect("text");
    let rated_class = |line: &&str| {
        line[9..12]
            .parse::<u16>()
            .is_ok_and(|number| (1..=399).contains(&number))
    };
    let holding = text
        .lines()
        .skip(1)
        .filter(rated_class)
        .filter(|line| holds(line))
        .count();
    assert!(holding > 0 && holding < 463);
    assert_eq!(usize::try_from(rated.tiers[0].village_count).expect("few"), holding);
    let again = rate_villages(&harness, LANKAO, request).await.expect("rated");
    assert_eq!(again.recorded_count, 0);
    let events = behind(
        &harness,
        "SELECT count(*)::text FROM kit.outbox WHERE type = 'rating.changed'",
    )
    .await;
    assert_eq!(events, [holding.to_string()]);
    let table = GetLeagueTableRequest {
        division: division(LANKAO),
        as_of: day(2024, 3, 31),
        ..GetLeagueTableRequest::default()
    };
    let table = get_league_table(&harness, LANKAO, table).await.expect("a table");
    assert_eq!(table.entries.iter().map(|entry| entry.village_count).sum::<i32>(), 463);
    let holding_by_place: i32 = table.entries.iter().map(|entry| entry.on_target_count).sum();
    assert_eq!(usize::try_from(holding_by_place).expect("few"), holding);
    assert_eq!(table.entries[0].rank, 1);
    harness.stop().await;
}

#[tokio::test]
async fn five_hundred_villages_are_rated_in_one_call() {
    let harness = empty().await;
    let mut file = "code,name\n410225,兰考县\n".to_owned();
    let mut figures = Vec::new();
    for number in 0..500 {
        let (town, village) = (101 + number / 50, 201 + number % 50);
        if village == 201 {
            writeln!(file, "410225{town},第{town}镇").expect("a line");
        }
        let code = format!("410225{town}{village}");
        writeln!(file, "{code},第{number}村").expect("a line");
        let on = (2024, 3, 31);
        figures.push(figure(&code, "toilet", on, number % 100, Some(100)));
        figures.push(figure(&code, "lane", on, 100, Some(100)));
        figures.push(figure(&code, "danger", on, 0, None));
    }
    let report = import(&harness, "divisions", file.as_bytes()).await.expect("divisions");
    assert!(report.applied, "{report:?}");
    for some in figures.chunks(1_000) {
        record(&harness, some.to_vec()).await;
    }
    apply(&harness, plan()).await.expect("valid");
    let request = RateVillagesRequest {
        division: division(LANKAO),
        ..RateVillagesRequest::default()
    };
    let rated = rate_villages(&harness, LANKAO, request.clone()).await.expect("rated");
    assert_eq!((rated.village_count, rated.recorded_count), (500, 500));
    // Seventy to ninety-nine of each hundred; nobody has a co-operative.
    let counts: Vec<i32> = rated.tiers.iter().map(|tier| tier.village_count).collect();
    assert_eq!(counts, [0, 150, 350]);
    assert_eq!(rated.tier_changes.len(), 150);
    let again = rate_villages(&harness, LANKAO, request).await.expect("rated");
    assert_eq!((again.recorded_count, again.tier_changes.len()), (0, 0));

    // Twice as many: of each hundred, those that miss one to thirty toilets.
    let request = SelectVillagesForTierRequest {
        division: division(LANKAO),
        tier: "compliant".to_owned(),
        village_count: Some(300),
        unit_costs: vec![UnitCost {
            indicator: "toilet".to_owned(),
            unit_cost_fen: 200_000,
            unit_crew_days_milli: 2_000,
        }],
        crew_days: 5_000,
        ..SelectVillagesForTierRequest::default()
    };
    let answer = select_villages_for_tier(&harness, LANKAO, request)
        .await
        .expect("an answer");
    assert_eq!((answer.villages.len(), answer.proven_optimal), (150, true));
    let units = 5 * (1..=30).sum::<i64>();
    assert_eq!(
        (answer.cost_fen, answer.crew_days_milli),
        (units * 200_000, units * 2_000)
    );
    harness.stop().await;
}
