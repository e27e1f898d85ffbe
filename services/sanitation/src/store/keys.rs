//! Keys that hand-overs are signed with.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

use super::list::{Key, Listing, page};

/// A row of `signing_keys`.
#[derive(Debug, Clone, FromRow)]
pub struct SigningKey {
    pub key_id: String,
    pub division_code: String,
    pub holder: String,
    pub display_name: String,
    pub public_key: Vec<u8>,
    pub valid_from: OffsetDateTime,
    pub valid_until: Option<OffsetDateTime>,
    pub revoked_from: Option<OffsetDateTime>,
    pub revoke_reason: String,
    pub created_at: OffsetDateTime,
    pub revoked_at: Option<OffsetDateTime>,
}

pub async fn key_get(conn: &mut PgConnection, id: &str) -> Result<Option<SigningKey>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM signing_keys WHERE key_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Keys that signed a hand-over of a division's trips on some days, by id.
pub async fn keys_between(
    conn: &mut PgConnection,
    division: &str,
    (from, to): (Date, Date),
) -> Result<Vec<SigningKey>, sqlx::Error> {
    sqlx::query_as(
        "SELECT k.* FROM signing_keys k WHERE 'signingKeys/' || k.key_id IN (
             SELECT unnest(ARRAY[h.giver_signer, h.taker_signer]) FROM hand_overs h JOIN trips t USING (trip_id)
             WHERE t.division_code ^@ $1 AND t.date BETWEEN $2 AND $3)
         ORDER BY k.key_id",
    )
    .bind(division)
    .bind(from)
    .bind(to)
    .fetch_all(conn)
    .await
}

pub async fn key_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<SigningKey>, sqlx::Error> {
    page("SELECT * FROM signing_keys", Key::Text("key_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// Registers a key; false if its id or public key is taken.
pub async fn key_insert(conn: &mut PgConnection, key: &SigningKey) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO signing_keys (key_id, division_code, holder, display_name, public_key, valid_from, valid_until, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(&key.key_id)
    .bind(&key.division_code)
    .bind(&key.holder)
    .bind(&key.display_name)
    .bind(&key.public_key)
    .bind(key.valid_from)
    .bind(key.valid_until)
    .bind(key.created_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a key that holds at `at` with that instant; false if it does not hold then.
pub async fn key_end(conn: &mut PgConnection, id: &str, at: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE signing_keys SET valid_until = $2
         WHERE key_id = $1 AND valid_from < $2 AND (valid_until IS NULL OR valid_until >= $2)",
    )
    .bind(id)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes a key; `None` if it is revoked already.
pub async fn key_revoke(
    conn: &mut PgConnection,
    id: &str,
    from: OffsetDateTime,
    reason: &str,
    now: OffsetDateTime,
) -> Result<Option<SigningKey>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE signing_keys SET revoked_from = $2, revoke_reason = $3, revoked_at = $4
         WHERE key_id = $1 AND revoked_at IS NULL RETURNING *",
    )
    .bind(id)
    .bind(from)
    .bind(reason)
    .bind(now)
    .fetch_optional(conn)
    .await
}
