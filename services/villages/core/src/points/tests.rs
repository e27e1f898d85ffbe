use proptest::prelude::*;
use time::{Date, Duration, macros::date};

use super::*;

const START: Date = date!(2024 - 01 - 01);

fn entry(kind: Kind, points: i64, day: Date) -> Entry {
    Entry {
        kind,
        points,
        day,
        earned_on: day,
        last_day: None,
        reverses: None,
    }
}

fn lasting(points: i64, day: Date, last: Date) -> Entry {
    Entry {
        last_day: Some(last),
        ..entry(Kind::Award, points, day)
    }
}

fn reversal(account: &mut Account, position: usize, day: Date) -> Result<i64, Refused> {
    account.pass_to(day);
    let points = account.reversal(position)?;
    account.book(Entry {
        reverses: Some(position),
        ..entry(Kind::Reverse, points, day)
    })?;
    Ok(points)
}

#[test]
fn months_end_on_the_day_of_the_same_number_or_the_last_of_the_month() {
    let cases = [
        (date!(2024 - 02 - 29), 12, date!(2025 - 02 - 28)),
        (date!(2023 - 02 - 28), 12, date!(2024 - 02 - 28)),
        (date!(2023 - 12 - 31), 2, date!(2024 - 02 - 29)),
        (date!(2024 - 12 - 31), 12, date!(2025 - 12 - 31)),
        (date!(2024 - 12 - 31), 1, date!(2025 - 01 - 31)),
        (date!(2024 - 03 - 15), 24, date!(2026 - 03 - 15)),
    ];
    for (earned_on, months, last) in cases {
        assert_eq!(last_day(earned_on, months), Some(last), "{earned_on} + {months}");
    }
    assert_eq!(last_day(START, 0), None);
}

#[test]
fn caps_run_over_calendar_periods() {
    let cap = |period| Cap { points: 10, period };
    let others = [
        (date!(2024 - 03 - 31), 4),
        (date!(2024 - 04 - 01), -3),
        (date!(2023 - 04 - 01), 9),
    ];
    let left = |period| cap(period).left(date!(2024 - 04 - 30), others);
    assert_eq!(
        [left(Period::Month), left(Period::Quarter), left(Period::Year)],
        [7, 7, 3]
    );
}

#[test]
fn the_oldest_are_used_first_and_expire_after_their_last_day() {
    let (day, last) = (START, date!(2024 - 02 - 29));
    let later = lasting(5, day + Duration::DAY, date!(2024 - 06 - 30));
    let mut account = Account::replay([lasting(10, day, last), later]).expect("booked");
    account
        .book(entry(Kind::Redeem, -4, date!(2024 - 01 - 03)))
        .expect("covered");
    account.pass_to(last);
    assert_eq!((account.balance(), account.unbooked()), (11, 0));
    account.pass_to(date!(2024 - 03 - 01));
    assert_eq!((account.balance(), account.unbooked(), account.available()), (5, 6, 5));
    let short = entry(Kind::Redeem, -6, date!(2024 - 03 - 01));
    assert_eq!(account.book(short), Err(Refused::Short(5)));
    account
        .book(entry(Kind::Expire, -6, date!(2024 - 03 - 01)))
        .expect("what expired");
    assert_eq!((account.balance(), account.unbooked()), (5, 0));
}

#[test]
fn a_reversed_redemption_gives_back_the_same_points_once() {
    let last = date!(2024 - 01 - 31);
    let mut account = Account::replay([
        lasting(10, START, last),
        entry(Kind::Award, 5, START),
        entry(Kind::Redeem, -12, START),
    ])
    .expect("booked");
    assert_eq!(reversal(&mut account, 2, date!(2024 - 02 - 01)), Ok(12));
    assert_eq!(
        (account.balance(), account.unbooked()),
        (5, 10),
        "ten of them had expired"
    );
    assert_eq!(account.reversal(2), Err(Refused::Reversed));
    assert_eq!(account.reversal(3), Err(Refused::Final(Kind::Reverse)));
}

#[test]
fn what_expired_is_not_taken_again_and_what_was_spent_is_owed() {
    let (last, day) = (date!(2024 - 01 - 31), date!(2024 - 02 - 01));
    let mut account = Account::replay([lasting(10, START, last), entry(Kind::Redeem, -4, START)]).expect("booked");
    assert_eq!(reversal(&mut account, 0, day), Ok(-4));
    assert_eq!((account.balance(), account.owed(), account.available()), (-4, 4, 0));
    account.book(entry(Kind::Award, 3, day)).expect("booked");
    assert_eq!((account.owed(), account.available()), (1, 0));
    account.book(entry(Kind::Award, 3, day)).expect("booked");
    assert_eq!((account.owed(), account.available()), (0, 2));
}

