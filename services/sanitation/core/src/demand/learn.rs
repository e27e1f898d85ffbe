//! Learns factors of weekdays, markets and periods from what levels leave unexplained.
//!
//! Each step multiplies a factor by what was weighed on its days over what was expected, as an expectation-maximisation step
//! does: loads of several days are shared among them by what is expected of each. A factor begins at 1 and moves as far as
//! its weighings outweigh that belief, so that it stays where there are none.

use std::collections::BTreeMap;

use super::{
    calendar::WEEKDAYS,
    fit::{Model, Seen},
    history::Visit,
    robust,
};

/// The belief in a factor of 1 counts as many weighings.
const BELIEF: f64 = 4.0;
/// The belief in a stated factor of a period counts as many weighings: its days are few and alike.
const PERIOD_BELIEF: f64 = 30.0;
/// Loads count at most as many standard deviations off.
const CLIP: f64 = 2.5;
/// Days after which the township's course counts a third.
const COURSE_DAYS: f64 = 21.0;
/// Fewest weighings near a day that tell the township's course.
const FEWEST: f64 = 3.0;

/// A block of factors that is learned together.
struct Block {
    first: usize,
    end: usize,
    belief: f64,
}

/// One round over all blocks.
pub(super) fn factors(model: &mut Model<'_>, seen: &[Seen<'_>]) {
    let [_, markets, periods, end] = model.past.calendar.blocks();
    let block = |first, end, belief| Block { first, end, belief };
    step(model, seen, &block(0, markets, BELIEF), None);
    let mean = model.factors[..WEEKDAYS].iter().sum::<f64>() / super::real(7);
    if mean > 0.0 {
        for factor in &mut model.factors[..WEEKDAYS] {
            *factor /= mean;
        }
    }
    if markets < periods {
        step(model, seen, &block(markets, periods, BELIEF), None);
    }
    if periods < end && seen.iter().any(|seen| touches(seen.visit, periods)) {
        let course = course(model, seen, periods);
        step(model, seen, &block(periods, end, PERIOD_BELIEF), Some(&course));
    }
}

/// One step of one block. With a course of the township all history counts alike, held to the level of its time.
fn step(model: &mut Model<'_>, seen: &[Seen<'_>], block: &Block, course: Option<&BTreeMap<i32, f64>>) {
    let within = |index: &&usize| (block.first..block.end).contains(*index);
    let clip = CLIP * robust::spread(&model.ratios(seen), 1.0).max(0.02);
    let (mut found, mut counted) = (vec![0.0; model.factors.len()], vec![0.0; model.factors.len()]);
    let mut crowd = 1;
    for seen in seen {
        let weight = match course {
            Some(_) => 1.0,
            None if seen.recent() => seen.weight,
            None => continue,
        };
        let visit = seen.visit;
        let Some(course) = course.map_or(Some(1.0), |course| course.get(&visit.day).copied()) else {
            continue;
        };
        let days = model.days(visit);
        let expected = model.levels[visit.village].kg.unwrap_or(0.0) * days * course;
        if expected <= 0.0 {
            continue;
        }
        let ratio = (visit.kg / expected).clamp(1.0 - clip.min(1.0), 1.0 + clip);
        for day in &visit.days {
            let share = weight * model.day(day) / days;
            let mut here = 0;
            for index in day.learned.iter().filter(within) {
                found[*index] += share * ratio;
                counted[*index] += share;
                here += 1;
            }
            crowd = crowd.max(here);
        }
    }
    // Factors of one day that move together would move twice as far.
    let pace = 1.0 / f64::from(crowd);
    for index in block.first..block.end {
        let factor = &mut model.factors[index];
        let toward = (found[index] + block.belief / *factor) / (counted[index] + block.belief);
        *factor = (*factor * toward.max(0.1).powf(pace)).clamp(0.05, 20.0);
    }
}

/// Whether a period acts on the visit.
fn touches(visit: &Visit, periods: usize) -> bool {
    visit
        .days
        .iter()
        .any(|day| day.learned.iter().any(|index| *index >= periods))
}

/// The township's course about each day of a period: what it brought on other days near by, over what levels say.
fn course(model: &Model<'_>, seen: &[Seen<'_>], periods: usize) -> BTreeMap<i32, f64> {
    let mut ordinary: BTreeMap<i32, (f64, f64, f64)> = BTreeMap::new();
    let mut within: BTreeMap<i32, f64> = BTreeMap::new();
    for seen in seen {
        let visit = seen.visit;
        if touches(visit, periods) {
            within.insert(visit.day, 1.0);
            continue;
        }
        let expected = model.levels[visit.village].kg.unwrap_or(0.0) * model.days(visit);
        if expected > 0.0 {
            let day = ordinary.entry(visit.day).or_default();
            *day = (day.0 + visit.kg, day.1 + expected, day.2 + 1.0);
        }
    }
    within.retain(|at, course| {
        let (mut brought, mut expected, mut count) = (0.0, 0.0, 0.0);
        for (day, sums) in &ordinary {
            let near = (-f64::from((at - day).abs()) / COURSE_DAYS).exp();
            brought += near * sums.0;
            expected += near * sums.1;
            count += near * sums.2;
        }
        *course = brought / expected;
        count >= FEWEST && *course > 0.0
    });
    within
}
