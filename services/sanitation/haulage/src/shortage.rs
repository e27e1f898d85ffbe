//! What a day lacks whose stations overflow or keep too much: each limit is lifted alone, and what then holds is named.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::{Params, Plan, Problem, Window, solve};

/// A limit which, lifted alone, would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cure {
    /// More trucks of the same kinds.
    Trucks,
    /// Longer shifts of the trucks.
    Shifts,
    /// Longer hours of stations and plants.
    Hours,
    /// More that the plants take.
    Intake,
    /// More bays.
    Bays,
    /// More storage; named only where nothing else would do.
    Storage,
}

/// What is wrong with a station's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// Index of the station.
    pub station: usize,
    /// First time above the storage.
    pub over_at_s: Option<i64>,
    /// Most above the storage.
    pub over_kg: i64,
    /// Left above the target.
    pub late_kg: i64,
    /// What would do, each alone; empty: no single one.
    pub cures: Vec<Cure>,
}

const ALL_DAY: Window = Window {
    opens_s: 0,
    closes_s: 172_800,
};
/// As many trucks of each kind as there are times this number.
const COPIES: usize = 4;

/// What the day of a plan lacks, by station; empty if it lacks nothing.
pub fn shortages(
    problem: &Problem,
    plan: &Plan,
    params: Params,
    watch: &mut dyn FnMut() -> ControlFlow<()>,
) -> Vec<Shortage> {
    let wrong = |(_, stock): &(usize, &crate::Stock)| stock.over_kg > 0 || stock.late_kg > 0;
    let mut found: Vec<Shortage> = plan
        .stocks
        .iter()
        .enumerate()
        .filter(wrong)
        .map(|(station, stock)| Shortage {
            station,
            over_at_s: stock.over_at_s,
            over_kg: stock.over_kg,
            late_kg: stock.late_kg,
            cures: Vec::new(),
        })
        .collect();
    if found.is_empty() {
        return found;
    }
    for cure in [Cure::Trucks, Cure::Shifts, Cure::Hours, Cure::Intake, Cure::Bays] {
        let lifted = lift(problem, cure);
        let cured = solve(&lifted, params, &mut |_| watch());
        for shortage in &mut found {
            let stock = &cured.stocks[shortage.station];
            if stock.over_kg == 0 && stock.late_kg == 0 {
                shortage.cures.push(cure);
            }
        }
    }
    for shortage in &mut found {
        if shortage.cures.is_empty() && shortage.over_kg > 0 && shortage.late_kg == 0 {
            shortage.cures.push(Cure::Storage);
        }
    }
    found
}

fn lift(problem: &Problem, cure: Cure) -> Problem {
    let mut spec = problem.spec().clone();
    match cure {
        Cure::Trucks => spec.trucks = vec![spec.trucks; COPIES].concat(),
        Cure::Shifts => spec.trucks.iter_mut().for_each(|truck| truck.shift = ALL_DAY),
        Cure::Hours => {
            spec.stations.iter_mut().for_each(|station| station.hours = ALL_DAY);
            spec.plants.iter_mut().for_each(|plant| plant.hours = ALL_DAY);
        }
        Cure::Intake => spec.plants.iter_mut().for_each(|plant| plant.intake_kg = i64::MAX / 4),
        Cure::Bays => {
            spec.stations.iter_mut().for_each(|station| station.bays = usize::MAX);
            spec.plants.iter_mut().for_each(|plant| plant.bays = usize::MAX);
        }
        Cure::Storage => {}
    }
    Problem(spec)
}
