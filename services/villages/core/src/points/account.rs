//! The account of a household as of a day.
//!
//! Points come in lots, each with the day on which it was earned and the last day on which it can be used. What takes points
//! takes them from the lots that were earned first; what it cannot take is owed, and later lots pay that before anything else.
//! Nothing but a redemption must be covered. Lots expire by themselves with the day; entries of expiry only book it, so that
//! the sum of the entries is the balance.

use std::collections::BTreeMap;

use time::Date;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Points for something done well.
    Award,
    /// Points taken for something else.
    Deduct,
    /// Points given or taken by a resolution.
    Adjust,
    /// Points spent on goods.
    Redeem,
    /// Books what has expired.
    Expire,
    /// Takes an entry back.
    Reverse,
    /// Points brought from or to the account of another household.
    Move,
}

/// One entry of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Points given, or taken if negative.
    pub points: i64,
    /// Day of the booking; never before that of the entry before.
    pub day: Date,
    /// Day on which given points were earned.
    pub earned_on: Date,
    /// Last day on which given points can be used; none if they do not expire.
    pub last_day: Option<Date>,
    /// Position of the entry that a reversal takes back, from 0.
    pub reverses: Option<usize>,
}

/// Points of one entry that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// Day on which they were earned.
    pub earned_on: Date,
    /// Last day on which they can be used.
    pub last_day: Option<Date>,
    /// Points.
    pub points: i64,
}

/// Why an entry cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// A redemption needs more than these points.
    Short(i64),
    /// The entry was reversed already.
    Reversed,
    /// An entry of this kind is not reversed.
    Final(Kind),
    /// It contradicts the entries before it: a defect of whoever booked it.
    Broken,
}

/// Lots in the order in which they are used: by day, then by entry.
type Key = (Date, usize);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    last_day: Option<Date>,
    left: i64,
    expired: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Booked {
    kind: Kind,
    points: i64,
    lot: Option<Key>,
    taken: Vec<(Key, i64)>,
    reversed: bool,
}

/// An account as of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    day: Date,
    sum: i64,
    unbooked: i64,
    lots: BTreeMap<Key, Held>,
    /// Points that an entry took without a lot to take them from.
    owed: BTreeMap<usize, i64>,
    entries: Vec<Booked>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            day: Date::MIN,
            sum: 0,
            unbooked: 0,
            lots: BTreeMap::new(),
            owed: BTreeMap::new(),
            entries: Vec::new(),
        }
    }
}

impl Account {
    /// The account after `entries`, on the day of the last one.
    pub fn replay(entries: impl IntoIterator<Item = Entry>) -> Result<Self, Refused> {
        entries.into_iter().try_fold(Self::default(), |mut account, entry| {
            account.book(entry)?;
            Ok(account)
        })
    }

    /// The day as of which it stands.
    pub fn day(&self) -> Date {
        self.day
    }

    /// Points of all entries less what has expired since; below 0 where points are owed.
    pub fn balance(&self) -> i64 {
        self.sum - self.unbooked
    }

    /// Points that have expired and are not booked.
    pub fn unbooked(&self) -> i64 {
        self.unbooked
    }

    /// Points that can be spent.
    pub fn available(&self) -> i64 {
        self.lots.values().map(|lot| lot.left).sum()
    }

    /// Points owed.
    pub fn owed(&self) -> i64 {
        self.owed.values().sum()
    }

    /// What can be spent, in the order in which it is used.
    pub fn lots(&self) -> impl Iterator<Item = Lot> {
        let held = self.lots.iter().filter(|(_, lot)| lot.left > 0);
        held.map(|((earned_on, _), lot)| Lot {
            earned_on: *earned_on,
            last_day: lot.last_day,
            points: lot.left,
        })
    }

