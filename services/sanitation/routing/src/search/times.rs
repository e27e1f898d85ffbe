//! When a route can be where: forwards how early, backwards how late, so that a detour is judged where it is made.

use crate::pauses::{Label, Leg, Work, unnoted};
use crate::search::net::{Kind, Net};

/// Labels of each point of a route, one row after another; no rows where a vehicle never pauses.
#[derive(Debug, Default)]
struct Rows {
    flat: Vec<Label>,
    ends: Vec<usize>,
    /// Memory for a row in the making.
    spare: Vec<Label>,
}

impl Rows {
    fn clear(&mut self) {
        self.flat.clear();
        self.ends.clear();
    }

    fn copy(&mut self, other: &Self) {
        self.flat.clone_from(&other.flat);
        self.ends.clone_from(&other.ends);
    }

    /// Forgets all rows but the first ones.
    fn keep(&mut self, rows: usize) {
        if rows < self.ends.len() {
            self.ends.truncate(rows);
            self.flat.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }

    fn push(&mut self, row: &[Label]) {
        self.flat.extend_from_slice(row);
        self.ends.push(self.flat.len());
    }

    /// Adds a row that is made of another one; answers whether it has a label.
    fn extend(&mut self, index: usize, make: impl FnOnce(&mut Vec<Label>)) -> bool {
        let mut labels = std::mem::take(&mut self.spare);
        labels.clear();
        labels.extend_from_slice(self.row(index));
        make(&mut labels);
        self.push(&labels);
        let some = !labels.is_empty();
        self.spare = labels;
        some
    }

    fn row(&self, index: usize) -> &[Label] {
        let begin = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.flat[begin..self.ends[index]]
    }
}

/// How early the vehicle is ready to leave towards each node, the last one towards the end. What a trip waits for at its
/// beginning is left out.
#[derive(Debug, Default)]
pub(crate) struct Forward {
    ready: Vec<i64>,
    rows: Rows,
}

/// How late it may arrive at each node, the last one at the end.
#[derive(Debug, Default)]
pub(crate) struct Backward {
    /// From the end back to the first node.
    latest: Vec<i64>,
    rows: Rows,
}

/// A row of nodes, the first and the last of which are in a route (or its ends), and what the departures from all but the
/// last have to wait for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) nodes: &'a [u32],
    pub(crate) releases: [i64; 3],
}

/// A way from one node of a route to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hop {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) driving_s: i64,
}

impl Way<'_> {
    /// Seconds of driving.
    pub(crate) fn driving(&self, net: &Net<'_>) -> i64 {
        let legs = self.nodes.windows(2);
        legs.map(|leg| net.metric.seconds(leg[0], leg[1])).sum()
    }
}

impl Forward {
    /// At the start of a shift.
    pub(crate) fn begin(&mut self, kind: &Kind) {
        self.clear();
        self.ready.push(kind.shift.open_s);
        if let Some(pauses) = kind.pauses() {
            let mut labels = Vec::new();
            pauses.begin(&mut labels, kind.shift.open_s);
            self.rows.push(&labels);
        }
    }

    /// At a point of another one.
    pub(crate) fn resume(&mut self, other: &Self, index: usize) {
        self.clear();
        self.ready.push(other.ready[index]);
        if !other.rows.ends.is_empty() {
            self.rows.push(other.rows.row(index));
        }
    }

    fn clear(&mut self) {
        self.ready.clear();
        self.rows.clear();
    }

    /// Makes room for `count` nodes, of which so many first ones, and the last ones but for a delay, are known. With
    /// pauses the last ones are forgotten.
    pub(crate) fn keep(&mut self, kind: &Kind, (head, tail): (usize, usize), count: usize) {
        if head + tail == 0 {
            self.begin(kind);
        }
        let stale = head + 1..self.ready.len() - tail;
        self.ready.splice(stale, std::iter::repeat_n(0, count - head - tail));
        self.rows.keep(head + 1);
    }

    pub(crate) fn copy(&mut self, other: &Self) {
        self.ready.clone_from(&other.ready);
        self.rows.copy(&other.rows);
    }

    pub(crate) fn ready(&self, index: usize) -> i64 {
        self.ready[index]
    }

    /// Goes on from the node before an index and works at the next one; none when that is too late, otherwise whether it is
    /// ready there as early as it was known to be. With pauses that is never told.
    pub(crate) fn advance(
        &mut self,
        net: &Net<'_>,
        kind: &Kind,
        (index, hop): (usize, Hop),
        release_s: i64,
    ) -> Option<bool> {
        let Hop { from, to, driving_s } = hop;
        let done = net.done(to, self.ready[index].max(release_s) + driving_s)?;
        let same = if let Some(ready) = self.ready.get_mut(index + 1) {
            std::mem::replace(ready, done) == done
        } else {
            self.ready.push(done);
            false
        };
        let Some(pauses) = kind.pauses() else {
            return Some(same);
        };
        let leg = Leg {
            driving_s,
            release_s,
            first: from == kind.start,
        };
        let some = self.rows.extend(index, |labels| {
            pauses.drive(labels, leg, &mut unnoted);
            pauses.work(labels, work(net, to), &mut unnoted);
        });
        some.then_some(false)
    }

