//! Resource names.

use kit::error::{Error, Result};
use proto::xiangtu::sanitation::v1::WasteStream;
use sanitation_core::stream::{self, Stream};
use uuid::Uuid;

use crate::imports::is_id;

pub fn area(code: &str) -> String {
    format!("serviceAreas/{code}")
}

pub fn bin(id: &str) -> String {
    format!("bins/{id}")
}

pub fn contract(id: &str) -> String {
    format!("contracts/{id}")
}

pub fn crew(id: &str) -> String {
    format!("crews/{id}")
}

pub fn device(id: &str) -> String {
    format!("devices/{id}")
}

pub fn division(code: &str) -> String {
    format!("divisions/{code}")
}

pub fn facility(id: &str) -> String {
    format!("facilities/{id}")
}

pub fn hamlet(id: &str) -> String {
    format!("hamlets/{id}")
}

pub fn haulage_plan(id: Uuid) -> String {
    format!("haulagePlans/{id}")
}

pub fn hand_over(trip: &str, position: i32) -> String {
    format!("trips/{trip}/handOvers/{position}")
}

/// Trip and position in the name of a hand-over.
pub fn hand_over_parts<'a>(field: &str, name: &'a str) -> Result<(&'a str, i32)> {
    let parts = name
        .strip_prefix("trips/")
        .and_then(|rest| rest.split_once("/handOvers/"));
    parts
        .and_then(|(trip, position)| Some((trip, position.parse().ok()?)))
        .filter(|(trip, position)| is_id(trip) && *position > 0)
        .ok_or_else(|| Error::invalid(field, name, "a name trips/{id}/handOvers/{position}"))
}

pub fn signing_key(id: &str) -> String {
    format!("signingKeys/{id}")
}

pub fn point(id: &str) -> String {
    format!("collectionPoints/{id}")
}

/// The point of a call and the stream that it takes.
pub fn call(call_id: &str) -> (String, WasteStream) {
    let (id, of) = stream::parts(call_id).unwrap_or((call_id, Stream::Rest));
    let stream = match of {
        Stream::Rest => WasteStream::Unspecified,
        Stream::Kitchen => WasteStream::Kitchen,
    };
    (point(id), stream)
}

pub fn street_work_plan(id: Uuid) -> String {
    format!("streetWorkPlans/{id}")
}

pub fn trip(id: &str) -> String {
    format!("trips/{id}")
}

pub fn vehicle(id: &str) -> String {
    format!("vehicles/{id}")
}

pub fn worker(id: &str) -> String {
    format!("workers/{id}")
}

pub fn plan(id: Uuid) -> String {
    format!("plans/{id}")
}

pub fn route_plan(id: Uuid) -> String {
    format!("routePlans/{id}")
}

pub fn week_plan(id: Uuid) -> String {
    format!("weekPlans/{id}")
}

/// The id in the name of a resource that is asked for: what is no such name does not exist.
pub fn existing<'a>(name: &'a str, collection: &str) -> Result<&'a str> {
    part(name, collection).ok_or_else(|| Error::not_found(name))
}

/// The id in a `field` that names another resource.
pub fn reference<'a>(field: &str, name: &'a str, collection: &str) -> Result<&'a str> {
    if name.is_empty() {
        return Err(Error::required(field));
    }
    part(name, collection).ok_or_else(|| Error::invalid(field, name, format!("a name {collection}/{{id}}")))
}

/// The uuid in the name of a resource that is asked for.
pub fn existing_uuid(name: &str, collection: &str) -> Result<Uuid> {
    existing(name, collection)
        .ok()
        .and_then(|id| Uuid::try_parse(id).ok())
        .ok_or_else(|| Error::not_found(name))
}

fn part<'a>(name: &'a str, collection: &str) -> Option<&'a str> {
    name.strip_prefix(collection)?.strip_prefix('/').filter(|id| is_id(id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_names_of_the_collection_only() {
        assert_eq!(existing("trips/T1", "trips").expect("a trip"), "T1");
        for name in [
            "trips/",
            "trips",
            "trip/T1",
            "tripsT1",
            "trips/T1/x",
            "trips/T 1",
            "T1",
            "",
        ] {
            assert!(existing(name, "trips").is_err(), "{name}");
        }
        assert!(existing_uuid("plans/7", "plans").is_err());
        let error = reference("trip.vehicle", "V1", "vehicles").expect_err("no name");
        assert_eq!(error.violations()[0].field, "trip.vehicle");
    }

    proptest! {
        #[test]
        fn fuzz_never_panics(name in ".*") {
            let _ = existing(&name, "trips");
            let _ = existing_uuid(&name, "plans");
        }
    }
}
