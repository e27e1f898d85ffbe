//! A checked plan, ready to rate by.

mod change;

use std::collections::BTreeMap;

use time::Date;

use crate::{
    calendar::Calendar,
    check::{self, comparison},
    document::{
        Acceptance, Comparison, Document, Hotspots, Indicator, IndicatorKind, LadderStep, Policy, Quota, TaskTemplate,
        Terrain, VillageClass,
    },
    problem::Problem,
    threshold::Threshold,
};

pub use change::ChangeError;

/// A plan without contradictions; codes are resolved to positions.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Title.
    pub display_name: String,
    /// Code of the county or township that it binds.
    pub division: String,
    /// First day of the programme.
    pub start: Date,
    /// Last day of the programme.
    pub end: Date,
    /// What is measured.
    pub indicators: Vec<Indicator>,
    /// Tiers in ascending order.
    pub tiers: Vec<Tier>,
    /// Veto items.
    pub vetoes: Vec<Veto>,
    /// Quotas.
    pub quotas: Vec<Quota>,
    /// Work items.
    pub templates: Vec<TaskTemplate>,
    /// Days on which work is done.
    pub calendar: Calendar,
    /// What follows when work stands still.
    pub ladder: Vec<LadderStep>,
    /// Switches.
    pub policy: Policy,
    /// When sightings are one hotspot.
    pub hotspots: Hotspots,
    /// How villages are accepted.
    pub acceptance: Acceptance,
    classes: Vec<VillageClass>,
    terrains: Vec<(String, Terrain)>,
    batches: Vec<Batch>,
    /// Codes of the plan by those that took their place.
    recoded: BTreeMap<String, String>,
}

/// A tier.
#[derive(Debug, Clone)]
pub struct Tier {
    /// Code.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// All of them must hold.
    pub criteria: Vec<Criterion>,
}

/// A condition of a tier.
#[derive(Debug, Clone)]
pub struct Criterion {
    /// Position of the indicator.
    pub indicator: usize,
    /// How it compares.
    pub comparison: Comparison,
    threshold: Threshold,
    by_terrain: Vec<(Terrain, Threshold)>,
}

/// A veto item.
#[derive(Debug, Clone)]
pub struct Veto {
    /// Code.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// Position of the indicator.
    pub indicator: usize,
    /// It stands while this holds.
    pub comparison: Comparison,
    /// Threshold.
    pub threshold: Threshold,
    /// Position of the lowest tier that it bars.
    pub bars_from: usize,
}

/// Villages that go for one tier together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Code.
    pub code: String,
    /// Position of the tier.
    pub target: usize,
    /// Day of the acceptance.
    pub acceptance: Date,
    divisions: Vec<String>,
}

impl Plan {
    /// Checks the document and resolves its codes.
    pub fn build(document: &Document) -> Result<Self, Vec<Problem>> {
        let problems = check::structure(document);
        if problems.is_empty() {
            // What the check lets pass always resolves; an empty list here would be a gap in the check.
            resolve(document).ok_or(problems)
        } else {
            Err(problems)
        }
    }

    /// Whether a village-level division is rated under this plan.
    pub fn rates(&self, village: &str) -> bool {
        village.len() == 12 && village.starts_with(&self.division) && self.classes.contains(&VillageClass::of(village))
    }

    /// Understands what it says of `former` as said of `code`, which took its place after the plan began.
    pub fn follow(&mut self, former: &str, code: &str) {
        if former.starts_with(&self.division) {
            self.recoded.insert(code.to_owned(), former.to_owned());
        }
    }

    fn known_as<'a>(&'a self, village: &'a str) -> &'a str {
        self.recoded.get(village).map_or(village, String::as_str)
    }

    /// Terrain of a village.
    pub fn terrain(&self, village: &str) -> Terrain {
        let village = self.known_as(village);
        let found = self.terrains.iter().find(|(division, _)| village.starts_with(division));
        found.map_or(Terrain::Plain, |(_, terrain)| *terrain)
    }

    /// The batch of a village: the one that names it or its township, else the one that takes all the rest.
    pub fn batch(&self, village: &str) -> Option<&Batch> {
        let village = self.known_as(village);
        let names = |batch: &&Batch| batch.divisions.iter().any(|division| village.starts_with(division));
        self.batches
            .iter()
            .find(names)
            .or_else(|| self.batches.iter().find(|batch| batch.divisions.is_empty()))
    }

