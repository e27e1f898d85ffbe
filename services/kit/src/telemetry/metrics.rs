//! Instruments of the kit, named after the OpenTelemetry conventions for RPC.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter},
};
use tonic::Code;

/// Instruments of the gate, the outbox, the inbox and the jobs. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
    outbox_lag: Gauge<f64>,
    inbox_handled: Counter<u64>,
    job_runs: Counter<u64>,
}

impl Metrics {
    pub(super) fn new(meter: &Meter) -> Self {
        Self {
            duration: meter
                .f64_histogram("rpc.server.call.duration")
                .with_unit("s")
                .with_description("Duration of calls until the response head")
                .with_boundaries(vec![
                    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
                ])
                .build(),
            active: meter
                .i64_up_down_counter("rpc.server.active_calls")
                .with_description("Calls that are being answered")
                .build(),
            outbox_lag: meter
                .f64_gauge("xiangtu.outbox.lag")
                .with_unit("s")
                .with_description("Age of the oldest event that is committed and not published")
                .build(),
            inbox_handled: meter
                .u64_counter("xiangtu.inbox.handled")
                .with_description("Events that had their effect")
                .build(),
            job_runs: meter
                .u64_counter("xiangtu.job.runs")
                .with_description("Runs of the work by the clock that ended, done or failed")
                .build(),
        }
    }

    /// Counts a call as active until the guard is dropped.
    pub(crate) fn call_started(&self) -> Active {
        self.active.add(1, &[]);
        Active(self.active.clone())
    }

    /// Records the outcome of a call.
    pub(crate) fn call_ended(&self, method: &Arc<str>, code: Code, took: Duration) {
        let attributes = [
            KeyValue::new("rpc.method", Arc::clone(method)),
            KeyValue::new("rpc.response.status_code", i64::from(i32::from(code))),
        ];
        self.duration.record(took.as_secs_f64(), &attributes);
    }

    /// Records how old the oldest event of `source` is that is committed and not published; zero if there is none.
    pub fn outbox_lag(&self, source: &'static str, lag: Duration) {
        self.outbox_lag
            .record(lag.as_secs_f64(), &[KeyValue::new("source", source)]);
    }

    /// Counts a run of `job`, done or failed.
    pub(crate) fn job_ended(&self, job: &'static str, done: bool) {
        let outcome = if done { "done" } else { "failed" };
        let attributes = [KeyValue::new("job", job), KeyValue::new("outcome", outcome)];
        self.job_runs.add(1, &attributes);
    }

    /// Counts events that had their effect in `consumer`.
    pub fn inbox_handled(&self, consumer: &'static str, events: u64) {
        self.inbox_handled.add(events, &[KeyValue::new("consumer", consumer)]);
    }
}

/// A call that is being answered.
pub(crate) struct Active(UpDownCounter<i64>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.add(-1, &[]);
    }
}
