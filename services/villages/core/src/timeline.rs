//! Versions of a thing over valid time, and what a change that is learned late makes of them.

use std::ops::Range;

use time::Date;

/// What holds from a day on, until the day before `until`; for good where that is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<T> {
    /// First day.
    pub from: Date,
    /// First day on which it no longer holds.
    pub until: Option<Date>,
    /// What holds.
    pub value: T,
}

impl<T> Span<T> {
    /// Whether it holds on `day`.
    pub fn holds(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| until > day)
    }
}

/// One aspect of a thing, for example where it is, and what a change makes of it.
pub struct Aspect<'a, T> {
    /// Whether two versions agree in it.
    pub same: fn(&T, &T) -> bool,
    /// The change.
    pub set: &'a dyn Fn(&mut T),
}

/// Which versions of a timeline give way to which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amended<T> {
    /// Positions of the versions that give way.
    pub replaced: Range<usize>,
    /// What takes their place, by first day.
    pub spans: Vec<Span<T>>,
}

impl<T: Clone> Amended<T> {
    /// The timeline after it.
    pub fn applied(&self, before: &[Span<T>]) -> Vec<Span<T>> {
        let (head, tail) = (before.get(..self.replaced.start), before.get(self.replaced.end..));
        [head.unwrap_or_default(), &self.spans, tail.unwrap_or_default()].concat()
    }
}

/// Changes aspects of what holds on `date`. Each change lasts until the day on which that aspect is known to change next, so
/// that changes give the same timeline in whatever order they are learned. `None` where nothing holds on `date`.
///
/// `spans` are in order and do not overlap.
pub fn amend<T: Clone>(spans: &[Span<T>], date: Date, aspects: &[Aspect<'_, T>]) -> Option<Amended<T>> {
    let first = spans.iter().position(|span| span.holds(date))?;
    let touched = spans.get(first)?;
    let mut amended = Vec::new();
    if touched.from < date {
        amended.push(Span {
            until: Some(date),
            ..touched.clone()
        });
    }
    let mut lasting: Vec<&Aspect<'_, T>> = aspects.iter().collect();
    let mut last: Option<&Span<T>> = None;
    let mut end = first;
    for span in spans.get(first..)? {
        if let Some(before) = last {
            let adjoins = before.until == Some(span.from);
            lasting.retain(|aspect| adjoins && (aspect.same)(&before.value, &span.value));
        }
        if lasting.is_empty() {
            break;
        }
        let mut changed = Span {
            from: span.from.max(date),
            ..span.clone()
        };
        for aspect in &lasting {
            (aspect.set)(&mut changed.value);
        }
        amended.push(changed);
        last = Some(span);
        end += 1;
    }
    Some(Amended {
        replaced: first..end,
        spans: amended,
    })
}

/// Why a thing cannot end on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotEnded {
    /// Nothing holds then.
    Absent,
    /// It would never have held.
    FirstDay,
    /// It changes or ends on this later day already.
    Later(Date),
}

/// Ends what holds on `date`, so that it no longer holds then. What began on that very day gives way.
pub fn end<T: Clone>(spans: &[Span<T>], date: Date) -> Result<Amended<T>, NotEnded> {
    let at = spans.iter().position(|span| span.holds(date)).ok_or(NotEnded::Absent)?;
    let span = spans.get(at).ok_or(NotEnded::Absent)?;
    if let Some(later) = span.until {
        return Err(NotEnded::Later(later));
    }
    if span.from < date {
        let until = Some(date);
        let ended = Span { until, ..span.clone() };
        return Ok(Amended {
            replaced: at..at + 1,
            spans: vec![ended],
        });
    }
    let before = at.checked_sub(1).and_then(|before| spans.get(before));
    match before {
        Some(before) if before.until == Some(date) => Ok(Amended {
            replaced: at..at + 1,
            spans: Vec::new(),
        }),
        _ => Err(NotEnded::FirstDay),
    }
}

#[cfg(test)]
mod tests;
