//! How well two stops with windows follow each other: metres, and waiting that no time of departure avoids ("granular
//! neighbourhoods", Vidal, Crainic, Gendreau and Prins 2013).

use crate::search::metric::Metric;
use crate::search::net::narrow;
use crate::{LIMIT, Spec};

/// What a second of waiting counts, in metres that are driven in a second.
const WAITING: f64 = 0.2;
/// Added for two stops neither of which can be served just after the other.
const APART: u64 = 1 << 36;

/// When work at all stops may begin, by node, and the mean speed.
pub(crate) struct Rating<'a> {
    metric: &'a Metric<'a>,
    stops: Vec<Times>,
    metres_per_s: f64,
}

struct Times {
    opens: i64,
    closes: i64,
    service: i64,
}

impl<'a> Rating<'a> {
    #[expect(clippy::cast_precision_loss, reason = "a scale")]
    pub(crate) fn new(spec: &Spec, metric: &'a Metric<'a>, stop_of: &[usize]) -> Self {
        let times = |&stop: &usize| {
            let stop = &spec.stops[stop];
            Times {
                opens: stop.windows.first().map_or(-LIMIT, |window| window.open_s),
                closes: stop.windows.last().map_or(LIMIT, |window| window.close_s),
                service: stop.service_s,
            }
        };
        let legs = || (1..narrow(stop_of.len())).map(|stop| (stop - 1, stop));
        let metres: i64 = legs().map(|(from, to)| i64::from(metric.metres(from, to))).sum();
        let seconds: i64 = legs().map(|(from, to)| metric.seconds(from, to)).sum();
        Self {
            metric,
            stops: stop_of.iter().map(times).collect(),
            metres_per_s: metres as f64 / seconds.max(1) as f64,
        }
    }

    /// How far two stops are apart, whichever comes first.
    pub(crate) fn of(&self, a: u32, b: u32) -> u64 {
        match (self.after(a, b), self.after(b, a)) {
            (Some(one), Some(other)) => one.min(other),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => APART + u64::from(self.metric.metres(a, b)),
        }
    }

    /// Metres, and what waiting counts, when `b` is served just after `a`; none when it is closed by then.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "bounded by a day's metres"
    )]
    fn after(&self, a: u32, b: u32) -> Option<u64> {
        let (first, second) = (&self.stops[a as usize], &self.stops[b as usize]);
        let takes = first.service + self.metric.seconds(a, b);
        if first.opens + takes > second.closes {
            return None;
        }
        let waits = (second.opens - first.closes - takes).max(0) as f64;
        let waits = (waits * self.metres_per_s * WAITING) as u64;
        Some(u64::from(self.metric.metres(a, b)) + waits.min(APART / 2))
    }
}
