//! Registrations, descent and changes of households on the wire.

use kit::{
    crypt::Crypt,
    dates,
    division::{Division as Code, Level},
    error::{Error, Result},
};
use proto::{
    google::r#type::LatLng,
    xiangtu::villages::v1::{
        HouseGrade, HouseholdChanged, HouseholdEndReason, HouseholdLineageEdge, HouseholdLineageKind,
        HouseholdRegistration, ResidenceStatus, ToiletKind,
    },
};
use time::Date;

use super::{
    division,
    household::{HEAD_NAME, ID_NUMBER, PHONE, id, name},
    measurement, names, personal,
};
use crate::store::{household::HouseholdRow, household_life::EdgeRow};

const MOST_PERSONS: i32 = 100;

/// Where a household is.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub division_code: String,
    pub group_code: Option<String>,
    pub address: Option<String>,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
}

/// Who heads a household; sealed.
#[derive(Debug, Clone)]
pub struct Head {
    pub name: personal::Sealed,
    pub phone: Option<personal::Sealed>,
    pub id_number: Option<personal::Sealed>,
}

/// Reads a place; `path` stands before the fields, with a dot at the end.
pub fn place(path: &str, village: &str, group: &str, address: &str, position: Option<&LatLng>) -> Result<Place> {
    let field = |name: &str| format!("{path}{name}");
    let division_code = measurement::village(&field("division"), village)?;
    let group_code = match group {
        "" => None,
        name => {
            let code = Code::parse(&field("group"), name)?;
            if code.level() != Level::Group || !code.code().starts_with(&division_code) {
                let rule = format!("a group of {}", division::name(&division_code));
                return Err(Error::invalid(field("group"), name, rule));
            }
            Some(code.into_code())
        }
    };
    let address = match address {
        "" => None,
        // An address tells who it is.
        text => Some(
            names::text(&field("address"), text, 200)
                .map_err(|_| Error::invalid(field("address"), "***", "a text of 1–200 characters"))?
                .to_owned(),
        ),
    };
    let position = position
        .map(|it| division::on_earth(&field("position"), it))
        .transpose()?;
    let (longitude, latitude) = position.unzip();
    Ok(Place {
        division_code,
        group_code,
        address,
        longitude,
        latitude,
    })
}

/// Reads and seals a head; `path` stands before the fields, with a dot at the end.
pub fn head(crypt: &Crypt, path: &str, head_name: &str, phone: &str, id_number: &str) -> Result<Head> {
    let field = |name: &str| format!("{path}{name}");
    let seal = |label: &str, text: Option<String>| text.map(|text| personal::seal(crypt, label, text)).transpose();
    Ok(Head {
        name: personal::seal(crypt, HEAD_NAME, personal::name(&field("head_name"), head_name)?)?,
        phone: seal(PHONE, personal::phone(&field("phone"), phone)?)?,
        id_number: seal(ID_NUMBER, personal::id_number(&field("id_number"), id_number)?)?,
    })
}

