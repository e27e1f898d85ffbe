//! Local search over the days of all stops.

use super::{Days, Rates, Stop, WEEK, near::Near, patterns};
use crate::geo::Position;

/// Rounds over all stops at most.
const ROUNDS: usize = 40;
/// Near stops that change their days together.
const GROUP: usize = 6;

/// The days of each stop. Deterministic.
pub fn choose(station: Position, stops: &[Stop], rates: &Rates) -> Vec<Days> {
    let near = Near::new(station, stops);
    let choices: Vec<Vec<Days>> = stops.iter().map(|stop| patterns(stop.interval_days)).collect();
    let around = |stop: usize| {
        let position = stops[stop].position;
        (position.lat - station.lat).atan2(position.lng - station.lng)
    };
    let mut by_angle: Vec<usize> = (0..stops.len()).collect();
    by_angle.sort_by(|a, b| around(*a).total_cmp(&around(*b)).then(a.cmp(b)));
    let mut by_load = by_angle.clone();
    by_load.sort_by_key(|stop| {
        std::cmp::Reverse(
            stops[*stop]
                .loads_kg
                .last()
                .map_or(0, |loads| loads.iter().sum::<i64>()),
        )
    });
    let search = |order: &[usize], begin: &dyn Fn(&mut Search<'_>)| {
        let mut search = Search::new(&near, stops, rates);
        begin(&mut search);
        search.improve(order, &choices);
        (search.value(), search.chosen())
    };
    let found = [
        search(&by_angle, &|search| search.construct(&by_angle, &choices)),
        search(&by_load, &|search| search.construct(&by_load, &choices)),
        search(&by_angle, &|search| search.sectors(&by_angle, &choices)),
    ];
    found
        .into_iter()
        .min_by_key(|(value, _)| *value)
        .map(|(_, days)| days)
        .unwrap_or_default()
}

/// The estimated work of each day, seconds.
pub fn work_s(station: Position, stops: &[Stop], rates: &Rates, days: &[Days]) -> [i64; WEEK] {
    let near = Near::new(station, stops);
    let mut search = Search::new(&near, stops, rates);
    for (stop, days) in days.iter().enumerate() {
        search.put(stop, *days);
    }
    search.work_s
}

struct Search<'a> {
    near: &'a Near,
    stops: &'a [Stop],
    rates: &'a Rates,
    days: Vec<Option<Days>>,
    /// By stop and day, the seconds that it adds to the day.
    part_s: Vec<[i64; WEEK]>,
    work_s: [i64; WEEK],
}

impl<'a> Search<'a> {
    fn new(near: &'a Near, stops: &'a [Stop], rates: &'a Rates) -> Self {
        Self {
            near,
            stops,
            rates,
            days: vec![None; stops.len()],
            part_s: vec![[0; WEEK]; stops.len()],
            work_s: [0; WEEK],
        }
    }

    /// What is made small: long days count more than the short ones beside them, and all work counts.
    fn value(&self) -> i64 {
        self.work_s.iter().map(|work| work * work).sum()
    }

    fn chosen(&self) -> Vec<Days> {
        self.days.iter().map(|days| days.unwrap_or(Days::DAILY)).collect()
    }

    /// Puts each stop where the days grow least.
    fn construct(&mut self, order: &[usize], choices: &[Vec<Days>]) {
        for stop in order.iter().copied() {
            let mut best: Option<(i64, Days)> = None;
            for days in choices[stop].iter().copied() {
                self.put(stop, days);
                let value = self.value();
                if best.is_none_or(|(least, _)| value < least) {
                    best = Some((value, days));
                }
            }
            if let Some((_, days)) = best {
                self.put(stop, days);
            }
        }
    }

    /// Gives stops of one interval to its choices by sectors around the station, each with as many stops.
    fn sectors(&mut self, order: &[usize], choices: &[Vec<Days>]) {
        for interval in 1..=WEEK {
            let alike = order.iter().copied();
            let alike: Vec<usize> = alike
                .filter(|stop| self.stops[*stop].interval_days == interval)
                .collect();
            for (place, stop) in alike.iter().copied().enumerate() {
                let days = choices[stop][place * choices[stop].len() / alike.len()];
                self.put(stop, days);
            }
        }
    }

    /// Until nothing helps: another choice for a stop, the same for a group of near ones, an exchange of two near ones.
    fn improve(&mut self, order: &[usize], choices: &[Vec<Days>]) {
        for _ in 0..ROUNDS {
            let before = self.value();
            for stop in order.iter().copied().filter(|stop| choices[*stop].len() > 1) {
                for days in choices[stop].iter().copied() {
                    self.try_all(&[(stop, days)]);
                }
                let others = self.near.others[stop].iter().map(|(other, _)| *other);
                let alike: Vec<usize> = others.filter(|other| choices[*other] == choices[stop]).collect();
                for days in choices[stop].iter().copied() {
                    let group = std::iter::once(stop).chain(alike.iter().copied().take(GROUP));
                    let moves: Vec<(usize, Days)> = group.map(|member| (member, days)).collect();
                    self.try_all(&moves);
                }
                for other in alike {
                    if let (Some(mine), Some(theirs)) = (self.days[stop], self.days[other]) {
                        self.try_all(&[(stop, theirs), (other, mine)]);
                    }
                }
            }
            if self.value() >= before {
                return;
            }
        }
    }

    /// Makes moves if they help together.
    fn try_all(&mut self, moves: &[(usize, Days)]) {
        let before = self.value();
        let former: Vec<(usize, Option<Days>)> = moves.iter().map(|(stop, _)| (*stop, self.days[*stop])).collect();
        for (stop, days) in moves {
            self.put(*stop, *days);
        }
        if self.value() >= before {
            for (stop, days) in former.into_iter().rev() {
                if let Some(days) = days {
                    self.put(stop, days);
                }
            }
        }
    }

    /// Serves a stop on these days and on no others.
    fn put(&mut self, stop: usize, days: Days) {
        let before = self.days[stop].replace(days);
        if before == Some(days) {
            return;
        }
        let near = self.near;
        for day in 0..WEEK {
            let was = before.is_some_and(|before| before.has(day));
            self.reckon(stop, day);
            if was != days.has(day) {
                for other in near.of[stop].iter().copied() {
                    self.reckon(other, day);
                }
            }
        }
    }

    /// What a stop adds to a day.
    fn reckon(&mut self, stop: usize, day: usize) {
        let part_s = match self.days[stop] {
            Some(days) if days.has(day) => {
                let load_kg = self.stops[stop].load_kg(days, day);
                let own_s = self.rates.own_s(load_kg, self.near.station_m[stop]);
                own_s + self.rates.way_s(self.way_m(stop, day))
            }
            _ => 0,
        };
        self.work_s[day] += part_s - self.part_s[stop][day];
        self.part_s[stop][day] = part_s;
    }

    /// Metres to the nearest stop that is served that day: where none of the near ones is, beyond the last of them or to the station.
    fn way_m(&self, stop: usize, day: usize) -> i64 {
        let others = &self.near.others[stop];
        let served = |other: usize| self.days[other].is_some_and(|days| days.has(day));
        let nearest = others.iter().find(|(other, _)| served(*other));
        let station_m = self.near.station_m[stop];
        match (nearest, others.last()) {
            (Some((_, metres)), _) => *metres,
            (None, Some((_, metres))) => station_m.min(2 * metres),
            (None, None) => station_m,
        }
    }
}
