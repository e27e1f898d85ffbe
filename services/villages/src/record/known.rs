//! What the store knows of figures that are to be recorded.

use std::collections::{BTreeSet, HashMap};

use kit::{
    db::Tx,
    error::{Error, Result},
};
use time::Date;
use uuid::Uuid;
use villages_core::guard::Value;

use crate::{
    store::{
        measurement::{self, MeasurementRow, Subject},
        measurement_guard,
    },
    wire::{
        division,
        measurement::{Figure, name, value},
    },
};

/// What the store knows, and what the same call has recorded so far.
pub struct Known {
    /// Villages and natural villages with the first day on which they no longer exist.
    divisions: HashMap<String, Option<Date>>,
    latest: HashMap<Subject, MeasurementRow>,
    /// What the figures named as corrected are about.
    corrected: HashMap<Uuid, Subject>,
    /// The last figure before each subject that counts.
    before: HashMap<Subject, Value>,
    /// Self-reports whose day an inspection has told.
    inspected: HashMap<Subject, Uuid>,
    /// Figures of the same call that count, with what they are about.
    added: HashMap<(String, String), Vec<(bool, Value)>>,
}

impl Known {
    /// Reads what concerns the figures; whoever else records about their divisions waits.
    pub async fn read(tx: &mut Tx, figures: &[(String, Result<Figure>)]) -> Result<Self> {
        let good = || figures.iter().filter_map(|(_, figure)| figure.as_ref().ok());
        let subjects: BTreeSet<Subject> = good().map(|figure| figure.subject.clone()).collect();
        let subjects: Vec<Subject> = subjects.into_iter().collect();
        let mut codes: Vec<&str> = subjects.iter().map(|subject| subject.division_code.as_str()).collect();
        codes.dedup();
        measurement::measurements_lock(tx, &codes).await?;
        let latest = measurement::measurements_latest(tx, &subjects).await?;
        let corrected: Vec<Uuid> = good().filter_map(|figure| figure.supersedes).collect();
        let corrected = measurement::measurements_get(tx, &corrected).await?;
        let divisions = measurement::villages_ends(tx, &codes).await?;
        let reported = |subject: &&Subject| subject.source == "SELF_REPORT";
        let reports: Vec<Subject> = subjects.iter().filter(reported).cloned().collect();
        let report = |place: i64| {
            usize::try_from(place)
                .ok()
                .and_then(|place| reports.get(place))
                .cloned()
        };
        let before = measurement_guard::figures_before(tx, &reports).await?;
        let before = before.into_iter().filter_map(|row| {
            let value = Value {
                date: row.as_of_date,
                numerator: row.numerator,
                whole: row.whole,
            };
            Some((report(row.place)?, value))
        });
        let inspected = measurement_guard::figures_inspected(tx, &reports).await?;
        Ok(Self {
            divisions: divisions.into_iter().collect(),
            latest: latest.into_iter().map(|row| (row.subject(), row)).collect(),
            corrected: corrected
                .into_iter()
                .map(|row| (row.measurement_id, row.subject()))
                .collect(),
            before: before.collect(),
            inspected: inspected
                .into_iter()
                .filter_map(|(place, id)| Some((report(place)?, id)))
                .collect(),
            added: HashMap::new(),
        })
    }

    /// Notes what the same call has recorded.
    pub fn add(&mut self, row: &MeasurementRow) {
        if row.source == "INSPECTION" {
            let report = Subject {
                source: "SELF_REPORT".to_owned(),
                ..row.subject()
            };
            self.inspected.insert(report, row.measurement_id);
        }
        if !row.held && !row.unit_deducted {
            let key = (row.division_code.clone(), row.indicator.clone());
            let inspection = row.source == "INSPECTION";
            self.added.entry(key).or_default().push((inspection, value(row)));
        }
    }

    /// The latest figure of a subject.
    pub fn latest(&self, subject: &Subject) -> Option<&MeasurementRow> {
        self.latest.get(subject)
    }

    /// The last figure before a subject's day that counts.
    pub fn before(&self, subject: &Subject) -> Option<Value> {
        let key = (subject.division_code.clone(), subject.indicator.clone());
        let added = self.added.get(&key).into_iter().flatten();
        let added = added.filter(|(_, value)| value.date < subject.as_of_date);
        let stored = self.before.get(subject).map(|value| (false, *value));
        added
            .copied()
            .chain(stored)
            .max_by_key(|(inspection, value)| (value.date, *inspection))
            .map(|(_, value)| value)
    }

    /// Refuses what is about no division of the register, or about a day after its end.
    pub fn exists(&self, subject: &Subject) -> Result<()> {
        let village = division::name(&subject.division_code);
        match self.divisions.get(&subject.division_code) {
            None => Err(Error::not_found(village)),
            Some(Some(end)) if *end <= subject.as_of_date => Err(Error::rule(
                "DIVISION_ENDED",
                &village,
                format!("{village} ended on {end}"),
                format!("该区划已于 {end} 撤销或并入他处"),
            )),
            Some(_) => Ok(()),
        }
    }

    /// Refuses a first figure where there is one, and a correction of anything but the latest.
    pub fn revises(&self, path: &str, figure: &Figure) -> Result<()> {
        let latest = self.latest(&figure.subject);
        let Some(corrected) = figure.supersedes else {
            return match latest {
                Some(latest) => Err(Error::exists(name(latest.measurement_id))),
                None => Ok(()),
            };
        };
        if latest.is_some_and(|latest| latest.measurement_id == corrected) {
            return Ok(());
        }
        match self.corrected.get(&corrected) {
            None => Err(Error::not_found(name(corrected))),
            Some(other) if *other != figure.subject => {
                let rule = "a figure of the same division, indicator, date and source";
                Err(Error::invalid(format!("{path}.supersedes"), name(corrected), rule))
            }
            Some(_) => {
                let message = format!("{} was corrected already; correct the latest figure", name(corrected));
                Err(Error::rule(
                    "MEASUREMENT_SUPERSEDED",
                    name(corrected),
                    message,
                    "该数据已被更正，请更正最新的数据",
                ))
            }
        }
    }

    /// Refuses a first self-report for a day on which an inspection found the figure. What was reported before may be
    /// corrected.
    pub fn not_inspected(&self, figure: &Figure) -> Result<()> {
        match self.inspected.get(&figure.subject) {
            Some(inspection) if figure.supersedes.is_none() => {
                let name = name(*inspection);
                Err(Error::rule(
                    "FIGURE_KNOWN",
                    &name,
                    format!("an inspection found this figure: read villages {name}"),
                    format!("该数据已由核查取得，无需再报，请读取 villages {name}"),
                ))
            }
            _ => Ok(()),
        }
    }
}
