//! Drafts steps of the accountability ladder: whatever calls for one, it is done here.

use kit::{db::Tx, error::Result, id::Ids};
use prost::Message as _;
use proto::xiangtu::villages::v1::{LadderStep, LadderStepDrafted, TaskPerson};
use time::OffsetDateTime;
use uuid::Uuid;
use villages_core::{
    document::{LadderStep as Rung, Trigger},
    ladder,
    week::Week,
};

use crate::{
    store::{
        ladder::{self as store, OccurrenceRow, StepRow},
        plan::PlanKey,
    },
    wire,
};

/// What calls for steps. For one plan, trigger and person an occasion counts once, however often it is stated; what is not a
/// missed week counts once under whatever plan.
pub(super) struct Occasion<'a> {
    /// The plan version that it is stated by.
    pub plan: &'a PlanKey,
    /// Its ladder.
    pub ladder: &'a [Rung],
    /// What kind of thing it is.
    pub trigger: Trigger,
    /// Names it among those of its trigger: as the contract of ladder steps lists them.
    pub name: &'a str,
    /// The week that it lies in, where it is of a week.
    pub week: Option<Week>,
    /// The bulletin that states it, where one does.
    pub bulletin: Option<Uuid>,
    /// When it is stated.
    pub at: OffsetDateTime,
}

/// A person whom an occasion concerns.
pub(super) struct Concerned {
    /// Id on the register.
    pub cadre: String,
    /// Name.
    pub display_name: String,
    /// Division in which it lies; inside that of the caller.
    pub division: String,
    /// The misses, for missed weeks.
    pub misses: Vec<Uuid>,
}

/// Counts the occasion against each person for whom it was not counted before, and drafts the step that the number of their
/// occasions calls for, less those whose step was dropped or reversed. Answers the drafts.
pub(super) async fn draft(
    ids: &Ids,
    tx: &mut Tx,
    occasion: &Occasion<'_>,
    persons: &[Concerned],
) -> Result<Vec<LadderStep>> {
    let trigger = wire::ladder::trigger_name(occasion.trigger);
    let mut drafts = Vec::new();
    for person in persons {
        let row = OccurrenceRow {
            cadre_id: &person.cadre,
            plan: occasion.plan,
            trigger,
            occasion: occasion.name,
            division_code: &person.division,
            recorded_at: occasion.at,
        };
        if !store::occurrence_insert(tx, &row).await? {
            continue;
        }
        let counted = store::occasions_of(tx, occasion.plan, trigger, &person.cadre).await?;
        let counted = i32::try_from(counted).unwrap_or(i32::MAX);
        if let Some(rung) = ladder::step(occasion.ladder, occasion.trigger, counted) {
            drafts.push(draft_one(ids, tx, occasion, counted, rung, person).await?);
        }
    }
    Ok(drafts)
}

async fn draft_one(
    ids: &Ids,
    tx: &mut Tx,
    occasion: &Occasion<'_>,
    counted: i32,
    rung: &Rung,
    person: &Concerned,
) -> Result<LadderStep> {
    let (id, at) = (ids.next(), occasion.at);
    let written = wire::ladder::step(wire::ladder::Drafted {
        id,
        division: &person.division,
        person: named(person),
        plan: occasion.plan,
        occurrence: counted,
        step: rung,
        occasion: occasion.name,
        week: occasion.week.map(|week| week.to_string()).unwrap_or_default(),
        misses: &person.misses,
        bulletin: occasion.bulletin,
        at,
    });
    let row = StepRow {
        step_id: id,
        division_code: person.division.clone(),
        plan_division: occasion.plan.division_code.clone(),
        plan_code: occasion.plan.plan_code.clone(),
        cadre_id: person.cadre.clone(),
        trigger: wire::ladder::trigger_name(occasion.trigger),
        occasion: occasion.name.to_owned(),
        bulletin_id: occasion.bulletin,
        content: written.encode_to_vec(),
        drafted_at: at,
    };
    store::step_insert(tx, &row).await?;
    let event = LadderStepDrafted {
        ladder_step: Some(written.clone()),
    };
    tx.emit("ladder.step_drafted", &person.division, &written.name, &event);
    Ok(written)
}

fn named(person: &Concerned) -> TaskPerson {
    wire::task::person(&person.cadre, &person.display_name)
}
