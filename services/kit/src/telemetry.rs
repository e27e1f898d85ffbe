//! Traces, metrics and logs: to a collector over OTLP where one is named, metrics to Prometheus always.

mod exporters;
mod metrics;
mod propagation;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::error::{Error, Result};

use exporters::Exporters;
pub use metrics::Metrics;
pub use propagation::{inject_current, inject_into_headers, set_parent, set_parent_from_headers};

/// Where telemetry goes.
#[derive(Clone)]
pub struct TelemetryConfig {
    /// OTLP/gRPC collector, `http://host:4317`; `None` keeps traces and logs at home.
    pub otlp_endpoint: Option<String>,
    /// Filter of the log, as `info,sqlx=warn`.
    pub log: String,
    /// The log as JSON lines.
    pub log_json: bool,
    /// Share of new traces that are kept, 0–1; a caller's decision is followed.
    pub sample_ratio: f64,
}

/// The telemetry of this process. Cheap to clone.
#[derive(Clone)]
pub struct Telemetry(Arc<Exporters>);

const LONGEST_FLUSH: Duration = Duration::from_secs(3);

static OF_PROCESS: OnceLock<Telemetry> = OnceLock::new();

impl Telemetry {
    /// Starts telemetry once for the process; later calls share it, whatever they ask for.
    pub fn start(service: &'static str, version: &'static str, config: &TelemetryConfig) -> Result<Self> {
        if let Some(started) = OF_PROCESS.get() {
            return Ok(started.clone());
        }
        let filter = EnvFilter::try_new(&config.log)
            .map_err(|error| Error::invalid("XIANGTU_LOG", &config.log, error.to_string()))?;
        let exported = without_exporter(filter.clone())?;
        let exporters = Exporters::new(service, version, config)?;
        global::set_text_map_propagator(TraceContextPropagator::new());
        global::set_meter_provider(exporters.meters.clone());

        let text = (!config.log_json).then(|| {
            tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_target(false)
        });
        let json = config
            .log_json
            .then(|| tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr));
        let traces = tracing_opentelemetry::layer()
            .with_tracer(exporters.traces.tracer("xiangtu"))
            // Spans of the libraries below us are noise; ours say what happened.
            .with_filter(EnvFilter::new(
                "off,kit=info,villages=info,sanitation=info,homestead=info,notifications=info,xiangtu=info",
            ));
        let logs = exporters.logs.as_ref().map(OpenTelemetryTracingBridge::new);
        // Another test in this process may have set a subscriber; then its log serves.
        let _ = tracing_subscriber::registry()
            .with(traces)
            .with(logs.with_filter(exported))
            .with(text.with_filter(filter.clone()))
            .with(json.with_filter(filter))
            .try_init();
        let started = Self(Arc::new(exporters));
        Ok(OF_PROCESS.get_or_init(|| started).clone())
    }

    /// The metrics as the Prometheus text format.
    pub fn prometheus_text(&self) -> String {
        self.0.prometheus_text()
    }

    /// The instruments of the kit.
    pub fn metrics() -> Metrics {
        Metrics::new(&global::meter("xiangtu"))
    }

    /// Sends what is waiting, at most three seconds; a missing collector must not hold the process.
    pub async fn flush(&self) {
        let exporters = Arc::clone(&self.0);
        let (done, flushed) = tokio::sync::oneshot::channel();
        // A thread of its own: the end of the runtime would wait for a blocking task of the runtime.
        std::thread::spawn(move || {
            exporters.flush();
            let _ = done.send(());
        });
        let _ = tokio::time::timeout(LONGEST_FLUSH, flushed).await;
    }
}

/// Carries out `work` outside of the current span and its log. For reads of very many rows: sqlx enters the span anew for each
/// of them, which takes as long as reading it.
pub fn unobserved<F: Future>(work: F) -> impl Future<Output = F::Output> {
    work.with_subscriber(NoSubscriber::default())
}

/// Sending a log must not make another one to send.
fn without_exporter(mut filter: EnvFilter) -> Result<EnvFilter> {
    for library in [
        "opentelemetry",
        "opentelemetry_sdk",
        "opentelemetry_otlp",
        "hyper",
        "h2",
        "tonic",
        "tower",
    ] {
        filter = filter.add_directive(format!("{library}=off").parse().map_err(Error::internal)?);
    }
    Ok(filter)
}

/// Sends what is waiting in this process, if telemetry was started.
pub async fn flush() {
    if let Some(telemetry) = OF_PROCESS.get() {
        telemetry.flush().await;
    }
}

#[cfg(test)]
mod tests;
