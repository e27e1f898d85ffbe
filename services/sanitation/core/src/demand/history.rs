//! What is known of a township's villages, and what each weighing tells.

use time::Date;

use super::{
    calendar::{Calendar, Day},
    kitchen::{KitchenBins, Weighed},
};
use crate::norms::Norms;

/// Days after which a village's last collection no longer tells when its waste began to wait.
const LONGEST_WAIT_DAYS: i32 = 7;

/// A township: its villages learn from each other.
#[derive(Debug, Clone, Default)]
pub struct Township {
    /// Villages, by code.
    pub villages: Vec<Village>,
}

/// A village: waste is weighed by village, and shared out among its points.
#[derive(Debug, Clone)]
pub struct Village {
    /// Code.
    pub code: String,
    /// Residents.
    pub residents: i64,
    /// Collection points.
    pub points: Vec<Point>,
    /// Days on which it was collected, each once, oldest first; of all streams together.
    pub collections: Vec<Collection>,
    /// What of it was kitchen waste.
    pub kitchen: Weighed,
}

/// A collection point.
#[derive(Debug, Clone)]
pub struct Point {
    /// Id.
    pub id: String,
    /// Waste that its register states, grams a day; 0: not stated.
    pub daily_g: i64,
    /// Bins.
    pub bins: i64,
    /// Those for kitchen waste; `None`: it does not sort.
    pub kitchen: Option<KitchenBins>,
}

/// All that was taken from a village on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collection {
    /// Day.
    pub day: Date,
    /// Mass, kg; `None` where a weighing gave nothing.
    pub kg: Option<i64>,
}

/// A collection of which it is known what it weighed and how many days it carried.
pub(super) struct Visit {
    pub village: usize,
    /// Julian day.
    pub day: i32,
    pub kg: f64,
    /// What is known of the days that it carried.
    pub days: Vec<Day>,
}

/// A township with the calendar of its norms.
pub struct Past<'a> {
    pub(super) township: &'a Township,
    pub(super) norms: &'a Norms,
    pub(super) calendar: Calendar<'a>,
    pub(super) visits: Vec<Visit>,
}

impl<'a> Past<'a> {
    /// Reads every weighing. A first collection, and one after more than seven days, tells nothing but that the village was
    /// emptied: nobody knows how long its waste had waited.
    pub fn new(township: &'a Township, norms: &'a Norms) -> Self {
        let calendar = Calendar::new(&norms.demand);
        let mut visits = Vec::new();
        for (index, village) in township.villages.iter().enumerate() {
            let place = calendar.place(&village.code);
            for pair in village.collections.windows(2) {
                let (before, day) = (pair[0].day.to_julian_day(), pair[1].day.to_julian_day());
                let known = (1..=LONGEST_WAIT_DAYS).contains(&(day - before));
                if let (true, Some(kg)) = (known, pair[1].kg) {
                    visits.push(Visit {
                        village: index,
                        day,
                        kg: super::real(kg.max(0)),
                        days: (before + 1..=day).map(|day| calendar.day(&place, day)).collect(),
                    });
                }
            }
        }
        Self {
            township,
            norms,
            calendar,
            visits,
        }
    }
}
