//! Which cadre looks after which household.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

/// What an assignment of households did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assigned {
    /// Households that the cadre did not look after before.
    pub assigned: i64,
    /// Of these, those that another cadre looked after.
    pub taken_over: i64,
}

/// Those of `households` that do not exist on `date`.
pub async fn households_missing(
    conn: &mut PgConnection,
    households: &[String],
    date: Date,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT wanted FROM unnest($1::text[]) wanted
         WHERE NOT EXISTS (SELECT FROM households h WHERE h.household_id = wanted AND h.known_until IS NULL
                           AND h.valid_from <= $2 AND (h.valid_until IS NULL OR h.valid_until > $2))
         ORDER BY wanted",
    )
    .bind(households)
    .bind(date)
    .fetch_all(conn)
    .await
}

/// The first of `households` whose care changes on `date` or later already.
pub async fn carer_changes_from(
    conn: &mut PgConnection,
    households: &[String],
    date: Date,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT min(household_id) FROM household_carers
         WHERE household_id = ANY($1) AND known_until IS NULL AND (valid_from >= $2 OR valid_until > $2)",
    )
    .bind(households)
    .bind(date)
    .fetch_one(conn)
    .await
}

/// Lets `cadre` look after `households` from `date` on; those it looks after already stay as they are.
pub async fn carer_assign(
    conn: &mut PgConnection,
    cadre: &str,
    households: &[String],
    date: Date,
    now: OffsetDateTime,
) -> Result<Assigned, sqlx::Error> {
    let taken_over = sqlx::query(
        "WITH ended AS (
             UPDATE household_carers SET known_until = $4
             WHERE household_id = ANY($2) AND cadre_id <> $1 AND known_until IS NULL
               AND valid_from < $3 AND valid_until IS NULL
             RETURNING *)
         INSERT INTO household_carers (household_id, cadre_id, division_code, valid_from, valid_until, known_from)
         SELECT household_id, cadre_id, division_code, valid_from, $3, $4 FROM ended",
    )
    .bind(cadre)
    .bind(households)
    .bind(date)
    .bind(now)
    .execute(&mut *conn)
    .await?
    .rows_affected();
    let assigned = sqlx::query(
        "INSERT INTO household_carers (household_id, cadre_id, division_code, valid_from, known_from)
         SELECT h.household_id, $1, h.division_code, $3, $4 FROM households h
         WHERE h.household_id = ANY($2) AND h.known_until IS NULL
           AND h.valid_from <= $3 AND (h.valid_until IS NULL OR h.valid_until > $3)
           AND NOT EXISTS (SELECT FROM household_carers c WHERE c.household_id = h.household_id AND c.cadre_id = $1
                           AND c.known_until IS NULL AND c.valid_until IS NULL)",
    )
    .bind(cadre)
    .bind(households)
    .bind(date)
    .bind(now)
    .execute(conn)
    .await?
    .rows_affected();
    let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
    Ok(Assigned {
        assigned: count(assigned),
        taken_over: count(taken_over),
    })
}

/// Makes changes of who looks after `households` wait for one another until the end of the transaction.
pub async fn carers_lock(conn: &mut PgConnection, households: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('villages.carers ' || id, 0))
         FROM (SELECT id FROM unnest($1::text[]) id ORDER BY id) ordered",
    )
    .bind(households)
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the household look to the carer of another from `date` on, where it has none then.
pub async fn carer_inherit(
    conn: &mut PgConnection,
    from: &str,
    (household, division): (&str, &str),
    date: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO household_carers (household_id, cadre_id, division_code, valid_from, valid_until, known_from)
         SELECT $2, c.cadre_id, $3, $4,
                (SELECT min(own.valid_from) FROM household_carers own
                 WHERE own.household_id = $2 AND own.known_until IS NULL AND own.valid_from > $4), $5
         FROM household_carers c
         WHERE c.household_id = $1 AND c.known_until IS NULL
           AND c.valid_from <= $4 AND (c.valid_until IS NULL OR c.valid_until > $4)
           AND NOT EXISTS (SELECT FROM household_carers own
                           WHERE own.household_id = $2 AND own.known_until IS NULL
                             AND own.valid_from <= $4 AND (own.valid_until IS NULL OR own.valid_until > $4))",
    )
    .bind(from)
    .bind(household)
    .bind(division)
    .bind(date)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the care of a household from `date` until `until` along to `division`; with no division it ends.
pub async fn carer_follow(
    conn: &mut PgConnection,
    household: &str,
    division: Option<&str>,
    (date, until): (Date, Option<Date>),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH hit AS (
             UPDATE household_carers SET known_until = $5
             WHERE household_id = $1 AND known_until IS NULL
               AND ($4::date IS NULL OR valid_from < $4) AND (valid_until IS NULL OR valid_until > $3)
             RETURNING *),
         parts AS (
             SELECT cadre_id, division_code, valid_from, $3::date AS valid_until FROM hit WHERE valid_from < $3
             UNION ALL
             SELECT cadre_id, $2, greatest(valid_from, $3), least(valid_until, $4) FROM hit WHERE $2 IS NOT NULL
             UNION ALL
             SELECT cadre_id, division_code, $4, valid_until FROM hit
             WHERE $4 IS NOT NULL AND (valid_until IS NULL OR valid_until > $4))
         INSERT INTO household_carers (household_id, cadre_id, division_code, valid_from, valid_until, known_from)
         SELECT $1, cadre_id, division_code, valid_from, valid_until, $5 FROM parts",
    )
    .bind(household)
    .bind(division)
    .bind(date)
    .bind(until)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
