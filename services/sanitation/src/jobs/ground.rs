//! What the plans of a division are made from.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use kit::{Kit, error::Result};
use time::Date;

use crate::{
    assess::township,
    book::Book,
    known::{Known, known},
    planning::{Due, StationDay, station_days},
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
    points: Vec<Point>,
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

    /// The townships of the points with what was weighed before a day.
    pub async fn known(&self, kit: &Kit, date: Date) -> Result<BTreeMap<String, Known>> {
        let townships: BTreeSet<String> = (self.points.iter())
            .map(|point| township(&point.division_code).to_owned())
            .collect();
        let townships: Vec<String> = townships.into_iter().collect();
        known(kit, &townships, date).await
    }

    /// The stations with their vehicles and points.
    pub fn station_days(self, dues: HashMap<String, Due>) -> (Vec<StationDay>, Book) {
        let Self {
            book,
            stations,
            vehicles,
            points,
        } = self;
        let days = station_days(stations, vehicles, points, &Arc::new(dues), |code| book.norms(code));
        (days, book)
    }
}
