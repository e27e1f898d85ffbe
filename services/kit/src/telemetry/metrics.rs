//! Instruments of the kit, named after the OpenTelemetry conventions for RPC.

use std::time::Duration;

use opentelemetry::{
    KeyValue,
    metrics::{Histogram, Meter, UpDownCounter},
};
use tonic::Code;

/// Instruments of the gate. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
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
        }
    }

    /// Counts a call as active until the guard is dropped.
    pub(crate) fn call_started(&self) -> Active {
        self.active.add(1, &[]);
        Active(self.active.clone())
    }

    /// Records the outcome of a call.
    pub(crate) fn call_ended(&self, method: &str, code: Code, took: Duration) {
        let attributes = [
            KeyValue::new("rpc.method", method.to_owned()),
            KeyValue::new("rpc.response.status_code", i64::from(i32::from(code))),
        ];
        self.duration.record(took.as_secs_f64(), &attributes);
    }
}

/// A call that is being answered.
pub(crate) struct Active(UpDownCounter<i64>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.add(-1, &[]);
    }
}