    /// Lets the days until `day` pass.
    pub fn pass_to(&mut self, day: Date) {
        self.day = self.day.max(day);
        for lot in self.lots.values_mut() {
            if lot.last_day.is_some_and(|last| last < self.day) {
                self.unbooked += lot.left;
                lot.expired += lot.left;
                lot.left = 0;
            }
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was booked.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the entry at this position was reversed.
    pub fn is_reversed(&self, position: usize) -> bool {
        self.entries.get(position).is_some_and(|entry| entry.reversed)
    }

    /// Points of the entry that would reverse the one at this position today: what it took is given back, and what it gave is
    /// taken, but for what expired meanwhile.
    pub fn reversal(&self, position: usize) -> Result<i64, Refused> {
        let entry = self.entries.get(position).ok_or(Refused::Broken)?;
        if matches!(entry.kind, Kind::Expire | Kind::Reverse | Kind::Move) {
            return Err(Refused::Final(entry.kind));
        }
        if entry.reversed {
            return Err(Refused::Reversed);
        }
        let expired = entry
            .lot
            .and_then(|key| self.lots.get(&key))
            .map_or(0, |lot| lot.expired);
        Ok(expired - entry.points)
    }

    /// Adds an entry. A refused one leaves the account as it was, but for the day.
    pub fn book(&mut self, entry: Entry) -> Result<(), Refused> {
        if entry.day < self.day {
            return Err(Refused::Broken);
        }
        self.pass_to(entry.day);
        let position = self.entries.len();
        let mut booked = Booked {
            kind: entry.kind,
            points: entry.points,
            lot: None,
            taken: Vec::new(),
            reversed: false,
        };
        match (entry.kind, entry.points) {
            (Kind::Expire, points) if points < 0 && -points == self.unbooked => self.unbooked = 0,
            (Kind::Reverse, points) => {
                let target = entry.reverses.ok_or(Refused::Broken)?;
                if points != self.reversal(target)? {
                    return Err(Refused::Broken);
                }
                booked.taken = self.reverse(target, position, -points);
            }
            (Kind::Redeem, points) if points < 0 && -points > self.available() => {
                return Err(Refused::Short(self.available()));
            }
            (Kind::Award | Kind::Adjust | Kind::Move, points @ 1..) => {
                let key = (entry.earned_on, position);
                let lot = Held {
                    last_day: entry.last_day,
                    left: points,
                    expired: 0,
                };
                self.lots.insert(key, lot);
                booked.lot = Some(key);
            }
            (Kind::Deduct | Kind::Adjust | Kind::Redeem | Kind::Move, points) if points < 0 => {
                booked.taken = self.take(position, -points);
            }
            _ => return Err(Refused::Broken),
        }
        self.sum += entry.points;
        self.entries.push(booked);
        self.pass_to(entry.day);
        self.settle();
        Ok(())
    }

    /// Gives back what the entry at `target` took, or takes `points` of what it gave, from its own lot first.
    fn reverse(&mut self, target: usize, position: usize, points: i64) -> Vec<(Key, i64)> {
        self.owed.remove(&target);
        let Some(entry) = self.entries.get_mut(target) else {
            return Vec::new();
        };
        entry.reversed = true;
        for (key, points) in std::mem::take(&mut entry.taken) {
            if let Some(lot) = self.lots.get_mut(&key) {
                lot.left += points;
            }
        }
        let (mut taken, mut open) = (Vec::new(), points.max(0));
        if let Some((key, lot)) = entry.lot.and_then(|key| Some((key, self.lots.get_mut(&key)?))) {
            let own = lot.left.min(open);
            lot.left -= own;
            open -= own;
            taken.push((key, own));
        }
        taken.extend(self.take(position, open));
        taken
    }

    /// Takes points from the oldest lots for the entry at `position`, and answers from which; what is missing is owed.
    fn take(&mut self, position: usize, points: i64) -> Vec<(Key, i64)> {
        let (mut taken, mut open) = (Vec::new(), points);
        for (key, lot) in self.lots.iter_mut().filter(|(_, lot)| lot.left > 0) {
            let part = lot.left.min(open);
            if part == 0 {
                break;
            }
            lot.left -= part;
            open -= part;
            taken.push((*key, part));
        }
        if open > 0 {
            self.owed.insert(position, open);
        }
        taken
    }

    /// Pays what is owed from what there is, oldest first.
    fn settle(&mut self) {
        while let Some((position, points)) = self.owed.pop_first() {
            let taken = self.take(position, points);
            let Some(entry) = self.entries.get_mut(position) else {
                return;
            };
            entry.taken.extend(taken);
            if self.owed.contains_key(&position) {
                return;
            }
        }
    }
}
