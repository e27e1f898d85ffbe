//! Stops brought to the state that follows from everything told of them, with what has to be recorded and told when it turns.

use std::collections::HashMap;

use kit::{db::Tx, error::Result, id::Ids};
use proto::xiangtu::sanitation::v1::{CollectionMissed, CollectionMissedWithdrawn};
use sanitation_core::stop::{State, Told, Word, outcome};
use time::Duration;

use crate::{
    book::Book,
    store::{
        missed::{Missed, missed_insert, missed_withdraw},
        stop_events::{StopEvent, stop_events_of},
        stops::{Stop, stop_settle},
    },
    wire::network,
};

/// Settles stops that the caller holds. Those whose state is what it was are left alone, so that nothing is told twice.
pub async fn settle(tx: &mut Tx, ids: &Ids, stops: Vec<Stop>) -> Result<()> {
    let names: Vec<String> = stops.iter().map(|stop| stop.stop_id.clone()).collect();
    let mut told: HashMap<String, Vec<StopEvent>> = HashMap::new();
    for event in stop_events_of(tx, &names).await? {
        let of = event.stop_id.clone().unwrap_or_default();
        told.entry(of).or_default().push(event);
    }
    let mut books: HashMap<time::Date, Book> = HashMap::new();
    for stop in stops {
        let book = match books.remove(&stop.date) {
            Some(book) => book,
            None => Book::read(tx, "", stop.date).await?,
        };
        let late_after = Duration::seconds(book.norms(&stop.division_code).execution.late_after_s);
        books.insert(stop.date, book);
        let events = told.remove(&stop.stop_id).unwrap_or_default();
        let words: Vec<Told<'_>> = events.iter().map(word).collect();
        let (after, note) = settled(&stop, &words, late_after);
        if after != stop {
            turn(tx, ids, &stop.state, &after, note).await?;
        }
    }
    Ok(())
}

/// The stop as it follows from what was told, and the note of a miss.
fn settled<'a>(stop: &Stop, told: &[Told<'a>], late_after: Duration) -> (Stop, &'a str) {
    let found = outcome(told, stop.fence_at);
    let mut after = Stop {
        state: "planned".to_owned(),
        arrived_at: found.arrival.map(|arrival| arrival.at),
        arrived_by: found
            .arrival
            .map_or("", |arrival| if arrival.by_driver { "driver" } else { "fence" })
            .to_owned(),
        done_at: None,
        collected_kg: None,
        bin_count: None,
        missed_reason: String::new(),
        late: false,
        ..stop.clone()
    };
    let mut noted = "";
    match found.state {
        State::Planned => {}
        State::Arrived => "arrived".clone_into(&mut after.state),
        State::Collected { at, kg, bins } => {
            "collected".clone_into(&mut after.state);
            (after.done_at, after.collected_kg, after.bin_count) = (Some(at), kg, bins);
            after.late = at > stop.due_at.saturating_add(late_after);
        }
        State::Missed { at, reason, note } => {
            "missed".clone_into(&mut after.state);
            (after.done_at, after.missed_reason) = (Some(at), reason.to_owned());
            noted = note;
        }
    }
    (after, noted)
}

/// Keeps a stop that has changed; a state that turns is recorded and told, also for the points whose waste is brought to it.
async fn turn(tx: &mut Tx, ids: &Ids, before: &str, after: &Stop, note: &str) -> Result<()> {
    let now = tx.now();
    let changed = Stop {
        updated_at: now,
        ..after.clone()
    };
    let points = stop_settle(tx, &changed).await?;
    match (before, after.state.as_str()) {
        (before, "missed") if before != "missed" => {
            for point in points {
                let row = Missed {
                    missed_id: ids.next(),
                    point_id: point.point_id,
                    stream: point.stream,
                    division_code: point.division_code,
                    date: point.date,
                    reason: point.missed_reason,
                    note: note.to_owned(),
                    reported_at: now,
                    withdrawn_at: None,
                };
                if missed_insert(tx, &row).await? {
                    let division = row.division_code.clone();
                    let missed = network::missed(row);
                    let subject = missed.name.clone();
                    let missed_collection = Some(missed);
                    tx.emit(
                        "collection.missed",
                        &division,
                        &subject,
                        &CollectionMissed { missed_collection },
                    );
                }
            }
        }
        (before, "collected") if before != "collected" => {
            for point in points {
                if let Some(row) = missed_withdraw(tx, (&point.point_id, &point.stream), point.date, now).await? {
                    let division = row.division_code.clone();
                    let missed = network::missed(row);
                    let subject = missed.name.clone();
                    let payload = CollectionMissedWithdrawn {
                        missed_collection: Some(missed),
                    };
                    tx.emit("collection.missed_withdrawn", &division, &subject, &payload);
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// A row as the core hears it. Rows that speak of a stop are of these three kinds.
fn word(event: &StopEvent) -> Told<'_> {
    Told {
        device: &event.device_id,
        sequence: event.sequence_number,
        at: event.event_at,
        word: match event.kind.as_str() {
            "collected" => Word::Collected {
                kg: event.load_kg,
                bins: event.bin_count,
            },
            "missed" => Word::Missed {
                reason: &event.missed_reason,
                note: &event.note,
            },
            _ => Word::Arrived,
        },
    }
}
