//! Passes that nobody could do, and why.

use crate::jobs::{Job, Jobs};
use crate::{Reason, Spec, Vehicle};

/// For each job why no vehicle could do it alone, or none. `kinds` holds a vehicle of each kind.
pub(crate) fn reasons(spec: &Spec, jobs: &Jobs, kinds: &[usize]) -> Vec<Option<Reason>> {
    jobs.jobs.iter().map(|job| reason(spec, jobs, kinds, job)).collect()
}

fn reason(spec: &Spec, jobs: &Jobs, kinds: &[usize], job: &Job) -> Option<Reason> {
    let work = spec.tasks[job.task].work;
    let vehicles = || kinds.iter().map(|&kind| &spec.vehicles[kind]);
    let able = || vehicles().filter(|vehicle| vehicle.works.contains(&work));
    if able().next().is_none() {
        return Some(Reason::NoVehicle);
    }
    let strong = || able().filter(|vehicle| job.demand <= vehicle.capacity);
    if strong().next().is_none() {
        return Some(Reason::TooMuch);
    }
    let times = || strong().filter_map(|vehicle| Some((vehicle, there_and_back_s(jobs, vehicle, job)?)));
    if times().next().is_none() {
        return Some(Reason::NoWay);
    }
    let in_time = times().any(|(vehicle, seconds)| seconds <= vehicle.shift.close_s - vehicle.shift.open_s);
    (!in_time).then_some(Reason::OutsideShifts)
}

fn there_and_back_s(jobs: &Jobs, vehicle: &Vehicle, job: &Job) -> Option<i64> {
    let way = |exit, entry| Some(jobs.table.leg(exit, entry).1).filter(|&seconds| seconds < u32::MAX.into());
    let over = |mode: &crate::jobs::Mode| {
        let there = way(jobs.from(vehicle.start), mode.entry)?;
        Some(there + job.service_s + way(mode.exit, jobs.to(vehicle.end))?)
    };
    job.modes.iter().filter_map(over).min()
}
