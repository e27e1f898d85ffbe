//! Checks figures against the register and what is known, and records those that hold.

use std::collections::{BTreeSet, HashMap, HashSet};

use kit::{
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use proto::xiangtu::villages::v1::Measurement;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    store::{
        bulletin_clock,
        measurement::{self, MeasurementRow, Subject},
    },
    wire::{
        division,
        measurement::{Figure, name},
    },
};

/// What became of figures.
pub(super) struct Recorded {
    /// The figures that were recorded.
    pub rows: Vec<MeasurementRow>,
    /// One outcome for each given figure, in order.
    pub outcomes: Vec<Result<Measurement>>,
}

/// What the store knows of the figures given.
struct Known {
    /// Villages with the first day on which they no longer exist.
    villages: HashMap<String, Option<Date>>,
    latest: HashMap<Subject, MeasurementRow>,
    /// What the figures named as corrected are about.
    corrected: HashMap<Uuid, Subject>,
}

/// Records the figures that hold; each comes with its path in the request, and may have been refused already.
pub(super) async fn record(ids: &Ids, tx: &mut Tx, figures: Vec<(String, Result<Figure>)>) -> Result<Recorded> {
    let known = known(tx, &figures).await?;
    let (reporter, now) = (tx.principal().to_owned(), bulletin_clock::recorded_at(tx).await?);
    let mut seen = HashSet::new();
    let mut recorded = Recorded {
        rows: Vec::new(),
        outcomes: Vec::with_capacity(figures.len()),
    };
    for (path, figure) in figures {
        let row = figure
            .and_then(|figure| known.accept(&path, figure, &mut seen))
            .map(|(figure, revision, since)| {
                row(
                    ids.next(),
                    figure,
                    revision,
                    &reporter,
                    since.map_or(now, |since| since.max(now)),
                )
            });
        recorded.outcomes.push(row.map(|row| {
            let measurement = crate::wire::measurement::measurement(&row);
            recorded.rows.push(row);
            measurement
        }));
    }
    measurement::measurements_insert(tx, &recorded.rows).await?;
    Ok(recorded)
}

async fn known(tx: &mut Tx, figures: &[(String, Result<Figure>)]) -> Result<Known> {
    let good = || figures.iter().filter_map(|(_, figure)| figure.as_ref().ok());
    let subjects: BTreeSet<Subject> = good().map(|figure| figure.subject.clone()).collect();
    let subjects: Vec<Subject> = subjects.into_iter().collect();
    let mut villages: Vec<&str> = subjects.iter().map(|subject| subject.division_code.as_str()).collect();
    villages.dedup();
    measurement::measurements_lock(tx, &villages).await?;
    let latest = measurement::measurements_latest(tx, &subjects).await?;
    let corrected: Vec<Uuid> = good().filter_map(|figure| figure.supersedes).collect();
    let corrected = measurement::measurements_get(tx, &corrected).await?;
    Ok(Known {
        villages: measurement::villages_ends(tx, &villages).await?.into_iter().collect(),
        latest: latest.into_iter().map(|row| (row.subject(), row)).collect(),
        corrected: corrected
            .into_iter()
            .map(|row| (row.measurement_id, row.subject()))
            .collect(),
    })
}

impl Known {
    /// The figure with its revision and the instant of the one before.
    fn accept(
        &self,
        path: &str,
        figure: Figure,
        seen: &mut HashSet<Subject>,
    ) -> Result<(Figure, i32, Option<OffsetDateTime>)> {
        let subject = &figure.subject;
        let village = division::name(&subject.division_code);
        match self.villages.get(&subject.division_code) {
            None => return Err(Error::not_found(village)),
            Some(Some(end)) if *end <= subject.as_of_date => {
                let message = format!("{village} ended on {end}");
                return Err(Error::rule(
                    "DIVISION_ENDED",
                    village,
                    message,
                    format!("该区划已于 {end} 撤销或并入他处"),
                ));
            }
            Some(_) => {}
        }
        let latest = self.latest.get(subject);
        if let Some(corrected) = figure.supersedes {
            match self.corrected.get(&corrected) {
                None => return Err(Error::not_found(name(corrected))),
                Some(other) if other != subject => {
                    let rule = "a figure of the same division, indicator, date and source";
                    return Err(Error::invalid(format!("{path}.supersedes"), name(corrected), rule));
                }
                Some(_) => {}
            }
            if latest.is_none_or(|latest| latest.measurement_id != corrected) {
                let message = format!("{} was corrected already; correct the latest figure", name(corrected));
                return Err(Error::rule(
                    "MEASUREMENT_SUPERSEDED",
                    name(corrected),
                    message,
                    "该数据已被更正，请更正最新的数据",
                ));
            }
        } else if let Some(latest) = latest {
            return Err(Error::exists(name(latest.measurement_id)));
        }
        if !seen.insert(subject.clone()) {
            return Err(Error::exists(format!(
                "{path}: another figure of the call for the same subject"
            )));
        }
        let (revision, since) = latest.map_or((1, None), |latest| (latest.revision + 1, Some(latest.recorded_at)));
        Ok((figure, revision, since))
    }
}

fn row(id: Uuid, figure: Figure, revision: i32, reporter: &str, recorded_at: OffsetDateTime) -> MeasurementRow {
    let Figure {
        subject,
        numerator,
        denominator,
        deductible,
        evidence,
        supersedes,
    } = figure;
    MeasurementRow {
        measurement_id: id,
        division_code: subject.division_code,
        indicator: subject.indicator,
        as_of_date: subject.as_of_date,
        source: subject.source,
        revision,
        numerator,
        denominator,
        deductible,
        evidence,
        reporter: reporter.to_owned(),
        supersedes,
        recorded_at,
    }
}
