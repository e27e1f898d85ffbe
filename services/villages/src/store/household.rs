//! Households.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};

use super::version::{Merged, Versions, push_known};

/// The table `households`.
pub const HOUSEHOLDS: Versions = Versions {
    table: "households",
    key: "household_id",
    values: &[
        "division_code",
        "group_code",
        "head_name_blind",
        "phone_blind",
        "id_number_blind",
        "address",
        "longitude",
        "latitude",
        "registered_person_count",
        "resident_person_count",
        "residence_status",
        "low_income",
        "toilet",
        "sewage_connected",
        "house_grade",
        "five_beauty_courtyard",
    ],
    sealed: &["head_name", "phone", "id_number"],
};

/// A version of a household; personal data is sealed.
#[derive(Debug, Clone, FromRow)]
pub struct HouseholdRow {
    pub id: i64,
    pub household_id: String,
    pub division_code: String,
    pub group_code: Option<String>,
    pub head_name: Vec<u8>,
    pub head_name_blind: Vec<u8>,
    pub phone: Option<Vec<u8>>,
    pub phone_blind: Option<Vec<u8>>,
    pub id_number: Option<Vec<u8>>,
    pub id_number_blind: Option<Vec<u8>>,
    pub address: Option<String>,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
    pub registered_person_count: i32,
    pub resident_person_count: i32,
    pub residence_status: String,
    pub low_income: bool,
    pub toilet: Option<String>,
    pub sewage_connected: bool,
    pub house_grade: Option<String>,
    pub five_beauty_courtyard: bool,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

/// Which households to list; `None` for any.
#[derive(Debug)]
pub struct HouseholdQuery<'a> {
    /// Registered in or below one of these; empty for any.
    pub divisions: &'a [String],
    /// Blind index of the head's name.
    pub head_name: Option<Vec<u8>>,
    /// Blind index of the phone.
    pub phone: Option<Vec<u8>>,
    /// Blind index of the ID number.
    pub id_number: Option<Vec<u8>>,
    /// Looked after by this cadre on `date`.
    pub cadre: Option<&'a str>,
    /// The date asked for.
    pub date: Date,
    /// By what was known at this instant; `None` for now.
    pub known_at: Option<OffsetDateTime>,
    /// Id of the last household of the page before.
    pub after: Option<&'a str>,
    /// Most households.
    pub limit: i64,
}

fn select(date: Date, known_at: Option<OffsetDateTime>) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT h.id, h.household_id, h.division_code, h.group_code, h.head_name, h.head_name_blind, h.phone,
                h.phone_blind, h.id_number, h.id_number_blind, h.address, h.longitude, h.latitude,
                h.registered_person_count, h.resident_person_count, h.residence_status, h.low_income, h.toilet,
                h.sewage_connected, h.house_grade, h.five_beauty_courtyard, h.valid_from, h.valid_until
         FROM ",
    );
    push_known(&mut query, "households", known_at);
    query
        .push(" h WHERE h.valid_from <= ")
        .push_bind(date)
        .push(" AND (h.valid_until IS NULL OR h.valid_until > ")
        .push_bind(date)
        .push(")");
    query
}

/// The household as it was on `date`.
pub async fn household_get(
    conn: &mut PgConnection,
    household_id: &str,
    date: Date,
) -> Result<Option<HouseholdRow>, sqlx::Error> {
    household_known(conn, household_id, date, None).await
}

/// The household as it was on `date`, by what was known at an instant, or is now.
pub async fn household_known(
    conn: &mut PgConnection,
    household_id: &str,
    date: Date,
    known_at: Option<OffsetDateTime>,
) -> Result<Option<HouseholdRow>, sqlx::Error> {
    let mut query = select(date, known_at);
    query.push(" AND h.household_id = ").push_bind(household_id);
    query.build_query_as().fetch_optional(conn).await
}

/// The households asked for, by id.
pub async fn households_list(
    conn: &mut PgConnection,
    list: &HouseholdQuery<'_>,
    filter: &Filter,
) -> Result<Vec<HouseholdRow>, sqlx::Error> {
    let mut query = select(list.date, list.known_at);
    if !list.divisions.is_empty() {
        let mut either = query.push(" AND (").separated(" OR ");
        for division in list.divisions {
            either.push("h.division_code ^@ ").push_bind_unseparated(division);
        }
        query.push(")");
    }
    let blind = [
        (" AND h.head_name_blind = ", &list.head_name),
        (" AND h.phone_blind = ", &list.phone),
        (" AND h.id_number_blind = ", &list.id_number),
    ];
    for (condition, value) in blind {
        if let Some(value) = value {
            query.push(condition).push_bind(value);
        }
    }
    if let Some(cadre) = list.cadre {
        query.push(" AND EXISTS (SELECT FROM ");
        push_known(&mut query, "household_carers", list.known_at);
        query
            .push(" c WHERE c.household_id = h.household_id AND c.cadre_id = ")
            .push_bind(cadre)
            .push(" AND c.valid_from <= ")
            .push_bind(list.date);
        query
            .push(" AND (c.valid_until IS NULL OR c.valid_until > ")
            .push_bind(list.date)
            .push("))");
    }
    if let Some(after) = list.after {
        query.push(" AND h.household_id > ").push_bind(after);
    }
    filter.push(&mut query);
    query.push(" ORDER BY h.household_id LIMIT ").push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Makes the staged households hold from `date` on.
pub async fn households_merge(conn: &mut PgConnection, date: Date, now: OffsetDateTime) -> Result<Merged, sqlx::Error> {
    let source = "SELECT household_id, division_code, group_code, decode(head_name, 'hex') AS head_name,
            decode(head_name_blind, 'hex') AS head_name_blind, decode(phone, 'hex') AS phone,
            decode(phone_blind, 'hex') AS phone_blind, decode(id_number, 'hex') AS id_number,
            decode(id_number_blind, 'hex') AS id_number_blind, address, longitude::double precision,
            latitude::double precision, registered_person_count::integer, resident_person_count::integer,
            residence_status, low_income::boolean, toilet, sewage_connected::boolean, house_grade,
            five_beauty_courtyard::boolean
        FROM staged";
    HOUSEHOLDS.merge(conn, source, date, now).await
}
