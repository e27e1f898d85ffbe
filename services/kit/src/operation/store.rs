//! SQL of `kit.operation`.

use std::time::Duration;

use prost::Message as _;
use proto::google::{
    longrunning::{Operation, operation},
    rpc::Status,
};
use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use super::name;
use crate::error::{Error, Result};

pub(super) struct New<'a> {
    pub id: Uuid,
    pub kind: &'static str,
    pub principal: String,
    pub division_code: &'a str,
    pub traceparent: String,
    pub request: Vec<u8>,
    pub created_at: OffsetDateTime,
}

#[derive(FromRow)]
pub(super) struct Stored {
    pub id: Uuid,
    pub version: i64,
    pub division_code: String,
    metadata: Option<Vec<u8>>,
    response: Option<Vec<u8>>,
    error: Option<Vec<u8>>,
    done_at: Option<OffsetDateTime>,
}

impl Stored {
    pub(super) fn to_proto(&self) -> Result<Operation> {
        let unpack = |bytes: &Vec<u8>| prost_types::Any::decode(bytes.as_slice()).map_err(Error::internal);
        let result = match (&self.response, &self.error) {
            (Some(response), _) => Some(operation::Result::Response(unpack(response)?)),
            (None, Some(error)) => Some(operation::Result::Error(
                Status::decode(error.as_slice()).map_err(Error::internal)?,
            )),
            (None, None) => None,
        };
        Ok(Operation {
            name: name(self.id),
            metadata: self.metadata.as_ref().map(unpack).transpose()?,
            done: self.done_at.is_some(),
            result,
        })
    }
}

#[derive(FromRow)]
pub(super) struct Claimed {
    pub id: Uuid,
    pub principal: String,
    pub division_code: String,
    pub traceparent: String,
    pub request: Vec<u8>,
}

const COLUMNS: &str = "id, version, division_code, metadata, response, error, done_at";

pub(super) async fn operation_insert(conn: &mut PgConnection, new: &New<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO kit.operation (id, kind, principal, division_code, traceparent, request, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.kind)
    .bind(&new.principal)
    .bind(new.division_code)
    .bind(&new.traceparent)
    .bind(&new.request)
    .bind(new.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn operation_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Stored>> {
    let mut query = sqlx::QueryBuilder::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM kit.operation WHERE id = ")
        .push_bind(id);
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

pub(super) async fn operation_list(conn: &mut PgConnection, before: Option<Uuid>, limit: i64) -> Result<Vec<Stored>> {
    let mut query = sqlx::QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM kit.operation WHERE true");
    if let Some(before) = before {
        query.push(" AND id < ").push_bind(before);
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    Ok(query.build_query_as().fetch_all(conn).await?)
}

pub(super) async fn operation_cancel(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query("UPDATE kit.operation SET cancel = true WHERE id = $1 AND done_at IS NULL")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn operation_progress(conn: &mut PgConnection, id: Uuid, metadata: &[u8]) -> Result<()> {
    sqlx::query("UPDATE kit.operation SET metadata = $2, version = version + 1 WHERE id = $1 AND done_at IS NULL")
        .bind(id)
        .bind(metadata)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes the oldest open operation of a kind that nobody works on, for `term` by the clock of the database, as
/// [leases](crate::lease) go.
pub(super) async fn operation_claim(
    conn: &mut PgConnection,
    kind: &str,
    worker: Uuid,
    term: Duration,
) -> Result<Option<Claimed>> {
    let claimed = sqlx::query_as(
        "UPDATE kit.operation SET worker = $2, lease_until = clock_timestamp() + $3
         WHERE id = (SELECT id FROM kit.operation
                     WHERE kind = $1 AND done_at IS NULL
                       AND (lease_until IS NULL OR lease_until NOT BETWEEN clock_timestamp() AND clock_timestamp() + $3)
                     ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, principal, division_code, traceparent, request",
    )
    .bind(kind)
    .bind(worker)
    .bind(term)
    .fetch_optional(conn)
    .await?;
    Ok(claimed)
}

/// Keeps the claim; answers whether somebody asked for cancellation, `None` if the claim is lost.
pub(super) async fn operation_renew(
    conn: &mut PgConnection,
    id: Uuid,
    worker: Uuid,
    term: Duration,
) -> Result<Option<bool>> {
    let cancel = sqlx::query_scalar(
        "UPDATE kit.operation SET lease_until = clock_timestamp() + $3
         WHERE id = $1 AND worker = $2 AND done_at IS NULL RETURNING cancel",
    )
    .bind(id)
    .bind(worker)
    .bind(term)
    .fetch_optional(conn)
    .await?;
    Ok(cancel)
}

/// Gives an unfinished operation back, so that another process resumes it at once.
pub(super) async fn operation_release(conn: &mut PgConnection, id: Uuid, worker: Uuid) -> Result<()> {
    sqlx::query("UPDATE kit.operation SET lease_until = NULL, worker = NULL WHERE id = $1 AND worker = $2")
        .bind(id)
        .bind(worker)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn operation_finish(
    conn: &mut PgConnection,
    id: Uuid,
    worker: Uuid,
    outcome: &Result<prost_types::Any, Status>,
    now: OffsetDateTime,
) -> Result<()> {
    let (response, error) = match outcome {
        Ok(response) => (Some(response.encode_to_vec()), None),
        Err(error) => (None, Some(error.encode_to_vec())),
    };
    sqlx::query(
        "UPDATE kit.operation SET response = $3, error = $4, done_at = $5, version = version + 1, lease_until = NULL
         WHERE id = $1 AND worker = $2 AND done_at IS NULL",
    )
    .bind(id)
    .bind(worker)
    .bind(response)
    .bind(error)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
