//! Served notices: checked on the way in, told on the way out.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{NoticeServiceMethod, RecordServedNoticeRequest, ServedNotice as Wire};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{checks, names};
use crate::store::served::Served;

/// How a notice was served, as a caller states it, checked.
#[derive(Debug)]
pub struct Stated {
    pub method: NoticeServiceMethod,
    pub served_at: OffsetDateTime,
    pub proof: String,
    pub delivery_event: Option<Uuid>,
}

/// Checks how a notice was served.
pub fn stated(request: &RecordServedNoticeRequest, now: OffsetDateTime) -> Result<Stated> {
    let method = request.service_method();
    if method == NoticeServiceMethod::Unspecified {
        return Err(Error::invalid(
            "service_method",
            request.service_method,
            "one of the methods of the contract",
        ));
    }
    let event = &request.delivery_event;
    let refused = |_| Error::invalid("delivery_event", event, "a UUID, or empty");
    Ok(Stated {
        method,
        served_at: checks::past_instant("serve_time", request.serve_time, now)?,
        proof: checks::text("proof", &request.proof, 1..=500)?,
        delivery_event: if event.is_empty() {
            None
        } else {
            Some(Uuid::try_parse(event).map_err(refused)?)
        },
    })
}

/// A served notice for the wire.
pub fn served(row: &Served) -> Wire {
    Wire {
        name: names::of("servedNotices", row.id),
        dunning_notice: names::of("dunningNotices", row.notice_id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        service_method: i32::from(row.service_method),
        serve_time: Some(dates::timestamp(row.served_at)),
        proof: row.proof.clone(),
        delivery_event: row.delivery_event.map(|id| id.to_string()).unwrap_or_default(),
        bills: row.bills.iter().map(|id| names::of("bills", id)).collect(),
        recorder: row.recorded_by.clone(),
        create_time: Some(dates::timestamp(row.recorded_at)),
    }
}
