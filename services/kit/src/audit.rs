//! The audit row that commits with the change it describes.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Result;

/// What a transaction did, for the audit trail.
#[derive(Debug, Clone)]
pub struct Change {
    /// Verb, for example `create`.
    pub action: String,
    /// Code of the division it happened in; empty for what belongs to no division.
    pub division_code: String,
    /// Resource name.
    pub resource: String,
    /// What a reviewer should read: a reason, a purpose, counts. Never personal data.
    pub detail: String,
}

impl Change {
    /// `action` was done to `resource` in the division with `division_code`.
    pub fn new(action: &str, division_code: &str, resource: &str) -> Self {
        Self {
            action: action.to_owned(),
            division_code: division_code.to_owned(),
            resource: resource.to_owned(),
            detail: String::new(),
        }
    }

    /// Adds what a reviewer should read.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// Who did it, under which call.
pub(crate) struct Actor<'a> {
    pub principal: &'a str,
    pub method: &'a str,
    pub request_id: Option<Uuid>,
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    at: OffsetDateTime,
    actor: &Actor<'_>,
    change: &Change,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO kit.audit (at, principal, method, action, division_code, resource, request_id, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(at)
    .bind(actor.principal)
    .bind(actor.method)
    .bind(&change.action)
    .bind(&change.division_code)
    .bind(&change.resource)
    .bind(actor.request_id)
    .bind(&change.detail)
    .execute(conn)
    .await?;
    Ok(())
}
