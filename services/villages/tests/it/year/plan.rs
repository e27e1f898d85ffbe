//! The plan of the year, as tables that the recount reads too: the figures of the county's source plan, and bins to be placed
//! by the end of June, so that something falls due within the year in every village.

use proto::{
    google::r#type::Date as ProtoDate,
    xiangtu::villages::v1::{
        AccountabilityLadder, ClosureKind, Comparison, IndicatorDirection, IndicatorKind, LadderMeasure, LadderTrigger,
        MeasurementSource, PlanAcceptance, PlanBatch, PlanIndicator, PlanLadderStep, PlanPolicy, PlanSection,
        PlanTaskTemplate, PlanTier, PlanVeto, Post, Weekday, WorkingCalendar,
    },
};
use time::{Date, macros::date};

use crate::plan_section::{closure, criterion};

/// Townships whose villages are to hold one star by [`ACCEPTANCE`].
pub const PILOTS: [&str; 3] = ["410225001", "410225002", "410225003"];
/// Position of the tier that pilots are to hold, from which a fire bars; all others are to hold the first.
pub const ONE_STAR: usize = 1;
pub const ACCEPTANCE: Date = date!(2024 - 12 - 20);
/// Acceptance of all other villages.
pub const LAST_ACCEPTANCE: Date = date!(2026 - 11 - 30);

/// What a criterion asks.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// At least so many per mille.
    Share(i64),
    /// At most so many.
    Most(i64),
}
use Bound::{Most, Share};

/// Code, name and weight.
pub const INDICATORS: [(&str, &str, i32); 11] = [
    ("main_street_hardened", "主街道硬化率", 15),
    ("lane_hardened", "背街小巷硬化率", 10),
    ("greening", "村庄绿化覆盖率", 10),
    ("toilet_converted", "户厕改造率", 15),
    ("sewage_branch_connected", "污水支管接入率", 10),
    ("sewage_treated", "生活污水治理率", 10),
    ("lighting", "亮化率", 10),
    ("d_grade_houses", "D级危房存量", 5),
    ("five_beauty", "五美庭院占比", 5),
    ("waste_collected", "生活垃圾收集率", 10),
    ("bins", "垃圾桶", 0),
];

type Tier = (&'static str, &'static str, &'static [(&'static str, Bound)]);

/// Code, name and criteria, ascending.
pub const TIERS: [Tier; 4] = [
    (
        "compliant",
        "达标村",
        &[
            ("main_street_hardened", Share(900)),
            ("lane_hardened", Share(600)),
            ("toilet_converted", Share(700)),
            ("lighting", Share(700)),
            ("waste_collected", Share(800)),
        ],
    ),
    (
        "one_star",
        "一星示范村",
        &[
            ("main_street_hardened", Share(950)),
            ("lane_hardened", Share(700)),
            ("greening", Share(350)),
            ("toilet_converted", Share(800)),
            ("lighting", Share(800)),
            ("sewage_treated", Share(300)),
        ],
    ),
    (
        "two_star",
        "二星示范村",
        &[
            ("main_street_hardened", Share(980)),
            ("lane_hardened", Share(800)),
            ("greening", Share(400)),
            ("toilet_converted", Share(850)),
            ("sewage_branch_connected", Share(400)),
            ("sewage_treated", Share(400)),
            ("five_beauty", Share(300)),
            ("waste_collected", Share(900)),
        ],
    ),
    (
        "three_star",
        "三星示范村",
        &[
            ("main_street_hardened", Share(1_000)),
            ("lane_hardened", Share(900)),
            ("toilet_converted", Share(950)),
            ("lighting", Share(1_000)),
            ("sewage_branch_connected", Share(700)),
            ("sewage_treated", Share(700)),
            ("d_grade_houses", Most(0)),
            ("five_beauty", Share(500)),
            ("waste_collected", Share(1_000)),
        ],
    ),
];

/// A work item.
#[derive(Debug)]
pub struct Work {
    pub code: &'static str,
    pub indicator: &'static str,
    /// Stopped by the harvest, by frost.
    pub stops: (bool, bool),
    /// Most units a day; 0 for no limit.
    pub capacity: i64,
    pub key: bool,
    /// Goal, first and last day, where the plan fixes them.
    pub fixed: Option<(i64, Date, Date)>,
}

const fn work(code: &'static str, indicator: &'static str, stops: (bool, bool)) -> Work {
    Work {
        code,
        indicator,
        stops,
        capacity: 0,
        key: false,
        fixed: None,
    }
}

