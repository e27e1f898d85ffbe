//! Time with breaks and rests: which states a vehicle can be in somewhere, and which suffice for what is ahead.
//!
//! Whoever pauses later comes earlier but more tired, so that a vehicle may be in several states at a place, of which none
//! is better than another: each is a label. Backwards a label stands for the latest and most tired state, with the fewest
//! breaks taken, in which everything ahead can still be done. A detour is possible when a label before it leads to one
//! that covers a label behind it.

use crate::timing::{earliest_begin, latest_begin};
use crate::{Break, Pause, Rest, Window};

/// A vehicle on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) at_s: i64,
    /// Driven since the last rest; stays 0 where no rests are due.
    driven_s: i64,
    /// Breaks behind it.
    breaks: usize,
    /// The last pause noted on the way here.
    pub(crate) note: usize,
}

impl Label {
    /// Whether nothing speaks for the other label.
    pub(crate) const fn covers(&self, other: &Self) -> bool {
        self.at_s <= other.at_s && self.driven_s <= other.driven_s && self.breaks >= other.breaks
    }

    /// Smaller for who comes earlier and, of those, has paused less.
    pub(crate) const fn preference(&self) -> (i64, usize, i64) {
        (self.at_s, self.breaks, -self.driven_s)
    }
}

/// Work at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work<'a> {
    pub(crate) windows: &'a [Window],
    pub(crate) service_s: i64,
}

/// A leg between two places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leg {
    pub(crate) driving_s: i64,
    /// Earliest departure.
    pub(crate) release_s: i64,
    /// Whether the shift begins with it, so that nobody pauses before.
    pub(crate) first: bool,
}

/// What keeps note of pauses: takes the note before and the pause, answers the new note.
pub(crate) type Noting<'a> = &'a mut dyn FnMut(usize, Pause) -> usize;

/// Keeps no notes.
pub(crate) const fn unnoted(_: usize, _: Pause) -> usize {
    0
}

/// The breaks and rests of a vehicle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pauses<'a> {
    pub(crate) breaks: &'a [Break],
    pub(crate) rest: Option<Rest>,
}

