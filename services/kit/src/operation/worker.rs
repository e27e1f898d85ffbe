//! Takes up stored operations and carries them out, one at a time for each kind and replica.

use std::{sync::Arc, time::Duration};

use prost::Message as _;
use proto::google::rpc::Status;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Job, Work, store};
use crate::{
    db::Db,
    error::{Error, Kind, Result},
    telemetry,
};

const POLL: Duration = Duration::from_millis(200);
/// How long an operation rests after its process was killed.
const LEASE: Duration = Duration::from_secs(10);
const RENEW: Duration = Duration::from_millis(500);

/// The worker for one kind of operation.
pub(crate) struct Worker {
    pub db: Db,
    pub holder: Uuid,
    pub work: Arc<dyn Work>,
}

impl Worker {
    /// Works until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.next(&stop).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(kind = self.work.kind(), %error, "operation worker waits"),
            }
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Carries out one operation; false if there is none.
    async fn next(&self, stop: &CancellationToken) -> Result<bool> {
        let mut tx = self.db.system("operation").await?;
        let claimed = store::operation_claim(&mut tx, self.work.kind(), self.holder, LEASE).await?;
        tx.commit_unaudited().await?;
        let Some(claimed) = claimed else { return Ok(false) };

        let id = claimed.id;
        let span = tracing::info_span!("operation", kind = self.work.kind(), operation = %id);
        telemetry::set_parent(&span, &claimed.traceparent);
        let cancel = stop.child_token();
        let job = Job {
            id,
            principal: claimed.principal,
            division_code: claimed.division_code,
            request: claimed.request,
            cancel: cancel.clone(),
            db: self.db.clone(),
        };
        let outcome = {
            let mut run = std::pin::pin!(self.work.run(job).instrument(span));
            let mut kept = std::pin::pin!(self.keep(id, &cancel));
            tokio::select! {
                outcome = &mut run => outcome,
                () = &mut kept => return Ok(true),
            }
        };
        match outcome {
            // Interrupted by a restart or an outage, not finished: somebody resumes it.
            Err(_) if stop.is_cancelled() => self.release(id).await?,
            Err(error) if error.kind() == Kind::Unavailable => {
                tracing::warn!(kind = self.work.kind(), %error, "operation interrupted");
                tokio::time::sleep(RENEW).await;
                self.release(id).await?;
            }
            outcome => self.finish(id, outcome).await?,
        }
        Ok(true)
    }

    /// Renews the claim and passes cancellation on. Ends when the claim is lost.
    async fn keep(&self, id: Uuid, cancel: &CancellationToken) {
        loop {
            tokio::time::sleep(RENEW).await;
            match self.renew(id).await {
                Ok(Some(true)) => cancel.cancel(),
                Ok(None) => return,
                Ok(Some(false)) | Err(_) => {}
            }
        }
    }

    async fn renew(&self, id: Uuid) -> Result<Option<bool>> {
        let mut tx = self.db.system("operation").await?;
        let cancel = store::operation_renew(&mut tx, id, self.holder, LEASE).await?;
        tx.commit_unaudited().await?;
        Ok(cancel)
    }

    async fn release(&self, id: Uuid) -> Result<()> {
        let mut tx = self.db.system("operation").await?;
        store::operation_release(&mut tx, id, self.holder).await?;
        tx.commit_unaudited().await
    }

    async fn finish(&self, id: Uuid, outcome: Result<prost_types::Any>) -> Result<()> {
        let outcome = outcome.map_err(public);
        let mut tx = self.db.system("operation").await?;
        let now = tx.now();
        store::operation_finish(&mut tx, id, self.holder, &outcome, now).await?;
        tx.commit_unaudited().await
    }
}

/// The error as the caller may see it.
fn public(error: Error) -> Status {
    let status = tonic::Status::from(error);
    Status::decode(status.details()).unwrap_or_else(|_| Status {
        code: i32::from(status.code()),
        message: status.message().to_owned(),
        details: Vec::new(),
    })
}
