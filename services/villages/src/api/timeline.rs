//! A thing of the register over all its time, to be changed: what is amended must lie in the caller's division as a whole.

use kit::{
    call::Call,
    error::{Error, Result},
};
use time::Date;
use villages_core::timeline::{self, Amended, Aspect, NotEnded, Span};

use crate::store::version::Version;

/// The versions of a thing, and the day from which it is changed.
pub(super) struct Timeline<V> {
    name: String,
    scope: String,
    date: Date,
    spans: Vec<Span<V>>,
}

impl<V: Version> Timeline<V> {
    /// `name` with its `versions`; `NOT_FOUND` where the caller does not see it on `date`.
    pub(super) fn open(name: String, versions: Vec<V>, call: &Call, date: Date) -> Result<Self> {
        let timeline = Self {
            name,
            scope: call.caller.scope.clone(),
            date,
            spans: versions.into_iter().map(V::span).collect(),
        };
        timeline.standing()?;
        Ok(timeline)
    }

    /// As it is on the day of the change.
    pub(super) fn standing(&self) -> Result<&V> {
        let span = self.spans.iter().find(|span| span.holds(self.date));
        span.map(|span| &span.value)
            .filter(|row| row.division().starts_with(&self.scope))
            .ok_or_else(|| Error::not_found(&self.name))
    }

    /// Refuses what would contradict an end that is known already.
    pub(super) fn require_lasting(&self) -> Result<()> {
        match self.spans.last().and_then(|span| span.until) {
            Some(end) => Err(self.later(end)),
            None => Ok(()),
        }
    }

    /// What a change of `aspects` makes of it.
    pub(super) fn amended(&self, aspects: &[Aspect<'_, V>]) -> Result<Amended<V>> {
        let amended = timeline::amend(&self.spans, self.date, aspects);
        let amended = amended.ok_or_else(|| Error::not_found(&self.name))?;
        let elsewhere = |span: &&Span<V>| !span.value.division().starts_with(&self.scope);
        match self.replaced(&amended).iter().find(elsewhere) {
            Some(elsewhere) => {
                let message = format!(
                    "{} is registered in another division from {} on",
                    self.name, elsewhere.from
                );
                let zh = format!("{} 自 {} 起在其他区划登记，请由上级办理", self.name, elsewhere.from);
                Err(Error::rule("REGISTERED_ELSEWHERE", &self.name, message, zh))
            }
            None => Ok(amended),
        }
    }

    /// What its end makes of it.
    pub(super) fn ended(&self) -> Result<Amended<V>> {
        timeline::end(&self.spans, self.date).map_err(|refused| match refused {
            NotEnded::Absent => Error::not_found(&self.name),
            NotEnded::FirstDay => self.later(self.date),
            NotEnded::Later(day) => self.later(day),
        })
    }

    /// Keys of the rows that give way, and the rows that take their place.
    pub(super) fn rows(&self, amended: &Amended<V>) -> (Vec<i64>, Vec<V>) {
        let replaced = self.replaced(amended).iter().map(|span| span.value.id());
        (replaced.collect(), amended.spans.iter().map(V::of).collect())
    }

    fn replaced(&self, amended: &Amended<V>) -> &[Span<V>] {
        self.spans.get(amended.replaced.clone()).unwrap_or_default()
    }

    fn later(&self, day: Date) -> Error {
        let message = format!("{} begins, changes or ends on {day} already", self.name);
        let zh = format!("{} 在 {day} 已有登记、变更或注销", self.name);
        Error::rule("HOUSEHOLD_LATER_CHANGE", &self.name, message, zh)
    }
}
