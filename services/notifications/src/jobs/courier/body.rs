//! What a webhook says: a CloudEvents 1.0 event as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use crate::{
    store::claim::Claimed,
    wire::name::{Collection, division},
};

/// Content type of the body.
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: &'static str,
    r#type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    subject: &'a str,
    time: String,
    datacontenttype: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    traceparent: &'a str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    notice: String,
    division: String,
    template: &'a str,
    language: &'a str,
    title: &'a str,
    body: &'a str,
    urgent: bool,
    acknowledgement_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    variables: &'a BTreeMap<String, String>,
}

/// The body of a delivery, the same at every attempt.
pub fn of(delivery: &Claimed) -> Vec<u8> {
    let event = CloudEvent {
        specversion: "1.0",
        id: delivery.uid.to_string(),
        source: "/xiangtu/notifications",
        r#type: &delivery.topic,
        subject: &delivery.subject,
        time: delivery.notice_created_at.format(&Rfc3339).unwrap_or_default(),
        datacontenttype: "application/json",
        traceparent: &delivery.traceparent,
        data: Data {
            notice: Collection::Notices.name(delivery.notice_uid),
            division: division(&delivery.notice_division_code),
            template: &delivery.template,
            language: &delivery.language,
            title: &delivery.title,
            body: &delivery.body,
            urgent: delivery.priority == 2,
            acknowledgement_required: delivery.acknowledgement_required,
            event_id: delivery.event_id.map(|id| id.to_string()),
            variables: &delivery.variables.0,
        },
    };
    // Strings and maps of strings always serialize.
    serde_json::to_vec(&event).unwrap_or_default()
}
