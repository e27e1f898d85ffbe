//! Households on the wire: masked, or disclosed.

use kit::{
    crypt::{Crypt, mask},
    dates,
    error::{Error, Result},
    etag,
};
use proto::xiangtu::villages::v1::{
    DiscloseHouseholdResponse, DisclosurePurpose, HouseGrade, Household, ResidenceStatus, ToiletKind,
};

use super::{division, names};
use crate::store::household::HouseholdRow;

/// Label of sealed and blind names of heads.
pub const HEAD_NAME: &str = "households.head_name";
/// Label of sealed and blind phones.
pub const PHONE: &str = "households.phone";
/// Label of sealed and blind ID numbers.
pub const ID_NUMBER: &str = "households.id_number";

/// The id of `households/{uid}`.
pub fn id(field: &str, name: &str) -> Result<String> {
    names::id(field, name, "households")
}

/// Resource name of an id.
pub fn name(id: &str) -> String {
    format!("households/{id}")
}

/// A household with personal data masked.
pub fn masked(crypt: &Crypt, row: &HouseholdRow) -> Result<Household> {
    let open = |label: &str, sealed: Option<&Vec<u8>>, mask: fn(&str) -> String| -> Result<String> {
        sealed.map_or(Ok(String::new()), |sealed| {
            Ok(mask(crypt.open(label, sealed)?.expose()))
        })
    };
    let status = ResidenceStatus::from_str_name(&format!("RESIDENCE_STATUS_{}", row.residence_status));
    let toilet = row
        .toilet
        .as_deref()
        .and_then(|kind| ToiletKind::from_str_name(&format!("TOILET_KIND_{kind}")));
    let grade = row
        .house_grade
        .as_deref()
        .and_then(|grade| HouseGrade::from_str_name(&format!("HOUSE_GRADE_{grade}")));
    Ok(Household {
        name: name(&row.household_id),
        division: division::name(&row.division_code),
        group: row.group_code.as_deref().map(division::name).unwrap_or_default(),
        head_name: open(HEAD_NAME, Some(&row.head_name), mask::name)?,
        phone: open(PHONE, row.phone.as_ref(), mask::phone)?,
        id_number: open(ID_NUMBER, row.id_number.as_ref(), mask::id_number)?,
        address: row.address.clone().unwrap_or_default(),
        position: division::position(row.longitude, row.latitude),
        registered_person_count: row.registered_person_count,
        resident_person_count: row.resident_person_count,
        residence_status: status.unwrap_or_default().into(),
        low_income: row.low_income,
        toilet: toilet.unwrap_or_default().into(),
        sewage_connected: row.sewage_connected,
        house_grade: grade.unwrap_or_default().into(),
        five_beauty_courtyard: row.five_beauty_courtyard,
        valid_from: Some(dates::to_proto(row.valid_from)),
        valid_until: row.valid_until.map(dates::to_proto),
        etag: etag(row),
    })
}

/// The etag of a household: it changes with each version.
pub fn etag(row: &HouseholdRow) -> String {
    etag::of(&[&row.household_id, &row.id.to_string()])
}

/// The name of a head, masked.
pub fn masked_name(crypt: &Crypt, sealed: &[u8]) -> Result<String> {
    Ok(mask::name(crypt.open(HEAD_NAME, sealed)?.expose()))
}

/// The personal data of a household in full.
pub fn disclosed(crypt: &Crypt, row: &HouseholdRow) -> Result<DiscloseHouseholdResponse> {
    let open = |label: &str, sealed: Option<&Vec<u8>>| -> Result<String> {
        sealed.map_or(Ok(String::new()), |sealed| {
            Ok(crypt.open(label, sealed)?.expose().clone())
        })
    };
    Ok(DiscloseHouseholdResponse {
        name: name(&row.household_id),
        head_name: open(HEAD_NAME, Some(&row.head_name))?,
        phone: open(PHONE, row.phone.as_ref())?,
        id_number: open(ID_NUMBER, row.id_number.as_ref())?,
    })
}

/// Purpose and reason of a disclosure, as the audit trail keeps them together with the `fields` shown.
pub fn disclosure(purpose: i32, reason: &str, fields: &str) -> Result<String> {
    let purpose = match DisclosurePurpose::try_from(purpose) {
        Ok(DisclosurePurpose::Unspecified) | Err(_) => {
            return Err(Error::invalid(
                "purpose",
                purpose,
                "one of the purposes of DisclosurePurpose",
            ));
        }
        Ok(purpose) => purpose.as_str_name().trim_start_matches("DISCLOSURE_PURPOSE_"),
    };
    let reason = names::text("reason", reason, 200)?;
    Ok(format!("{purpose} ({fields}): {reason}"))
}
