//! Records figures, whatever door they come by: a call, a file or an event. Checks them against the register, the plan and what
//! is known, and opens a case where an inspection belies a self-report.

pub mod cases;
mod check;
mod known;
mod rules;

use std::collections::HashSet;

use kit::{
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use proto::xiangtu::villages::v1::MeasurementRecorded;
use villages_core::guard::{self, Flag};

use self::{known::Known, rules::Rules};
use crate::{
    store::{
        bulletin_clock,
        measurement::{self, MeasurementRow},
    },
    wire::{self, measurement::Figure},
};

/// How figures come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Somebody enters them; a correction names what it corrects.
    Call,
    /// A file; what differs from the latest figure corrects it.
    File,
    /// An inspection found them at the village; it corrects what was found there on the same day, and is asked for by no plan.
    Inspection,
    /// A service knows them: another one, by its event, or this one, by counting. Like a file, but neither plan nor register has
    /// a say.
    Known,
}

/// What became of figures.
pub struct Recorded {
    /// The figures that were recorded.
    pub rows: Vec<MeasurementRow>,
    /// One outcome for each given figure, in order: its position in `rows`, or none where it is known already.
    pub outcomes: Vec<Result<Option<usize>>>,
}

/// Records the figures that hold; each comes with its path in the request, and may have been refused already.
pub async fn record(ids: &Ids, tx: &mut Tx, figures: Vec<(String, Result<Figure>)>, door: Door) -> Result<Recorded> {
    let now = bulletin_clock::recorded_at(tx).await?;
    let mut known = Known::read(tx, &figures).await?;
    let rules = match door {
        Door::Known => Rules::default(),
        Door::Call | Door::File | Door::Inspection => Rules::read(tx, &figures, now).await?,
    };
    let reporter = tx.principal().to_owned();
    let mut seen = HashSet::new();
    let mut recorded = Recorded {
        rows: Vec::new(),
        outcomes: Vec::with_capacity(figures.len()),
    };
    for (path, figure) in figures {
        let outcome = figure.and_then(|figure| {
            if !seen.insert(figure.subject.clone()) {
                return Err(Error::exists(format!(
                    "{path}: another figure of the call for the same subject"
                )));
            }
            accept(&path, figure, door, &known, &rules)
        });
        recorded.outcomes.push(outcome.map(|accepted| {
            let Accepted { figure, flags, latest } = accepted?;
            let row = row(ids, figure, &flags, latest, &reporter, now);
            known.add(&row);
            recorded.rows.push(row);
            Some(recorded.rows.len() - 1)
        }));
    }
    measurement::measurements_insert(tx, &recorded.rows).await?;
    cases::open_belied(ids, tx, &recorded.rows, &rules).await?;
    Ok(recorded)
}

/// States that figures were recorded.
pub fn emit(tx: &mut Tx, rows: &[MeasurementRow]) {
    for row in rows {
        let event = MeasurementRecorded {
            measurement: Some(wire::measurement::measurement(row)),
        };
        let name = wire::measurement::name(row.measurement_id);
        tx.emit("measurement.recorded", &row.division_code, &name, &event);
    }
}

/// A figure that holds.
struct Accepted {
    figure: Figure,
    flags: Vec<Flag>,
    /// The figure of the same subject before it.
    latest: Option<MeasurementRow>,
}

/// The figure with why it is doubted; `None` if it is known already.
fn accept(path: &str, mut figure: Figure, door: Door, known: &Known, rules: &Rules) -> Result<Option<Accepted>> {
    let latest = known.latest(&figure.subject).cloned();
    if door != Door::Call {
        let repeats = latest.as_ref().is_some_and(|latest| says_the_same(latest, &figure));
        if repeats && door != Door::Inspection {
            return Ok(None);
        }
        figure.supersedes = latest.as_ref().map(|latest| latest.measurement_id);
    }
    let mut flags = Vec::new();
    if door != Door::Known {
        known.exists(&figure.subject)?;
    }
    if matches!(door, Door::Call | Door::File) {
        let indicator = rules.indicator(&figure.subject);
        check::fits(path, &figure, indicator)?;
        known.revises(path, &figure)?;
        known.not_inspected(&figure)?;
        if let Some(indicator) = indicator.filter(|_| figure.subject.source == "SELF_REPORT" && !figure.unit_deducted) {
            let before = known.before(&figure.subject);
            flags = guard::flags(indicator, before.as_ref(), &figure.value(), figure.has_evidence());
        }
    }
    Ok(Some(Accepted { figure, flags, latest }))
}

fn says_the_same(latest: &MeasurementRow, figure: &Figure) -> bool {
    (latest.numerator, latest.denominator, latest.deductible)
        == (figure.numerator, figure.denominator, figure.deductible)
}

fn row(
    ids: &Ids,
    figure: Figure,
    flags: &[Flag],
    latest: Option<MeasurementRow>,
    reporter: &str,
    now: time::OffsetDateTime,
) -> MeasurementRow {
    use prost::Message as _;
    let held = !flags.is_empty() && !figure.has_evidence();
    MeasurementRow {
        measurement_id: ids.next(),
        revision: latest.as_ref().map_or(1, |latest| latest.revision + 1),
        // Revisions ascend with the time of recording.
        recorded_at: latest.map_or(now, |latest| latest.recorded_at.max(now)),
        division_code: figure.subject.division_code,
        indicator: figure.subject.indicator,
        as_of_date: figure.subject.as_of_date,
        source: figure.subject.source,
        numerator: figure.numerator,
        denominator: figure.denominator,
        deductible: figure.deductible,
        evidence: figure.evidence,
        reporter: reporter.to_owned(),
        supersedes: figure.supersedes,
        unit_deducted: figure.unit_deducted,
        checklist: figure.checklist.map(|it| it.encode_to_vec()).unwrap_or_default(),
        flags: flags
            .iter()
            .map(|flag| wire::measurement::flag_name(*flag).to_owned())
            .collect(),
        held,
    }
}
