//! Deliveries and their attempts as answers, and what is said of those that ended without success.

use kit::{
    dates,
    error::{Error, Result},
};
use notifications_core::delivery::State;
use proto::xiangtu::notifications::v1 as pb;

use super::{
    channel,
    name::{Collection, division},
};
use crate::store::{
    attempt::AttemptRow,
    delivery::{DeliveryRow, Lost},
};

/// Reads the states of a list request.
pub fn states(field: &str, states: &[i32]) -> Result<Vec<i16>> {
    let read = |(at, number): (usize, &i32)| {
        let state = i16::try_from(*number).ok().and_then(State::from_code);
        let bad = || Error::invalid(format!("{field}[{at}]"), number, "a state of deliveries");
        state.map(State::code).ok_or_else(bad)
    };
    states.iter().enumerate().map(read).collect()
}

/// The answer.
pub fn answer(row: &DeliveryRow, attempts: &[AttemptRow]) -> pb::Delivery {
    let webhook = row.channel == channel::code(pb::Channel::Webhook);
    let target = |here: bool, collection: Collection| {
        if here {
            collection.name(row.target_uid)
        } else {
            String::new()
        }
    };
    let waits = matches!(State::from_code(row.state), Some(State::Ready | State::Waiting));
    pb::Delivery {
        name: Collection::Deliveries.name(row.uid),
        notice: Collection::Notices.name(row.notice_uid),
        division: division(&row.division_code),
        channel: i32::from(row.channel),
        recipient: target(!webhook, Collection::Recipients),
        endpoint: target(webhook, Collection::Endpoints),
        state: i32::from(row.state),
        attempt_count: row.attempts,
        next_attempt_time: waits.then(|| dates::timestamp(row.due_at)),
        last_error: row.last_error.clone(),
        create_time: Some(dates::timestamp(row.created_at)),
        finish_time: row.finished_at.map(dates::timestamp),
        attempts: attempts.iter().map(attempt).collect(),
    }
}

fn attempt(row: &AttemptRow) -> pb::Attempt {
    pb::Attempt {
        number: row.number,
        start_time: Some(dates::timestamp(row.started_at)),
        duration: Some(prost_types::Duration {
            seconds: i64::from(row.duration_ms / 1_000),
            nanos: row.duration_ms % 1_000 * 1_000_000,
        }),
        outcome: i32::from(row.outcome),
        status_code: row.status,
        detail: row.detail.clone(),
    }
}

/// What other services are told of a delivery that ended without success.
pub fn failed(lost: &Lost) -> pb::DeliveryFailed {
    let webhook = lost.channel == channel::code(pb::Channel::Webhook);
    let target = |here: bool, collection: Collection| {
        if here {
            collection.name(lost.target_uid)
        } else {
            String::new()
        }
    };
    pb::DeliveryFailed {
        delivery: Collection::Deliveries.name(lost.uid),
        notice: Collection::Notices.name(lost.notice_uid),
        topic: lost.topic.clone(),
        channel: i32::from(lost.channel),
        endpoint: target(webhook, Collection::Endpoints),
        recipient: target(!webhook, Collection::Recipients),
        attempt_count: lost.attempts,
        last_error: lost.last_error.clone(),
    }
}
