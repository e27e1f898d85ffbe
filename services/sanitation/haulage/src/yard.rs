//! What lies at a station while loads are taken away. A load is spoken for when its loading begins and gone when it ends.

use crate::{
    Station,
    slots::{Span, free_until},
};

pub struct Yard<'a> {
    pub station: &'a Station,
    /// Stock with all that has come, by arrival.
    come_kg: Vec<i64>,
    loads: Vec<(Span, i64)>,
    pub spans: Vec<Span>,
}

/// What became of a station's stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// Most above the storage.
    pub over_kg: i64,
    /// First time above the storage.
    pub over_at_s: Option<i64>,
    /// What is left in the evening.
    pub left_kg: i64,
}

impl<'a> Yard<'a> {
    pub fn new(station: &'a Station) -> Self {
        let mut sum = station.start_kg;
        let come_kg = station.arrivals.iter().map(|arrival| {
            sum += arrival.kg;
            sum
        });
        Self {
            come_kg: come_kg.collect(),
            station,
            loads: Vec::new(),
            spans: Vec::new(),
        }
    }

    pub fn clear(&mut self) {
        self.loads.clear();
        self.spans.clear();
    }

    pub fn take(&mut self, span: Span, kg: i64) {
        self.loads.push((span, kg));
        self.spans.push(span);
    }

    pub fn give_back(&mut self) {
        self.loads.pop();
        self.spans.pop();
    }

    /// The latest begin at or before `until_s` at which a load that was taken leaves no more above the storage. It is taken then.
    /// Another load may have been taken at the very same time: the mass tells them apart.
    pub fn put_off(&mut self, load: (Span, i64), until_s: i64) -> i64 {
        let (span, kg) = load;
        let Some(index) = self.loads.iter().position(|taken| *taken == load) else {
            return span.0;
        };
        let length_s = span.1 - span.0;
        let over_kg = self.excess().over_kg;
        self.loads.swap_remove(index);
        self.spans.swap_remove(index);
        let mut at_s = until_s.min(self.station.hours.closes_s - length_s);
        loop {
            at_s = free_until(&self.spans, self.station.bays, at_s, length_s).max(span.0);
            self.take((at_s, at_s + length_s), kg);
            if at_s == span.0 || self.excess().over_kg <= over_kg {
                return at_s;
            }
            self.give_back();
            // It has to be gone before something more comes.
            let before = self
                .station
                .arrivals
                .partition_point(|arrival| arrival.at_s < at_s + length_s);
            let last = before.checked_sub(1).map_or(0, |last| self.station.arrivals[last].at_s);
            at_s = last - length_s;
        }
    }

    fn come(&self, at_s: i64) -> i64 {
        let arrived = self.station.arrivals.partition_point(|arrival| arrival.at_s <= at_s);
        arrived
            .checked_sub(1)
            .map_or(self.station.start_kg, |last| self.come_kg[last])
    }

    fn unclaimed(&self, at_s: i64) -> i64 {
        let claimed = self.loads.iter().filter(|(span, _)| span.0 <= at_s);
        self.come(at_s) - claimed.map(|(_, kg)| kg).sum::<i64>()
    }

    /// The most that can be taken at a time without taking it from a load that begins later.
    pub fn loose(&self, at_s: i64) -> i64 {
        let later = self.loads.iter().map(|(span, _)| span.0).filter(|begin| *begin > at_s);
        std::iter::once(at_s)
            .chain(later)
            .map(|at_s| self.unclaimed(at_s))
            .min()
            .unwrap_or(0)
    }

    /// The first time at or after `from_s` at which `need_kg` can be taken.
    pub fn ready_from(&self, from_s: i64, need_kg: i64) -> Option<i64> {
        if self.loose(from_s) >= need_kg {
            return Some(from_s);
        }
        // What can be taken never falls with time, and rises when something comes.
        let arrivals = &self.station.arrivals;
        let index = arrivals.partition_point(|arrival| arrival.at_s <= from_s || self.loose(arrival.at_s) < need_kg);
        arrivals.get(index).map(|arrival| arrival.at_s)
    }

    /// The stock after what happens at a time, with what is being loaded.
    pub fn stock(&self, at_s: i64) -> i64 {
        let gone = self.loads.iter().filter(|(span, _)| span.1 <= at_s);
        self.come(at_s) - gone.map(|(_, kg)| kg).sum::<i64>()
    }

    pub fn excess(&self) -> Excess {
        let arrivals = &self.station.arrivals;
        let mut excess = Excess {
            over_kg: 0,
            over_at_s: None,
            left_kg: self.stock(i64::MAX),
        };
        for at_s in std::iter::once(0).chain(arrivals.iter().map(|arrival| arrival.at_s)) {
            let over_kg = self.stock(at_s) - self.station.storage_kg;
            if over_kg > 0 {
                excess.over_at_s.get_or_insert(at_s);
                excess.over_kg = excess.over_kg.max(over_kg);
            }
        }
        excess
    }

    /// The stock after each change, by time.
    pub fn curve(&self) -> Vec<(i64, i64)> {
        let comings = self.station.arrivals.iter().map(|arrival| arrival.at_s);
        let goings = self.loads.iter().map(|(span, _)| span.1);
        let mut times: Vec<i64> = std::iter::once(0).chain(comings).chain(goings).collect();
        times.sort_unstable();
        times.dedup();
        times.into_iter().map(|at_s| (at_s, self.stock(at_s))).collect()
    }
}
