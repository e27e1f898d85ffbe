//! A small plan, on which tests count by hand.

use proto::xiangtu::villages::v1::{
    AccountabilityLadder, Closure, ClosureKind, Comparison, IndicatorDirection, IndicatorKind, LadderMeasure,
    LadderTrigger, PlanBatch, PlanCriterion, PlanIndicator, PlanLadderStep, PlanQuota, PlanSection, PlanTaskTemplate,
    PlanTerrain, PlanTier, PlanVeto, Post, Terrain, TerrainThreshold, Weekday, WorkingCalendar,
};

use crate::county::day;

/// A plan over 2024 to 2026: two tiers, one veto, one pilot, the villages of the other township in hills.
pub fn plan() -> PlanSection {
    PlanSection {
        code: "2024-2026".to_owned(),
        display_name: "乡村振兴工作方案".to_owned(),
        division: "divisions/410225".to_owned(),
        start_date: day(2024, 1, 1),
        end_date: day(2026, 12, 31),
        indicators: vec![
            indicator("toilet", "户厕改造率", IndicatorKind::Ratio, 20),
            indicator("lane", "背街小巷硬化率", IndicatorKind::Ratio, 10),
            fewer(indicator("danger", "D级危房存量", IndicatorKind::Count, 10)),
            indicator("co_op", "成立合作社", IndicatorKind::YesNo, 5),
            fewer(indicator("fires", "露天焚烧火点", IndicatorKind::Count, 0)),
            indicator("bins", "垃圾桶", IndicatorKind::Count, 0),
        ],
        tiers: vec![
            tier(
                "compliant",
                "达标村",
                1,
                &[("toilet", "70%"), ("lane", "60%"), ("danger", "2")],
            ),
            tier(
                "one_star",
                "一星示范村",
                2,
                &[("toilet", "90%"), ("danger", "0"), ("co_op", "yes")],
            ),
        ],
        vetoes: vec![PlanVeto {
            code: "straw".to_owned(),
            display_name: "露天焚烧秸秆".to_owned(),
            indicator: "fires".to_owned(),
            comparison: Comparison::AtLeast.into(),
            threshold: "1".to_owned(),
            bars_from_tier: "one_star".to_owned(),
        }],
        terrains: vec![PlanTerrain {
            terrain: Terrain::Hills.into(),
            divisions: vec!["divisions/410225102".to_owned()],
        }],
        batches: vec![
            batch("pilots", "one_star", &["divisions/410225101201"]),
            batch("rest", "compliant", &[]),
        ],
        quotas: vec![quota("compliant", 2024, "", 4)],
        task_templates: vec![toilets(), bins()],
        calendar: Some(WorkingCalendar {
            weekly_rest_days: vec![Weekday::Sunday.into()],
            closures: vec![
                closure("国庆节", ClosureKind::Holiday, (2024, 10, 1), (2024, 10, 7), false),
                closure("冰冻期", ClosureKind::Frost, (2023, 12, 15), (2024, 2, 29), true),
            ],
            make_up_days: Vec::new(),
        }),
        ladder: Some(AccountabilityLadder {
            steps: vec![
                step("first", 1, LadderMeasure::PayDeduction),
                step("second", 2, LadderMeasure::DisciplinarySanction),
            ],
        }),
        ..PlanSection::default()
    }
    .with_hills("lane", "50%")
}

trait Hills {
    fn with_hills(self, indicator: &str, threshold: &str) -> Self;
}

impl Hills for PlanSection {
    /// Sets another threshold for the hills wherever the indicator stands.
    fn with_hills(mut self, indicator: &str, threshold: &str) -> Self {
        let criteria = self.tiers.iter_mut().flat_map(|tier| &mut tier.criteria);
        for criterion in criteria.filter(|criterion| criterion.indicator == indicator) {
            criterion.terrain_thresholds = vec![TerrainThreshold {
                terrain: Terrain::Hills.into(),
                threshold: threshold.to_owned(),
            }];
        }
        self
    }
}

