//! How far a village meets the waste norms.

mod explain;
mod rule;
mod station;

use crate::{
    geo::{Position, distance_m},
    norms::{Norms, Share},
    reach::Reach,
};

pub use explain::Text;
pub use rule::Rule;
pub use station::{Station, StationReport, assess_station};

/// A village with what stands in it.
#[derive(Debug, Clone, Default)]
pub struct Village {
    /// Registered households, ≥ 0.
    pub households: i64,
    /// Its bins.
    pub bins: Vec<Bin>,
    /// Its collection points.
    pub points: Vec<Point>,
    /// Where its households stand, as far as known.
    pub hamlets: Vec<Hamlet>,
    /// Times that waste was collected on each of the last days.
    pub collections: Vec<i64>,
    /// Persons who live there, ≥ 0.
    pub residents: i64,
    /// Its cleaners.
    pub cleaners: i64,
}

/// Households that stand together.
#[derive(Debug, Clone, Copy)]
pub struct Hamlet {
    /// How many.
    pub households: i64,
    /// Houses stand close together; `None`: as the norms say of the village.
    pub clustered: Option<bool>,
    /// Distance of the nearest point; `None`: the village has none.
    pub nearest_m: Option<i64>,
}

/// A bin.
#[derive(Debug, Clone, Copy)]
pub struct Bin {
    /// It has a lid that closes.
    pub sealed: bool,
    /// Where it is.
    pub position: Position,
    /// Where its collection point is; `None`: it is emptied by itself.
    pub point: Option<Position>,
}

/// A collection point.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Volume in litres.
    pub capacity_l: i64,
    /// Expected waste, grams a day.
    pub daily_g: i64,
    /// How it is emptied.
    pub reach: Reach,
}

/// One norm applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The norm.
    pub rule: Rule,
    /// What meets the norm over what is held to it; `None` where nothing is.
    pub found: Option<Share>,
    /// The norm is met.
    pub passed: bool,
    /// Whole units missing; 0 if met.
    pub missing: i64,
    /// Distance of the farthest one; only for radii.
    pub farthest_m: Option<i64>,
    /// The reckoning.
    pub text: Text,
}

/// All norms applied to one village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Bins that stand there.
    pub bins: i64,
    /// Bins that close.
    pub sealed_bins: i64,
    /// Fewest bins allowed.
    pub required_bins: i64,
    /// Bins for full marks.
    pub full_marks_bins: i64,
    /// Thousandths of full marks: 0 below the fewest allowed, 600 at it, 1,000 at full marks, linear between.
    pub marks_permille: i64,
    /// The required checks are passed.
    pub compliant: bool,
    /// Every norm with its reckoning.
    pub checks: Vec<Check>,
}

/// Applies `norms` to a village.
pub fn assess(village: &Village, norms: &Norms) -> Report {
    let bins = count(village.bins.len());
    let sealed_bins = count(village.bins.iter().filter(|bin| bin.sealed).count());
    let required_bins = per(village.households, norms.bins.households_per_bin);
    let full_marks_bins = per(village.households, norms.bins.households_per_bin_full_marks);
    let distances: Vec<i64> = village
        .bins
        .iter()
        .filter_map(|bin| Some(distance_m(bin.position, bin.point?)))
        .collect();
    let checks = vec![
        bin_count(village.households, bins, required_bins, norms),
        sealed(bins, sealed_bins),
        radius(Rule::CartRadius, &distances, norms.radii.push_cart_m),
        motor_radius(&village.points, norms.radii.motor_vehicle_m),
        radius(Rule::PointRadius, &distances, norms.radii.point_m()),
        household_radius(&village.hamlets, norms),
        kitchen(village, norms),
        cleaners(village, norms),
        volume(&village.points, norms),
    ];
    let failed = |rule: &Rule| checks.iter().any(|check| check.rule == *rule && !check.passed);
    let compliant = !norms.required.iter().any(failed);
    Report {
        bins,
        sealed_bins,
        required_bins,
        full_marks_bins,
        marks_permille: marks(bins, required_bins, full_marks_bins),
        compliant,
        checks,
    }
}

fn bin_count(households: i64, bins: i64, required: i64, norms: &Norms) -> Check {
    let missing = (required - bins).max(0);
    Check {
        rule: Rule::BinCount,
        found: share(bins.min(required), required),
        passed: missing == 0,
        missing,
        farthest_m: None,
        text: explain::bin_count(households, norms.bins.households_per_bin, required, bins),
    }
}

