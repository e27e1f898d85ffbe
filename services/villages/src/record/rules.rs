//! What plans say of the indicators of figures.

use std::collections::{BTreeSet, HashMap};

use kit::{
    db::Tx,
    error::{Error, Result},
};
use time::{Date, OffsetDateTime};
use villages_core::document::{Document, Indicator};

use crate::{
    store::{
        measurement::Subject,
        plan::{self, PlanKey},
    },
    wire::{self, measurement::Figure},
};

/// A plan version that governs some of the figures.
pub struct Rule {
    /// Its identity.
    pub key: PlanKey,
    /// What it says.
    pub document: Document,
}

/// The plans that govern the villages of figures on their days.
#[derive(Default)]
pub struct Rules {
    rules: Vec<Rule>,
    /// Which governs a township on a day.
    governing: HashMap<(String, Date), usize>,
}

impl Rules {
    /// Reads the plans that govern, by what is known at `now`: one query, and one for each version.
    pub async fn read(tx: &mut Tx, figures: &[(String, Result<Figure>)], now: OffsetDateTime) -> Result<Self> {
        let good = figures.iter().filter_map(|(_, figure)| figure.as_ref().ok());
        let places: BTreeSet<(String, Date)> = good.map(|figure| place(&figure.subject)).collect();
        let places: Vec<(String, Date)> = places.into_iter().collect();
        let (mut rules, mut versions, mut governing) = (Vec::new(), HashMap::new(), HashMap::new());
        for row in plan::plans_governing(tx, &places, now).await? {
            if !versions.contains_key(&row.key) {
                let version = plan::plan_version(tx, &row.key).await?;
                let version = version.ok_or_else(|| Error::internal(format!("{:?} is not there", row.key)))?;
                versions.insert(row.key.clone(), rules.len());
                rules.push(Rule {
                    document: wire::plan::document(&version)?,
                    key: row.key.clone(),
                });
            }
            governing.insert((row.place, row.day), versions[&row.key]);
        }
        Ok(Self { rules, governing })
    }

    /// The plan that governs what a figure is about.
    pub fn rule(&self, subject: &Subject) -> Option<&Rule> {
        self.rules.get(*self.governing.get(&place(subject))?)
    }

    /// What the plan says of the indicator.
    pub fn indicator(&self, subject: &Subject) -> Option<&Indicator> {
        let indicators = &self.rule(subject)?.document.indicators;
        indicators.iter().find(|indicator| indicator.code == subject.indicator)
    }
}

/// Plans bind counties and townships.
fn place(subject: &Subject) -> (String, Date) {
    let township = subject.division_code.get(..9).unwrap_or(&subject.division_code);
    (township.to_owned(), subject.as_of_date)
}
