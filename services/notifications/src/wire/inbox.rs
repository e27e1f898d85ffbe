//! Inbox items as answers.

use kit::dates;
use proto::xiangtu::notifications::v1 as pb;

use super::name::{Collection, division};
use crate::store::inbox::ItemRow;

/// The answer.
pub fn answer(row: &ItemRow) -> pb::InboxItem {
    pb::InboxItem {
        name: Collection::InboxItems.name(row.uid),
        recipient: Collection::Recipients.name(row.recipient_uid),
        notice: Collection::Notices.name(row.notice_uid),
        division: division(&row.notice_division_code),
        topic: row.topic.clone(),
        subject: row.subject.clone(),
        language: row.language.clone(),
        title: row.title.clone(),
        body: row.body.clone(),
        priority: i32::from(row.priority),
        acknowledgement_required: row.acknowledgement_required,
        arrive_time: Some(dates::timestamp(row.arrived_at)),
        acknowledge_time: row.acknowledged_at.map(dates::timestamp),
    }
}
