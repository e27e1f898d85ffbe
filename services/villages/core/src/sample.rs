//! A small plan for tests.

use time::{Weekday, macros::date};

use crate::{
    document::{
        Acceptance, Batch, Calendar, Closure, ClosureKind, Comparison, Criterion, Direction, Document, Hotspots,
        Indicator, IndicatorKind, LadderStep, Measure, Policy, Post, Quota, Source, TaskTemplate, Terrain, TerrainArea,
        TerrainThreshold, Tier, Trigger, Veto,
    },
    plan::Plan,
    rating::{Facts, Figure},
};

pub(crate) const VILLAGES: [&str; 3] = ["410225104201", "410225104202", "410225105201"];

pub(crate) fn indicator(code: &str, kind: IndicatorKind, direction: Direction, weight: i32) -> Indicator {
    Indicator {
        code: code.to_owned(),
        display_name: code.to_owned(),
        unit: "户".to_owned(),
        kind,
        direction,
        source: Source::SelfReport,
        weight,
        origin: String::new(),
        two_level: None,
        guard: None,
        checklist: Vec::new(),
    }
}

pub(crate) fn criterion(indicator: &str, threshold: &str) -> Criterion {
    Criterion {
        indicator: indicator.to_owned(),
        comparison: None,
        threshold: threshold.to_owned(),
        terrain_thresholds: Vec::new(),
    }
}

fn tier(code: &str, rank: i32, criteria: Vec<Criterion>) -> Tier {
    Tier {
        code: code.to_owned(),
        display_name: code.to_owned(),
        rank,
        criteria,
    }
}

pub(crate) fn template() -> TaskTemplate {
    TaskTemplate {
        code: "convert_toilets".to_owned(),
        display_name: "户厕改造".to_owned(),
        indicator: "toilet".to_owned(),
        tier: String::new(),
        fixed_goal: None,
        leader_post: Some(Post::VillageSecretary),
        member_posts: vec![Post::GridWorker],
        start_date: None,
        deadline: None,
        daily_capacity: 0,
        stopped_by: vec![ClosureKind::Frost],
        milestone_permille: Vec::new(),
        key_work: true,
    }
}

pub(crate) fn document() -> Document {
    let green = Criterion {
        terrain_thresholds: vec![TerrainThreshold {
            terrain: Terrain::Hills,
            threshold: "50%".to_owned(),
        }],
        ..criterion("green", "20%")
    };
    Document {
        code: "2024-2026".to_owned(),
        display_name: "乡村振兴战略实施工作方案".to_owned(),
        division: "410225".to_owned(),
        start_date: Some(date!(2024 - 01 - 01)),
        end_date: Some(date!(2026 - 12 - 31)),
        rated_classes: Vec::new(),
        terrains: vec![TerrainArea {
            terrain: Terrain::Hills,
            divisions: vec!["410225105".to_owned()],
        }],
        indicators: vec![
            indicator("toilet", IndicatorKind::Ratio, Direction::Higher, 20),
            indicator("green", IndicatorKind::Ratio, Direction::Higher, 10),
            indicator("danger", IndicatorKind::Count, Direction::Lower, 10),
            indicator("co_op", IndicatorKind::YesNo, Direction::Higher, 5),
            indicator("fires", IndicatorKind::Count, Direction::Lower, 0),
        ],
        tiers: vec![
            tier(
                "compliant",
                1,
                vec![criterion("toilet", "70%"), green, criterion("danger", "2")],
            ),
            tier(
                "one_star",
                2,
                vec![
                    criterion("toilet", "90%"),
                    criterion("danger", "0"),
                    criterion("co_op", "yes"),
                ],
            ),
        ],
        vetoes: vec![Veto {
            code: "straw_fire".to_owned(),
            display_name: "露天焚烧秸秆".to_owned(),
            indicator: "fires".to_owned(),
            comparison: Comparison::AtLeast,
            threshold: "1".to_owned(),
            bars_from_tier: "one_star".to_owned(),
        }],
        batches: vec![
            batch("pilots", "one_star", &["410225104201"]),
            batch("rest", "compliant", &[]),
        ],
        quotas: vec![Quota {
            tier: "compliant".to_owned(),
            year: 2024,
            division: String::new(),
            village_count: 3,
        }],
        task_templates: vec![template()],
        calendar: Calendar {
            weekly_rest_days: vec![Weekday::Sunday],
            closures: vec![Closure {
                display_name: "冰冻期".to_owned(),
                kind: ClosureKind::Frost,
                start_date: Some(date!(2024 - 12 - 15)),
                end_date: Some(date!(2025 - 02 - 15)),
                yearly: true,
            }],
            make_up_days: Vec::new(),
        },
        ladder: vec![
            step("first", 1, Measure::PayDeduction),
            step("second", 2, Measure::DisciplinarySanction),
        ],
        policy: Policy::default(),
        hotspots: Hotspots::default(),
        acceptance: Acceptance::default(),
    }
}

pub(crate) fn batch(code: &str, target: &str, divisions: &[&str]) -> Batch {
    Batch {
        code: code.to_owned(),
        display_name: code.to_owned(),
        target_tier: target.to_owned(),
        acceptance_date: Some(date!(2024 - 11 - 30)),
        divisions: divisions.iter().map(|code| (*code).to_owned()).collect(),
    }
}

pub(crate) fn step(code: &str, occurrence: i32, measure: Measure) -> LadderStep {
    LadderStep {
        code: code.to_owned(),
        display_name: code.to_owned(),
        trigger: Trigger::MissedWeek,
        occurrence,
        measure,
        deduction_fen: 0,
        suspension_days: 0,
        approval_post: Some(Post::TownshipLeader),
        defence_days: 5,
    }
}

pub(crate) fn plan() -> Plan {
    Plan::build(&document()).expect("the sample is valid")
}

pub(crate) fn figure(numerator: i64, whole: Option<i64>) -> Figure {
    Figure {
        id: Some(1),
        date: date!(2024 - 04 - 01),
        source: Source::SelfReport,
        numerator,
        whole,
        earlier: None,
    }
}

/// Figures in the order of the sample's indicators.
pub(crate) fn facts(plan: &Plan, figures: &[(i64, Option<i64>)]) -> Facts {
    let mut facts = Facts::default();
    for (at, (numerator, whole)) in figures.iter().enumerate() {
        facts.offer(plan, at, figure(*numerator, *whole));
    }
    facts
}
