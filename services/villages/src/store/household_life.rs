//! Changes of single households.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::household::HouseholdRow;

/// A household in which an ID number is in force.
#[derive(Debug, Clone, FromRow)]
pub struct Holder {
    pub household_id: String,
    pub division_code: String,
}

/// An edge of descent.
#[derive(Debug, Clone, FromRow)]
pub struct EdgeRow {
    pub id: Uuid,
    pub household_id: String,
    pub division_code: String,
    pub successor_id: Option<String>,
    pub successor_division: Option<String>,
    pub kind: String,
    pub effective_date: Date,
    pub end_reason: Option<String>,
    pub basis: String,
}

/// Which edges to list.
#[derive(Debug)]
pub struct EdgeQuery<'a> {
    /// Predecessor or successor; empty for any.
    pub household: &'a str,
    /// The village of either begins with it.
    pub division: &'a str,
    /// Earliest effective date.
    pub from: Option<Date>,
    /// First effective date left out.
    pub until: Option<Date>,
    /// Effective date and id of the last edge of the page before.
    pub after: Option<(Date, Uuid)>,
    /// Most edges.
    pub limit: i64,
}

/// Makes changes of the register of households wait for one another until the end of the transaction.
pub async fn households_lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.households', 0))")
        .execute(conn)
        .await?;
    Ok(())
}

/// Every version of a household that is known now, by first day, whether the caller may see it or not.
pub async fn household_versions(conn: &mut PgConnection, household: &str) -> Result<Vec<HouseholdRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM household_versions($1)")
        .bind([household])
        .fetch_all(conn)
        .await
}

/// Whether any household ever had a number.
pub async fn number_used(conn: &mut PgConnection, household: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM household_numbers_used($1))")
        .bind([household])
        .fetch_one(conn)
        .await
}

/// A household other than `except` in which an ID number, given by its blind index, is in force on `day` or later.
pub async fn id_number_holder(
    conn: &mut PgConnection,
    blind: &[u8],
    day: Date,
    except: &str,
) -> Result<Option<Holder>, sqlx::Error> {
    sqlx::query_as(
        "SELECT household_id, division_code FROM household_id_holders($1, $2) WHERE household_id <> $3 LIMIT 1",
    )
    .bind([blind])
    .bind(day)
    .bind(except)
    .fetch_optional(conn)
    .await
}

/// Replaces versions by others: nothing is deleted, what was believed stays on record.
pub async fn versions_replace(
    conn: &mut PgConnection,
    replaced: &[i64],
    rows: &[HouseholdRow],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE households SET known_until = $2 WHERE id = ANY($1) AND known_until IS NULL")
        .bind(replaced)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Postgres>::new(
        "INSERT INTO households (household_id, division_code, group_code, head_name, head_name_blind, phone, phone_blind,
             id_number, id_number_blind, address, longitude, latitude, registered_person_count, resident_person_count,
             residence_status, low_income, toilet, sewage_connected, house_grade, five_beauty_courtyard, valid_from,
             valid_until, known_from) ",
    );
    query.push_values(rows, |mut values, row| {
        values
            .push_bind(&row.household_id)
            .push_bind(&row.division_code)
            .push_bind(&row.group_code)
            .push_bind(&row.head_name)
            .push_bind(&row.head_name_blind)
            .push_bind(&row.phone)
            .push_bind(&row.phone_blind)
            .push_bind(&row.id_number)
            .push_bind(&row.id_number_blind)
            .push_bind(&row.address)
            .push_bind(row.longitude)
            .push_bind(row.latitude)
            .push_bind(row.registered_person_count)
            .push_bind(row.resident_person_count)
            .push_bind(&row.residence_status)
            .push_bind(row.low_income)
            .push_bind(&row.toilet)
            .push_bind(row.sewage_connected)
            .push_bind(&row.house_grade)
            .push_bind(row.five_beauty_courtyard)
            .push_bind(row.valid_from)
            .push_bind(row.valid_until)
            .push_bind(now);
    });
    query.build().execute(conn).await?;
    Ok(())
}

/// Adds edges.
pub async fn edges_insert(conn: &mut PgConnection, edges: &[EdgeRow], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "INSERT INTO household_lineage (id, household_id, division_code, successor_id, successor_division, kind,
             effective_date, end_reason, basis, recorded_at) ",
    );
    query.push_values(edges, |mut values, edge| {
        values
            .push_bind(edge.id)
            .push_bind(&edge.household_id)
            .push_bind(&edge.division_code)
            .push_bind(&edge.successor_id)
            .push_bind(&edge.successor_division)
            .push_bind(&edge.kind)
            .push_bind(edge.effective_date)
            .push_bind(&edge.end_reason)
            .push_bind(&edge.basis)
            .push_bind(now);
    });
    query.build().execute(conn).await?;
    Ok(())
}

/// Edges, newest effective date first.
pub async fn edges_list(conn: &mut PgConnection, list: &EdgeQuery<'_>) -> Result<Vec<EdgeRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT id, household_id, division_code, successor_id, successor_division, kind, effective_date, end_reason, basis
         FROM household_lineage WHERE (division_code ^@ ",
    );
    query
        .push_bind(list.division)
        .push(" OR successor_division ^@ ")
        .push_bind(list.division)
        .push(")");
    if !list.household.is_empty() {
        query.push(" AND (household_id = ").push_bind(list.household);
        query.push(" OR successor_id = ").push_bind(list.household).push(")");
    }
    if let Some(from) = list.from {
        query.push(" AND effective_date >= ").push_bind(from);
    }
    if let Some(until) = list.until {
        query.push(" AND effective_date < ").push_bind(until);
    }
    if let Some((date, id)) = list.after {
        query.push(" AND (effective_date < ").push_bind(date);
        query.push(" OR (effective_date = ").push_bind(date);
        query.push(" AND id > ").push_bind(id).push("))");
    }
    query
        .push(" ORDER BY effective_date DESC, id LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Whether `successor` descends from `predecessor`, in any number of steps until `day`.
pub async fn descends(
    conn: &mut PgConnection,
    successor: &str,
    predecessor: &str,
    day: Date,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT household_descends($1, $2, $3)")
        .bind(successor)
        .bind(predecessor)
        .bind(day)
        .fetch_one(conn)
        .await
}