    /// Code of the division of a quota.
    pub fn place<'a>(&'a self, quota: &'a Quota) -> &'a str {
        if quota.division.is_empty() {
            return &self.division;
        }
        let successor = self.recoded.iter().find(|(_, former)| **former == quota.division);
        successor.map_or(&quota.division, |(code, _)| code)
    }

    /// Position of an indicator.
    pub fn indicator(&self, code: &str) -> Option<usize> {
        self.indicators.iter().position(|indicator| indicator.code == code)
    }

    /// Whether an indicator is inspected by household: as the plan says, else if it is a ratio of households (户); never what is
    /// counted by natural villages.
    pub fn by_household(&self, indicator: &Indicator) -> bool {
        let is_listed = match self.acceptance.household_indicators.as_slice() {
            [] => indicator.kind == IndicatorKind::Ratio && indicator.unit == "户",
            codes => codes.contains(&indicator.code),
        };
        is_listed && indicator.two_level.is_none()
    }

    /// Position of a tier.
    pub fn tier(&self, code: &str) -> Option<usize> {
        self.tiers.iter().position(|tier| tier.code == code)
    }
}

impl Criterion {
    /// The threshold in a terrain.
    pub fn threshold(&self, terrain: Terrain) -> &Threshold {
        let own = self.by_terrain.iter().find(|(of, _)| *of == terrain);
        own.map_or(&self.threshold, |(_, threshold)| threshold)
    }
}

fn resolve(document: &Document) -> Option<Plan> {
    let position = |code: &str| document.indicators.iter().position(|indicator| indicator.code == code);
    let tier = |code: &str| document.tiers.iter().position(|tier| tier.code == code);
    let mut tiers = Vec::with_capacity(document.tiers.len());
    for written in &document.tiers {
        let mut criteria = Vec::with_capacity(written.criteria.len());
        for criterion in &written.criteria {
            let at = position(&criterion.indicator)?;
            let indicator = document.indicators.get(at)?;
            let read = |text: &str| Threshold::parse(indicator.kind, text).ok();
            let mut by_terrain = Vec::new();
            for other in &criterion.terrain_thresholds {
                by_terrain.push((other.terrain, read(&other.threshold)?));
            }
            criteria.push(Criterion {
                indicator: at,
                comparison: comparison(criterion, indicator),
                threshold: read(&criterion.threshold)?,
                by_terrain,
            });
        }
        tiers.push(Tier {
            code: written.code.clone(),
            display_name: written.display_name.clone(),
            criteria,
        });
    }
    let mut vetoes = Vec::with_capacity(document.vetoes.len());
    for veto in &document.vetoes {
        let at = position(&veto.indicator)?;
        vetoes.push(Veto {
            code: veto.code.clone(),
            display_name: veto.display_name.clone(),
            indicator: at,
            comparison: veto.comparison,
            threshold: Threshold::parse(document.indicators.get(at)?.kind, &veto.threshold).ok()?,
            bars_from: if veto.bars_from_tier.is_empty() {
                0
            } else {
                tier(&veto.bars_from_tier)?
            },
        });
    }
    let mut batches = Vec::with_capacity(document.batches.len());
    for batch in &document.batches {
        batches.push(Batch {
            code: batch.code.clone(),
            target: tier(&batch.target_tier)?,
            acceptance: batch.acceptance_date?,
            divisions: batch.divisions.clone(),
        });
    }
    let classes = match document.rated_classes.as_slice() {
        [] => vec![VillageClass::ResidentsCommittee, VillageClass::VillagersCommittee],
        given => given.to_vec(),
    };
    let terrain = |area: &crate::document::TerrainArea| {
        let terrain = area.terrain;
        area.divisions
            .iter()
            .map(move |code| (code.clone(), terrain))
            .collect::<Vec<_>>()
    };
    Some(Plan {
        display_name: document.display_name.clone(),
        division: document.division.clone(),
        start: document.start_date?,
        end: document.end_date?,
        indicators: document.indicators.clone(),
        tiers,
        vetoes,
        quotas: document.quotas.clone(),
        templates: document.task_templates.clone(),
        calendar: Calendar::new(&document.calendar)?,
        ladder: document.ladder.clone(),
        policy: document.policy.clone(),
        hotspots: document.hotspots.clone(),
        acceptance: document.acceptance.clone(),
        classes,
        terrains: document.terrains.iter().flat_map(terrain).collect(),
        batches,
        recoded: BTreeMap::new(),
    })
}
