//! Readiness: the database decides. Redis does not, since core calls work without it.

use std::{
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::db::Db;

const EVERY: Duration = Duration::from_secs(1);

/// Whether this replica can answer. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Readiness(Arc<AtomicBool>);

impl Readiness {
    pub(crate) fn is_ready(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Keeps the health of the server and of each of its gRPC services up to date, until `stop`.
    pub(crate) async fn follow(self, reporter: HealthReporter, services: Vec<String>, db: Db, stop: CancellationToken) {
        let mut known = None;
        loop {
            let ready = !stop.is_cancelled() && db.ping().await.is_ok();
            if known != Some(ready) {
                known = Some(ready);
                self.0.store(ready, Ordering::Relaxed);
                let status = if ready {
                    ServingStatus::Serving
                } else {
                    ServingStatus::NotServing
                };
                tracing::info!(ready, "readiness");
                for service in &services {
                    reporter.set_service_status(service, status).await;
                }
                reporter.set_service_status("", status).await;
            }
            if stop.is_cancelled() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}
