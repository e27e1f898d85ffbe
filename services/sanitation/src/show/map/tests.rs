use sanitation_core::route::{Stop, Trip};
use time::{Month, OffsetDateTime};
use uuid::Uuid;

use super::*;

fn at(lng: f64, lat: f64) -> Position {
    Position { lng, lat }
}

fn route(number: i32, plate: &str, stops: &[Position]) -> Route {
    let stop = |position: &Position| Stop {
        point: format!("CP{number}"),
        village: "410225108200".to_owned(),
        bins: 3,
        arrive_s: 20_000,
        leave_s: 20_100,
        load_kg: 120,
        basis: None,
        position: *position,
        relays: Vec::new(),
        executed: false,
    };
    let trip = Trip {
        depart_s: 19_800,
        arrive_s: 22_000,
        load_kg: 120,
        distance_m: 12_340,
        kg_m: 1,
        broken_off: false,
        stops: stops.iter().map(stop).collect(),
        pauses: Vec::new(),
    };
    Route {
        route_plan_id: Uuid::nil(),
        ordinal: number,
        vehicle_id: format!("V{number}"),
        station_id: "S".to_owned(),
        division_code: "410225108".to_owned(),
        distance_m: 12_340,
        duration_s: 2_200,
        overtime_s: 0,
        load_kg: 120,
        trips: Json(vec![trip]),
        plate: plate.to_owned(),
        lines: None,
    }
}

fn station() -> Facility {
    Facility {
        facility_id: "S".to_owned(),
        kind: "transfer_station".to_owned(),
        division_code: "410225108".to_owned(),
        display_name: "仪封镇<站>".to_owned(),
        capacity_kg_per_day: 1,
        equipment: String::new(),
        opens_s: 0,
        closes_s: 86_400,
        lng: 114.9,
        lat: 34.8,
        storage_kg: None,
        streams: Vec::new(),
        updated_at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn drawn(routes: &[Route], unserved: &[Unserved]) -> String {
    let map = Map {
        date: Date::from_calendar_date(2024, Month::April, 9).expect("a day"),
        routes,
        lines: &HashMap::new(),
        unserved,
        stations: &[station()],
        villages: &[],
    };
    map.svg()
}

/// Every element is closed in its turn, and no text opens one.
fn well_formed(svg: &str) {
    let mut open = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("a tag ends");
        let name = tag
            .split([' ', '/', '\n'])
            .find(|name| !name.is_empty())
            .expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn everything_is_on_the_paper_and_texts_stay_texts() {
    let places = [at(114.85, 34.75), at(114.95, 34.86), at(114.9, 34.8)];
    let routes = [route(1, "豫B\"><script>", &places), route(2, "豫B2", &places[..1])];
    let left = Unserved {
        route_plan_id: Uuid::nil(),
        call_id: "CP9.kitchen".to_owned(),
        station_id: None,
        division_code: "410225108200".to_owned(),
        reason: "access".to_owned(),
        load_kg: 7,
        basis: "declared".to_owned(),
        lng: 114.88,
        lat: 34.77,
    };
    let svg = drawn(&routes, &[left]);
    well_formed(&svg);
    assert!(
        !svg.contains("<script") && svg.contains("豫B&quot;&gt;&lt;script&gt;") && svg.contains("仪封镇&lt;站&gt;")
    );
    assert_eq!(
        svg.matches("<path d=\"M").count(),
        2 + 1 + 1 + 3 + 2 + 2,
        "trips, unserved, signs, vehicles, scale"
    );
    assert!(
        svg.contains("生活垃圾收运路线图 2024年4月9日") && svg.contains(">1 千米<") && svg.contains("CP9（厨余垃圾）")
    );
    let scene = Scene::of(&places, 100.0);
    for place in places {
        let (x, y) = scene.at(place);
        assert!((0.0..=scene.width).contains(&x) && (0.0..=scene.height).contains(&y));
    }
    let (west, east) = (scene.at(places[0]), scene.at(places[1]));
    assert!(west.0 < east.0 && west.1 > east.1, "north is up");
}

#[test]
fn an_empty_plan_and_a_single_place_are_drawn() {
    well_formed(&drawn(&[], &[]));
    well_formed(&drawn(&[route(1, "豫B1", &[at(114.9, 34.8)])], &[]));
}

#[test]
fn vehicles_have_colours_of_their_own() {
    let colours: std::collections::BTreeSet<String> = (0..73).map(colour).collect();
    assert_eq!(colours.len(), 73);
}
