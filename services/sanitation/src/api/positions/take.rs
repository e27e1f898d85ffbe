//! Takes the positions of a terminal in their order.

use std::collections::{HashMap, hash_map::Entry};

use kit::{
    dates,
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use proto::xiangtu::sanitation::v1::{Position, PositionRefusal, ReportPositionsResponse};
use sanitation_core::{
    fence::{Crossing, Fix, Place, Rule, Watch, worth_keeping},
    geo,
    stream::Stream,
};
use sqlx::types::Json;
use time::{Date, Duration, OffsetDateTime};

use crate::{
    book::Book,
    settle::settle,
    store::{
        devices::device_hold,
        positions::{
            DevicePosition, TrackPosition, Visit, device_position_get, device_position_keep, places_of, track_clear,
            track_insert, visit_end, visit_insert,
        },
        stops::stops_hold,
    },
    terminal::Terminal,
    wire::{
        positions::{Sent, sent},
        stops::Clock,
    },
};

/// What a terminal has told so far.
#[derive(Default)]
struct Course {
    acknowledged: i64,
    last: Option<Sent>,
    kept: Option<Fix>,
    watch: Watch,
}

/// Takes what lies above the number acknowledged last, and brings about what follows from it.
pub async fn take(
    tx: &mut Tx,
    ids: &Ids,
    terminal: &Terminal,
    clock: Clock,
    positions: &[Position],
) -> Result<ReportPositionsResponse> {
    device_hold(tx, &terminal.device_id).await?;
    let mut course = course(tx, terminal).await?;
    let mut response = ReportPositionsResponse::default();
    let (mut track, mut crossings) = (Vec::new(), Vec::new());
    let mut places: HashMap<Date, (Vec<Place>, Rule)> = HashMap::new();
    for (index, position) in positions.iter().enumerate() {
        if position.sequence_number <= course.acknowledged {
            response.repeated_count += 1;
            continue;
        }
        let path = format!("positions[{index}]");
        let read = sent(&path, position, clock).and_then(|sent| course.next(&path, sent));
        course.acknowledged = position.sequence_number;
        let sent = match read {
            Ok(sent) => sent,
            Err(error) => {
                response.refusals.push(PositionRefusal {
                    sequence_number: position.sequence_number,
                    error: Some(error.into()),
                });
                continue;
            }
        };
        response.taken_count += 1;
        let day = dates::day_of(sent.fix.at);
        let begins = course.last.is_none_or(|last| dates::day_of(last.fix.at) != day);
        let (places, rule) = match places.entry(day) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(watched(tx, terminal, day, begins).await?),
        };
        if sent.accuracy_m <= rule.radius_m {
            crossings.extend(course.watch.see(sent.fix, places, *rule));
        }
        if worth_keeping(course.kept, sent.fix) {
            course.kept = Some(sent.fix);
            track.push(TrackPosition {
                at: sent.fix.at,
                lng: sent.fix.position.lng,
                lat: sent.fix.position.lat,
                speed_kmh: sent.speed_kmh,
            });
        }
        course.last = Some(sent);
    }
    response.acknowledged_sequence_number = course.acknowledged;
    track_insert(tx, (&terminal.vehicle_id, &terminal.division_code), &track).await?;
    visits(tx, ids, terminal, crossings).await?;
    keep(tx, terminal, course).await?;
    Ok(response)
}

impl Course {
    /// The position, if it is later than the one before.
    fn next(&self, path: &str, sent: Sent) -> Result<Sent> {
        match self.last {
            Some(last) if sent.fix.at <= last.fix.at => {
                let rule = format!("later than {}, the time of the position before it", last.fix.at);
                Err(Error::invalid(format!("{path}.occur_time"), sent.fix.at, rule))
            }
            _ => Ok(sent),
        }
    }
}

