//! The haulage of a day as a problem, and its plan as rows.

use haulage::{Arrival, Cost, Invalid, Plan, Plant, Problem, Shortage, Spec, Station, Table, Truck, Window};
use sanitation_core::norms::{Haulage, Norms, Routing};
use sqlx::types::Json;
use uuid::Uuid;

use super::{StationDay, station::waste_kg};
use crate::store::{
    facilities::Facility,
    haulage::{HaulageStock, HaulageTrip, Stock, Trip},
    haulage_plans::Totals,
    routes::Route,
    vehicles::Vehicle,
};

/// How long waste that is forecast takes to come in after collection begins.
const FIRST_ROUND_S: i64 = 3_600;
/// Between two deliveries of waste that is forecast.
const ROUND_S: i64 = 3_600;

/// A day of haulage. Places are the stations, the plants and other depots, in this order.
pub struct HaulingDay {
    /// Stations with what comes to each.
    pub stations: Vec<Yard>,
    /// Plants.
    pub plants: Vec<Facility>,
    /// Depots that are neither.
    pub depots: Vec<Facility>,
    /// Trucks.
    pub trucks: Vec<Vehicle>,
    /// Norms of the division planned.
    pub norms: Norms,
}

/// A station with what comes to it.
pub struct Yard {
    /// The station.
    pub station: Facility,
    /// What lies there at midnight.
    pub start_kg: i64,
    /// What comes, by time.
    pub arrivals: Vec<Arrival>,
    /// Norms of its township.
    pub haulage: Haulage,
}

/// Ways for trucks: tables, and which each truck drives by.
pub struct Ways {
    /// Tables over all places.
    pub tables: Vec<Table>,
    /// By truck, the index of its table.
    pub of: Vec<usize>,
}

/// A plan as it is kept.
pub struct Hauled {
    /// Trips by truck and time.
    pub trips: Vec<HaulageTrip>,
    /// Stations' days.
    pub stocks: Vec<HaulageStock>,
    /// Sums.
    pub totals: Totals,
}

impl Yard {
    fn storage_kg(&self) -> i64 {
        self.station.storage_kg.unwrap_or(self.station.capacity_kg_per_day)
    }
}

impl HaulingDay {
    /// All places.
    pub fn places(&self) -> impl Iterator<Item = &Facility> {
        let stations = self.stations.iter().map(|yard| &yard.station);
        stations.chain(&self.plants).chain(&self.depots)
    }

    /// States the problem. An error is a defect: everything in it comes from checked registers.
    pub fn problem(&self, ways: Ways) -> Result<Problem, Invalid> {
        let norms = &self.norms.haulage;
        let bays = |bays: i64| usize::try_from(bays).unwrap_or(1);
        let hours = |facility: &Facility| Window {
            opens_s: facility.opens_s.into(),
            closes_s: facility.closes_s.into(),
        };
        let station = |yard: &Yard| Station {
            start_kg: yard.start_kg,
            storage_kg: yard.storage_kg(),
            target_kg: yard.haulage.leftover_kg,
            hours: hours(&yard.station),
            bays: bays(yard.haulage.station_bays),
            arrivals: yard.arrivals.clone(),
        };
        let plant = |plant: &Facility| Plant {
            hours: hours(plant),
            intake_kg: plant.capacity_kg_per_day,
            bays: bays(norms.plant_bays),
        };
        let place_of = |id: &str| self.places().position(|place| place.facility_id == id);
        let truck = |(row, table): (&Vehicle, &usize)| Truck {
            payload_kg: row.payload_kg,
            depot: place_of(&row.depot_id).unwrap_or(usize::MAX),
            shift: Window {
                opens_s: row.shift_starts_s.into(),
                closes_s: row.shift_ends_s.into(),
            },
            overtime_s: norms.overtime_s,
            table: *table,
            cost: cost(&self.norms.routing, norms),
        };
        let spec = Spec {
            stations: self.stations.iter().map(station).collect(),
            plants: self.plants.iter().map(plant).collect(),
            trucks: self.trucks.iter().zip(&ways.of).map(truck).collect(),
            tables: ways.tables,
            load_s: norms.load_s,
            unload_s: norms.unload_s,
        };
        spec.build()
    }

