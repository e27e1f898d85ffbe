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
