//! Sprinkling and sweeping: what is due on a day, and planned routes as they are kept and shown.

use serde::{Deserialize, Serialize};
use time::Date;

/// Passes of a task that are due on a day: as evenly over the week as they can be. Tasks begin their week on different days, by
/// their `ordinal`, so that days carry about the same.
pub fn due(times_a_week: i32, day: Date, ordinal: usize) -> u32 {
    let weekday = usize::from(day.weekday().number_days_from_monday());
    let nth = (weekday + ordinal) % 7;
    let times = usize::try_from(times_a_week).unwrap_or(0);
    let passes = (nth + 1) * times / 7 - nth * times / 7;
    u32::try_from(passes).unwrap_or(u32::MAX)
}

/// A step of a vehicle's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Begin, seconds after midnight.
    pub start_s: i64,
    /// End, seconds after midnight.
    pub end_s: i64,
    /// Water aboard at the end, or room for sweepings, litres.
    pub left_l: i64,
    /// What it is.
    #[serde(flatten)]
    pub action: Action,
}

/// What a vehicle does in a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Works along a road.
    Work(Segment),
    /// Drives along a road.
    Drive(Segment),
    /// Refills or empties at the facility of this id.
    Refill(String),
    /// Drives so many metres between a place and its nearest junction.
    Access(i64),
}

/// A road in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Id of the road.
    pub edge: String,
    /// From its begin to its end.
    pub forward: bool,
    /// Its length.
    pub length_m: i64,
}

/// A part of a route on the map: a line of roads that are worked or driven, or the point of a refill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// What happens there.
    pub kind: Kind,
    /// Longitudes and latitudes.
    pub line: Vec<[f64; 2]>,
}

/// What happens on a part of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Working.
    Work,
    /// Driving without working.
    Drive,
    /// Refilling or emptying.
    Refill,
}

/// Sums over a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Cost by the rates of the plan section, fen.
    pub cost_fen: i64,
    /// Metres worked.
    pub worked_m: i64,
    /// Metres driven without working.
    pub deadhead_m: i64,
    /// Time from departure to return, summed over vehicles.
    pub duration_s: i64,
    /// Water brought out or sweepings taken up, litres.
    pub load_l: i64,
    /// Vehicles used.
    pub vehicles: i64,
    /// Calls to refill or empty.
    pub refills: i64,
    /// Passes planned.
    pub passes: i64,
    /// Passes left out.
    pub uncovered: i64,
    /// Metres of these.
    pub uncovered_m: i64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, macros::date};

    use super::*;

    proptest! {
        /// Whatever week: every pass once, and no two days differ by more than one pass.
        #[test]
        fn a_week_has_all_its_passes(times in 0_i32..=28, ordinal in 0_usize..1_000, from in 0_i64..400) {
            let days = (0..7).map(|day| date!(2024 - 01 - 01) + Duration::days(from + day));
            let passes: Vec<u32> = days.map(|day| due(times, day, ordinal)).collect();
            prop_assert_eq!(i64::from(passes.iter().sum::<u32>()), i64::from(times));
            let most = passes.iter().max().copied().unwrap_or_default();
            prop_assert!(passes.iter().all(|&day| day + 1 >= most));
        }
    }

    #[test]
    fn tasks_of_once_a_week_share_the_week() {
        let monday = date!(2024 - 04 - 01);
        let due_on = |day: i64| {
            (0..70)
                .filter(|&task| due(1, monday + Duration::days(day), task) == 1)
                .count()
        };
        assert!((0..7).all(|day| due_on(day) == 10));
    }
}