pub static WORKS: [Work; 6] = [
    Work {
        capacity: 200,
        key: true,
        ..work("harden_main_streets", "main_street_hardened", (true, true))
    },
    work("harden_lanes", "lane_hardened", (true, true)),
    Work {
        key: true,
        ..work("convert_toilets", "toilet_converted", (true, true))
    },
    work("install_lighting", "lighting", (true, false)),
    work("collect_waste", "waste_collected", (false, false)),
    Work {
        fixed: Some((60, date!(2024 - 03 - 04), date!(2024 - 06 - 29))),
        ..work("place_bins", "bins", (false, false))
    },
];

/// First and last days of the holidays.
pub const HOLIDAYS: [(Date, Date); 4] = [
    (date!(2024 - 02 - 10), date!(2024 - 02 - 17)),
    (date!(2024 - 04 - 04), date!(2024 - 04 - 06)),
    (date!(2024 - 05 - 01), date!(2024 - 05 - 05)),
    (date!(2024 - 10 - 01), date!(2024 - 10 - 07)),
];
/// Month and day of first and last days of the harvests (三夏, 三秋), of every year.
pub const HARVESTS: [((u8, u8), (u8, u8)); 2] = [((5, 28), (6, 15)), ((9, 20), (9, 30))];
/// The same of frost, over the turn of every year.
pub const FROST: ((u8, u8), (u8, u8)) = ((12, 15), (2, 15));

/// A step of the ladder.
pub struct Rung {
    pub code: &'static str,
    pub trigger: LadderTrigger,
    pub occurrence: usize,
    pub measure: LadderMeasure,
    pub deduction_fen: i64,
    pub suspension_days: i32,
    pub approval: Post,
}

const fn rung(code: &'static str, trigger: LadderTrigger, occurrence: usize, measure: LadderMeasure) -> Rung {
    Rung {
        code,
        trigger,
        occurrence,
        measure,
        deduction_fen: 0,
        suspension_days: 0,
        approval: Post::TownshipLeader,
    }
}

pub static LADDER: [Rung; 6] = [
    Rung {
        deduction_fen: 20_000,
        ..rung("first", LadderTrigger::MissedWeek, 1, LadderMeasure::PayDeduction)
    },
    rung(
        "second",
        LadderTrigger::MissedWeek,
        2,
        LadderMeasure::DisciplinarySanction,
    ),
    Rung {
        suspension_days: 15,
        approval: Post::CountyLeader,
        ..rung("third", LadderTrigger::MissedWeek, 3, LadderMeasure::Suspension)
    },
    Rung {
        approval: Post::CountyLeader,
        ..rung("fourth", LadderTrigger::MissedWeek, 4, LadderMeasure::Removal)
    },
    rung("overdue", LadderTrigger::VillageOverdue, 1, LadderMeasure::WorkError),
    Rung {
        approval: Post::CountyLeader,
        ..rung(
            "key_work",
            LadderTrigger::KeyWorkDelayed,
            1,
            LadderMeasure::AdmonitionTalk,
        )
    },
];

/// The plan as the county applies it.
pub fn section() -> PlanSection {
    let fires = PlanIndicator {
        source: MeasurementSource::System.into(),
        origin: "hotspots".to_owned(),
        ..indicator(("straw_fires", "露天焚烧秸秆火点", 0))
    };
    PlanSection {
        code: "2024-2026".to_owned(),
        display_name: "兰考县乡村振兴战略实施工作方案（2024—2026年）".to_owned(),
        division: "divisions/410225".to_owned(),
        start_date: wire(date!(2024 - 01 - 01)),
        end_date: wire(date!(2026 - 12 - 31)),
        indicators: INDICATORS.into_iter().map(indicator).chain([fires]).collect(),
        tiers: (1..).zip(TIERS).map(|(rank, it)| tier(rank, it)).collect(),
        vetoes: vec![PlanVeto {
            code: "straw_burning".to_owned(),
            display_name: "露天焚烧秸秆".to_owned(),
            indicator: "straw_fires".to_owned(),
            comparison: Comparison::AtLeast.into(),
            threshold: "1".to_owned(),
            bars_from_tier: TIERS[ONE_STAR].0.to_owned(),
        }],
        batches: vec![
            batch("pilots_2024", ONE_STAR, ACCEPTANCE, &PILOTS),
            batch("all_villages", 0, LAST_ACCEPTANCE, &[]),
        ],
        task_templates: WORKS.iter().map(template).collect(),
        calendar: Some(calendar()),
        ladder: Some(AccountabilityLadder {
            steps: LADDER.iter().map(step).collect(),
        }),
        acceptance: Some(PlanAcceptance {
            tolerated_error_permille: Some(100),
            household_indicators: ["toilet_converted", "waste_collected"].map(str::to_owned).to_vec(),
            ..PlanAcceptance::default()
        }),
        policy: Some(PlanPolicy {
            late_after_days: Some(1),
            ..PlanPolicy::default()
        }),
        ..PlanSection::default()
    }
}

