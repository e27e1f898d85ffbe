//! `/livez`, `/readyz` and `/metrics` over HTTP/1.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Readiness;
use crate::telemetry::Telemetry;

/// What the admin port shows.
#[derive(Clone)]
pub(crate) struct Admin {
    pub readiness: Readiness,
    pub telemetry: Telemetry,
}

impl Admin {
    /// Serves until `stop`.
    pub(crate) async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let router = Router::new()
            .route("/livez", get(async || "ok"))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self);
        let serving = axum::serve(listener, router);
        tokio::select! {
            result = serving => if let Err(error) = result {
                tracing::error!(%error, "admin server failed");
            },
            () = stop.cancelled() => {}
        }
    }
}

async fn ready(State(admin): State<Admin>) -> (StatusCode, &'static str) {
    if admin.readiness.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    }
}

async fn metrics(State(admin): State<Admin>) -> String {
    admin.telemetry.prometheus_text()
}
