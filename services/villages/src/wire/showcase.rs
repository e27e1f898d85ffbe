//! Showcases on the wire.

use kit::{
    crypt::{Crypt, mask},
    dates,
    division::{Division, Level},
    error::{Error, Result, Violation},
    etag,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{PublicityGroup, Showcase, ShowcaseConsent, ShowcaseKind, ShowcaseState};
use time::Date;
use uuid::Uuid;
use villages_core::document::Post;

use super::{cadre, measurement, names, point_rules};
use crate::store::showcase::ShowcaseRow;

/// Label of sealed names.
pub const PERSON_NAME: &str = "showcases.person_name";

/// The id of `showcases/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "showcases")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("showcases/{id}")
}

/// Name of a kind, as it is kept.
pub fn kind_name(kind: ShowcaseKind) -> &'static str {
    kind.as_str_name().trim_start_matches("SHOWCASE_KIND_")
}

/// Checks a nomination, and answers it with trimmed texts and without output; all that is wrong is told at once.
pub fn nomination(given: &Showcase, today: Date) -> Result<(String, ShowcaseConsent, Showcase)> {
    let mut wrong = Vec::new();
    let division = keep(&mut wrong, measurement::village("showcase.division", &given.division));
    if given.kind() == ShowcaseKind::Unspecified {
        wrong.push(Violation::new("showcase.kind", given.kind, "one of ShowcaseKind"));
    }
    let title = keep(&mut wrong, names::text("showcase.title", &given.title, 60));
    let text = keep(&mut wrong, text(&given.text));
    let consent = keep(&mut wrong, consent(given.consent.as_ref(), today));
    match (division, title, text, consent) {
        (Some(division), Some(title), Some(text), Some(consent)) if wrong.is_empty() => {
            let showcase = Showcase {
                division: format!("divisions/{division}"),
                kind: given.kind,
                title: title.to_owned(),
                text: text.to_owned(),
                ..Showcase::default()
            };
            Ok((division, consent, showcase))
        }
        _ => Err(Error::invalid_many(wrong)),
    }
}

fn keep<T>(wrong: &mut Vec<Violation>, checked: Result<T>) -> Option<T> {
    checked
        .map_err(|error| wrong.extend_from_slice(error.violations()))
        .ok()
}

fn text(text: &str) -> Result<&str> {
    let trimmed = names::lines("showcase.text", text, 4_000)?;
    if trimmed.chars().count() < 20 {
        return Err(Error::invalid("showcase.text", text, "a text of 20–4,000 characters"));
    }
    Ok(trimmed)
}

fn consent(given: Option<&ShowcaseConsent>, today: Date) -> Result<ShowcaseConsent> {
    let given = given.ok_or_else(|| Error::required("showcase.consent"))?;
    // The refusal must not repeat a name.
    let name = names::text("showcase.consent.person_name", &given.person_name, 64)
        .map_err(|_| Error::invalid("showcase.consent.person_name", "***", "a name of 1–64 characters"))?;
    let day = dates::required("showcase.consent.consent_date", given.consent_date)?;
    if day > today {
        let rule = format!("a day not after today, {today}");
        return Err(Error::invalid("showcase.consent.consent_date", day, rule));
    }
    Ok(ShowcaseConsent {
        person_name: name.to_owned(),
        consent_date: given.consent_date,
        evidence: names::text("showcase.consent.evidence", &given.evidence, 200)?.to_owned(),
    })
}

/// Where a showcase stands.
pub fn state(row: &ShowcaseRow) -> ShowcaseState {
    match (&row.approval, &row.withdrawal) {
        (_, Some(_)) => ShowcaseState::Withdrawn,
        (Some(_), None) => ShowcaseState::Approved,
        (None, None) => ShowcaseState::Nominated,
    }
}

/// A showcase as everybody may see it: the name in full only while it is approved, the text until it is withdrawn.
pub fn showcase(crypt: &Crypt, row: &ShowcaseRow) -> Result<Showcase> {
    let decoded = |content: &[u8]| Showcase::decode(content).map_err(Error::internal);
    let mut showcase = decoded(&row.content)?;
    let person = crypt.open(PERSON_NAME, &row.person_name)?;
    let state = state(row);
    if let Some(approval) = row.approval.as_deref().map(decoded).transpose()? {
        showcase.approver_post = approval.approver_post;
        showcase.approver = approval.approver;
        showcase.approve_time = approval.approve_time;
    }
    if let Some(withdrawal) = row.withdrawal.as_deref().map(decoded).transpose()? {
        showcase.withdraw_reason = withdrawal.withdraw_reason;
        showcase.text = String::new();
    }
    if let Some(consent) = &mut showcase.consent {
        consent.person_name = match state {
            ShowcaseState::Approved => person.expose().clone(),
            _ => mask::name(person.expose()),
        };
    }
    showcase.state = state.into();
    showcase.etag = etag::of(&[&showcase.name, state.as_str_name()]);
    Ok(showcase)
}

/// The showcase is not in a state that allows it.
pub fn in_state(row: &ShowcaseRow) -> Error {
    let name = name(row.showcase_id);
    let at = state(row).as_str_name().trim_start_matches("SHOWCASE_STATE_");
    let message_zh = format!("{name} 当前状态为 {at}，不能办理此事项");
    Error::rule("SHOWCASE_STATE", &name, format!("{name} is {at}"), message_zh)
}

/// Division and members of a group that is to be appointed.
pub fn group(given: &PublicityGroup) -> Result<(String, Vec<String>)> {
    let division = Division::parse("publicity_group.division", &given.division)?;
    if !matches!(division.level(), Level::County | Level::Township) {
        let rule = "a township or county";
        return Err(Error::invalid("publicity_group.division", &given.division, rule));
    }
    if !(1..=50).contains(&given.cadres.len()) {
        return Err(Error::invalid(
            "publicity_group.cadres",
            given.cadres.len(),
            "1 to 50 cadres",
        ));
    }
    let members = given.cadres.iter().enumerate();
    let members = members.map(|(at, name)| cadre::id(&format!("publicity_group.cadres[{at}]"), name));
    let members = members.collect::<Result<_>>()?;
    if proto::xiangtu::villages::v1::Post::try_from(given.approval_post).is_err() {
        return Err(Error::invalid(
            "publicity_group.approval_post",
            given.approval_post,
            "one of Post",
        ));
    }
    Ok((division.into_code(), members))
}

/// A group as it was kept.
pub fn kept_group(content: &[u8]) -> Result<PublicityGroup> {
    PublicityGroup::decode(content).map_err(Error::internal)
}

/// Post that a member must at least hold to approve.
pub fn rank(group: &PublicityGroup) -> Post {
    Post::parse(point_rules::post_name(group.approval_post())).unwrap_or(Post::TownshipLeader)
}