pub fn indicator(code: &str, display_name: &str, kind: IndicatorKind, weight: i32) -> PlanIndicator {
    PlanIndicator {
        code: code.to_owned(),
        display_name: display_name.to_owned(),
        unit: "户".to_owned(),
        kind: kind.into(),
        weight,
        ..PlanIndicator::default()
    }
}

fn fewer(indicator: PlanIndicator) -> PlanIndicator {
    PlanIndicator {
        direction: IndicatorDirection::LowerIsBetter.into(),
        ..indicator
    }
}

pub fn criterion(indicator: &str, threshold: &str) -> PlanCriterion {
    PlanCriterion {
        indicator: indicator.to_owned(),
        threshold: threshold.to_owned(),
        ..PlanCriterion::default()
    }
}

fn tier(code: &str, display_name: &str, rank: i32, criteria: &[(&str, &str)]) -> PlanTier {
    PlanTier {
        code: code.to_owned(),
        display_name: display_name.to_owned(),
        rank,
        criteria: criteria
            .iter()
            .map(|(code, threshold)| criterion(code, threshold))
            .collect(),
    }
}

/// The plan with one indicator more, and its criterion the only one of the lower tier.
pub fn plan_about(indicator: PlanIndicator, threshold: &str) -> PlanSection {
    let mut section = plan();
    section.tiers[0].criteria = vec![criterion(&indicator.code, threshold)];
    for other in &mut section.indicators {
        other.weight = 0;
    }
    section.indicators.push(indicator);
    section
}

pub fn batch(code: &str, target_tier: &str, divisions: &[&str]) -> PlanBatch {
    PlanBatch {
        code: code.to_owned(),
        display_name: code.to_owned(),
        target_tier: target_tier.to_owned(),
        acceptance_date: day(2024, 11, 30),
        divisions: divisions.iter().map(|name| (*name).to_owned()).collect(),
    }
}

pub fn quota(tier: &str, year: i32, division: &str, village_count: i32) -> PlanQuota {
    PlanQuota {
        tier: tier.to_owned(),
        year,
        division: division.to_owned(),
        village_count,
    }
}

/// Its goal is what the village misses.
pub fn toilets() -> PlanTaskTemplate {
    PlanTaskTemplate {
        code: "convert_toilets".to_owned(),
        display_name: "户厕改造".to_owned(),
        indicator: "toilet".to_owned(),
        leader_post: Post::VillageSecretary.into(),
        member_posts: vec![Post::GridWorker.into()],
        stopped_by: vec![ClosureKind::Frost.into()],
        key_work: true,
        ..PlanTaskTemplate::default()
    }
}

/// Twelve units over the twelve working days from Monday 1 April to Saturday 13 April 2024: one a day, six a week.
pub fn bins() -> PlanTaskTemplate {
    PlanTaskTemplate {
        code: "set_bins".to_owned(),
        display_name: "垃圾桶布设".to_owned(),
        indicator: "bins".to_owned(),
        fixed_goal_count: Some(12),
        leader_post: Post::VillageSecretary.into(),
        start_date: day(2024, 4, 1),
        deadline: day(2024, 4, 13),
        ..PlanTaskTemplate::default()
    }
}

pub fn closure(
    display_name: &str,
    kind: ClosureKind,
    start: (i32, i32, i32),
    end: (i32, i32, i32),
    yearly: bool,
) -> Closure {
    Closure {
        display_name: display_name.to_owned(),
        kind: kind.into(),
        start_date: day(start.0, start.1, start.2),
        end_date: day(end.0, end.1, end.2),
        yearly,
    }
}

pub fn step(code: &str, occurrence: i32, measure: LadderMeasure) -> PlanLadderStep {
    PlanLadderStep {
        code: code.to_owned(),
        display_name: code.to_owned(),
        trigger: LadderTrigger::MissedWeek.into(),
        occurrence,
        measure: measure.into(),
        approval_post: Post::TownshipLeader.into(),
        defence_days: 5,
        ..PlanLadderStep::default()
    }
}