#[test]
fn a_reversed_deduction_frees_what_paid_for_it() {
    let mut account = Account::replay([entry(Kind::Deduct, -8, START), entry(Kind::Award, 10, START)]).expect("booked");
    assert_eq!((account.balance(), account.available()), (2, 2));
    assert_eq!(reversal(&mut account, 0, START), Ok(8));
    assert_eq!((account.balance(), account.available(), account.owed()), (10, 10, 0));
}

/// The same account point by point, without amounts to get wrong.
#[derive(Default)]
struct Naive {
    points: Vec<Point>,
    /// Entries that still owe a point, one for each.
    owed: Vec<usize>,
    /// Entries with whether they gave.
    entries: Vec<(Kind, bool, bool)>,
}

struct Point {
    earned_on: Date,
    entry: usize,
    last_day: Option<Date>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Free,
    Taken(usize),
    Expired,
}

impl Naive {
    fn pass_to(&mut self, day: Date) {
        for point in &mut self.points {
            if point.place == Place::Free && point.last_day.is_some_and(|last| last < day) {
                point.place = Place::Expired;
            }
        }
    }

    fn free(&self) -> usize {
        self.points.iter().filter(|point| point.place == Place::Free).count()
    }

    fn balance(&self) -> i64 {
        i64::try_from(self.free()).expect("few") - i64::try_from(self.owed.len()).expect("few")
    }

    fn take_one(&mut self, by: usize) {
        let free = self.points.iter_mut().filter(|point| point.place == Place::Free);
        match free.min_by_key(|point| (point.earned_on, point.entry)) {
            Some(point) => point.place = Place::Taken(by),
            None => self.owed.push(by),
        }
    }

    fn settle(&mut self) {
        for by in std::mem::take(&mut self.owed) {
            self.take_one(by);
        }
        self.owed.sort_unstable();
    }

    fn book(&mut self, entry: Entry) {
        self.pass_to(entry.day);
        let at = self.entries.len();
        match (entry.kind, entry.reverses) {
            (Kind::Expire, _) => {}
            (Kind::Reverse, Some(target)) => {
                if self.entries[target].1 {
                    let spent = |point: &&mut Point| point.entry == target && matches!(point.place, Place::Taken(_));
                    let own = |point: &&mut Point| point.entry == target && point.place == Place::Free;
                    let spent = self.points.iter_mut().filter(spent).count();
                    self.points
                        .iter_mut()
                        .filter(own)
                        .for_each(|point| point.place = Place::Taken(at));
                    (0..spent).for_each(|_| self.take_one(at));
                } else {
                    let taken = self
                        .points
                        .iter_mut()
                        .filter(|point| point.place == Place::Taken(target));
                    taken.for_each(|point| point.place = Place::Free);
                    self.owed.retain(|by| *by != target);
                }
                self.entries[target].2 = true;
            }
            _ if entry.points > 0 => self.points.extend((0..entry.points).map(|_| Point {
                earned_on: entry.earned_on,
                entry: at,
                last_day: entry.last_day,
                place: Place::Free,
            })),
            _ => (entry.points..0).for_each(|_| self.take_one(at)),
        }
        self.entries.push((entry.kind, entry.points > 0, false));
        self.pass_to(entry.day);
        self.settle();
    }
}

#[derive(Debug, Clone)]
enum Command {
    Give { points: i64, back: i64, months: u16 },
    Take { kind: Kind, points: i64 },
    Reverse(prop::sample::Index),
    BookExpired,
}

fn command() -> impl Strategy<Value = Command> {
    let kind = prop_oneof![
        Just(Kind::Deduct),
        Just(Kind::Redeem),
        Just(Kind::Adjust),
        Just(Kind::Move)
    ];
    prop_oneof![
        4 => (1_i64..12, 0_i64..50, 0_u16..4).prop_map(|(points, back, months)| Command::Give { points, back, months }),
        4 => (kind, 1_i64..15).prop_map(|(kind, points)| Command::Take { kind, points }),
        3 => any::<prop::sample::Index>().prop_map(Command::Reverse),
        1 => Just(Command::BookExpired),
    ]
}

