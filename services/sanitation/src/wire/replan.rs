//! What has happened on a day: contract → core.

use std::collections::{HashMap, HashSet};

use kit::error::{Error, Result};
use proto::xiangtu::sanitation::v1::ReplanRoutesRequest;

use super::names;
use crate::planning::{Executed, Happened, Untold};

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
            0 => time_s,
            from_s if (1..=DAY_S).contains(&from_s) => from_s,
            from_s => {
                return Err(Error::invalid(
                    format!("{field}.from_s"),
                    from_s,
                    "0 (meaning time_s) to 86,400",
                ));
            }
        };
        let field = format!("{field}.vehicle");
        let before = happened
            .outages
            .insert(vehicle(&field, &outage.vehicle)?, from_s.into());
        once(&field, &outage.vehicle, before.is_none())?;
    }
    let mut points = HashSet::new();
    for (index, stop) in request.executed_stops.iter().enumerate() {
        let field = |part: &str| format!("executed_stops[{index}].{part}");
        let point = names::reference(&field("collection_point"), &stop.collection_point, "collectionPoints")?;
        once(&field("collection_point"), &stop.collection_point, points.insert(point))?;
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
        happened.executed.entry(by).or_default().push(Executed {
            point: point.to_owned(),
            trip: usize::try_from(stop.trip_number).ok().filter(|number| *number > 0),
            leave_s: Some(i64::from(stop.leave_s)).filter(|leave_s| *leave_s > 0),
            load_kg: stop.load_kg,
        });
    }
    for (index, name) in request.missed_collection_points.iter().enumerate() {
        let field = format!("missed_collection_points[{index}]");
        let point = names::reference(&field, name, "collectionPoints")?;
        if points.contains(point) {
            return Err(Error::invalid(field, name, "not one of executed_stops"));
        }
        once(&field, name, happened.missed.insert(point.to_owned()))?;
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

/// The field of a stop that is told but cannot be understood.
pub fn untold(request: &ReplanRoutesRequest, untold: Untold) -> Error {
    let (point, part, rule) = match untold {
        Untold::NotPlanned(point) => (point, "collection_point", "a stop of the plan"),
        Untold::NoTime(point) => (point, "leave_s", "given: another vehicle was to do it"),
        Untold::OutOfOrder(point) => (
            point,
            "leave_s",
            "not before the stop before it, nor on an earlier trip",
        ),
    };
    let name = names::point(&point);
    let index = request
        .executed_stops
        .iter()
        .position(|stop| stop.collection_point == name);
    Error::invalid(format!("executed_stops[{}].{part}", index.unwrap_or(0)), name, rule)
}

fn once(field: &str, name: &str, is_new: bool) -> Result<()> {
    if is_new {
        Ok(())
    } else {
        Err(Error::invalid(field, name, "named once"))
    }
}
