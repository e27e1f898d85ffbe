//! What the plans of a division are made from.

use std::{collections::HashMap, sync::Arc};

use kit::{Kit, error::Result};
use time::Date;

use crate::{
    book::Book,
    planning::{Due, Sorted, StationDay, by_stream, station_days},
    store::{
        facilities::{Facility, stations_of},
        points::{Point, points_of},
        vehicles::{Vehicle, collectors_of},
    },
};

/// Norms, stations, vehicles and points of a division on a day.
pub(super) struct Ground {
    /// Norms in force.
    pub book: Book,
    stations: Vec<Facility>,
    vehicles: Vec<Vehicle>,
    /// Its points.
    pub points: Vec<Point>,
}

impl Ground {
    /// Reads them for the job `kind`.
    pub async fn read(kit: &Kit, kind: &str, division: &str, date: Date) -> Result<Self> {
        let mut tx = kit.db.system(kind).await?;
        Ok(Self {
            book: Book::read(&mut tx, division, date).await?,
            stations: stations_of(&mut tx, division).await?,
            vehicles: collectors_of(&mut tx, division).await?,
            points: points_of(&mut tx, division).await?,
        })
    }

    /// The stations with their vehicles and points, those that sort once for each stream.
    pub fn station_days(self, sorted: &Sorted, dues: HashMap<String, Due>) -> (Vec<StationDay>, Book) {
        let Self {
            book,
            stations,
            vehicles,
            points,
        } = self;
        let points = by_stream(points, sorted);
        let days = station_days(stations, vehicles, points, &Arc::new(dues), |code| book.norms(code));
        (days, book)
    }
}
