//! The same request id and body answer the first result again.

use ring::digest;
use sqlx::{PgConnection, Row as _};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    call::Call,
    error::{Error, Result},
};

/// Identity of a mutation: who, which id, which body.
pub(super) struct Key {
    principal: String,
    pub(super) request_id: Uuid,
    method: String,
    body_sha256: Vec<u8>,
}

impl Key {
    /// `None` where the caller gave no id.
    pub(super) fn new(call: &Call, request_id: &str, request: &impl prost::Message) -> Result<Option<Self>> {
        if request_id.is_empty() {
            return Ok(None);
        }
        let request_id = parse(request_id)?;
        Ok(Some(Self {
            principal: call.caller.subject.clone(),
            request_id,
            method: call.method.to_string(),
            body_sha256: digest::digest(&digest::SHA256, &request.encode_to_vec())
                .as_ref()
                .to_vec(),
        }))
    }

    /// Makes a second call with the same id wait for the first, so that it reads the first one's answer.
    pub(super) fn lock_statement(&self) -> String {
        format!(
            "SELECT pg_advisory_xact_lock(hashtextextended('{}', 0));",
            self.request_id
        )
    }

    pub(super) async fn first_answer<R>(&self, conn: &mut PgConnection) -> Result<Option<R>>
    where
        R: prost::Message + Default,
    {
        let row = sqlx::query(
            "SELECT method, body_sha256, response FROM kit.idempotency WHERE principal = $1 AND request_id = $2",
        )
        .bind(&self.principal)
        .bind(self.request_id)
        .fetch_optional(conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let same = row.try_get::<&str, _>("method")? == self.method
            && row.try_get::<&[u8], _>("body_sha256")? == self.body_sha256;
        if !same {
            return Err(reused(self.request_id));
        }
        R::decode(row.try_get::<&[u8], _>("response")?)
            .map(Some)
            .map_err(Error::internal)
    }

    pub(super) async fn store(&self, conn: &mut PgConnection, response: &[u8], now: OffsetDateTime) -> Result<()> {
        sqlx::query(
            "INSERT INTO kit.idempotency (principal, request_id, method, body_sha256, response, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&self.principal)
        .bind(self.request_id)
        .bind(&self.method)
        .bind(&self.body_sha256)
        .bind(response)
        .bind(now)
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// Parses a request id.
pub(super) fn parse(request_id: &str) -> Result<Uuid> {
    Uuid::try_parse(request_id).map_err(|_| {
        Error::invalid(
            "request_id",
            request_id,
            "a UUID, for example 0197a3c0-7c1e-7000-8000-000000000001",
        )
    })
}

/// The same id came with another body.
fn reused(request_id: Uuid) -> Error {
    Error::invalid_because(
        "REQUEST_ID_REUSED",
        "request_id",
        request_id,
        "not used before with another request body",
    )
}
