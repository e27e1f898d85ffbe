//! What the sheet of a household is made from.

use sqlx::{PgConnection, Result};
use time::Date;
use uuid::Uuid;

/// The bills of a household whose first day lies from `from` up to and without `until`, in order of time.
pub async fn bills_from(conn: &mut PgConnection, household_id: &str, from: Date, until: Date) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "SELECT id FROM bill WHERE household_id = $1 AND from_on >= $2 AND from_on < $3 ORDER BY from_on, supplement",
    )
    .bind(household_id)
    .bind(from)
    .bind(until)
    .fetch_all(conn)
    .await
}
