//! An independent check of a plan: it shares nothing with the search but the statement of the problem, and replays the day
//! from the loads alone.

use crate::{Day, Haul, Plan, Problem};

/// What a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A number that does not exist, or a truck twice.
    #[error("truck {0}: unknown, twice, or without a load")]
    Truck(usize),
    /// A load that is nothing or more than the truck bears.
    #[error("truck {0}: a load of {1} kg")]
    Load(usize, i64),
    /// Times that do not follow from the ways and the services.
    #[error("truck {0}: {1}")]
    Time(usize, &'static str),
    /// Another distance, time or cost than its parts give.
    #[error("truck {0}: its {1} is not the sum of its parts")]
    Sum(usize, &'static str),
    /// Loading or unloading outside the hours.
    #[error("truck {0}: {1} is closed")]
    Closed(usize, &'static str),
    /// More trucks at a time than bays.
    #[error("{0} {1}: more trucks than bays")]
    Bays(&'static str, usize),
    /// More taken than lies there.
    #[error("station {0}: more is taken than lies there")]
    Taken(usize),
    /// More brought than the plant takes.
    #[error("plant {0}: more than it takes")]
    Intake(usize),
    /// Another stock than the day gives.
    #[error("station {0}: its {1} is another")]
    Stock(usize, &'static str),
    /// Another worth than the parts give.
    #[error("the objective's {0} is another")]
    Objective(&'static str),
}

/// Everything that a plan breaks. Overflow and leftovers are no violations, but they have to be told as they are.
pub fn check(problem: &Problem, plan: &Plan) -> Vec<Violation> {
    let mut found = Vec::new();
    let spec = problem.spec();
    let mut seen = vec![false; spec.trucks.len()];
    for day in &plan.days {
        let known = seen
            .get_mut(day.truck)
            .is_some_and(|seen| !std::mem::replace(seen, true));
        let sound = |haul: &Haul| haul.station < spec.stations.len() && haul.plant < spec.plants.len();
        if !known || day.hauls.is_empty() || !day.hauls.iter().all(sound) {
            found.push(Violation::Truck(day.truck));
            return found;
        }
        check_day(problem, day, &mut found);
    }
    let hauls: Vec<&Haul> = plan.days.iter().flat_map(|day| &day.hauls).collect();
    for (index, station) in spec.stations.iter().enumerate() {
        let here: Vec<&Haul> = hauls.iter().copied().filter(|haul| haul.station == index).collect();
        if crowd(here.iter().map(|haul| (haul.load_s, haul.loaded_s))) > station.bays {
            found.push(Violation::Bays("station", index));
        }
        check_stock(problem, plan, index, &here, &mut found);
    }
    for (index, plant) in spec.plants.iter().enumerate() {
        let here = hauls.iter().filter(|haul| haul.plant == index);
        if crowd(here.clone().map(|haul| (haul.unload_s, haul.unloaded_s))) > plant.bays {
            found.push(Violation::Bays("plant", index));
        }
        if here.map(|haul| haul.kg).sum::<i64>() > plant.intake_kg {
            found.push(Violation::Intake(index));
        }
    }
    let sums = [
        (
            "overflow",
            plan.objective.over_kg,
            plan.stocks.iter().map(|stock| stock.over_kg).sum(),
        ),
        (
            "leftover",
            plan.objective.late_kg,
            plan.stocks.iter().map(|stock| stock.late_kg).sum(),
        ),
        (
            "cost",
            plan.objective.cost,
            plan.days.iter().map(|day| day.cost).sum::<i64>(),
        ),
    ];
    let wrong = sums.into_iter().filter(|(_, told, sum)| told != sum);
    found.extend(wrong.map(|(name, ..)| Violation::Objective(name)));
    found
}

fn check_day(problem: &Problem, day: &Day, found: &mut Vec<Violation>) {
    let (spec, truck) = (problem.spec(), &problem.spec().trucks[day.truck]);
    let table = &spec.tables[truck.table];
    let way = |from: usize, to: usize| {
        let pair = from * table.places + to;
        (i64::from(table.distances_m[pair]), i64::from(table.durations_s[pair]))
    };
    let mut time = |broken: bool, what| {
        if broken {
            found.push(Violation::Time(day.truck, what));
        }
    };
    let (mut place, mut at_s, mut driven_m) = (truck.depot, day.depart_s, 0);
    time(day.depart_s < truck.shift.opens_s, "leaves before its shift");
    for haul in &day.hauls {
        let plant = spec.stations.len() + haul.plant;
        let (empty, loaded) = (way(place, haul.station), way(haul.station, plant));
        time(haul.depart_s < at_s, "leaves before it is free");
        time(
            haul.arrive_s != haul.depart_s + empty.1,
            "arrives at another time than the way takes",
        );
        time(haul.load_s < haul.arrive_s, "is loaded before it arrives");
        time(haul.loaded_s != haul.load_s + spec.load_s, "is loaded in another time");
        time(
            haul.plant_s != haul.loaded_s + loaded.1,
            "reaches the plant at another time than the way takes",
        );
        time(haul.unload_s < haul.plant_s, "unloads before it arrives");
        time(
            haul.unloaded_s != haul.unload_s + spec.unload_s,
            "unloads in another time",
        );
        time(
            (haul.empty_m, haul.loaded_m) != (empty.0, loaded.0),
            "drives another distance",
        );
        driven_m += empty.0 + loaded.0;
        (place, at_s) = (plant, haul.unloaded_s);
    }
    let home = way(place, truck.depot);
    time(
        day.return_s != at_s + home.1,
        "returns at another time than the way takes",
    );
    time(
        day.return_s > truck.shift.closes_s + truck.overtime_s,
        "returns too late",
    );
    let overtime_s = if day.return_s > truck.shift.closes_s {
        day.return_s - truck.shift.closes_s
    } else {
        0
    };
    let cost = truck.cost.day
        + truck.cost.per_m * (driven_m + home.0)
        + truck.cost.per_s * (day.return_s - day.depart_s)
        + truck.cost.overtime_per_s * overtime_s;
    for (name, told, sum) in [
        ("distance", day.distance_m, driven_m + home.0),
        ("overtime", day.overtime_s, overtime_s),
        ("cost", day.cost, cost),
    ] {
        if told != sum {
            found.push(Violation::Sum(day.truck, name));
        }
    }
    for haul in &day.hauls {
        if haul.kg < 1 || haul.kg > truck.payload_kg {
            found.push(Violation::Load(day.truck, haul.kg));
        }
        let (station, plant) = (spec.stations[haul.station].hours, spec.plants[haul.plant].hours);
        if haul.load_s < station.opens_s || haul.loaded_s > station.closes_s {
            found.push(Violation::Closed(day.truck, "the station"));
        }
        if haul.unload_s < plant.opens_s || haul.unloaded_s > plant.closes_s {
            found.push(Violation::Closed(day.truck, "the plant"));
        }
    }
}

/// The most that are there at a time; who leaves makes room for who comes.
fn crowd(spans: impl Iterator<Item = (i64, i64)>) -> usize {
    let mut steps: Vec<(i64, i64)> = spans
        .filter(|(from, to)| from < to)
        .flat_map(|(from, to)| [(from, 1), (to, -1)])
        .collect();
    steps.sort_unstable();
    let (mut there, mut most) = (0, 0);
    for (_, step) in steps {
        there += step;
        most = most.max(there);
    }
    usize::try_from(most).unwrap_or(0)
}

/// Replays a station's day twice: what may be taken, and what lies there.
fn check_stock(problem: &Problem, plan: &Plan, index: usize, hauls: &[&Haul], found: &mut Vec<Violation>) {
    let station = &problem.spec().stations[index];
    let comings = station.arrivals.iter().map(|arrival| (arrival.at_s, arrival.kg));
    let replay = |takings: Vec<(i64, i64)>| {
        // What goes and what comes at one moment does so together.
        let mut by_time: std::collections::BTreeMap<i64, i64> = std::collections::BTreeMap::from([(0, 0)]);
        for (at_s, kg) in comings.clone().chain(takings) {
            *by_time.entry(at_s).or_default() += kg;
        }
        let mut stock = station.start_kg;
        let stocks = by_time.into_iter().map(|(at_s, kg)| {
            stock += kg;
            (at_s, stock)
        });
        stocks.collect::<Vec<(i64, i64)>>()
    };
    let claimed = replay(hauls.iter().map(|haul| (haul.load_s, -haul.kg)).collect());
    if claimed.iter().any(|(_, kg)| *kg < 0) {
        found.push(Violation::Taken(index));
    }
    let Some(told) = plan.stocks.get(index) else {
        found.push(Violation::Stock(index, "stock"));
        return;
    };
    let curve = replay(hauls.iter().map(|haul| (haul.loaded_s, -haul.kg)).collect());
    let above: Vec<(i64, i64)> = curve
        .iter()
        .copied()
        .filter(|(_, kg)| *kg > station.storage_kg)
        .collect();
    let over_kg = above.iter().map(|(_, kg)| kg - station.storage_kg).max().unwrap_or(0);
    let left_kg = curve.last().map_or(station.start_kg, |(_, kg)| *kg);
    for (name, same) in [
        ("curve", told.curve == curve),
        ("overflow", told.over_kg == over_kg),
        ("first overflow", told.over_at_s == above.first().map(|(at_s, _)| *at_s)),
        ("leftover", told.left_kg == left_kg),
        (
            "excess",
            told.late_kg == left_kg.saturating_sub(station.target_kg).max(0),
        ),
    ] {
        if !same {
            found.push(Violation::Stock(index, name));
        }
    }
}
