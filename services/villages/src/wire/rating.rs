//! Ratings on the wire.

use kit::{dates, error::Result};
use prost::{
    Message as _,
    encoding::{WireType, encode_key, encode_varint, int32, int64, message, string},
};
use proto::google::r#type::Date as CalendarDate;
use proto::xiangtu::villages::v1::{
    CriterionOutcome, Rating, TierChange, TierCount, TierDistance, UnitCount, UnitOutcome, UnitResult, VetoResult,
};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use villages_core::{
    digest,
    document::{Indicator, Terrain},
    plan::Plan,
    rating::{self as core, Facts, Judged, Outcome},
    two_level::{self, Contribution},
};

use super::{division, measurement, names, plan as plans};
use crate::store::plan::PlanKey;

/// Field of a rating that holds its criteria.
const CRITERIA: u32 = 12;

/// Bytes that a criterion with its explanation usually takes.
const USUAL_CRITERION: usize = 400;

/// The id of `ratings/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "ratings")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("ratings/{id}")
}

/// What all ratings of one run share.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its version.
    pub key: &'a PlanKey,
    /// Day that is rated.
    pub as_of: Date,
}

/// A rating as it is kept.
pub struct Kept {
    /// Without `name`, `known_at` and the long lists of the explanation, with the digest.
    pub rating: Rating,
    /// What the digest is over: everything but `name`, `known_at` and `digest`.
    body: Vec<u8>,
}

impl Kept {
    /// The whole encoded. Explanations are long: what was encoded for the digest is not encoded again.
    pub fn into_content(self, id: Uuid, known_at: OffsetDateTime) -> Vec<u8> {
        let rest = Rating {
            name: name(id),
            known_at: Some(dates::timestamp(known_at)),
            digest: self.rating.digest,
            ..Rating::default()
        };
        // Encoded messages one after the other are the message that has the fields of both.
        let mut content = self.body;
        content.extend(rest.encode_to_vec());
        content
    }
}

/// What the criteria of one indicator say alike, written once: a province has more than a million criteria.
struct Shown<'a> {
    indicator: &'a Indicator,
    figure: Option<&'a core::Figure>,
    value: String,
    measurement: String,
    date: Option<CalendarDate>,
}

/// A rating with its whole explanation.
pub fn rating(run: Run<'_>, village: &str, display_name: &str, facts: &Facts, rating: &core::Rating) -> Kept {
    let plan = run.plan;
    let terrain = plan.terrain(village);
    let shown: Vec<Shown<'_>> = (0..)
        .zip(&plan.indicators)
        .map(|(at, it)| shown(it, facts.figure(at)))
        .collect();
    let tier = |at: Option<usize>| at.and_then(|at| plan.tiers.get(at));
    let mut written = Rating {
        division: division::name(village),
        display_name: display_name.to_owned(),
        plan: plans::name_of(run.key),
        plan_version: run.key.version,
        as_of: Some(dates::to_proto(run.as_of)),
        tier: tier(rating.tier).map(|tier| tier.code.clone()).unwrap_or_default(),
        tier_display_name: tier(rating.tier)
            .map(|tier| tier.display_name.clone())
            .unwrap_or_default(),
        score_milli: rating.score_milli,
        score_full_milli: rating.score_full_milli,
        vetoes: rating.vetoes.iter().filter_map(|at| veto(plan, facts, *at)).collect(),
        next_tier: rating.next.as_ref().and_then(|next| distance(plan, next)),
        unit_counts: facts.counts().iter().filter_map(|it| unit_count(plan, it)).collect(),
        target_tier: tier(rating.target).map(|tier| tier.code.clone()).unwrap_or_default(),
        ..Rating::default()
    };
    let mut body = Vec::with_capacity(USUAL_CRITERION * (rating.criteria.len() + 1));
    written.encode_raw(&mut body);
    let mut one = Vec::with_capacity(USUAL_CRITERION);
    for judged in &rating.criteria {
        one.clear();
        if criterion(plan, terrain, &shown, judged, &mut one).is_some() {
            encode_key(CRITERIA, WireType::LengthDelimited, &mut body);
            encode_varint(one.len() as u64, &mut body);
            body.extend_from_slice(&one);
        }
    }
    written.digest = digest::hex(&body);
    written.unit_counts = Vec::new();
    Kept { rating: written, body }
}

fn shown<'a>(indicator: &'a Indicator, figure: Option<&'a core::Figure>) -> Shown<'a> {
    Shown {
        indicator,
        figure,
        value: figure
            .map(|figure| core::value_text(indicator.kind, figure))
            .unwrap_or_default(),
        measurement: figure.map(figure_name).unwrap_or_default(),
        date: figure.map(|figure| dates::to_proto(figure.date)),
    }
}

