//! A day as it fills with loads, one after another. Each load is taken at the earliest time that the loads before it leave.

use crate::{
    Day, Haul, Objective, Plan, Problem, Stock,
    slots::{Span, free_from, free_until},
    yard::{Excess, Yard},
};

/// What is decided of a load; when it drives and how much it takes follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub truck: usize,
    pub station: usize,
    pub plant: usize,
    /// The truck waits for so much, if that ever lies there in time.
    pub least_kg: i64,
}

pub struct Board<'a> {
    pub problem: &'a Problem,
    pub yards: Vec<Yard<'a>>,
    plants: Vec<Hall>,
    crews: Vec<Crew>,
}

/// A plant's day.
struct Hall {
    spans: Vec<Span>,
    left_kg: i64,
}

/// A truck's day.
struct Crew {
    place: usize,
    free_s: i64,
    hauls: Vec<Haul>,
}

/// What a load changes.
pub struct Effect {
    /// Less above the storage.
    pub over_kg: i64,
    /// Less above the target.
    pub late_kg: i64,
    /// More cost.
    pub cost: i64,
}

impl<'a> Board<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        let spec = problem.spec();
        let mut board = Self {
            problem,
            yards: spec.stations.iter().map(Yard::new).collect(),
            plants: Vec::new(),
            crews: Vec::new(),
        };
        board.plants.extend(spec.plants.iter().map(|_| Hall {
            spans: Vec::new(),
            left_kg: 0,
        }));
        board.crews.extend(spec.trucks.iter().map(|_| Crew {
            place: 0,
            free_s: 0,
            hauls: Vec::new(),
        }));
        board.clear();
        board
    }

    pub fn clear(&mut self) {
        let spec = self.problem.spec();
        self.yards.iter_mut().for_each(Yard::clear);
        for (hall, plant) in self.plants.iter_mut().zip(&spec.plants) {
            hall.spans.clear();
            hall.left_kg = plant.intake_kg;
        }
        for (crew, truck) in self.crews.iter_mut().zip(&spec.trucks) {
            (crew.place, crew.free_s) = (truck.depot, truck.shift.opens_s);
            crew.hauls.clear();
        }
    }

    /// Fills the day; orders that cannot be carried out are dropped.
    pub fn fill(&mut self, orders: &mut Vec<Order>) {
        self.clear();
        orders.retain(|order| {
            let haul = self.haul(*order);
            if let Some(haul) = haul {
                self.take(order.truck, haul);
            }
            haul.is_some()
        });
    }

    /// Puts the loads of a day off, the last of its orders first, as far as this makes nothing later than it is and no stock higher
    /// above its storage, so that nobody waits for what comes later while the hours count.
    pub fn put_off(&mut self, orders: &[Order]) {
        let mut left: Vec<usize> = self.crews.iter().map(|crew| crew.hauls.len()).collect();
        for order in orders.iter().rev() {
            left[order.truck] -= 1;
            self.put_off_one(order.truck, left[order.truck]);
        }
        // Nobody leaves the depot before it is needed; later a truck waits at the station.
        for crew in &mut self.crews {
            let mut free_s = None;
            for haul in &mut crew.hauls {
                let driven_s = haul.arrive_s - haul.depart_s;
                haul.depart_s = free_s.unwrap_or(haul.load_s - driven_s);
                haul.arrive_s = haul.depart_s + driven_s;
                free_s = Some(haul.unloaded_s);
            }
        }
    }

    fn put_off_one(&mut self, truck: usize, index: usize) {
        let spec = self.problem.spec();
        let hauls = &mut self.crews[truck].hauls;
        let next = hauls.get(index + 1).copied();
        let haul = &mut hauls[index];
        if let Some(next) = next {
            let place = self.problem.place_of(haul.plant);
            let way_s = self
                .problem
                .way(truck, place, next.station)
                .map_or(0, |(_, way_s)| way_s);
            let (plant, hall) = (&spec.plants[haul.plant], &mut self.plants[haul.plant]);
            let span = (haul.unload_s, haul.unloaded_s);
            // Whose span it is makes no difference: all that is kept of a plant's day is when its bays are taken.
            hall.spans
                .swap_remove(hall.spans.iter().position(|taken| *taken == span).unwrap_or(0));
            let until_s = (next.load_s - way_s).min(plant.hours.closes_s) - spec.unload_s;
            let unload_s = free_until(&hall.spans, plant.bays, until_s, spec.unload_s);
            haul.unload_s = unload_s.max(haul.unload_s);
            haul.unloaded_s = haul.unload_s + spec.unload_s;
            hall.spans.push((haul.unload_s, haul.unloaded_s));
        }
        let loaded_s = haul.plant_s - haul.loaded_s;
        let until_s = haul.unload_s - loaded_s - spec.load_s;
        if until_s > haul.load_s {
            let load = ((haul.load_s, haul.loaded_s), haul.kg);
            haul.load_s = self.yards[haul.station].put_off(load, until_s);
            haul.loaded_s = haul.load_s + spec.load_s;
            haul.plant_s = haul.loaded_s + loaded_s;
        }
    }

    /// The load of an order, if there is one that keeps all hours.
    pub fn haul(&self, order: Order) -> Option<Haul> {
        let first = self.haul_of(order);
        // A queue at the plant may eat up the time that a full load was waited for.
        first.or_else(|| self.haul_of(Order { least_kg: 1, ..order }))
    }

    fn haul_of(&self, order: Order) -> Option<Haul> {
        let spec = self.problem.spec();
        let (truck, crew) = (&spec.trucks[order.truck], &self.crews[order.truck]);
        let (station, yard) = (&spec.stations[order.station], &self.yards[order.station]);
        let (plant, hall) = (&spec.plants[order.plant], &self.plants[order.plant]);
        let place = self.problem.place_of(order.plant);
        let (empty_m, empty_s) = self.problem.way(order.truck, crew.place, order.station)?;
        let (loaded_m, loaded_s) = self.problem.way(order.truck, order.station, place)?;
        let (_, home_s) = self.problem.way(order.truck, place, truck.depot)?;

        let home_at_s = truck.shift.closes_s + truck.overtime_s;
        let unload_at_s = (home_at_s - home_s).min(plant.hours.closes_s) - spec.unload_s;
        let latest_s = (unload_at_s - loaded_s).min(station.hours.closes_s) - spec.load_s;
        let most_kg = truck.payload_kg.min(hall.left_kg);
        let need_kg = order.least_kg.min(most_kg).min(yard.loose(latest_s)).max(1);
        let arrive_s = crew.free_s + empty_s;
        let mut load_s = arrive_s.max(station.hours.opens_s);
        loop {
            let bay_s = free_from(&yard.spans, station.bays, load_s, spec.load_s);
            let ready_s = yard.ready_from(bay_s, need_kg)?;
            if ready_s > latest_s {
                return None;
            }
            if ready_s == load_s {
                break;
            }
            load_s = ready_s;
        }
        let kg = most_kg.min(yard.loose(load_s));
        let gone_s = load_s + spec.load_s;
        let plant_s = gone_s + loaded_s;
        let unload_s = free_from(&hall.spans, plant.bays, plant_s.max(plant.hours.opens_s), spec.unload_s);
        if kg < 1 || unload_s > unload_at_s {
            return None;
        }
        // Nobody leaves the depot before it is needed.
        let begins = crew.hauls.is_empty();
        let depart_s = if begins { load_s - empty_s } else { crew.free_s };
        Some(Haul {
            station: order.station,
            plant: order.plant,
            kg,
            depart_s,
            arrive_s: depart_s + empty_s,
            load_s,
            loaded_s: gone_s,
            plant_s,
            unload_s,
            unloaded_s: unload_s + spec.unload_s,
            empty_m,
            loaded_m,
        })
    }

    pub fn take(&mut self, truck: usize, haul: Haul) {
        self.yards[haul.station].take((haul.load_s, haul.loaded_s), haul.kg);
        let hall = &mut self.plants[haul.plant];
        hall.spans.push((haul.unload_s, haul.unloaded_s));
        hall.left_kg -= haul.kg;
        let crew = &mut self.crews[truck];
        (crew.place, crew.free_s) = (self.problem.place_of(haul.plant), haul.unloaded_s);
        crew.hauls.push(haul);
    }

    /// What a load would change.
    pub fn effect(&mut self, truck: usize, haul: Haul) -> Effect {
        let cost = self.day(truck).map_or(0, |day| day.cost);
        let yard = &mut self.yards[haul.station];
        let target_kg = yard.station.target_kg;
        let late_kg = |excess: Excess| (excess.left_kg - target_kg).max(0);
        let before = yard.excess();
        yard.take((haul.load_s, haul.loaded_s), haul.kg);
        let after = yard.excess();
        yard.give_back();
        self.crews[truck].hauls.push(haul);
        let with = self.day(truck).map_or(0, |day| day.cost);
        self.crews[truck].hauls.pop();
        Effect {
            over_kg: before.over_kg - after.over_kg,
            late_kg: late_kg(before) - late_kg(after),
            cost: with - cost,
        }
    }

    /// A truck's day as it is now; `None` if it stays at home.
    fn day(&self, truck: usize) -> Option<Day> {
        let (crew, rules) = (&self.crews[truck], &self.problem.spec().trucks[truck]);
        let (first, last) = (crew.hauls.first()?, crew.hauls.last()?);
        let (home_m, home_s) = self
            .problem
            .way(truck, self.problem.place_of(last.plant), rules.depot)?;
        let return_s = last.unloaded_s + home_s;
        let overtime_s = (return_s - rules.shift.closes_s).max(0);
        let driven = crew.hauls.iter().map(|haul| haul.empty_m + haul.loaded_m);
        let distance_m = driven.sum::<i64>() + home_m;
        let cost = rules.cost;
        Some(Day {
            truck,
            depart_s: first.depart_s,
            return_s,
            distance_m,
            overtime_s,
            cost: cost.day
                + cost.per_m * distance_m
                + cost.per_s * (return_s - first.depart_s)
                + cost.overtime_per_s * overtime_s,
            hauls: crew.hauls.clone(),
        })
    }

    pub fn objective(&self) -> Objective {
        let mut objective = Objective::default();
        for yard in &self.yards {
            let excess = yard.excess();
            objective.over_kg += excess.over_kg;
            objective.late_kg += (excess.left_kg - yard.station.target_kg).max(0);
        }
        let days = (0..self.crews.len()).filter_map(|truck| self.day(truck));
        objective.cost = days.map(|day| day.cost).sum();
        objective
    }

    pub fn plan(&self) -> Plan {
        let stock = |yard: &Yard<'_>| {
            let excess = yard.excess();
            Stock {
                curve: yard.curve(),
                over_kg: excess.over_kg,
                over_at_s: excess.over_at_s,
                left_kg: excess.left_kg,
                late_kg: (excess.left_kg - yard.station.target_kg).max(0),
            }
        };
        Plan {
            days: (0..self.crews.len()).filter_map(|truck| self.day(truck)).collect(),
            stocks: self.yards.iter().map(stock).collect(),
            objective: self.objective(),
        }
    }
}
