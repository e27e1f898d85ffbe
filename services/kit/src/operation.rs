//! Long-running operations: stored, resumed after a crash, cancellable, watched.

mod api;
mod store;
mod worker;

use prost::{Message as _, Name};
use proto::google::longrunning::Operation;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    db::{Db, Tx},
    error::{Error, Result},
    id::Ids,
    telemetry,
};

pub(crate) use api::Api;
pub(crate) use worker::Worker;

/// Starts operations. Cheap to clone.
#[derive(Clone)]
pub struct Operations {
    ids: Ids,
}

/// How one kind of operation is carried out.
#[tonic::async_trait]
pub trait Work: Send + Sync + 'static {
    /// Kind of operation, unique in its service, for example `billing_run`.
    fn kind(&self) -> &'static str;

    /// Carries it out and answers with the response. Runs again from the start when its process was killed, so every step
    /// must be harmless when repeated. Should look at [`Job::cancelled`] often and then return [`Error::cancelled`].
    async fn run(&self, job: Job) -> Result<prost_types::Any>;
}

impl Operations {
    pub(crate) fn new(ids: Ids) -> Self {
        Self { ids }
    }

    /// Stores an operation in the caller's transaction; a worker takes it up after the commit.
    pub async fn start<M>(&self, tx: &mut Tx, kind: &'static str, division_code: &str, request: &M) -> Result<Operation>
    where
        M: prost::Message,
    {
        let row = store::New {
            id: self.ids.next(),
            kind,
            principal: tx.principal().to_owned(),
            division_code,
            traceparent: telemetry::inject_current(),
            request: request.encode_to_vec(),
            created_at: tx.now(),
        };
        store::operation_insert(tx, &row).await?;
        Ok(Operation {
            name: name(row.id),
            ..Operation::default()
        })
    }
}

/// An operation being carried out.
pub struct Job {
    id: Uuid,
    principal: String,
    division_code: String,
    request: Vec<u8>,
    cancel: CancellationToken,
    db: Db,
}

impl Job {
    /// Resource name, `operations/{uid}`.
    pub fn name(&self) -> String {
        name(self.id)
    }

    /// Id of the operation; the same on every run, so it can serve as a key of what the operation makes.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Subject of the caller who started it.
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// Code of the division it works on.
    pub fn division_code(&self) -> &str {
        &self.division_code
    }

    /// The request it was started with.
    pub fn request<M: prost::Message + Default>(&self) -> Result<M> {
        M::decode(self.request.as_slice()).map_err(Error::internal)
    }

    /// Publishes progress as the operation's metadata.
    pub async fn progress<M: prost::Message + Name>(&self, progress: &M) -> Result<()> {
        let mut tx = self.db.system("operation").await?;
        store::operation_progress(&mut tx, self.id, &any(progress).encode_to_vec()).await?;
        tx.commit_unaudited().await
    }

    /// True once somebody asked it to stop, or the service is stopping.
    pub fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Cancelled once somebody asked it to stop, or the service is stopping.
    pub fn cancel_token(&self) -> &CancellationToken {
        &self.cancel
    }
}

/// Packs a message with its type.
pub fn any<M: prost::Message + Name>(message: &M) -> prost_types::Any {
    prost_types::Any {
        type_url: M::type_url(),
        value: message.encode_to_vec(),
    }
}

fn name(id: Uuid) -> String {
    format!("operations/{id}")
}

/// Parses `operations/{uid}`; what is no such name does not exist.
fn id_of(name: &str) -> Result<Uuid> {
    name.strip_prefix("operations/")
        .and_then(|id| Uuid::try_parse(id).ok())
        .ok_or_else(|| Error::not_found(name))
}

async fn by_name(conn: &mut PgConnection, name: &str) -> Result<store::Stored> {
    store::operation_get(conn, id_of(name)?)
        .await?
        .ok_or_else(|| Error::not_found(name))
}
