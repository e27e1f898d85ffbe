//! Which point goes to which station.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use sanitation_core::{
    geo::{Position, distance_m},
    norms::Norms,
};

use super::{Due, StationDay};
use crate::{
    assess::township,
    store::{facilities::Facility, points::Point, vehicles::Vehicle},
};

/// Gives each point to the nearest station of its township that takes its stream, or to the nearest of all where its township has none,
/// as special areas do. Without any such station the points of a township stay together, to be named as unserved.
pub fn station_days<'a>(
    stations: Vec<Facility>,
    vehicles: Vec<Vehicle>,
    points: Vec<Point>,
    dues: &Arc<HashMap<String, Due>>,
    norms: impl Fn(&str) -> &'a Norms,
) -> Vec<StationDay> {
    let home = |station: Facility| begin(norms(&station.division_code), dues, Some(station));
    let mut days: Vec<StationDay> = stations.into_iter().map(home).collect();
    for vehicle in vehicles {
        let home = |day: &&mut StationDay| day.station.as_ref().is_some_and(|s| s.facility_id == vehicle.depot_id);
        if let Some(day) = days.iter_mut().find(home) {
            day.vehicles.push(vehicle);
        }
    }
    let mut homeless: BTreeMap<String, StationDay> = BTreeMap::new();
    let any = !days.is_empty();
    for point in points {
        match nearest(&days, &point) {
            Some(index) => days[index].points.push(point),
            None => homeless
                .entry(township(&point.division_code).to_owned())
                .or_insert_with_key(|code| StationDay {
                    none_takes: any,
                    ..begin(norms(code), dues, None)
                })
                .points
                .push(point),
        }
    }
    days.extend(homeless.into_values());
    days.retain(|day| !day.points.is_empty());
    days
}

fn begin(norms: &Norms, dues: &Arc<HashMap<String, Due>>, station: Option<Facility>) -> StationDay {
    StationDay {
        station,
        vehicles: Vec::new(),
        points: Vec::new(),
        norms: norms.clone(),
        dues: Arc::clone(dues),
        table: None,
        resting: HashSet::new(),
        none_takes: false,
    }
}

fn nearest(days: &[StationDay], point: &Point) -> Option<usize> {
    let at = Position {
        lng: point.lng,
        lat: point.lat,
    };
    let stations = days
        .iter()
        .enumerate()
        .filter_map(|(index, day)| Some((index, day.station.as_ref()?)))
        .filter(|(_, station)| point.stream.taken_by(&station.streams));
    let rank = |(index, station): (usize, &Facility)| {
        let place = Position {
            lng: station.lng,
            lat: station.lat,
        };
        let elsewhere = !point.division_code.starts_with(&station.division_code);
        (elsewhere, distance_m(at, place), index)
    };
    stations.map(rank).min().map(|(_, _, index)| index)
}

#[cfg(test)]
mod tests {
    use sanitation_core::stream::Stream;
    use time::OffsetDateTime;

    use super::*;

    fn station(id: &str, division: &str, lat: f64) -> Facility {
        Facility {
            facility_id: id.to_owned(),
            kind: "transfer_station".to_owned(),
            division_code: division.to_owned(),
            display_name: String::new(),
            capacity_kg_per_day: 1,
            equipment: String::new(),
            opens_s: 0,
            closes_s: 86_400,
            lng: 114.9,
            lat,
            storage_kg: None,
            streams: Vec::new(),
            updated_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn point(village: &str, lat: f64) -> Point {
        Point {
            point_id: village.to_owned(),
            division_code: village.to_owned(),
            kind: "bin_group".to_owned(),
            capacity_l: 1,
            bin_count: 1,
            daily_g: 1,
            access_max_gross_kg: None,
            window_opens_s: 0,
            window_closes_s: 86_400,
            lng: 114.9,
            lat,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            stream: Stream::Rest,
        }
    }

    #[test]
    fn townships_keep_their_points_and_special_areas_go_to_the_nearest() {
        let norms = Norms::default();
        let stations = vec![station("A", "410225104", 34.8), station("B", "410225105", 34.9)];
        let points = vec![
            point("410225104201", 34.89),
            point("410225105201", 34.81),
            point("410225401598", 34.88),
        ];
        let days = station_days(stations, Vec::new(), points.clone(), &Arc::default(), |_| &norms);
        let ids = |day: &StationDay| -> Vec<String> { day.points.iter().map(|p| p.point_id.clone()).collect() };
        assert_eq!(ids(&days[0]), ["410225104201"]);
        assert_eq!(ids(&days[1]), ["410225105201", "410225401598"]);
        let without = station_days(Vec::new(), Vec::new(), points, &Arc::default(), |_| &norms);
        assert_eq!(without.len(), 3);
        assert!(without.iter().all(|day| day.station.is_none()));
    }

    #[test]
    fn kitchen_waste_goes_to_stations_that_take_it() {
        let norms = Norms::default();
        let taking = |id: &str, division: &str, lat: f64, streams: &[&str]| Facility {
            streams: streams.iter().map(|stream| (*stream).to_owned()).collect(),
            ..station(id, division, lat)
        };
        let kitchen = |village: &str, lat| Point {
            stream: Stream::Kitchen,
            point_id: Stream::Kitchen.call_id(village),
            ..point(village, lat)
        };
        let points = || vec![point("410225104201", 34.8), kitchen("410225104201", 34.8)];
        let stations = vec![
            taking("A", "410225104", 34.8, &["residual"]),
            taking("B", "410225105", 34.9, &["kitchen"]),
        ];
        let days = station_days(stations, Vec::new(), points(), &Arc::default(), |_| &norms);
        let ids = |day: &StationDay| -> Vec<String> { day.points.iter().map(|p| p.point_id.clone()).collect() };
        assert_eq!(ids(&days[0]), ["410225104201"]);
        assert_eq!(ids(&days[1]), ["410225104201.kitchen"]);
        let stations = vec![taking("A", "410225104", 34.8, &["residual"])];
        let days = station_days(stations, Vec::new(), points(), &Arc::default(), |_| &norms);
        assert_eq!(days.len(), 2);
        assert!(days[1].station.is_none() && days[1].none_takes);
    }
}