/// Reads `registration` as a version that holds from `date` on; `fresh` is its id where the request gives none.
pub fn registration(
    crypt: &Crypt,
    given: Option<&HouseholdRegistration>,
    fresh: String,
    date: Date,
) -> Result<HouseholdRow> {
    let given = given.ok_or_else(|| Error::required("registration"))?;
    let household_id = match given.household_id.as_str() {
        "" => fresh,
        number => id("registration.household_id", &name(number))?,
    };
    let place = place(
        "registration.",
        &given.division,
        &given.group,
        &given.address,
        given.position.as_ref(),
    )?;
    let head = head(crypt, "registration.", &given.head_name, &given.phone, &given.id_number)?;
    let persons = |field: &str, count: i32| {
        let field = format!("registration.{field}");
        if (0..=MOST_PERSONS).contains(&count) {
            Ok(count)
        } else {
            Err(Error::invalid(field, count, format!("0 to {MOST_PERSONS}")))
        }
    };
    if given.residence_status() == ResidenceStatus::Unspecified {
        return Err(Error::required("registration.residence_status"));
    }
    let toilet = word(
        given.toilet().as_str_name(),
        "TOILET_KIND_",
        ToiletKind::Unspecified as i32 == given.toilet,
    );
    let grade = HouseGrade::Unspecified as i32 == given.house_grade;
    let (phone, phone_blind) = parts(head.phone);
    let (id_number, id_number_blind) = parts(head.id_number);
    Ok(HouseholdRow {
        id: 0,
        household_id,
        division_code: place.division_code,
        group_code: place.group_code,
        head_name: head.name.value,
        head_name_blind: head.name.blind,
        phone,
        phone_blind,
        id_number,
        id_number_blind,
        address: place.address,
        longitude: place.longitude,
        latitude: place.latitude,
        registered_person_count: persons("registered_person_count", given.registered_person_count)?,
        resident_person_count: persons("resident_person_count", given.resident_person_count)?,
        residence_status: given
            .residence_status()
            .as_str_name()
            .trim_start_matches("RESIDENCE_STATUS_")
            .to_owned(),
        low_income: given.low_income,
        toilet,
        sewage_connected: given.sewage_connected,
        house_grade: word(given.house_grade().as_str_name(), "HOUSE_GRADE_", grade),
        five_beauty_courtyard: given.five_beauty_courtyard,
        valid_from: date,
        valid_until: None,
    })
}

/// Value and blind index apart.
pub fn parts(sealed: Option<personal::Sealed>) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    sealed.map(|sealed| (sealed.value, sealed.blind)).unzip()
}

fn word(name: &str, prefix: &str, unspecified: bool) -> Option<String> {
    (!unspecified).then(|| name.trim_start_matches(prefix).to_owned())
}

/// Name of a reason in the store.
pub fn end_reason(field: &str, reason: i32) -> Result<&'static str> {
    match HouseholdEndReason::try_from(reason) {
        Ok(HouseholdEndReason::Unspecified) | Err(_) => Err(Error::invalid(
            field,
            reason,
            "one of the reasons of HouseholdEndReason",
        )),
        Ok(reason) => Ok(reason.as_str_name().trim_start_matches("HOUSEHOLD_END_REASON_")),
    }
}

/// One edge.
pub fn edge(row: &EdgeRow) -> HouseholdLineageEdge {
    let kind = format!("HOUSEHOLD_LINEAGE_KIND_{}", row.kind);
    let reason = row.end_reason.as_deref().unwrap_or("UNSPECIFIED");
    let reason = format!("HOUSEHOLD_END_REASON_{reason}");
    HouseholdLineageEdge {
        predecessor: name(&row.household_id),
        successor: row.successor_id.as_deref().map(name).unwrap_or_default(),
        kind: HouseholdLineageKind::from_str_name(&kind).unwrap_or_default().into(),
        effective_date: Some(dates::to_proto(row.effective_date)),
        predecessor_division: division::name(&row.division_code),
        successor_division: row
            .successor_division
            .as_deref()
            .map(division::name)
            .unwrap_or_default(),
        end_reason: HouseholdEndReason::from_str_name(&reason).unwrap_or_default().into(),
        basis: row.basis.clone(),
    }
}

/// What the other services are told of a household that goes on.
pub fn changed(row: &HouseholdRow, date: Date) -> HouseholdChanged {
    HouseholdChanged {
        registered_person_count: row.registered_person_count,
        resident_person_count: row.resident_person_count,
        low_income: row.low_income,
        ..ended(row, date)
    }
}

/// What the other services are told of a household that ended.
pub fn ended(row: &HouseholdRow, date: Date) -> HouseholdChanged {
    HouseholdChanged {
        household: name(&row.household_id),
        division: division::name(&row.division_code),
        effective_date: Some(dates::to_proto(date)),
        ..HouseholdChanged::default()
    }
}
