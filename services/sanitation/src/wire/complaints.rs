//! Complaints: contract ↔ rows.

use kit::{
    crypt::{Crypt, Pii, mask},
    dates,
    division::{Division, Level},
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{
    Complaint, ComplaintCategory, ComplaintChannel, ComplaintState, ComplaintStep, ComplaintSummary, StopState,
};
use time::Date;

use super::{
    enums::{full, stored},
    names, stops,
};
use crate::store::complaints as rows;

/// Labels under which contacts are sealed.
const NAME: &str = "complaints.contact_name";
const PHONE: &str = "complaints.contact_phone";

/// A complaint that is filed, checked for itself.
pub struct Filed {
    pub village: String,
    pub point: Option<String>,
    pub date: Option<Date>,
    pub channel: String,
    pub category: String,
    pub text: String,
    pub contact_name: Option<Vec<u8>>,
    pub contact_phone: Option<Vec<u8>>,
}

/// Reads a complaint; `today` bounds the day that it is about.
pub fn filed(crypt: &Crypt, given: &Complaint, today: Date) -> Result<Filed> {
    let division = Division::parse("complaint.division", &given.division)?;
    if division.level() != Level::Village {
        return Err(Error::invalid("complaint.division", &given.division, "a village"));
    }
    let missed = given.category() == ComplaintCategory::MissedCollection;
    let point = match given.collection_point.as_str() {
        "" if !missed => None,
        name => Some(names::reference("complaint.collection_point", name, "collectionPoints")?.to_owned()),
    };
    let date = dates::from_proto("complaint.date", given.date)?;
    if missed && date.is_none() {
        return Err(Error::required("complaint.date"));
    }
    if let Some(date) = date.filter(|date| *date > today) {
        return Err(Error::invalid(
            "complaint.date",
            date,
            format!("a day not after today, {today}"),
        ));
    }
    text("complaint.text", &given.text, 1_000)?;
    let (name, phone) = (&given.contact_name, &given.contact_phone);
    if name.chars().count() > 50 {
        // Whoever complains is not shown in an error.
        return Err(Error::invalid("complaint.contact_name", "", "at most 50 characters"));
    }
    let digits = |byte: u8| byte.is_ascii_digit() || byte == b'+';
    if phone.len() > 20 || !phone.bytes().all(digits) {
        return Err(Error::invalid("complaint.contact_phone", "", "at most 20 digits and +"));
    }
    let seal = |label, value: &String| {
        let sealed = (!value.is_empty()).then(|| crypt.seal(label, &Pii::new(value.clone())));
        sealed.transpose()
    };
    Ok(Filed {
        village: division.into_code(),
        point,
        date,
        channel: stored("complaint.channel", "COMPLAINT_CHANNEL_", given.channel().as_str_name())?,
        category: stored(
            "complaint.category",
            "COMPLAINT_CATEGORY_",
            given.category().as_str_name(),
        )?,
        text: given.text.clone(),
        contact_name: seal(NAME, name)?,
        contact_phone: seal(PHONE, phone)?,
    })
}

/// 1 to `most` characters, lines allowed.
pub fn text(field: &str, text: &str, most: usize) -> Result<()> {
    if (1..=most).contains(&text.chars().count()) {
        Ok(())
    } else {
        Err(Error::invalid(field, text, format!("1 to {most} characters")))
    }
}

/// Somebody who may be given a complaint.
pub fn assignee(name: &str) -> Result<()> {
    let known = ["supervisors", "contractors"];
    if known.iter().any(|collection| names::existing(name, collection).is_ok()) {
        Ok(())
    } else {
        Err(Error::invalid(
            "assignee",
            name,
            "a name supervisors/{id} or contractors/{id}",
        ))
    }
}

/// Name and phone number in full; empty where unknown.
pub fn contact(crypt: &Crypt, row: &rows::Complaint) -> Result<(String, String)> {
    let open = |label, sealed: Option<&[u8]>| match sealed {
        Some(sealed) => crypt.open(label, sealed).map(|value| value.expose().clone()),
        None => Ok(String::new()),
    };
    let name = open(NAME, row.contact_name.as_deref())?;
    Ok((name, open(PHONE, row.contact_phone.as_deref())?))
}

pub fn complaint(crypt: &Crypt, row: &rows::Complaint) -> Result<Complaint> {
    let (name, phone) = contact(crypt, row)?;
    let channel = ComplaintChannel::from_str_name(&full("COMPLAINT_CHANNEL_", &row.channel));
    Ok(Complaint {
        name: self::name(row),
        division: names::division(&row.division_code),
        collection_point: row.point_id.as_deref().map(names::point).unwrap_or_default(),
        date: row.date.map(dates::to_proto),
        channel: channel.unwrap_or_default().into(),
        category: category(row).into(),
        text: row.text.clone(),
        contact_name: mask::name(&name),
        contact_phone: mask::phone(&phone),
        state: state(&row.state).into(),
        assignee: row.assignee.clone(),
        stop: row.stop_id.as_deref().map(stops::name).unwrap_or_default(),
        stop_state: stop_state(row).into(),
        answer: row.answer.clone(),
        due_time: row.due_at.map(dates::timestamp),
        overdue_time: row.overdue_at.map(dates::timestamp),
        reopen_count: row.reopen_count,
        file_time: Some(dates::timestamp(row.filed_at)),
        update_time: Some(dates::timestamp(row.updated_at)),
    })
}

pub fn summary(row: &rows::Complaint) -> ComplaintSummary {
    ComplaintSummary {
        complaint: name(row),
        category: category(row).into(),
        state: state(&row.state).into(),
        collection_point: row.point_id.as_deref().map(names::point).unwrap_or_default(),
        assignee: row.assignee.clone(),
        file_time: Some(dates::timestamp(row.filed_at)),
        due_time: row.due_at.map(dates::timestamp),
        stop_state: stop_state(row).into(),
    }
}

pub fn step(row: rows::Step) -> ComplaintStep {
    ComplaintStep {
        number: row.number,
        state: state(&row.state).into(),
        action: row.action,
        note: row.note,
        actor: row.actor,
        step_time: Some(dates::timestamp(row.stepped_at)),
    }
}

pub fn name(row: &rows::Complaint) -> String {
    format!("complaints/{}", row.complaint_id)
}

fn state(stored: &str) -> ComplaintState {
    ComplaintState::from_str_name(&full("COMPLAINT_STATE_", stored)).unwrap_or_default()
}

fn category(row: &rows::Complaint) -> ComplaintCategory {
    ComplaintCategory::from_str_name(&full("COMPLAINT_CATEGORY_", &row.category)).unwrap_or_default()
}

fn stop_state(row: &rows::Complaint) -> StopState {
    StopState::from_str_name(&full("STOP_STATE_", &row.stop_state)).unwrap_or_default()
}