    /// The plan as rows.
    pub fn hauled(&self, id: Uuid, plan: &Plan, shortages: &[Shortage]) -> Hauled {
        let mut trips = Vec::new();
        let mut totals = Totals {
            cost_fen: plan.objective.cost / 1_000,
            over_kg: plan.objective.over_kg,
            late_kg: plan.objective.late_kg,
            left_kg: plan.stocks.iter().map(|stock| stock.left_kg).sum(),
            ..Totals::default()
        };
        for day in &plan.days {
            let truck = &self.trucks[day.truck];
            totals.vehicles += 1;
            totals.distance_m += day.distance_m;
            totals.duration_s += day.return_s - day.depart_s;
            totals.overtime_s += day.overtime_s;
            let driven_m: i64 = day.hauls.iter().map(|haul| haul.empty_m + haul.loaded_m).sum();
            for (number, haul) in (1..).zip(&day.hauls) {
                totals.trips += 1;
                totals.load_kg += haul.kg;
                totals.payload_kg += truck.payload_kg;
                totals.loaded_m += haul.loaded_m;
                let last = usize::try_from(number) == Ok(day.hauls.len());
                let station = &self.stations[haul.station].station;
                trips.push(HaulageTrip {
                    haulage_plan_id: id,
                    ordinal: i32::try_from(trips.len() + 1).unwrap_or(i32::MAX),
                    vehicle_id: truck.vehicle_id.clone(),
                    station_id: station.facility_id.clone(),
                    plant_id: self.plants[haul.plant].facility_id.clone(),
                    division_code: station.division_code.clone(),
                    plate: truck.plate.clone(),
                    trip: Json(Trip {
                        number,
                        kg: haul.kg,
                        depart_s: haul.depart_s,
                        arrive_s: haul.arrive_s,
                        load_s: haul.load_s,
                        loaded_s: haul.loaded_s,
                        plant_s: haul.plant_s,
                        unload_s: haul.unload_s,
                        unloaded_s: haul.unloaded_s,
                        empty_m: haul.empty_m,
                        loaded_m: haul.loaded_m,
                        home: last.then_some((day.return_s, day.distance_m - driven_m)),
                    }),
                });
            }
        }
        Hauled {
            stocks: self.stocks(id, plan, shortages),
            trips,
            totals,
        }
    }

    fn stocks(&self, id: Uuid, plan: &Plan, shortages: &[Shortage]) -> Vec<HaulageStock> {
        let row = |(index, yard): (usize, &Yard)| {
            let stock = &plan.stocks[index];
            let arriving_kg = yard.arrivals.iter().map(|arrival| arrival.kg).sum::<i64>();
            let shortage = shortages.iter().find(|shortage| shortage.station == index);
            HaulageStock {
                haulage_plan_id: id,
                station_id: yard.station.facility_id.clone(),
                division_code: yard.station.division_code.clone(),
                stock: Json(Stock {
                    storage_kg: yard.storage_kg(),
                    start_kg: yard.start_kg,
                    arriving_kg,
                    hauled_kg: yard.start_kg + arriving_kg - stock.left_kg,
                    left_kg: stock.left_kg,
                    late_kg: stock.late_kg,
                    curve: stock.curve.clone(),
                    over_kg: stock.over_kg,
                    over_at_s: stock.over_at_s,
                    cures: shortage.map(|shortage| shortage.cures.clone()).unwrap_or_default(),
                }),
            }
        };
        self.stations.iter().enumerate().map(row).collect()
    }
}

