//! Works orders: contract ↔ rows.

use kit::{
    dates,
    division::{Division, Level},
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{WorksKind, WorksOrder, WorksOrderState};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    enums::{full, stored},
    names,
    network::position,
    text::line,
};
use crate::store::works;

const LONGEST_DAYS: i64 = 365;

/// An order to be opened.
pub fn opened(id: Uuid, given: &WorksOrder, now: OffsetDateTime) -> Result<works::WorksOrder> {
    let field = |name: &str| format!("works_order.{name}");
    let division = Division::parse(&field("division"), &given.division)?;
    if division.level() != Level::Village {
        return Err(Error::invalid(field("division"), &given.division, "a village"));
    }
    line(&field("place"), &given.place, 1, 100)?;
    super::complaints::text(&field("finding"), &given.finding, 500)?;
    let location = given.location.ok_or_else(|| Error::required(field("location")))?;
    let (lat, lng) = (location.latitude, location.longitude);
    if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lng) {
        let rule = "latitude −90 to 90 and longitude −180 to 180";
        return Err(Error::invalid(field("location"), format_args!("{lat}, {lng}"), rule));
    }
    let teams = ["crews", "contractors"];
    if !teams
        .iter()
        .any(|collection| names::existing(&given.team, collection).is_ok())
    {
        return Err(Error::invalid(
            field("team"),
            &given.team,
            "a name crews/{id} or contractors/{id}",
        ));
    }
    let today = dates::day_of(now);
    let due_date = dates::required(&field("due_date"), given.due_date)?;
    if !(today..=today.saturating_add(Duration::days(LONGEST_DAYS))).contains(&due_date) {
        let rule = format!("a day from today, {today}, to {LONGEST_DAYS} days on");
        return Err(Error::invalid(field("due_date"), due_date, rule));
    }
    Ok(works::WorksOrder {
        works_order_id: id,
        division_code: division.into_code(),
        kind: stored(&field("kind"), "WORKS_KIND_", given.kind().as_str_name())?,
        place: given.place.clone(),
        lng,
        lat,
        finding: given.finding.clone(),
        photos: photos(&field("photo_digests"), &given.photo_digests)?,
        team: given.team.clone(),
        due_date,
        state: "open".to_owned(),
        outcome: String::new(),
        outcome_photos: Vec::new(),
        rejection_count: 0,
        reason: String::new(),
        overdue: false,
        created_at: now,
        done_at: None,
        ended_at: None,
    })
}

/// 1 to 9 digests of photographs, in lower case.
pub fn photos(field: &str, given: &[String]) -> Result<Vec<String>> {
    if !(1..=9).contains(&given.len()) {
        return Err(Error::invalid(field, given.len(), "1 to 9 photographs"));
    }
    let mut digests: Vec<String> = Vec::with_capacity(given.len());
    for (index, digest) in given.iter().enumerate() {
        let field = format!("{field}[{index}]");
        let lower = digest.to_ascii_lowercase();
        if lower.len() != 64 || !lower.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::invalid(field, digest, "a SHA-256 of 64 hexadecimal digits"));
        }
        if digests.contains(&lower) {
            return Err(Error::invalid(field, digest, "each photograph once"));
        }
        digests.push(lower);
    }
    Ok(digests)
}

pub fn name(row: &works::WorksOrder) -> String {
    format!("worksOrders/{}", row.works_order_id)
}

pub fn works_order(row: &works::WorksOrder) -> WorksOrder {
    let kind = WorksKind::from_str_name(&full("WORKS_KIND_", &row.kind));
    let state = WorksOrderState::from_str_name(&full("WORKS_ORDER_STATE_", &row.state));
    WorksOrder {
        name: name(row),
        division: names::division(&row.division_code),
        kind: kind.unwrap_or_default().into(),
        place: row.place.clone(),
        location: position(row.lng, row.lat),
        finding: row.finding.clone(),
        photo_digests: row.photos.clone(),
        team: row.team.clone(),
        due_date: Some(dates::to_proto(row.due_date)),
        state: state.unwrap_or_default().into(),
        outcome: row.outcome.clone(),
        outcome_photo_digests: row.outcome_photos.clone(),
        rejection_count: row.rejection_count,
        reason: row.reason.clone(),
        overdue: row.overdue,
        create_time: Some(dates::timestamp(row.created_at)),
        done_time: row.done_at.map(dates::timestamp),
        end_time: row.ended_at.map(dates::timestamp),
    }
}
