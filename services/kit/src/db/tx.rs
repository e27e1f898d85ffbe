//! A transaction that commits the change, its audit row, its events and its answer together or not at all.

use std::ops::{Deref, DerefMut};

use prost::Name;
use sqlx::{PgConnection, Postgres};
use time::OffsetDateTime;
use tonic::Response;
use uuid::Uuid;

use super::{Db, idempotency::Key};
use crate::{
    audit::{self, Actor, Change},
    error::{Error, Result},
    outbox::{self, Pending},
    telemetry,
};

/// A mutation that has begun, or the answer it had before.
#[expect(
    clippy::large_enum_variant,
    reason = "lives for one match; a box would cost each mutation an allocation"
)]
pub enum Begun<R> {
    /// Answered already; this is the first answer.
    Replay(R),
    /// To be done now.
    Fresh(Tx),
}

/// An open transaction; derefs to the connection. Dropping it rolls back.
pub struct Tx {
    inner: sqlx::Transaction<'static, Postgres>,
    db: Db,
    principal: String,
    method: String,
    request_id: Option<Uuid>,
    key: Option<Key>,
    events: Vec<Pending>,
}

impl Tx {
    pub(super) fn new(
        inner: sqlx::Transaction<'static, Postgres>,
        db: Db,
        principal: String,
        method: String,
        request_id: Option<Uuid>,
    ) -> Self {
        Self {
            inner,
            db,
            principal,
            method,
            request_id,
            key: None,
            events: Vec::new(),
        }
    }

    pub(super) fn remember(&mut self, key: Key) {
        self.key = Some(key);
    }

    /// Instant of the transaction by the service's clock.
    pub fn now(&self) -> OffsetDateTime {
        self.db.clock.now()
    }

    /// Subject of the caller, or `system:{job}`.
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// States a fact that other services may act on; it is published after the commit, in the trace of this call.
    pub fn emit<M>(&mut self, event_type: &str, division_code: &str, subject: &str, payload: &M)
    where
        M: prost::Message + Name,
    {
        self.events.push(Pending {
            event_id: self.db.ids.next(),
            event_type: event_type.to_owned(),
            division_code: division_code.to_owned(),
            subject: subject.to_owned(),
            payload_type: M::type_url(),
            payload: payload.encode_to_vec(),
            traceparent: telemetry::inject_current(),
        });
    }

    /// Writes the audit row, the events and the answer for replays, commits, and gives the answer back.
    pub async fn finish<R: prost::Message>(mut self, change: Change, response: R) -> Result<Response<R>> {
        if let Some(key) = self.key.take() {
            let now = self.now();
            key.store(&mut self.inner, &response.encode_to_vec(), now).await?;
        }
        self.commit_as(change).await?;
        Ok(Response::new(response))
    }

    /// Writes the audit row and the events, and commits.
    pub async fn commit_as(mut self, mut change: Change) -> Result<()> {
        if change.division_code.is_empty() {
            let scope: String = sqlx::query_scalar("SELECT current_setting('xiangtu.scope')")
                .fetch_one(&mut *self.inner)
                .await?;
            change.division_code = scope;
        }
        let actor = Actor {
            principal: &self.principal,
            method: &self.method,
            request_id: self.request_id,
        };
        let now = self.db.clock.now();
        audit::insert(&mut self.inner, now, &actor, &change).await?;
        self.commit_unaudited().await
    }

    /// Writes the events and commits, for bookkeeping that is no change in the sense of the audit trail.
    pub async fn commit_unaudited(mut self) -> Result<()> {
        let published = !self.events.is_empty();
        if published {
            let now = self.db.clock.now();
            outbox::insert(&mut self.inner, now, &self.events).await?;
        }
        self.inner.commit().await.map_err(Error::from)?;
        if published {
            self.db.committed.notify_one();
        }
        Ok(())
    }

    /// Undoes everything, for `validate_only`.
    pub async fn rollback(self) -> Result<()> {
        self.inner.rollback().await.map_err(Error::from)
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