/// A date as the contract writes it.
#[expect(clippy::unnecessary_wraps, reason = "as the fields of requests want it")]
pub fn wire(date: Date) -> Option<ProtoDate> {
    Some(kit::dates::to_proto(date))
}

fn indicator((code, display_name, weight): (&str, &str, i32)) -> PlanIndicator {
    let (kind, direction) = match code {
        "d_grade_houses" | "straw_fires" => (IndicatorKind::Count, IndicatorDirection::LowerIsBetter),
        "bins" => (IndicatorKind::Count, IndicatorDirection::HigherIsBetter),
        _ => (IndicatorKind::Ratio, IndicatorDirection::HigherIsBetter),
    };
    PlanIndicator {
        direction: direction.into(),
        ..crate::plan_section::indicator(code, display_name, kind, weight)
    }
}

fn tier(rank: i32, (code, display_name, criteria): Tier) -> PlanTier {
    let threshold = |bound: &Bound| match bound {
        Share(permille) => format!("{}.{}%", permille / 10, permille % 10),
        Most(count) => count.to_string(),
    };
    PlanTier {
        code: code.to_owned(),
        display_name: display_name.to_owned(),
        rank,
        criteria: criteria
            .iter()
            .map(|(indicator, bound)| criterion(indicator, &threshold(bound)))
            .collect(),
    }
}

fn batch(code: &str, target: usize, acceptance: Date, townships: &[&str]) -> PlanBatch {
    PlanBatch {
        code: code.to_owned(),
        display_name: code.to_owned(),
        target_tier: TIERS[target].0.to_owned(),
        acceptance_date: wire(acceptance),
        divisions: townships.iter().map(|code| format!("divisions/{code}")).collect(),
    }
}

fn template(work: &Work) -> PlanTaskTemplate {
    let stops = [
        (work.stops.0, ClosureKind::Harvest.into()),
        (work.stops.1, ClosureKind::Frost.into()),
    ];
    PlanTaskTemplate {
        code: work.code.to_owned(),
        display_name: work.code.to_owned(),
        indicator: work.indicator.to_owned(),
        leader_post: Post::VillageSecretary.into(),
        fixed_goal_count: work.fixed.map(|(goal, ..)| goal),
        start_date: work.fixed.and_then(|(_, start, _)| wire(start)),
        deadline: work.fixed.and_then(|(.., deadline)| wire(deadline)),
        daily_capacity_count: work.capacity,
        stopped_by: stops
            .into_iter()
            .filter(|(stops, _)| *stops)
            .map(|(_, kind)| kind)
            .collect(),
        key_work: work.key,
        ..PlanTaskTemplate::default()
    }
}

fn calendar() -> WorkingCalendar {
    let day = |date: Date| (date.year(), i32::from(u8::from(date.month())), i32::from(date.day()));
    let of = |year, (month, day): (u8, u8)| (year, i32::from(month), i32::from(day));
    let holidays = HOLIDAYS.map(|(first, last)| closure("节日", ClosureKind::Holiday, day(first), day(last), false));
    let harvests =
        HARVESTS.map(|(first, last)| closure("农忙", ClosureKind::Harvest, of(2024, first), of(2024, last), true));
    let frost = closure("冰冻期", ClosureKind::Frost, of(2024, FROST.0), of(2025, FROST.1), true);
    WorkingCalendar {
        weekly_rest_days: vec![Weekday::Sunday.into()],
        closures: holidays.into_iter().chain(harvests).chain([frost]).collect(),
        make_up_days: Vec::new(),
    }
}

fn step(rung: &Rung) -> PlanLadderStep {
    PlanLadderStep {
        trigger: rung.trigger.into(),
        approval_post: rung.approval.into(),
        deduction_fen: rung.deduction_fen,
        suspension_days: rung.suspension_days,
        defence_days: 5,
        ..crate::plan_section::step(rung.code, i32::try_from(rung.occurrence).expect("few"), rung.measure)
    }
}
