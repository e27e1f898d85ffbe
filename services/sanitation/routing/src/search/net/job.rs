//! When work at stops and facilities may begin and is done.

use super::{Net, narrow};
use crate::timing::{earliest_begin, latest_begin};
use crate::{LIMIT, Window};

/// Work at a node.
pub(super) struct Job {
    /// When it may begin at the earliest and at the latest.
    opens: i64,
    closes: i64,
    service: i64,
    /// Where its windows are.
    windows: (u32, u32),
}

impl Job {
    /// Work whose windows are noted behind those of others.
    pub(super) fn new(some: &[Window], service: i64, windows: &mut Vec<Window>) -> Self {
        let from = narrow(windows.len());
        windows.extend_from_slice(some);
        Self {
            opens: some.first().map_or(i64::MIN, |window| window.open_s),
            closes: some.last().map_or(i64::MAX, |window| window.close_s),
            service,
            windows: (from, narrow(windows.len())),
        }
    }

    /// Whether it may not begin at every time between the earliest and the latest.
    const fn has_gaps(&self) -> bool {
        self.windows.1 - self.windows.0 > 1
    }
}

impl Net<'_> {
    /// When a vehicle leaves a stop at the earliest.
    pub(crate) fn leaves(&self, stop: u32) -> i64 {
        let job = &self.jobs[stop as usize];
        job.opens.max(0) + job.service
    }

    pub(crate) fn service(&self, node: u32) -> i64 {
        self.jobs[node as usize].service
    }

    pub(crate) fn windows(&self, node: u32) -> &[Window] {
        let (from, to) = self.jobs[node as usize].windows;
        &self.windows[from as usize..to as usize]
    }

    /// When work at a node may begin at the latest.
    pub(crate) fn closes(&self, node: u32) -> i64 {
        self.jobs[node as usize].closes
    }

    /// When work at a node is done at the earliest, after an arrival.
    pub(crate) fn done(&self, node: u32, arrival_s: i64) -> Option<i64> {
        let job = &self.jobs[node as usize];
        let begin = if job.has_gaps() {
            earliest_begin(self.windows(node), arrival_s)?
        } else if arrival_s <= job.closes {
            arrival_s.max(job.opens)
        } else {
            return None;
        };
        Some(begin + job.service)
    }

    /// The latest arrival at a node with which its work is done by a time; before all time when there is none.
    pub(crate) fn latest_arrival(&self, node: u32, done_s: i64) -> i64 {
        let job = &self.jobs[node as usize];
        let limit = done_s - job.service;
        if job.has_gaps() {
            latest_begin(self.windows(node), limit).unwrap_or(-LIMIT)
        } else if limit >= job.opens {
            limit.min(job.closes)
        } else {
            -LIMIT
        }
    }
}
