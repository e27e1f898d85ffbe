//! What a village brings on an ordinary day: its own weighings, held to those of its township where they are few.

use super::{
    history::{Past, Village},
    robust::{self, Weighted},
};

/// Fewest villages that tell what the others bring.
const FEWEST_VILLAGES: usize = 3;
/// Villages differ from what is believed of them by at least this share, whatever a few of them say.
const LEAST_BETWEEN: f64 = 0.05;
/// What is believed counts as many weighings at most.
const MOST_BELIEF: f64 = 20.0;

/// What is believed of a village without weighings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Its points' register states it.
    Register,
    /// Residents by the norm's mass a head.
    Population,
}

/// An ordinary day of a village.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Level {
    /// Believed without weighings, kg; `None`: neither stated nor inhabited.
    pub believed: Option<(Source, f64)>,
    /// As weighed, kg; `None` without recent weighings.
    pub kg: Option<f64>,
    /// How many recent weighings of equal weight tell as much.
    pub weighings: f64,
}

/// What weighed villages bring over what is believed of them.
#[derive(Debug, Clone)]
pub(super) struct Calibration {
    /// Middle.
    pub factor: f64,
    /// Of each village, over the middle, smallest first.
    pub ratios: Vec<Weighted>,
}

/// Levels by village, and calibrations by source.
pub(super) fn find(past: &Past<'_>, rates: &mut [Vec<Weighted>]) -> (Vec<Level>, [Option<Calibration>; 2]) {
    let head_kg = super::real(past.norms.waste.usual_g_per_person_day()) / 1_000.0;
    let level = |(village, rates): (&Village, &mut Vec<Weighted>)| Level {
        believed: believed(village, head_kg),
        kg: robust::location(rates),
        weighings: robust::effective(rates),
    };
    let mut levels: Vec<Level> = past.township.villages.iter().zip(rates.iter_mut()).map(level).collect();
    let within = within(&levels, rates);
    let calibrations = [Source::Register, Source::Population].map(|source| calibration(&levels, source));
    for level in &mut levels {
        if let (Some(kg), Some((source, believed))) = (level.kg, level.believed)
            && let Some(calibration) = &calibrations[source as usize]
        {
            let between = robust::spread(&calibration.ratios, 1.0);
            let sampling = within * within / level.weighings.max(1.0);
            let between = (between * between - sampling).max(LEAST_BETWEEN * LEAST_BETWEEN);
            let belief = (within * within / between).min(MOST_BELIEF);
            let target = calibration.factor * believed;
            level.kg = Some((level.weighings * kg + belief * target) / (level.weighings + belief));
        }
    }
    (levels, calibrations)
}

/// Relative spread of a village's weighings about its level.
fn within(levels: &[Level], rates: &[Vec<Weighted>]) -> f64 {
    let mut all = Vec::new();
    for (level, rates) in levels.iter().zip(rates) {
        if let Some(kg) = level.kg.filter(|kg| *kg > 0.0) {
            all.extend(rates.iter().map(|(rate, weight)| (rate / kg, *weight)));
        }
    }
    robust::spread(&all, 1.0)
}

fn believed(village: &Village, head_kg: f64) -> Option<(Source, f64)> {
    let stated: i64 = village.points.iter().map(|point| point.daily_g.max(0)).sum();
    if stated > 0 {
        Some((Source::Register, super::real(stated) / 1_000.0))
    } else {
        (village.residents > 0).then(|| (Source::Population, super::real(village.residents) * head_kg))
    }
}

fn calibration(levels: &[Level], source: Source) -> Option<Calibration> {
    let ratio = |level: &Level| {
        let (_, believed) = level.believed.filter(|(of, _)| *of == source)?;
        Some((level.kg? / believed, 1.0))
    };
    let mut ratios: Vec<Weighted> = levels.iter().filter_map(ratio).collect();
    if ratios.len() < FEWEST_VILLAGES {
        return None;
    }
    let factor = robust::location(&mut ratios).filter(|factor| *factor > 0.0)?;
    for (ratio, _) in &mut ratios {
        *ratio /= factor;
    }
    robust::sort(&mut ratios);
    Some(Calibration { factor, ratios })
}
