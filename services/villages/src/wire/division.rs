//! Divisions on the wire.

use kit::{
    dates,
    division::{Division as Code, Kind, Level},
    error::{Error, Result},
    etag,
};
use proto::{
    google::r#type::LatLng,
    xiangtu::villages::v1::{Division, DivisionKind, DivisionLevel, DivisionProfile},
};

use crate::store::division::DivisionRow;

/// Name of a level in the store: that of the enum without its prefix.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Province => "PROVINCE",
        Level::Prefecture => "PREFECTURE",
        Level::County => "COUNTY",
        Level::Township => "TOWNSHIP",
        Level::Village => "VILLAGE",
        Level::Group => "GROUP",
    }
}

/// Number of a level as official lists write it.
pub fn level_number(level: Level) -> i32 {
    match level {
        Level::Province => 1,
        Level::Prefecture => 2,
        Level::County => 3,
        Level::Township => 4,
        Level::Village => 5,
        Level::Group => 6,
    }
}

/// Name in the store of the kind that the digits of a code say.
pub fn kind_by_digits(code: &Code) -> &'static str {
    match code.level() {
        Level::Province => "PROVINCE",
        Level::Prefecture => "PREFECTURE",
        Level::County => "COUNTY",
        Level::Group => "GROUP",
        Level::Township | Level::Village => match code.kind() {
            Some(Kind::Street) => "STREET",
            Some(Kind::Town) => "TOWN",
            Some(Kind::Township) => "TOWNSHIP",
            Some(Kind::ResidentsCommittee) => "COMMUNITY",
            Some(Kind::VillagersCommittee) => "VILLAGE",
            Some(Kind::VillageOther) => "SPECIAL_AREA",
            Some(Kind::TownshipOther) | None => "QUASI_TOWNSHIP",
        },
    }
}

/// A division as it was read.
pub fn division(row: &DivisionRow) -> Division {
    let level = DivisionLevel::from_str_name(&format!("DIVISION_LEVEL_{}", row.level)).unwrap_or_default();
    let kind = DivisionKind::from_str_name(&format!("DIVISION_KIND_{}", row.kind)).unwrap_or_default();
    Division {
        name: name(&row.division_code),
        code: row.division_code.clone(),
        display_name: row.display_name.clone(),
        level: level.into(),
        kind: kind.into(),
        parent: row.parent_code.as_deref().map(name).unwrap_or_default(),
        valid_from: Some(dates::to_proto(row.valid_from)),
        valid_until: row.valid_until.map(dates::to_proto),
        profile: profile(row),
        etag: etag(row),
    }
}

/// The etag of a division: it changes with each version.
pub fn etag(row: &DivisionRow) -> String {
    etag::of(&[&row.division_code, &row.id.to_string()])
}

/// Resource name of a code.
pub fn name(code: &str) -> String {
    format!("divisions/{code}")
}

/// A position where both degrees are known.
pub fn position(longitude: Option<f64>, latitude: Option<f64>) -> Option<LatLng> {
    Some(LatLng {
        longitude: longitude?,
        latitude: latitude?,
    })
}

/// Longitude and latitude of a position that is on earth.
pub fn on_earth(field: &str, position: &LatLng) -> Result<(f64, f64)> {
    let within = |name: &str, degrees: f64, limit: f64| {
        if degrees.is_finite() && degrees.abs() <= limit {
            Ok(degrees)
        } else {
            let rule = format!("degrees from -{limit} to {limit}");
            Err(Error::invalid(format!("{field}.{name}"), degrees, rule))
        }
    };
    let longitude = within("longitude", position.longitude, 180.0)?;
    Ok((longitude, within("latitude", position.latitude, 90.0)?))
}

fn profile(row: &DivisionRow) -> Option<DivisionProfile> {
    Some(DivisionProfile {
        position: position(row.longitude, row.latitude),
        registered_household_count: row.registered_household_count,
        registered_person_count: row.registered_person_count,
        resident_person_count: row.resident_person_count,
        group_count: row.group_count,
        arable_dm2: row.arable_dm2,
        valid_from: Some(dates::to_proto(row.profile_from?)),
    })
}