/// Costs in thousandths of a fen: a fen a kilometre is a thousandth of a fen a metre.
const fn cost(routing: &Routing, haulage: &Haulage) -> Cost {
    Cost {
        day: routing.vehicle_day_fen * 1_000,
        per_m: routing.km_fen,
        per_s: routing.hour_fen * 1_000 / 3_600,
        overtime_per_s: haulage.overtime_hour_fen * 1_000 / 3_600,
    }
}

/// What planned routes bring to a station: each load lies there when it is unloaded.
pub fn routed(routes: &[Route], station: &str, unload_s: i64) -> Vec<Arrival> {
    let here = routes.iter().filter(|route| route.station_id == station);
    let loads = here.flat_map(|route| route.trips.iter());
    let arrival = |trip: &sanitation_core::route::Trip| Arrival {
        at_s: trip.arrive_s + unload_s,
        kg: trip.load_kg,
    };
    let mut arrivals: Vec<Arrival> = loads.map(arrival).collect();
    arrivals.sort_by_key(|arrival| arrival.at_s);
    arrivals
}

/// What a station's points are forecast to bring, evenly over the shifts of collection.
pub fn forecast(day: &StationDay) -> Vec<Arrival> {
    let Some(station) = &day.station else {
        return Vec::new();
    };
    let kg: i64 = day.points.iter().map(|point| waste_kg(point, day)).sum();
    let shifts = day.vehicles.iter();
    let begins = shifts
        .clone()
        .map(|vehicle| vehicle.shift_starts_s)
        .min()
        .unwrap_or(station.opens_s);
    let ends = shifts
        .map(|vehicle| vehicle.shift_ends_s)
        .max()
        .unwrap_or(station.closes_s);
    let (first, last) = (
        i64::from(begins.max(station.opens_s)),
        i64::from(ends.min(station.closes_s)),
    );
    let rounds = ((last - first - FIRST_ROUND_S).div_euclid(ROUND_S) + 1).max(1);
    // Rounded down in sum, so that all of it comes.
    let share = |round: i64| kg * round / rounds;
    let arrival = |round: i64| Arrival {
        at_s: first + FIRST_ROUND_S + round * ROUND_S,
        kg: share(round + 1) - share(round),
    };
    (0..rounds).map(arrival).collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Arc};

    use time::OffsetDateTime;

    use super::*;
    use sanitation_core::stream::Stream;

    #[test]
    fn all_that_is_forecast_comes_within_the_shifts() {
        let mut day = StationDay {
            station: None,
            vehicles: Vec::new(),
            points: Vec::new(),
            norms: Norms::default(),
            dues: Arc::default(),
            table: None,
            resting: HashSet::new(),
            none_takes: false,
        };
        assert_eq!(forecast(&day), []);
        day.station = Some(Facility {
            facility_id: "S1".to_owned(),
            kind: "transfer_station".to_owned(),
            division_code: "410225104".to_owned(),
            display_name: "站".to_owned(),
            capacity_kg_per_day: 30_000,
            equipment: String::new(),
            opens_s: 5 * 3_600,
            closes_s: 12 * 3_600,
            lng: 114.9,
            lat: 34.8,
            storage_kg: None,
            streams: Vec::new(),
            updated_at: OffsetDateTime::UNIX_EPOCH,
        });
        day.points = vec![crate::store::points::Point {
            point_id: "P1".to_owned(),
            division_code: "410225104201".to_owned(),
            kind: "bin_group".to_owned(),
            capacity_l: 2_400,
            bin_count: 10,
            daily_g: 100_500,
            access_max_gross_kg: None,
            window_opens_s: 19_800,
            window_closes_s: 32_400,
            lng: 114.9,
            lat: 34.8,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            stream: Stream::Rest,
        }];
        let arrivals = forecast(&day);
        assert_eq!(arrivals.iter().map(|arrival| arrival.kg).sum::<i64>(), 101);
        assert_eq!(arrivals.len(), 7);
        assert_eq!((arrivals[0].at_s, arrivals[6].at_s), (6 * 3_600, 12 * 3_600));
    }
}