/// The entry that a command asks for.
fn asked(account: &Account, command: &Command, day: Date) -> Option<Entry> {
    Some(match command {
        Command::Give { points, back, months } => {
            let earned_on = day - Duration::days(*back);
            let last_day = last_day(earned_on, *months);
            if last_day.is_some_and(|last| last < day) {
                return None;
            }
            Entry {
                earned_on,
                last_day,
                ..entry(Kind::Award, *points, day)
            }
        }
        Command::Take { kind, points } => entry(*kind, -points, day),
        Command::Reverse(index) => {
            let target = index.index(account.len().max(1));
            Entry {
                reverses: Some(target),
                ..entry(Kind::Reverse, account.reversal(target).ok()?, day)
            }
        }
        Command::BookExpired if account.unbooked() == 0 => return None,
        Command::BookExpired => entry(Kind::Expire, -account.unbooked(), day),
    })
}

proptest! {
    /// Whatever is booked, every point is in one place as the model has it, the sum of the entries is the balance, and what is
    /// read on a day is the same whether expiry was booked or not.
    #[test]
    fn the_account_is_that_of_the_model(commands in prop::collection::vec((command(), 0_i64..40), 0..60)) {
        let (mut account, mut naive, mut day) = (Account::default(), Naive::default(), START);
        let mut entries: Vec<Entry> = Vec::new();
        for (command, pause) in commands {
            day += Duration::days(pause);
            account.pass_to(day);
            naive.pass_to(day);
            let Some(entry) = asked(&account, &command, day) else { continue };
            let before = account.clone();
            match account.book(entry) {
                Ok(()) => {
                    naive.book(entry);
                    entries.push(entry);
                }
                Err(refused) => {
                    prop_assert_eq!(refused, Refused::Short(account.available()));
                    prop_assert!(-entry.points > account.available());
                    prop_assert_eq!(&account, &before);
                }
            }
            let sum: i64 = entries.iter().map(|entry| entry.points).sum();
            prop_assert_eq!(account.balance(), sum - account.unbooked());
            prop_assert_eq!(account.balance(), account.available() - account.owed());
            prop_assert_eq!(account.balance(), naive.balance());
            prop_assert_eq!(account.available(), i64::try_from(naive.free()).expect("few"));
            prop_assert!(account.available() == 0 || account.owed() == 0);
        }
        let mut again = Account::replay(entries.iter().copied()).expect("booked once");
        again.pass_to(account.day());
        prop_assert_eq!(&again, &account);
        let unbooked = without_expiry(&entries);
        let mut unbooked = Account::replay(unbooked).expect("expiry is no entry of its own");
        unbooked.pass_to(account.day());
        prop_assert_eq!(unbooked.lots().collect::<Vec<_>>(), account.lots().collect::<Vec<_>>());
        prop_assert_eq!((unbooked.balance(), unbooked.owed()), (account.balance(), account.owed()));
    }

    /// Occurrences that each fitted never add up to more than the cap in any period.
    #[test]
    fn caps_hold(points in 1_i64..10, cap in 1_i64..40, days in prop::collection::vec(0_i64..800, 0..80)) {
        for period in [Period::Month, Period::Quarter, Period::Year] {
            let cap = Cap { points: cap, period };
            let mut stand: Vec<(Date, i64)> = Vec::new();
            for day in days.iter().map(|days| START + Duration::days(*days)) {
                if points <= cap.left(day, stand.iter().copied()) {
                    stand.push((day, points));
                }
            }
            for (day, _) in &stand {
                let used = stand.iter().filter(|(other, _)| {
                    let quarter = |day: Date| u8::from(day.month()).div_ceil(3);
                    day.year() == other.year() && match period {
                        Period::Month => day.month() == other.month(),
                        Period::Quarter => quarter(*day) == quarter(*other),
                        Period::Year => true,
                    }
                });
                prop_assert!(used.map(|(_, points)| points).sum::<i64>() <= cap.points);
            }
        }
    }
}

/// The entries without those of expiry; reversals name the same entries as before.
fn without_expiry(entries: &[Entry]) -> Vec<Entry> {
    let mut kept = Vec::new();
    for entry in entries.iter().filter(|entry| entry.kind != Kind::Expire) {
        let earlier = |target: usize| entries[..target].iter().filter(|it| it.kind != Kind::Expire).count();
        kept.push(Entry {
            reverses: entry.reverses.map(earlier),
            ..*entry
        });
    }
    kept
}