impl Pauses<'_> {
    /// The labels in which a shift may begin at or after a time: who begins after a break was due owes it no more.
    pub(crate) fn begin(&self, labels: &mut Vec<Label>, open_s: i64) {
        let mut at_s = open_s;
        for breaks in 0..=self.breaks.len() {
            if let Some(past) = breaks.checked_sub(1) {
                at_s = at_s.max(self.breaks[past].begin.close_s);
            }
            add(
                labels,
                Label {
                    at_s,
                    driven_s: 0,
                    breaks,
                    note: 0,
                },
            );
        }
    }

    /// Turns labels ready to leave a place into labels on arrival at the next.
    pub(crate) fn drive(&self, labels: &mut Vec<Label>, leg: Leg, noting: Noting<'_>) {
        if !leg.first {
            self.pause(labels, noting, |label| self.has_to_pause(label, leg));
        }
        let (limit_s, tiring_s) = self.tiring(leg.driving_s);
        labels.retain_mut(|label| {
            label.at_s = label.at_s.max(leg.release_s) + leg.driving_s;
            label.driven_s += tiring_s;
            label.driven_s <= limit_s
        });
    }

    /// Turns labels on arrival at a place into labels ready to leave it.
    pub(crate) fn work(&self, labels: &mut Vec<Label>, work: Work<'_>, noting: Noting<'_>) {
        self.pause(labels, noting, |_| true);
        let mut kept = 0;
        for index in 0..labels.len() {
            let mut label = labels[index];
            let Some(begin_s) = earliest_begin(work.windows, label.at_s) else {
                continue;
            };
            label.at_s = begin_s + work.service_s;
            if labels[..kept].iter().any(|one| one.covers(&label)) {
                continue;
            }
            // Places up to `kept` are free again, so that the labels that remain can be moved together.
            let mut better = 0;
            for other in 0..kept {
                if !label.covers(&labels[other]) {
                    labels[better] = labels[other];
                    better += 1;
                }
            }
            labels[better] = label;
            kept = better + 1;
        }
        labels.truncate(kept);
    }

    /// The labels in which a shift may end by a time.
    pub(crate) fn end(&self, labels: &mut Vec<Label>, close_s: i64) {
        for breaks in 0..=self.breaks.len() {
            let due_s = self.breaks.get(breaks).map_or(close_s, |due| due.begin.close_s);
            let driven_s = self.tiring(0).0;
            let label = Label {
                at_s: due_s.min(close_s),
                driven_s,
                breaks,
                note: 0,
            };
            if !labels.iter().any(|one| label.covers(one)) {
                labels.push(label);
            }
        }
    }

    /// Turns labels that suffice on arrival at a place into labels that suffice when ready to leave the place before.
    pub(crate) fn drive_back(&self, labels: &mut Vec<Label>, leg: Leg) {
        let tiring_s = self.tiring(leg.driving_s).1;
        labels.retain_mut(|label| {
            label.at_s -= leg.driving_s;
            label.driven_s -= tiring_s;
            label.driven_s >= 0 && label.at_s >= leg.release_s
        });
        if !leg.first {
            self.pause_back(labels);
        }
    }

    /// Turns labels that suffice when ready to leave a place into labels that suffice on arrival.
    pub(crate) fn work_back(&self, labels: &mut Vec<Label>, work: Work<'_>) {
        labels.retain_mut(|label| {
            let begin_s = latest_begin(work.windows, label.at_s - work.service_s);
            begin_s.is_some_and(|begin_s| {
                label.at_s = begin_s;
                true
            })
        });
        self.pause_back(labels);
        let mut index = 0;
        while index < labels.len() {
            let label = labels[index];
            let useless = |(other, one): (usize, &Label)| {
                other != index && label.covers(one) && (!one.covers(&label) || other < index)
            };
            if labels.iter().enumerate().any(useless) {
                labels.swap_remove(index);
            } else {
                index += 1;
            }
        }
    }

    /// The latest departure with which the shift can be done, given the labels that suffice then.
    pub(crate) fn departure(&self, labels: &[Label]) -> Option<i64> {
        let owed = |label: &&Label| {
            let past = label.breaks.checked_sub(1);
            past.is_none_or(|past| self.breaks[past].begin.close_s <= label.at_s)
        };
        labels.iter().filter(owed).map(|label| label.at_s).max()
    }

    /// Most driving without a rest, and how much some driving counts.
    fn tiring(&self, driving_s: i64) -> (i64, i64) {
        self.rest.map_or((0, 0), |rest| (rest.driving_s, driving_s))
    }

    fn is_rest(&self, duration_s: i64) -> bool {
        self.rest.is_some_and(|rest| duration_s >= rest.duration_s)
    }

    /// Whether a pause may be better before a leg than on arrival.
    fn has_to_pause(&self, label: &Label, leg: Leg) -> bool {
        let (limit_s, tiring_s) = self.tiring(leg.driving_s);
        let arrival_s = label.at_s.max(leg.release_s) + leg.driving_s;
        let late = match &self.breaks[label.breaks..] {
            [] => false,
            [next] => arrival_s > next.begin.close_s,
            _ => true,
        };
        // While waiting for what a trip brings there is time for a pause.
        late || label.driven_s + tiring_s > limit_s || label.at_s < leg.release_s
    }

    /// Adds what comes of pausing in labels that may need it.
    fn pause(&self, labels: &mut Vec<Label>, noting: Noting<'_>, may: impl Fn(&Label) -> bool) {
        let mut index = 0;
        while index < labels.len() {
            let label = labels[index];
            index += 1;
            if !may(&label) {
                continue;
            }
            let mut take = |of: Option<usize>, start_s: i64, duration_s: i64| {
                let end_s = start_s + duration_s;
                let driven_s = if self.is_rest(duration_s) { 0 } else { label.driven_s };
                let breaks = label.breaks + usize::from(of.is_some());
                let paused = Label {
                    at_s: end_s,
                    driven_s,
                    breaks,
                    note: 0,
                };
                if !labels.iter().any(|one| one.covers(&paused)) {
                    let pause = Pause {
                        after: 0,
                        on_arrival: false,
                        of,
                        start_s,
                        end_s,
                    };
                    let note = noting(label.note, pause);
                    labels.push(Label { note, ..paused });
                }
            };
            if let Some(next) = self.breaks.get(label.breaks) {
                let start_s = label.at_s.max(next.begin.open_s);
                if start_s <= next.begin.close_s {
                    take(Some(label.breaks), start_s, next.duration_s);
                }
            }
            if let Some(rest) = self.rest
                && label.driven_s > 0
            {
                take(None, label.at_s, rest.duration_s);
            }
        }
    }

    fn pause_back(&self, labels: &mut Vec<Label>) {
        let limit_s = self.tiring(0).0;
        let mut index = 0;
        while index < labels.len() {
            let label = labels[index];
            index += 1;
            let mut take = |breaks: usize, at_s: i64, duration_s: i64| {
                let driven_s = if self.is_rest(duration_s) {
                    limit_s
                } else {
                    label.driven_s
                };
                let before = Label {
                    at_s,
                    driven_s,
                    breaks,
                    note: 0,
                };
                if !labels.iter().any(|one| before.covers(one)) {
                    labels.push(before);
                }
            };
            if let Some(last) = label.breaks.checked_sub(1) {
                let Break { begin, duration_s } = self.breaks[last];
                let start_s = begin.close_s.min(label.at_s - duration_s);
                if start_s >= begin.open_s {
                    take(last, start_s, duration_s);
                }
            }
            if let Some(rest) = self.rest {
                take(label.breaks, label.at_s - rest.duration_s, rest.duration_s);
            }
        }
    }
}

/// Adds a label unless another is as good.
fn add(labels: &mut Vec<Label>, label: Label) {
    if !labels.iter().any(|one| one.covers(&label)) {
        labels.push(label);
    }
}
