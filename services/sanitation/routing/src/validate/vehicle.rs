//! One vehicle and its pauses.

use super::findings::Findings;
use crate::model::LIMIT;
use crate::{Vehicle, Window};

/// Greatest cost of a metre or a second.
const RATE: i64 = 1_000_000;

pub(super) fn fields(found: &mut Findings, index: usize, vehicle: &Vehicle, places: usize) {
    let path = |field| move || format!("vehicles[{index}].{field}");
    found.place(path("start"), vehicle.start, places);
    if let Some(end) = vehicle.end {
        found.place(path("end"), end, places);
    }
    found.quantity(path("payload_kg"), vehicle.payload_kg);
    found.quantity(path("gross_kg"), vehicle.gross_kg);
    found.quantity(path("fixed_cost"), vehicle.fixed_cost);
    let rates = [
        ("cost_per_m", vehicle.cost_per_m),
        ("cost_per_s", vehicle.cost_per_s),
        ("cost_per_overtime_s", vehicle.cost_per_overtime_s),
    ];
    for (field, rate) in rates {
        found.ensure((0..=RATE).contains(&rate), path(field), rate, "must be 0 to 1,000,000");
    }
    for (field, most) in [("max_trips", vehicle.max_trips), ("max_stops", vehicle.max_stops)] {
        found.ensure(most > 0, path(field), most, "must be at least 1");
    }
    found.quantity(path("max_kg"), vehicle.max_kg);
    found.quantity(path("max_driving_s"), vehicle.max_driving_s);
    found.quantity(path("regular_end_s"), vehicle.regular_end_s);
    pauses(found, index, vehicle);
    found.quantity(path("shift.open_s"), vehicle.shift.open_s);
    let closes = (vehicle.shift.open_s..=LIMIT).contains(&vehicle.shift.close_s);
    found.ensure(
        closes,
        path("shift.close_s"),
        vehicle.shift.close_s,
        "must be open_s to 2^40",
    );
    let aboard = (0..=vehicle.payload_kg).contains(&vehicle.load_kg);
    found.ensure(aboard, path("load_kg"), vehicle.load_kg, "must be 0 to payload_kg");
}

/// Breaks begin one after another, each when the one before is over at the latest.
fn pauses(found: &mut Findings, index: usize, vehicle: &Vehicle) {
    let breaks = vehicle.breaks.len();
    found.ensure(
        breaks <= 8,
        || format!("vehicles[{index}].breaks"),
        breaks,
        "must be at most 8 breaks",
    );
    let mut free_from = 0;
    for (number, one) in vehicle.breaks.iter().enumerate() {
        let path = |field| move || format!("vehicles[{index}].breaks[{number}].{field}");
        let Window { open_s, close_s } = one.begin;
        let after = "must be 0 to 2^40 and later than the break before can end";
        found.ensure(
            (free_from..=LIMIT).contains(&open_s),
            path("begin.open_s"),
            open_s,
            after,
        );
        found.ensure(
            (open_s..=LIMIT).contains(&close_s),
            path("begin.close_s"),
            close_s,
            "must be open_s to 2^40",
        );
        let lasts = (1..=LIMIT).contains(&one.duration_s);
        found.ensure(lasts, path("duration_s"), one.duration_s, "must be 1 to 2^40");
        free_from = close_s.saturating_add(one.duration_s);
    }
    if let Some(rest) = vehicle.rest {
        for (field, seconds) in [("driving_s", rest.driving_s), ("duration_s", rest.duration_s)] {
            let path = || format!("vehicles[{index}].rest.{field}");
            found.ensure((1..=LIMIT).contains(&seconds), path, seconds, "must be 1 to 2^40");
        }
    }
}
