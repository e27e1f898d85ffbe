//! Counts the hotspots of a village as figures of source SYSTEM.
//!
//! For each day on which a hotspot counts or once did, the figure is how many of the calendar year count by its end. So a
//! confirmation raises the figures from its day on, and an exoneration corrects them down. The first day of the next year gets
//! a figure of 0, which a fire on that day corrects.

use std::collections::HashMap;

use kit::{
    dates,
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use time::{Date, Month};
use villages_core::{hotspot::series, origin::Origin, plan::Plan};

use super::plan_load;
use crate::{
    record::{self, Door},
    store::{
        bulletin_clock, hotspot_entry,
        measurement::{self, Subject},
    },
    wire::{self, measurement::Figure},
};

const MOST_EVIDENCE: usize = 20;

/// The plan that governs a division on a day; none if there is none or its programme is over.
pub(super) async fn plan(tx: &mut Tx, division: &str, day: Date) -> Result<Option<Plan>> {
    let present = bulletin_clock::present(tx).await?;
    match plan_load::governing(tx, division, day, present).await {
        Ok(loaded) => Ok(Some(loaded.plan)),
        Err(error) if matches!(error.reason(), "NO_PLAN" | "PLAN_ENDED") => Ok(None),
        Err(error) => Err(error),
    }
}

/// Brings the figures of a village up to what counts now, for the year of `day`.
pub(super) async fn recount(ids: &Ids, tx: &mut Tx, village: &str, day: Date) -> Result<()> {
    if village.len() != 12 {
        return Ok(());
    }
    let Some(plan) = plan(tx, village, day).await? else {
        return Ok(());
    };
    let origin = Origin::Hotspots.name();
    let counting = plan.indicators.iter().filter(|indicator| indicator.origin == origin);
    let indicators: Vec<&str> = counting.map(|indicator| indicator.code.as_str()).collect();
    if indicators.is_empty() {
        return Ok(());
    }
    measurement::measurements_lock(tx, &[village]).await?;
    let new_year = |year| Date::from_calendar_date(year, Month::January, 1).map_err(Error::internal);
    let from = new_year(day.year())?.max(plan.start);
    let until = new_year(day.year() + 1)?;
    let rows = hotspot_entry::counted(tx, village, dates::start_of(from), dates::start_of(until)).await?;
    let days = rows.iter().map(|row| (dates::day_of(row.observed_at), row.counts));
    // The next year begins with none: known now already, so that no veto outlives its year. A village that went into another
    // has no next year.
    let ends = measurement::villages_ends(tx, &[village]).await?;
    let lasts = ends.iter().all(|(_, end)| end.is_none_or(|end| until < end));
    let next_year = (lasts && until <= plan.end).then_some((until, 0));
    let figures: Vec<(Subject, i64)> = series(days)
        .into_iter()
        .chain(next_year)
        .flat_map(|(day, count)| {
            let subject = move |indicator: &&str| Subject {
                division_code: village.to_owned(),
                indicator: (*indicator).to_owned(),
                as_of_date: day,
                source: "SYSTEM".to_owned(),
            };
            indicators
                .iter()
                .map(subject)
                .map(move |subject| (subject, count))
                .collect::<Vec<_>>()
        })
        .collect();
    let subjects: Vec<Subject> = figures.iter().map(|(subject, _)| subject.clone()).collect();
    let latest = measurement::measurements_latest(tx, &subjects).await?;
    let latest: HashMap<Subject, _> = latest.into_iter().map(|row| (row.subject(), row)).collect();
    let evidence = |day: Date| {
        let counting = rows
            .iter()
            .filter(|row| row.counts && dates::day_of(row.observed_at) == day);
        counting
            .map(|row| wire::hotspot::name(row.hotspot_id))
            .take(MOST_EVIDENCE)
            .collect()
    };
    let changed = figures.into_iter().filter_map(|(subject, count)| {
        let before = latest.get(&subject);
        // What was counted of the next year already stands.
        let stands = before.is_some_and(|row| row.numerator == count || subject.as_of_date == until);
        if stands {
            return None;
        }
        let figure = Figure {
            evidence: evidence(subject.as_of_date),
            supersedes: None,
            subject,
            numerator: count,
            denominator: None,
            deductible: 0,
            unit_deducted: false,
            checklist: None,
        };
        Some((origin.to_owned(), Ok(figure)))
    });
    let recorded = record::record(ids, tx, changed.collect(), Door::Known).await?;
    record::emit(tx, &recorded.rows);
    recorded.outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))
}
