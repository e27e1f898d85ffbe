//! The providers behind traces, metrics and logs.

use opentelemetry::KeyValue;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::SdkMeterProvider,
    trace::{Sampler, SdkTracerProvider},
};
use prometheus::{Encoder as _, Registry, TextEncoder};

use super::TelemetryConfig;
use crate::error::{Error, Result};

pub(super) struct Exporters {
    pub traces: SdkTracerProvider,
    pub meters: SdkMeterProvider,
    pub logs: Option<SdkLoggerProvider>,
    registry: Registry,
}

impl Exporters {
    pub(super) fn new(service: &'static str, version: &'static str, config: &TelemetryConfig) -> Result<Self> {
        let resource = Resource::builder()
            .with_service_name(service)
            .with_attribute(KeyValue::new("service.version", version))
            .build();
        let registry = Registry::new();
        let prometheus = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .build()
            .map_err(unusable)?;
        // Without a collector, traces are passed on and cost no more than that.
        let sampler = match config.otlp_endpoint {
            Some(_) => Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio))),
            None => Sampler::AlwaysOff,
        };
        let mut traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(sampler);
        let mut meters = SdkMeterProvider::builder()
            .with_resource(resource.clone())
            .with_reader(prometheus);
        let mut logs = None;
        if let Some(endpoint) = &config.otlp_endpoint {
            let spans = SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()
                .map_err(unusable)?;
            traces = traces.with_batch_exporter(spans);
            let metrics = MetricExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()
                .map_err(unusable)?;
            meters = meters.with_periodic_exporter(metrics);
            let records = LogExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()
                .map_err(unusable)?;
            logs = Some(
                SdkLoggerProvider::builder()
                    .with_resource(resource)
                    .with_batch_exporter(records)
                    .build(),
            );
        }
        Ok(Self {
            traces: traces.build(),
            meters: meters.build(),
            logs,
            registry,
        })
    }

    pub(super) fn prometheus_text(&self) -> String {
        let mut text = Vec::new();
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    pub(super) fn flush(&self) {
        let _ = self.traces.force_flush();
        let _ = self.meters.force_flush();
        if let Some(logs) = &self.logs {
            let _ = logs.force_flush();
        }
    }
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::unavailable("the telemetry exporter", error)
}
