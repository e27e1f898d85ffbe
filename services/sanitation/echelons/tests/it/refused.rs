//! What cannot be reckoned with, told by field.

use echelons::{Spec, Station};

use crate::towns::scattered;

fn refused(change: impl FnOnce(&mut Spec)) -> String {
    let mut spec = scattered(3, 4, 1);
    change(&mut spec);
    spec.build().expect_err("refused").to_string()
}

#[test]
fn each_field_is_checked() {
    let heavy = refused(|spec| spec.stops_kg[2] = 61);
    assert_eq!(heavy, "stops_kg[2]: 61 is not 1 to 60");
    let nothing = refused(|spec| spec.stops_kg[0] = 0);
    assert_eq!(nothing, "stops_kg[0]: 0 is not 1 to 60");
    let none = refused(|spec| spec.stations.clear());
    assert_eq!(none, "stations: 0 is not 1 to 64");
    let negative = refused(|spec| {
        spec.stations[1] = Station {
            opening: -1,
            ..Station::FREE
        };
    });
    assert_eq!(negative, "stations[1].opening: -1 is not 0 to 1000000000000");
    let cells = refused(|spec| spec.haulage.distances_m.truncate(15));
    assert_eq!(cells, "haulage.distances_m: 15 is not 16 to 16");
    let places = refused(|spec| spec.collection.places = 8);
    assert_eq!(places, "collection.places: 8 is not 7 to 7");
    let payload = refused(|spec| spec.trucks.payload_kg = 0);
    assert_eq!(payload, "trucks.payload_kg: 0 is not 1 to 1000000000");
    let trucks = refused(|spec| {
        spec.stops_kg.fill(50);
        spec.trucks.count = 1;
    });
    assert_eq!(
        trucks,
        "stops_kg: 200 kg in all is not at most the 130 kg that the trucks haul"
    );
}
