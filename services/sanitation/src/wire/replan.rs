//! What has happened on a day: contract → core.

use std::collections::{HashMap, HashSet};

use kit::error::{Error, Result};
use proto::xiangtu::sanitation::v1::{ExecutedStop, ReplanRoutesRequest};
use sanitation_core::stream::{self, Stream};

use super::{enums::planned_stream, names};
use crate::planning::{Happened, Told, Untold};

const DAY_S: i32 = 86_400;

/// Checks what the request tells by itself; `payload_kg` has the vehicles of the division.
pub fn happened(request: &ReplanRoutesRequest, payload_kg: &HashMap<&str, i64>) -> Result<Happened> {
    let time_s = request.time_s;
    if !(1..=DAY_S).contains(&time_s) {
        return Err(Error::invalid("time_s", time_s, "1 to 86,400"));
    }
    let mut happened = Happened {
        time_s: time_s.into(),
        on_schedule: request.on_schedule,
        ..Happened::default()
    };
    let vehicle = |field: &str, name: &str| -> Result<String> {
        let id = names::reference(field, name, "vehicles")?;
        let known = payload_kg.contains_key(id);
        let rule = "a collecting vehicle of the division of the plan";
        known
            .then(|| id.to_owned())
            .ok_or_else(|| Error::invalid(field, name, rule))
    };
    for (index, outage) in request.outages.iter().enumerate() {
        let field = format!("outages[{index}]");
        let from_s = match outage.from_s {
            0 => None,
            from_s if (1..=DAY_S).contains(&from_s) => Some(from_s.into()),
            from_s => {
                return Err(Error::invalid(
                    format!("{field}.from_s"),
                    from_s,
                    "0 (meaning time_s) to 86,400",
                ));
            }
        };
        let field = format!("{field}.vehicle");
        let before = happened.outages.insert(vehicle(&field, &outage.vehicle)?, from_s);
        once(&field, &outage.vehicle, before.is_none())?;
    }
    let mut points: HashSet<String> = HashSet::new();
    for (index, stop) in request.executed_stops.iter().enumerate() {
        let field = |part: &str| format!("executed_stops[{index}].{part}");
        let point = names::reference(&field("collection_point"), &stop.collection_point, "collectionPoints")?;
        let point = planned_stream(&field("stream"), stop.stream())?.call_id(point);
        once(
            &field("collection_point"),
            &stop.collection_point,
            points.insert(point.clone()),
        )?;
        if !(0..=time_s).contains(&stop.leave_s) {
            let rule = format!("0 (as planned) to time_s, which is {time_s}");
            return Err(Error::invalid(field("leave_s"), stop.leave_s, rule));
        }
        if !(0..=1_000).contains(&stop.trip_number) {
            return Err(Error::invalid(
                field("trip_number"),
                stop.trip_number,
                "0 (as planned) to 1,000",
            ));
        }
        if let Some(load_kg) = stop.load_kg.filter(|load_kg| !(0..=200_000).contains(load_kg)) {
            return Err(Error::invalid(field("load_kg"), load_kg, "0 to 200,000"));
        }
        let by = vehicle(&field("vehicle"), &stop.vehicle)?;
        happened.told.entry(by).or_default().push(Told {
            point,
            trip: usize::try_from(stop.trip_number).ok().filter(|number| *number > 0),
            leave_s: Some(i64::from(stop.leave_s)).filter(|leave_s| *leave_s > 0),
            load_kg: stop.load_kg,
        });
    }
    for (stream, names) in missed(request) {
        for (index, name) in names.iter().enumerate() {
            let field = format!("{}[{index}]", missed_field(stream));
            let point = stream.call_id(names::reference(&field, name, "collectionPoints")?);
            if points.contains(&point) {
                return Err(Error::invalid(field, name, "not one of executed_stops"));
            }
            once(&field, name, happened.missed.insert(point))?;
        }
    }
    for (index, load) in request.onboard_loads.iter().enumerate() {
        let field = format!("onboard_loads[{index}].vehicle");
        let id = vehicle(&field, &load.vehicle)?;
        let most = payload_kg.get(id.as_str()).copied().unwrap_or(0);
        if !(0..=most).contains(&load.load_kg) {
            let field = format!("onboard_loads[{index}].load_kg");
            return Err(Error::invalid(field, load.load_kg, format!("0 to its payload, {most}")));
        }
        once(
            &field,
            &load.vehicle,
            happened.onboard.insert(id, load.load_kg).is_none(),
        )?;
    }
    Ok(happened)
}

/// Points told as missed, by stream.
fn missed(request: &ReplanRoutesRequest) -> [(Stream, &[String]); 2] {
    [
        (Stream::Rest, &request.missed_collection_points),
        (Stream::Kitchen, &request.missed_kitchen_collection_points),
    ]
}

const fn missed_field(stream: Stream) -> &'static str {
    match stream {
        Stream::Rest => "missed_collection_points",
        Stream::Kitchen => "missed_kitchen_collection_points",
    }
}

/// The field of what is told but cannot be understood, or contradicts what terminals reported.
pub fn untold(request: &ReplanRoutesRequest, untold: Untold) -> Error {
    let (of, part, rule): (_, _, String) = match untold {
        Untold::NotPlanned(point) => (point, "collection_point", "a stop of the plan".to_owned()),
        Untold::NoTime(point) => (point, "leave_s", "given: another vehicle was to do it".to_owned()),
        Untold::OutOfOrder(point) => {
            let rule = "not before the stop before it, nor on an earlier trip";
            (point, "leave_s", rule.to_owned())
        }
        Untold::OtherVehicle(point, by) => {
            let rule = format!("{}, whose terminal reported it collected", names::vehicle(&by));
            (point, "vehicle", rule)
        }
        Untold::OtherTime(point, at_s) => (
            point,
            "leave_s",
            format!("0, or {at_s}, when it was reported collected"),
        ),
        Untold::OtherLoad(point, load_kg) => (point, "load_kg", format!("unset, or {load_kg}, which was reported")),
        Untold::ReportedMissed(point, at_s) => {
            let rule = format!("collected after {at_s}, when it was reported missed");
            (point, "leave_s", rule)
        }
        Untold::ReportedEmptied(point, by, at_s) => {
            let (name, _) = names::call(&point);
            let (_, stream) = stream::parts(&point).unwrap_or_default();
            let told = missed(request).into_iter().find(|(of, _)| *of == stream);
            let index = told.and_then(|(_, names)| names.iter().position(|missed| *missed == name));
            let field = format!("{}[{}]", missed_field(stream), index.unwrap_or(0));
            let rule = format!("not one that {} reported collected at {at_s}", names::vehicle(&by));
            return Error::invalid(field, name, rule);
        }
        Untold::ReportedLater(vehicle, at_s) => {
            let name = names::vehicle(&vehicle);
            let index = request.outages.iter().position(|outage| outage.vehicle == name);
            let index = index.unwrap_or(0);
            let from_s = request.outages.get(index).map_or(0, |outage| outage.from_s);
            let rule = format!("not before {at_s}, when {name} reported a stop collected");
            return Error::invalid(format!("outages[{index}].from_s"), from_s, rule);
        }
    };
    let (name, stream) = names::call(&of);
    let same = |stop: &ExecutedStop| stop.collection_point == name && stop.stream() == stream;
    let index = request.executed_stops.iter().position(same).unwrap_or(0);
    Error::invalid(format!("executed_stops[{index}].{part}"), name, rule)
}

fn once(field: &str, name: &str, is_new: bool) -> Result<()> {
    if is_new {
        Ok(())
    } else {
        Err(Error::invalid(field, name, "named once"))
    }
}
