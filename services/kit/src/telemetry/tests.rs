use http::HeaderMap;
use tonic::Code;

use super::*;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// One for all tests, since there is one for the process.
fn telemetry() -> Telemetry {
    let config = TelemetryConfig {
        otlp_endpoint: None,
        log: "info".to_owned(),
        log_json: false,
        sample_ratio: 1.0,
    };
    Telemetry::start("kit", "0", &config).expect("telemetry")
}

#[test]
fn a_trace_goes_on_through_text_and_headers() {
    let _telemetry = telemetry();
    assert_eq!(inject_current(), "", "no span, no trace");
    let span = tracing::info_span!("handle");
    set_parent(&span, CALLER);
    let (text, headers) = span.in_scope(|| {
        let mut headers = HeaderMap::new();
        inject_into_headers(&mut headers);
        (inject_current(), headers)
    });
    assert!(text.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{text:?}");
    assert!(!text.contains("00f067aa0ba902b7"), "a span of its own: {text}");
    assert_eq!(headers["traceparent"], text.as_str());

    let next = tracing::info_span!("next");
    set_parent_from_headers(&next, &headers);
    let next = next.in_scope(inject_current);
    assert!(
        next.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && next != text,
        "{next:?}"
    );
}

#[test]
fn a_malformed_parent_starts_a_new_trace() {
    let _telemetry = telemetry();
    for parent in [
        "",
        "x",
        "00-0-0-00",
        "00-00000000000000000000000000000000-0000000000000000-01",
        "王",
    ] {
        let span = tracing::info_span!("handle");
        set_parent(&span, parent);
        let text = span.in_scope(inject_current);
        assert_eq!(text.len(), CALLER.len(), "{parent:?} gives {text:?}");
    }
}

#[test]
fn metrics_stand_in_the_prometheus_text() {
    let telemetry = telemetry();
    let metrics = Telemetry::metrics();
    let active = metrics.call_started();
    metrics.call_ended(
        &Arc::from("/x.v1.XService/Get"),
        Code::NotFound,
        Duration::from_millis(3),
    );
    metrics.outbox_lag("villages", Duration::from_millis(1_500));
    metrics.inbox_handled("homestead", 7);
    metrics.job_ended("roots", false);
    drop(active);
    let text = telemetry.prometheus_text();
    for line in [
        r#"rpc_method="/x.v1.XService/Get""#,
        r#"rpc_response_status_code="5""#,
        "rpc_server_call_duration_seconds_count",
        "rpc_server_active_calls",
        r#"source="villages""#,
        r#"consumer="homestead""#,
        r#"job="roots""#,
        r#"outcome="failed""#,
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
}

#[tokio::test]
async fn flushing_without_a_collector_does_not_hold_the_process() {
    let started = std::time::Instant::now();
    telemetry().flush().await;
    assert!(started.elapsed() < LONGEST_FLUSH + Duration::from_secs(1));
}

#[test]
fn exported_logs_leave_the_exporter_out() {
    let filter = without_exporter(EnvFilter::new("debug,sqlx=warn"))
        .expect("a filter")
        .to_string();
    for directive in ["debug", "sqlx=warn", "opentelemetry_otlp=off", "h2=off"] {
        assert!(
            filter.split(',').any(|stated| stated == directive),
            "{directive} is missing in {filter}"
        );
    }
}