    /// The earliest end of the shift after the last node, which stands at an index before it; none when that is too late.
    pub(crate) fn finish(&self, net: &Net<'_>, kind: &Kind, (last, index): (u32, usize)) -> Option<i64> {
        let way = Way {
            nodes: &[last, kind.end],
            releases: [0; 3],
        };
        self.detour(net, kind, way, (index, &kind.closing, 0))
    }

    /// How early the vehicle arrives at the last node of a way that leaves the route at an index and comes back where
    /// `backward` tells at another; none when something is too late then.
    pub(crate) fn detour(
        &self,
        net: &Net<'_>,
        kind: &Kind,
        way: Way<'_>,
        (leaves, backward, comes): (usize, &Backward, usize),
    ) -> Option<i64> {
        let (last, middle) = way.nodes[1..].split_last()?;
        let (mut now, mut place) = (self.ready[leaves], way.nodes[0]);
        for (&node, release) in middle.iter().zip(way.releases) {
            now = net.done(node, now.max(release) + net.metric.seconds_into(place, node))?;
            place = node;
        }
        let arrival = now.max(way.releases[middle.len()]) + net.metric.seconds(place, *last);
        if arrival > backward.latest(comes) {
            return None;
        }
        let Some(pauses) = kind.pauses() else {
            return Some(arrival);
        };
        let mut labels = self.rows.row(leaves).to_vec();
        for (index, &release_s) in way.releases.iter().enumerate().take(middle.len() + 1) {
            let (from, to) = (way.nodes[index], way.nodes[index + 1]);
            let driving_s = net.metric.seconds(from, to);
            let first = from == kind.start;
            pauses.drive(
                &mut labels,
                Leg {
                    driving_s,
                    release_s,
                    first,
                },
                &mut unnoted,
            );
            if index < middle.len() {
                pauses.work(&mut labels, work(net, to), &mut unnoted);
            }
        }
        let suffices = |label: &&Label| backward.row(comes).iter().any(|one| label.covers(one));
        labels.iter().filter(suffices).map(|label| label.at_s).min()
    }
}

impl Backward {
    /// Begins anew at the end of a shift that is over by a time.
    pub(crate) fn end(&mut self, kind: &Kind, close: i64) {
        self.latest.clear();
        self.rows.clear();
        self.latest.push(close);
        if let Some(pauses) = kind.pauses() {
            let mut labels = Vec::new();
            pauses.end(&mut labels, close);
            self.rows.push(&labels);
        }
    }

    pub(crate) fn copy(&mut self, other: &Self) {
        self.latest.clone_from(&other.latest);
        self.rows.copy(&other.rows);
    }

    /// Makes room for `count` nodes before an end by a time, of which so many first ones, but for haste, and so many last
    /// ones are known. With pauses the first ones are forgotten.
    pub(crate) fn keep(&mut self, kind: &Kind, close: i64, (head, tail): (usize, usize), count: usize) {
        if head + tail == 0 {
            self.end(kind, close);
        }
        let stale = tail + 1..self.latest.len() - head;
        self.latest.splice(stale, std::iter::repeat_n(0, count - head - tail));
        self.rows.keep(tail + 1);
    }

    /// Goes back over a hop, which nobody begins before `release_s`, to the work at its beginning, which is the `nth` node
    /// from the end; answers whether that may be as late as it was known to be. With pauses that is never told.
    pub(crate) fn advance(&mut self, net: &Net<'_>, kind: &Kind, (nth, hop): (usize, Hop), release_s: i64) -> bool {
        let Hop { from, driving_s, .. } = hop;
        let latest = net.latest_arrival(from, self.latest[nth - 1] - driving_s);
        let same = std::mem::replace(&mut self.latest[nth], latest) == latest;
        let Some(pauses) = kind.pauses() else {
            return same;
        };
        let leg = Leg {
            driving_s,
            release_s,
            first: false,
        };
        self.rows.extend(nth - 1, |labels| {
            pauses.drive_back(labels, leg);
            pauses.work_back(labels, work(net, from));
        });
        false
    }

    /// The latest departure over the first leg; never before the shift opens.
    pub(crate) fn departure(&self, kind: &Kind, driving_s: i64, release_s: i64) -> i64 {
        let last = self.latest.len() - 1;
        let latest = match kind.pauses() {
            None => self.latest[last] - driving_s,
            Some(pauses) => {
                let mut labels = self.rows.row(last).to_vec();
                let leg = Leg {
                    driving_s,
                    release_s,
                    first: true,
                };
                pauses.drive_back(&mut labels, leg);
                pauses.departure(&labels).unwrap_or(kind.shift.open_s)
            }
        };
        latest.max(kind.shift.open_s)
    }

    /// Latest arrival at the node at an index.
    pub(crate) fn latest(&self, index: usize) -> i64 {
        self.latest[self.latest.len() - 1 - index]
    }

    /// Labels that suffice on arrival at the node at an index.
    fn row(&self, index: usize) -> &[Label] {
        self.rows.row(self.latest.len() - 1 - index)
    }
}

fn work<'n>(net: &'n Net<'_>, node: u32) -> Work<'n> {
    Work {
        windows: net.windows(node),
        service_s: net.service(node),
    }
}
