use sanitation_core::demand::Basis;
use time::OffsetDateTime;

use super::*;

fn point(id: &str, lat: f64, daily_g: i64, bears: Option<i64>) -> points::Point {
    points::Point {
        point_id: id.to_owned(),
        division_code: "410225104201".to_owned(),
        kind: "bin_group".to_owned(),
        capacity_l: 2_400,
        bin_count: 10,
        daily_g,
        access_max_gross_kg: bears,
        window_opens_s: 19_800,
        window_closes_s: 32_400,
        lng: 114.9,
        lat,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        stream: Stream::Rest,
    }
}

fn truck() -> vehicles::Vehicle {
    vehicles::Vehicle {
        vehicle_id: "V1".to_owned(),
        division_code: "410225104".to_owned(),
        plate: "豫B".to_owned(),
        depot_id: "S1".to_owned(),
        kind: "compactor".to_owned(),
        model: "compactor_3t".to_owned(),
        payload_kg: 3_000,
        gross_kg: 7_300,
        volume_l: 6_000,
        shift_starts_s: 19_800,
        shift_ends_s: 48_600,
        speed_kmh: 32,
        stream: String::new(),
        updated_at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn station() -> facilities::Facility {
    facilities::Facility {
        facility_id: "S1".to_owned(),
        kind: "transfer_station".to_owned(),
        division_code: "410225104".to_owned(),
        display_name: "站".to_owned(),
        capacity_kg_per_day: 30_000,
        equipment: String::new(),
        opens_s: 18_000,
        closes_s: 68_400,
        lng: 114.9,
        lat: 34.85,
        storage_kg: None,
        streams: Vec::new(),
        updated_at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn day(points: Vec<points::Point>) -> StationDay {
    StationDay {
        station: Some(station()),
        vehicles: vec![truck()],
        points,
        norms: Norms::default(),
        dues: Arc::default(),
        table: None,
        resting: HashSet::new(),
        none_takes: false,
    }
}

#[test]
fn relays_add_to_the_point_they_reach() {
    let task = Task::of(day(vec![
        point("a", 34.860, 100_400, None),
        point("b", 34.865, 50_000, Some(4_500)),
        point("c", 34.950, 50_000, Some(2_500)),
    ]))
    .expect("a problem");
    assert_eq!(task.calls.len(), 1);
    let call = &task.calls[0];
    // 150.4 kg are 151 kg, which fill 4 bins of 45 kg.
    assert_eq!((call.load_kg, call.bins, call.relays.len()), (151, 4, 1));
    assert!(!call.relays[0].1.needs_motor);
    let left: Vec<_> = task.leftovers.iter().map(|l| (l.point, l.why)).collect();
    assert_eq!(left, [(2, Why::Access)]);
    let stop = &task.problem.as_ref().expect("a problem").spec().stops[0];
    assert_eq!((stop.demand_kg, stop.service_s), (151, 60 + 4 * 20));
}

#[test]
fn a_forecast_goes_before_the_register() {
    let basis = Basis::Weighed;
    let dues = HashMap::from([("a".to_owned(), Due { grams: 120_100, basis })]);
    let day = StationDay {
        dues: Arc::new(dues),
        ..day(vec![
            point("a", 34.860, 100_400, None),
            point("b", 34.861, 50_000, None),
        ])
    };
    let task = Task::of(day).expect("a problem");
    assert_eq!(
        task.calls.iter().map(|call| call.load_kg).collect::<Vec<_>>(),
        [121, 50]
    );
}

#[test]
fn without_vehicle_or_station_everything_is_left() {
    let points = || vec![point("a", 34.86, 100_000, None)];
    let no_vehicle = StationDay {
        vehicles: Vec::new(),
        ..day(points())
    };
    let no_station = StationDay {
        station: None,
        ..day(points())
    };
    for day in [no_vehicle, no_station] {
        let task = Task::of(day).expect("no problem");
        assert!(task.problem.is_none() && task.calls.is_empty());
        assert_eq!(task.leftovers[0].why, Why::NoVehicle);
    }
}

fn kitchen(id: &str, lat: f64, daily_g: i64, bears: Option<i64>) -> points::Point {
    let point_id = Stream::Kitchen.call_id(id);
    points::Point {
        stream: Stream::Kitchen,
        ..point(&point_id, lat, daily_g, bears)
    }
}

#[test]
fn kitchen_waste_goes_with_its_own_truck_and_waits_for_a_day() {
    let tank = vehicles::Vehicle {
        vehicle_id: "V2".to_owned(),
        gross_kg: 5_000,
        stream: "kitchen".to_owned(),
        ..truck()
    };
    let points = || {
        vec![
            point("a", 34.860, 100_000, Some(6_000)),
            kitchen("a", 34.860, 40_000, Some(6_000)),
            point("b", 34.865, 50_000, None),
            kitchen("b", 34.865, 20_000, None),
        ]
    };
    let mut both = day(points());
    both.norms.frequency.residual_interval_days = 2;
    both.vehicles.push(tank);
    let task = Task::of(both).expect("a problem");
    let calls: Vec<_> = task
        .calls
        .iter()
        .map(|call| (call.point, call.load_kg, call.relays.len()))
        .collect();
    // The light truck drives where the heavy one does not, which has the waste brought to it.
    assert_eq!(calls, [(2, 300, 1), (1, 40, 0), (3, 20, 0)]);
    let spec = task.problem.as_ref().expect("a problem").spec();
    let streams: Vec<u16> = spec.stops.iter().map(|stop| stop.stream.0).collect();
    assert_eq!(streams, [0, 1, 1]);
    assert_eq!(
        spec.vehicles.iter().map(|vehicle| vehicle.stream.0).collect::<Vec<_>>(),
        [0, 1]
    );

    let task = Task::of(day(points())).expect("a problem");
    let left: Vec<_> = task.leftovers.iter().map(|l| (l.point, l.why)).collect();
    assert_eq!(left, [(1, Why::NoVehicle), (3, Why::NoVehicle)]);
    let nowhere = StationDay {
        station: None,
        none_takes: true,
        ..day(points())
    };
    let task = Task::of(nowhere).expect("no problem");
    assert!(task.leftovers.iter().all(|left| left.why == Why::NoStation));
}
