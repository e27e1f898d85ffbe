//! Steps of the accountability ladder on the wire.

use kit::{dates, error::Result};
use proto::xiangtu::villages::v1::{LadderStep, LadderStepState, Post, TaskPerson};
use time::OffsetDateTime;
use uuid::Uuid;
use villages_core::document::{self, Trigger};

use super::{bulletin, division, names, plan as plans, plan_choice};
use crate::store::plan::PlanKey;

/// The id of `ladderSteps/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "ladderSteps")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("ladderSteps/{id}")
}

/// What a draft is about.
pub struct Drafted<'a> {
    /// Its id.
    pub id: Uuid,
    /// Division in which the occasion lies.
    pub division: &'a str,
    /// The person.
    pub person: TaskPerson,
    /// The plan version.
    pub plan: &'a PlanKey,
    /// Which occurrence it is, from 1.
    pub occurrence: i32,
    /// The step of the plan.
    pub step: &'a document::LadderStep,
    /// What occasioned it.
    pub occasion: &'a str,
    /// ISO week; empty where no week occasioned it.
    pub week: String,
    /// The misses.
    pub misses: &'a [Uuid],
    /// The bulletin that stated it.
    pub bulletin: Option<Uuid>,
    /// When.
    pub at: OffsetDateTime,
}

/// A draft.
pub fn step(drafted: Drafted<'_>) -> LadderStep {
    let step = drafted.step;
    let post = step
        .approval_post
        .and_then(|post| Post::from_str_name(&format!("POST_{}", post.as_str())));
    LadderStep {
        name: name(drafted.id),
        division: division::name(drafted.division),
        person: Some(drafted.person),
        plan: plans::name_of(drafted.plan),
        plan_version: drafted.plan.version,
        step: step.code.clone(),
        display_name: step.display_name.clone(),
        trigger: plan_choice::trigger_to(step.trigger).into(),
        occurrence: drafted.occurrence,
        measure: plan_choice::measure_to(step.measure).into(),
        approval_post: post.unwrap_or_default().into(),
        defence_days: step.defence_days,
        deduction_fen: step.deduction_fen,
        suspension_days: step.suspension_days,
        week: drafted.week,
        misses: drafted.misses.iter().map(|miss| bulletin::miss_name(*miss)).collect(),
        bulletin: drafted.bulletin.map(bulletin::name).unwrap_or_default(),
        state: LadderStepState::Drafted.into(),
        draft_date: Some(dates::to_proto(dates::day_of(drafted.at))),
        draft_time: Some(dates::timestamp(drafted.at)),
        occasion: drafted.occasion.to_owned(),
        ..LadderStep::default()
    }
}

/// A trigger as it is kept.
pub fn trigger_name(trigger: Trigger) -> &'static str {
    plan_choice::trigger_to(trigger)
        .as_str_name()
        .trim_start_matches("LADDER_TRIGGER_")
}
