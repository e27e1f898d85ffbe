//! Notices as answers.

use kit::{
    dates,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::notifications::v1 as pb;

use super::{
    name::{Collection, division},
    template::hex,
};
use crate::store::{
    delivery::Counts,
    notice::{NoticeRow, TextRow},
};

/// The answer without texts and counts. `open` tells whether deliveries are not finished.
pub fn answer(row: &NoticeRow, open: bool) -> Result<pb::Notice> {
    let state = match (row.problem.is_empty(), open) {
        (false, _) => pb::NoticeState::Rejected,
        (true, true) => pb::NoticeState::Sending,
        (true, false) => pb::NoticeState::Finished,
    };
    Ok(pb::Notice {
        name: Collection::Notices.name(row.uid),
        division: division(&row.division_code),
        topic: row.topic.clone(),
        subject: row.subject.clone(),
        template: row.template.clone(),
        variables: row.variables.0.clone(),
        texts: Vec::new(),
        audience: Some(pb::Audience::decode(row.audience.as_slice()).map_err(Error::internal)?),
        channels: row.channels.iter().map(|channel| i32::from(*channel)).collect(),
        priority: i32::from(row.priority),
        acknowledgement_required: row.acknowledgement_required,
        expire_time: Some(dates::timestamp(row.expires_at)),
        state: state.into(),
        problem: row.problem.clone(),
        event_id: row.event_id.map(|id| id.to_string()).unwrap_or_default(),
        rule: row.rule.clone(),
        creator: row.creator.clone(),
        create_time: Some(dates::timestamp(row.created_at)),
        deliveries: None,
    })
}

/// The answer with texts and counts.
pub fn full(row: &NoticeRow, texts: &[TextRow], counts: &[Counts]) -> Result<pb::Notice> {
    let sum = sum(counts);
    let mut notice = answer(row, sum.open_count > 0)?;
    notice.texts = texts
        .iter()
        .map(|text| pb::NoticeText {
            language: text.language.clone(),
            title: text.title.clone(),
            body: text.body.clone(),
            digest: hex(&text.digest),
        })
        .collect();
    notice.deliveries = Some(sum);
    Ok(notice)
}

/// Deliveries of one division.
pub fn counts(row: &Counts) -> pb::DeliveryCounts {
    pb::DeliveryCounts {
        total_count: row.total,
        open_count: row.open,
        delivered_count: row.delivered,
        acknowledged_count: row.acknowledged,
        failed_count: row.failed,
    }
}

fn sum(rows: &[Counts]) -> pb::DeliveryCounts {
    let sum = rows.iter().fold(Counts::default(), |sum, row| Counts {
        division_code: String::new(),
        total: sum.total + row.total,
        open: sum.open + row.open,
        delivered: sum.delivered + row.delivered,
        acknowledged: sum.acknowledged + row.acknowledged,
        failed: sum.failed + row.failed,
    });
    counts(&sum)
}
