//! The assessment ledger on the wire.

use kit::error::{Error, Result};
use proto::xiangtu::villages::v1::{AccountedStep, LadderStep, MeasureCount, PersonAccount, TaskPerson};
use uuid::Uuid;
use villages_core::{
    assessment::{Account, Step},
    week::Week,
};

use super::{bulletin, cadre, ladder, ladder_process, plan_choice, rating};

/// A step of the contract, as accounts take it.
pub fn step(step: &LadderStep) -> Result<Step> {
    let gap = |what: &str| Error::internal(format!("{} has no {what}", step.name));
    let person = step.person.as_ref().ok_or_else(|| gap("person"))?;
    Ok(Step {
        id: ladder::id("name", &step.name)?.as_u128(),
        cadre: cadre::id("cadre", &person.cadre)?,
        trigger: plan_choice::trigger(step.trigger).ok_or_else(|| gap("trigger"))?,
        week: Week::parse(&step.week),
        measure: plan_choice::measure(step.measure).ok_or_else(|| gap("measure"))?,
        state: ladder_process::process(step)?.state(),
        deduction_fen: step.entries.iter().map(|entry| entry.deduction_fen).sum(),
    })
}

/// An account; `steps` are those of the ledger.
pub fn person(person: TaskPerson, account: &Account, steps: &[LadderStep]) -> PersonAccount {
    let of_account = |step: &&LadderStep| {
        let id = ladder::id("name", &step.name).map(|id| id.as_u128());
        id.is_ok_and(|id| account.steps.contains(&id))
    };
    PersonAccount {
        person: Some(person),
        missed_week_count: rating::small(account.missed_weeks),
        misses: account
            .misses
            .iter()
            .map(|miss| bulletin::miss_name(Uuid::from_u128(*miss)))
            .collect(),
        steps: steps.iter().filter(of_account).map(accounted).collect(),
        measures: account
            .in_force
            .iter()
            .map(|(measure, count)| MeasureCount {
                measure: plan_choice::measure_to(*measure).into(),
                count: rating::small(*count),
            })
            .collect(),
        deduction_fen: account.deduction_fen,
    }
}

fn accounted(step: &LadderStep) -> AccountedStep {
    AccountedStep {
        ladder_step: step.name.clone(),
        display_name: step.display_name.clone(),
        trigger: step.trigger,
        measure: step.measure,
        state: step.state,
        draft_date: step.draft_date,
        deduction_fen: step.entries.iter().map(|entry| entry.deduction_fen).sum(),
    }
}
