//! People who receive notices, and their addresses.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

/// A recipient.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct RecipientRow {
    pub uid: Uuid,
    pub division_code: String,
    pub display_name: String,
    pub roles: Vec<String>,
    pub person: Option<String>,
    pub subject: Option<String>,
    pub language: String,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// An address.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct ContactRow {
    pub recipient_uid: Uuid,
    pub channel: i16,
    pub sealed: Vec<u8>,
    pub blind: Vec<u8>,
}

/// Somebody whom a notice reaches.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct Member {
    pub uid: Uuid,
    pub division_code: String,
    pub language: String,
}

const COLUMNS: &str =
    "SELECT uid, division_code, display_name, roles, person, subject, language, created_at, updated_at FROM recipient";

/// Adds one.
pub async fn recipient_insert(conn: &mut PgConnection, row: &RecipientRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO recipient (uid, division_code, display_name, roles, person, subject, language, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(row.uid)
    .bind(&row.division_code)
    .bind(&row.display_name)
    .bind(&row.roles)
    .bind(&row.person)
    .bind(&row.subject)
    .bind(&row.language)
    .bind(row.created_at)
    .bind(row.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The one with this uid, locked for a change.
pub async fn recipient_lock(conn: &mut PgConnection, uid: Uuid) -> Result<Option<RecipientRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(COLUMNS);
    query
        .push(" WHERE removed_at IS NULL AND uid = ")
        .push_bind(uid)
        .push(" FOR UPDATE");
    query.build_query_as().fetch_optional(conn).await
}

/// The one with this uid.
pub async fn recipient_get(conn: &mut PgConnection, uid: Uuid) -> Result<Option<RecipientRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(COLUMNS);
    query.push(" WHERE removed_at IS NULL AND uid = ").push_bind(uid);
    query.build_query_as().fetch_optional(conn).await
}

/// What of the list is asked for.
#[derive(Debug)]
#[expect(missing_docs, reason = "named as in the request")]
pub struct ListQuery<'a> {
    pub division: &'a str,
    pub role: &'a str,
    pub filter: &'a Filter,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Recipients by uid.
pub async fn recipient_list(conn: &mut PgConnection, list: &ListQuery<'_>) -> Result<Vec<RecipientRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(COLUMNS);
    query
        .push(" WHERE removed_at IS NULL AND division_code ^@ ")
        .push_bind(list.division);
    if !list.role.is_empty() {
        query.push(" AND ").push_bind(list.role).push(" = ANY (roles)");
    }
    list.filter.push(&mut query);
    if let Some(after) = list.after {
        query.push(" AND uid > ").push_bind(after);
    }
    query.push(" ORDER BY uid LIMIT ").push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Changes everything that can change.
pub async fn recipient_update(conn: &mut PgConnection, row: &RecipientRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE recipient SET division_code = $2, display_name = $3, roles = $4, person = $5, subject = $6, language = $7,
                updated_at = $8 WHERE uid = $1",
    )
    .bind(row.uid)
    .bind(&row.division_code)
    .bind(&row.display_name)
    .bind(&row.roles)
    .bind(&row.person)
    .bind(&row.subject)
    .bind(&row.language)
    .bind(row.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes one out of future audiences, and its addresses away.
pub async fn recipient_remove(conn: &mut PgConnection, uid: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM contact WHERE recipient_uid = $1")
        .bind(uid)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE recipient SET removed_at = $2 WHERE uid = $1")
        .bind(uid)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Addresses of several, by recipient and channel.
pub async fn contact_list(conn: &mut PgConnection, recipients: &[Uuid]) -> Result<Vec<ContactRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT recipient_uid, channel, sealed, blind FROM contact WHERE recipient_uid = ANY ($1)
         ORDER BY recipient_uid, channel",
    )
    .bind(recipients)
    .fetch_all(conn)
    .await
}

/// Puts `contacts` in place of the addresses that `row` has.
pub async fn contact_replace(
    conn: &mut PgConnection,
    row: &RecipientRow,
    contacts: &[ContactRow],
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM contact WHERE recipient_uid = $1")
        .bind(row.uid)
        .execute(&mut *conn)
        .await?;
    let channels: Vec<i16> = contacts.iter().map(|contact| contact.channel).collect();
    let sealed: Vec<&[u8]> = contacts.iter().map(|contact| contact.sealed.as_slice()).collect();
    let blind: Vec<&[u8]> = contacts.iter().map(|contact| contact.blind.as_slice()).collect();
    sqlx::query(
        "INSERT INTO contact (recipient_uid, division_code, channel, sealed, blind)
         SELECT $1, $2, * FROM unnest($3::smallint[], $4::bytea[], $5::bytea[])",
    )
    .bind(row.uid)
    .bind(&row.division_code)
    .bind(channels)
    .bind(sealed)
    .bind(blind)
    .execute(conn)
    .await?;
    Ok(())
}

/// Everybody in a division (and below, unless `exact`) with one of `roles`, or with any role if there are none.
pub async fn audience(
    conn: &mut PgConnection,
    division: &str,
    exact: bool,
    roles: &[String],
) -> Result<Vec<Member>, sqlx::Error> {
    sqlx::query_as(
        "SELECT uid, division_code, language FROM recipient
         WHERE removed_at IS NULL AND division_code ^@ $1 AND (NOT $2 OR division_code = $1)
           AND (cardinality($3::text[]) = 0 OR roles && $3::text[]) ORDER BY uid",
    )
    .bind(division)
    .bind(exact)
    .bind(roles)
    .fetch_all(conn)
    .await
}

/// How many [`audience`] would answer.
pub async fn audience_count(
    conn: &mut PgConnection,
    division: &str,
    exact: bool,
    roles: &[String],
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT count(*) FROM recipient
         WHERE removed_at IS NULL AND division_code ^@ $1 AND (NOT $2 OR division_code = $1)
           AND (cardinality($3::text[]) = 0 OR roles && $3::text[])",
    )
    .bind(division)
    .bind(exact)
    .bind(roles)
    .fetch_one(conn)
    .await
}

/// Those with these uids.
pub async fn members(conn: &mut PgConnection, uids: &[Uuid]) -> Result<Vec<Member>, sqlx::Error> {
    sqlx::query_as(
        "SELECT uid, division_code, language FROM recipient WHERE removed_at IS NULL AND uid = ANY ($1) ORDER BY uid",
    )
    .bind(uids)
    .fetch_all(conn)
    .await
}

/// The one who is `person` elsewhere.
pub async fn by_person(conn: &mut PgConnection, person: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT uid FROM recipient WHERE removed_at IS NULL AND person = $1")
        .bind(person)
        .fetch_optional(conn)
        .await
}

/// All whose inboxes the holder of a token with this subject reads.
pub async fn by_subject(conn: &mut PgConnection, subject: &str) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT uid FROM recipient WHERE removed_at IS NULL AND subject = $1")
        .bind(subject)
        .fetch_all(conn)
        .await
}