fn sealed(bins: i64, sealed: i64) -> Check {
    Check {
        rule: Rule::BinSealed,
        found: share(sealed, bins),
        passed: sealed == bins,
        missing: bins - sealed,
        farthest_m: None,
        text: explain::sealed(bins, sealed),
    }
}

fn radius(rule: Rule, distances: &[i64], limit_m: i64) -> Check {
    let beyond = count(distances.iter().filter(|distance| **distance > limit_m).count());
    let all = count(distances.len());
    let farthest_m = distances.iter().max().copied();
    Check {
        rule,
        found: share(all - beyond, all),
        passed: beyond == 0,
        missing: beyond,
        farthest_m,
        text: explain::radius(rule, all, beyond, limit_m, farthest_m),
    }
}

fn motor_radius(points: &[Point], limit_m: i64) -> Check {
    let (mut held, mut beyond, mut farthest_m) = (0, 0, None);
    for point in points {
        let distance = match point.reach {
            Reach::Truck => continue,
            Reach::Relay(relay) => Some(relay.distance_m),
            Reach::TooFar { nearest_m } => {
                beyond += 1;
                nearest_m
            }
        };
        held += 1;
        farthest_m = farthest_m.max(distance);
    }
    Check {
        rule: Rule::MotorRadius,
        found: share(held - beyond, held),
        passed: beyond == 0,
        missing: beyond,
        farthest_m,
        text: explain::motor_radius(held, beyond, limit_m),
    }
}

fn household_radius(hamlets: &[Hamlet], norms: &Norms) -> Check {
    let (mut all, mut beyond, mut farthest_m) = (0, 0, None);
    for hamlet in hamlets.iter().filter(|hamlet| hamlet.households > 0) {
        all += hamlet.households;
        farthest_m = farthest_m.max(hamlet.nearest_m);
        let limit_m = norms.radii.of_settlement_m(hamlet.clustered);
        if hamlet.nearest_m.is_none_or(|distance| distance > limit_m) {
            beyond += hamlet.households;
        }
    }
    Check {
        rule: Rule::HouseholdRadius,
        found: share(all - beyond, all),
        passed: beyond == 0,
        missing: beyond,
        farthest_m,
        text: explain::household_radius(all, beyond, &norms.radii),
    }
}

/// A day without a record counts as one without a collection.
fn kitchen(village: &Village, norms: &Norms) -> Check {
    let per_day = norms.frequency.kitchen_per_day;
    let days = if village.households > 0 {
        count(village.collections.len())
    } else {
        0
    };
    let met = village.collections.iter().filter(|times| **times >= per_day).count();
    let met = count(met).min(days);
    Check {
        rule: Rule::KitchenFrequency,
        found: share(met, days),
        passed: met == days,
        missing: days - met,
        farthest_m: None,
        text: explain::kitchen(days, met, per_day),
    }
}

/// Where the norm asks for none, nothing is held to it.
fn cleaners(village: &Village, norms: &Norms) -> Check {
    let each = norms.staff.residents_per_cleaner;
    let required = if each > 0 { per(village.residents, each) } else { 0 };
    let missing = (required - village.cleaners).max(0);
    Check {
        rule: Rule::CleanerCount,
        found: share(village.cleaners.min(required), required),
        passed: missing == 0,
        missing,
        farthest_m: None,
        text: explain::cleaners(village.residents, each, required, village.cleaners),
    }
}

fn volume(points: &[Point], norms: &Norms) -> Check {
    let capacity_l: i64 = points.iter().map(|point| point.capacity_l).sum();
    let days = norms.frequency.residual_interval_days;
    let density = norms.waste.density_g_per_l.max(1);
    let needed = |point: &Point| (point.daily_g * days + density - 1) / density;
    let missing: i64 = points
        .iter()
        .map(|point| (needed(point) - point.capacity_l).max(0))
        .sum();
    let needed: i64 = points.iter().map(needed).sum();
    Check {
        rule: Rule::PointVolume,
        found: share(needed - missing, needed),
        passed: missing == 0,
        missing,
        farthest_m: None,
        text: explain::volume(capacity_l, needed, missing, days),
    }
}

/// ⌈households / each⌉.
fn per(households: i64, each: i64) -> i64 {
    let each = each.max(1);
    (households.max(0) + each - 1) / each
}

fn marks(bins: i64, required: i64, full: i64) -> i64 {
    if bins >= full {
        1_000
    } else if bins < required {
        0
    } else {
        600 + (bins - required) * 400 / (full - required).max(1)
    }
}

fn share(part: i64, whole: i64) -> Option<Share> {
    (whole > 0).then(|| Share::new(part, whole))
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
