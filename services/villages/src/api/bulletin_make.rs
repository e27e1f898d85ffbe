//! Makes a bulletin from what was known at an instant: the same bytes at any later time.

use std::collections::HashMap;

use kit::{
    division::{Division as Code, Level},
    error::{Error, Result},
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use villages_core::{
    bulletin::{self, Bulletin, Correction, Head, Input, Village},
    plan::Plan,
    week::Week,
};

use super::{plan_load::Loaded, rating_run, task_load};
use crate::store::{
    bulletin as store,
    rating_facts::{self, At},
};

/// Makes the bulletin of a division and week.
pub(super) async fn make(
    conn: &mut PgConnection,
    loaded: &Loaded,
    division: &Code,
    week: Week,
    known_at: OffsetDateTime,
) -> Result<(Bulletin, String)> {
    let at = At {
        date: week.last_day(),
        known_at,
    };
    let names = rating_facts::divisions_named(conn, division.code(), "", at).await?;
    let own = names.iter().find(|row| row.division_code == division.code());
    let own = own
        .ok_or_else(|| Error::not_found(division.name()))?
        .display_name
        .clone();
    let rated = rating_run::rate(conn, &loaded.plan, division.code(), at).await?;
    let townships = match division.level() {
        Level::County => {
            let townships = names.into_iter().filter(|row| row.division_code.len() == 9);
            townships.map(|row| (row.division_code, row.display_name)).collect()
        }
        _ => Vec::new(),
    };
    let head = Head {
        division_name: own,
        plan_name: loaded.plan.display_name.clone(),
        plan_version: loaded.key.version,
        week,
        number: week.since(loaded.plan.start),
        known_at,
        tiers: loaded.plan.tiers.iter().map(|tier| tier.display_name.clone()).collect(),
        score_full_milli: rated.first().map_or(0, |village| village.rating.score_full_milli),
        rank_persons: loaded.plan.policy.rank_persons,
    };
    let village = |village: rating_run::Rated| Village {
        on_target: village.on_target(),
        tier: village.rating.tier,
        score_milli: village.rating.score_milli,
        code: village.code,
        display_name: village.display_name,
    };
    let input = Input {
        head,
        villages: rated.into_iter().map(village).collect(),
        tasks: task_load::known(conn, division.code(), week.last_day(), known_at).await?,
        corrections: corrections(conn, &loaded.plan, division, week, known_at).await?,
        townships,
    };
    let bulletin = bulletin::compose(input);
    let text = bulletin::render(&bulletin);
    Ok((bulletin, text))
}

/// What was learned since the bulletin before about its own time; nothing where there is none.
async fn corrections(
    conn: &mut PgConnection,
    plan: &Plan,
    division: &Code,
    week: Week,
    known_at: OffsetDateTime,
) -> Result<Vec<Correction>> {
    let before = store::bulletin_before(conn, division.code(), week.first_day(), known_at).await?;
    let Some((before, since)) = before else {
        return Ok(Vec::new());
    };
    let until = Week::of(before).last_day();
    let names: HashMap<&str, &str> = plan
        .indicators
        .iter()
        .map(|indicator| (indicator.measured_as(), indicator.display_name.as_str()))
        .collect();
    let indicators: Vec<&str> = names.keys().copied().collect();
    let rows = store::corrections(conn, division.code(), &indicators, until, since, known_at).await?;
    let correction = |row: store::CorrectionRow| Correction {
        progress: row.progress,
        subject: row.subject.as_u128(),
        village: row.division_code,
        display_name: match names.get(row.topic.as_str()) {
            Some(name) if !row.progress => (*name).to_owned(),
            _ => row.topic,
        },
        date: row.date,
        before: row.before.unwrap_or_default(),
        after: row.after,
    };
    // A figure that says again what was known corrects nothing.
    Ok(rows
        .into_iter()
        .map(correction)
        .filter(|correction| correction.before != correction.after)
        .collect())
}
