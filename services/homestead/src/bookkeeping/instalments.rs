//! Recording what became of agreements on instalments by the day and by what was paid.

use std::collections::BTreeSet;

use kit::{db::Tx, error::Result};
use time::Date;

use crate::{
    store::instalment::{self, ACTIVE, DEFAULTED, FULFILLED, Plan},
    wire::{
        instalment::{defaulted, standing, state},
        names,
    },
};

/// Whether something of an agreement is to be recorded on `today`.
pub fn changes(plan: &Plan, today: Date) -> bool {
    let standing = standing(plan, today);
    let state = state(plan, &standing);
    let deferred_to = standing.next.filter(|_| state == ACTIVE).map(|next| next.due_on);
    state != plan.state || deferred_to != plan.deferred_to
}

/// Records where agreements stand on `today`, and gives their bills the due dates that follow. The books of their villages are
/// held, and the agreements were read since.
pub async fn follow(tx: &mut Tx, plans: &[Plan], today: Date) -> Result<()> {
    // Of several fulfilled ones of a household that are owed again, one holds again.
    let mut held: BTreeSet<&str> = BTreeSet::new();
    for plan in plans.iter().filter(|plan| changes(plan, today)) {
        let standing = standing(plan, today);
        let now = state(plan, &standing);
        if plan.state == FULFILLED && !held.insert(&plan.household_id) {
            continue;
        }
        if now == ACTIVE {
            if plan.state != ACTIVE {
                instalment::plan_state(tx, plan.id, ACTIVE, None, "").await?;
            }
            let due_on = standing.next.map(|next| next.due_on);
            instalment::defer(tx, plan, due_on, today).await?;
            continue;
        }
        instalment::plan_state(tx, plan.id, now, Some(today), "").await?;
        instalment::defer(tx, plan, None, today).await?;
        if now == DEFAULTED {
            let subject = names::of("instalmentPlans", plan.id);
            let event = defaulted(plan, &standing, today);
            tx.emit("instalments.defaulted", &plan.division_code, &subject, &event);
        }
    }
    Ok(())
}
