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
#[derive(Clone)]
pub(crate) struct Readiness {
    ready: Arc<AtomicBool>,
    reporter: HealthReporter,
    services: Arc<[String]>,
}

impl Readiness {
    /// Names the services as not serving yet.
    pub(crate) async fn announce(reporter: HealthReporter, services: Vec<String>) -> Self {
        let readiness = Self {
            ready: Arc::default(),
            reporter,
            services: services.into(),
        };
        readiness.report(false).await;
        readiness
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Keeps the health of the server and of each of its gRPC services up to date, until `stop`.
    pub(crate) async fn follow(self, db: Db, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let ready = db.ping().await.is_ok();
            if ready != self.is_ready() {
                self.report(ready).await;
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = stop.cancelled() => {}
            }
        }
        self.report(false).await;
    }

    async fn report(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
        tracing::info!(ready, "readiness");
        let status = if ready {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        for service in self.services.iter() {
            self.reporter.set_service_status(service, status).await;
        }
        self.reporter.set_service_status("", status).await;
    }
}
