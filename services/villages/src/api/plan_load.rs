//! Finds the plan that governs, ready to use.

use kit::error::{Error, Result};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use villages_core::{plan::Plan, week::Week};

use crate::{
    store::{
        plan::{self, PlanKey, PlanRow},
        rating_facts::At,
        recode,
    },
    wire,
};

/// A version of a plan.
pub(super) struct Loaded {
    /// Its identity.
    pub key: PlanKey,
    /// Its rules.
    pub plan: Plan,
}

/// A version, ready to use. What was applied had no contradictions; one now is a defect.
pub(super) fn loaded(row: &PlanRow) -> Result<Loaded> {
    let plan = Plan::build(&wire::plan::document(row)?)
        .map_err(|problems| Error::internal(format!("{:?}: {problems:?}", row.key)))?;
    Ok(Loaded {
        key: row.key.clone(),
        plan,
    })
}

/// One version by its identity, for what was made by it.
pub(super) async fn version(conn: &mut PgConnection, key: &PlanKey) -> Result<Loaded> {
    let row = plan::plan_version(conn, key).await?;
    loaded(&row.ok_or_else(|| Error::internal(format!("{key:?} is not there")))?)
}

/// The version that governs a division on a day. `NO_PLAN` if none does, `PLAN_ENDED` if its programme is over by then.
pub(super) async fn governing(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
    known_at: OffsetDateTime,
) -> Result<Loaded> {
    governing_until(conn, division, date, date, known_at).await
}

/// The version that governs a division at the end of a week. A programme that ends within the week still governs it.
pub(super) async fn governing_week(
    conn: &mut PgConnection,
    division: &str,
    week: Week,
    known_at: OffsetDateTime,
) -> Result<Loaded> {
    governing_until(conn, division, week.first_day(), week.last_day(), known_at).await
}

/// Lets a plan that holds from a day on speak of villages by the codes that they have had since.
pub(super) async fn follow(conn: &mut PgConnection, plan: &mut Plan, holds_from: Date, at: At) -> Result<()> {
    // The latest come first, and the plan knows the code of its own day.
    for recode in recode::recodes(conn, &plan.division, at).await? {
        if recode.since > holds_from {
            plan.follow(&recode.former, &recode.code);
        }
    }
    Ok(())
}

/// The version that governs on `last`, provided that its programme was not over before `first`.
async fn governing_until(
    conn: &mut PgConnection,
    division: &str,
    first: Date,
    last: Date,
    known_at: OffsetDateTime,
) -> Result<Loaded> {
    let name = wire::division::name(division);
    let Some(row) = plan::plan_governing(conn, division, last, known_at).await? else {
        let message = format!("no plan governs {name} on {last}");
        return Err(Error::rule(
            "NO_PLAN",
            name,
            message,
            format!("{last} 没有适用的工作方案"),
        ));
    };
    if row.ends_on < first {
        return Err(ended(&row.key, row.ends_on));
    }
    let mut loaded = loaded(&row)?;
    follow(conn, &mut loaded.plan, row.effective_from, At { date: last, known_at }).await?;
    Ok(loaded)
}

/// The programme is over.
pub(super) fn ended(key: &PlanKey, last: Date) -> Error {
    let name = wire::plan::name_of(key);
    Error::rule(
        "PLAN_ENDED",
        &name,
        format!("{name} ended on {last}"),
        format!("工作方案已于 {last} 结束"),
    )
}