async fn course(tx: &mut Tx, terminal: &Terminal) -> Result<Course> {
    let Some(row) = device_position_get(tx, &terminal.device_id).await? else {
        return Ok(Course::default());
    };
    let fix = |at, lng, lat| Fix {
        at,
        position: geo::Position { lng, lat },
    };
    let same_vehicle = row.vehicle_id == terminal.vehicle_id;
    Ok(Course {
        acknowledged: row.sequence_number,
        last: Some(Sent {
            fix: fix(row.at, row.lng, row.lat),
            speed_kmh: row.speed_kmh,
            accuracy_m: 0,
        }),
        kept: same_vehicle.then(|| fix(row.kept_at, row.kept_lng, row.kept_lat)),
        watch: if same_vehicle { row.watch.0 } else { Watch::default() },
    })
}

/// Places and rule of a day. A vehicle that begins one clears what is too old.
async fn watched(tx: &mut Tx, terminal: &Terminal, day: Date, begins: bool) -> Result<(Vec<Place>, Rule)> {
    let book = Book::read(tx, &terminal.division_code, day).await?;
    let norm = &book.norms(&terminal.division_code).execution;
    if begins {
        let oldest = dates::start_of(day).saturating_sub(Duration::days(norm.track_days));
        track_clear(tx, &terminal.vehicle_id, oldest).await?;
    }
    let rule = Rule {
        radius_m: norm.fence_m,
        dwell: Duration::seconds(norm.dwell_s),
    };
    Ok((places_of(tx, &terminal.vehicle_id, day).await?, rule))
}

/// Records visits, and the first arrival at each stop.
async fn visits(tx: &mut Tx, ids: &Ids, terminal: &Terminal, crossings: Vec<Crossing>) -> Result<()> {
    let mut arrivals: HashMap<String, OffsetDateTime> = HashMap::new();
    for crossing in crossings {
        if !crossing.arrived {
            visit_end(tx, &terminal.vehicle_id, &crossing.place, crossing.at).await?;
            continue;
        }
        let date = dates::day_of(crossing.at);
        if let Some(point) = crossing.place.strip_prefix("collectionPoints/") {
            for stream in [Stream::Rest, Stream::Kitchen] {
                let stop = format!("{date}/{}", stream.call_id(point));
                arrivals.entry(stop).or_insert(crossing.at);
            }
        }
        let visit = Visit {
            visit_id: ids.next(),
            vehicle_id: terminal.vehicle_id.clone(),
            division_code: terminal.division_code.clone(),
            place: crossing.place,
            date,
            arrived_at: crossing.at,
            left_at: None,
        };
        visit_insert(tx, &visit).await?;
    }
    let names: Vec<String> = arrivals.keys().cloned().collect();
    let mut stops = stops_hold(tx, &names).await?;
    // Where another vehicle collects the other stream, it has not arrived.
    let own = stops.iter().filter(|stop| stop.vehicle_id == terminal.vehicle_id);
    let own: HashMap<String, String> = own.map(|stop| (stop.point_id.clone(), stop.stream.clone())).collect();
    stops.retain(|stop| own.get(&stop.point_id).is_none_or(|stream| *stream == stop.stream));
    stops.retain(|stop| stop.fence_at.is_none_or(|at| at > arrivals[&stop.stop_id]));
    for stop in &mut stops {
        stop.fence_at = arrivals.get(&stop.stop_id).copied();
    }
    settle(tx, ids, stops).await
}

async fn keep(tx: &mut Tx, terminal: &Terminal, course: Course) -> Result<()> {
    let (Some(last), Some(kept)) = (course.last, course.kept) else {
        return Ok(());
    };
    let row = DevicePosition {
        device_id: terminal.device_id.clone(),
        vehicle_id: terminal.vehicle_id.clone(),
        division_code: terminal.division_code.clone(),
        sequence_number: course.acknowledged,
        at: last.fix.at,
        lng: last.fix.position.lng,
        lat: last.fix.position.lat,
        speed_kmh: last.speed_kmh,
        kept_at: kept.at,
        kept_lng: kept.position.lng,
        kept_lat: kept.position.lat,
        watch: Json(course.watch),
        received_at: tx.now(),
    };
    device_position_keep(tx, &row).await?;
    Ok(())
}