/// Appends a criterion, encoded. To build all of them first would take longer than to read the figures and to rate the villages.
fn criterion(plan: &Plan, terrain: Terrain, shown: &[Shown<'_>], judged: &Judged, body: &mut Vec<u8>) -> Option<()> {
    let tier = plan.tiers.get(judged.tier)?;
    let criterion = tier.criteria.get(judged.criterion)?;
    let Shown {
        indicator,
        figure,
        value,
        measurement,
        date,
    } = shown.get(judged.indicator)?;
    let said = core::statement(plan, judged, *figure);
    let outcome = match judged.outcome {
        Outcome::Pass => CriterionOutcome::Pass,
        Outcome::Fail => CriterionOutcome::Fail,
        Outcome::NoData => CriterionOutcome::NoData,
    };
    text(1, &tier.code, body);
    text(2, &indicator.code, body);
    text(3, &indicator.display_name, body);
    int32::encode(4, &outcome.into(), body);
    text(5, &core::threshold_text(criterion, terrain), body);
    text(6, value, body);
    if let Some(figure) = figure {
        int64::encode(7, &figure.numerator, body);
        int64::encode(8, &figure.whole.unwrap_or(1), body);
    }
    if let Some(missing) = judged.missing {
        int64::encode(9, &missing, body);
    }
    text(10, &indicator.unit, body);
    text(11, &said.en, body);
    text(12, &said.zh, body);
    if let Some(date) = date {
        message::encode(13, date, body);
    }
    text(14, measurement, body);
    if let Some(date) = judged.feasible {
        message::encode(15, &dates::to_proto(date), body);
    }
    Some(())
}

fn text(tag: u32, text: &String, body: &mut Vec<u8>) {
    if !text.is_empty() {
        string::encode(tag, text, body);
    }
}

fn veto(plan: &Plan, facts: &Facts, at: usize) -> Option<VetoResult> {
    let veto = plan.vetoes.get(at)?;
    let figure = facts.figure(veto.indicator)?;
    let kind = plan.indicators.get(veto.indicator)?.kind;
    Some(VetoResult {
        veto: veto.code.clone(),
        display_name: veto.display_name.clone(),
        bars_from_tier: match veto.bars_from {
            0 => String::new(),
            at => plan.tiers.get(at)?.code.clone(),
        },
        value: core::value_text(kind, figure),
        measurement: figure_name(figure),
    })
}

/// Resource name of a figure; empty where natural villages are counted.
pub(super) fn figure_name(figure: &core::Figure) -> String {
    let id = figure.id.map(Uuid::from_u128);
    id.map(measurement::name).unwrap_or_default()
}

fn unit_count(plan: &Plan, count: &two_level::Count) -> Option<UnitCount> {
    let indicator = plan.indicators.get(count.indicator)?;
    let unit_threshold = &indicator.two_level.as_ref()?.unit_threshold;
    Some(UnitCount {
        indicator: indicator.code.clone(),
        counted_count: count.counted,
        all_count: count.all,
        unit_threshold: unit_threshold.clone(),
        units: count.units.iter().map(|(unit, it)| unit_result(unit, *it)).collect(),
    })
}

fn unit_result(unit: &two_level::Unit, contribution: Contribution) -> UnitResult {
    let (outcome, missing_count) = match contribution {
        Contribution::Counts => (UnitOutcome::Counts, 0),
        Contribution::Misses(missing) => (UnitOutcome::Misses, missing),
        Contribution::NoData => (UnitOutcome::NoData, 0),
        Contribution::Deducted => (UnitOutcome::Deducted, 0),
    };
    let figure = unit.figure.as_ref();
    let share = figure.and_then(|figure| figure.share);
    UnitResult {
        division: division::name(&unit.code),
        display_name: unit.display_name.clone(),
        outcome: outcome.into(),
        value: share
            .map(|share| format!("{}/{}", share.numerator(), share.denominator()))
            .unwrap_or_default(),
        missing_count,
        measured_date: figure.map(|figure| dates::to_proto(figure.date)),
        measurement: figure
            .map(|figure| measurement::name(Uuid::from_u128(figure.id)))
            .unwrap_or_default(),
    }
}

fn distance(plan: &Plan, next: &core::Distance) -> Option<TierDistance> {
    let tier = plan.tiers.get(next.tier)?;
    Some(TierDistance {
        tier: tier.code.clone(),
        display_name: tier.display_name.clone(),
        missing_criteria_count: small(next.missing_criteria),
        unknown_criteria_count: small(next.unknown_criteria),
        veto_count: small(next.vetoes),
        feasible_date: next.feasible.map(dates::to_proto),
    })
}

/// A count as the contract carries it.
pub fn small(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Villages by tier, highest first, then those without; `by_tier` begins with those without.
pub fn tier_counts(plan: &Plan, by_tier: &[i64]) -> Vec<TierCount> {
    let count = |code: &str, display_name: &str, villages: Option<&i64>| TierCount {
        tier: code.to_owned(),
        display_name: display_name.to_owned(),
        village_count: villages.map_or(0, |villages| i32::try_from(*villages).unwrap_or(i32::MAX)),
    };
    let held = (1..)
        .zip(&plan.tiers)
        .map(|(at, tier)| count(&tier.code, &tier.display_name, by_tier.get(at)));
    let mut counts: Vec<TierCount> = held.collect();
    counts.reverse();
    counts.push(count("", "未达标", by_tier.first()));
    counts
}

/// A village whose tier differs.
pub fn tier_change(village: &str, display_name: &str, before: &str, after: &str) -> TierChange {
    TierChange {
        division: division::name(village),
        display_name: display_name.to_owned(),
        before_tier: before.to_owned(),
        after_tier: after.to_owned(),
    }
}
