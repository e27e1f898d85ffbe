//! Who does what and when: it follows from the household's number.

use time::{Date, macros::date};

use super::{recount::Home, register::lot};

/// Which part of what it owes a household pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    All,
    /// What is left of the bill by the discount for paying at once.
    Discounted,
    Half,
    /// All and so many fen more.
    More(i64),
    Instalment,
}

/// How money comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Cash,
    Bank,
    Mobile,
}

/// What a household does, or what is done about it, on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Pay(Sum, How),
    /// Only the bank's statement tells of it.
    Transfer(Sum),
    /// Recorded at the counter, and then in the bank's statement too.
    Confirmed(Sum),
    /// On the bank's statement without anything that names the household.
    Nameless(Sum),
    Announce(Sum),
    Arrive,
    GiveUp,
    /// The first payment comes back from the bank.
    ComeBack,
    /// A part of the advance, in hundredths, is paid back.
    Refund(i64),
    /// The same out of a cadre's hand.
    RefundCash(i64),
    Agree,
    /// Gives back a part of what is above the entitlement, in hundredths, for a reward in fen.
    Vacate(i64, i64),
    Offset,
    TakeReward,
    /// The same out of a cadre's hand.
    TakeRewardCash,
    ObjectToArea,
    ObjectToBill,
    Uphold,
    Reject,
    Withdraw,
    /// What is above the entitlement is found to be so many hundredths of what was thought.
    Survey(i64),
    Relieve(Sum),
    WriteOff,
}

pub const EARLY: Date = date!(2025 - 01 - 15);
pub const HALVES: Date = date!(2025 - 01 - 25);
pub const MARCH: Date = date!(2025 - 03 - 10);
pub const BANK: Date = date!(2025 - 03 - 20);
pub const ARRIVED: Date = date!(2025 - 03 - 24);
pub const AGREED: Date = date!(2025 - 04 - 10);
pub const INSTALMENTS: [Date; 4] = [
    date!(2025 - 04 - 28),
    date!(2025 - 05 - 28),
    date!(2025 - 06 - 28),
    date!(2025 - 07 - 28),
];
pub const OBJECTED: Date = date!(2025 - 05 - 15);
/// Cash came in the day before.
pub const HANDED_OUT: Date = date!(2025 - 05 - 16);
pub const DECIDED: Date = date!(2025 - 06 - 10);
pub const SURVEYED: Date = date!(2025 - 07 - 01);
pub const AFTERWARDS: Date = date!(2025 - 07 - 28);
pub const HARDSHIP: Date = date!(2025 - 08 - 10);
pub const REWARDS: Date = date!(2025 - 09 - 10);
pub const LATE: Date = date!(2025 - 10 - 15);
pub const REWARDED: Date = date!(2025 - 10 - 16);
pub const GIVEN_UP: Date = date!(2025 - 11 - 15);

fn how(id: &str) -> How {
    [How::Cash, How::Bank, How::Mobile][usize::try_from(lot(&[id, "how"], 3)).expect("few")]
}

/// What becomes of a household in the year, day by day; one act a day.
pub fn acts(home: &Home) -> Vec<(Date, Act)> {
    use Act::{Agree, Announce, Arrive, ComeBack, Confirmed, GiveUp, Nameless, Pay, Refund, RefundCash, Transfer};
    let (id, how) = (home.id.as_str(), how(&home.id));
    let turn = |most| lot(&[id, "turn"], most);
    match lot(&[id, "conduct"], 100) {
        0..=21 => vec![(MARCH, Pay(Sum::All, how))],
        22..=37 => vec![(EARLY, Pay(Sum::Discounted, how))],
        38..=40 if turn(3) == 0 => vec![(EARLY, Pay(Sum::All, how)), (DECIDED, Refund(100))],
        38..=40 if turn(3) == 1 => vec![(EARLY, Pay(Sum::All, how)), (HANDED_OUT, RefundCash(100))],
        38..=40 => vec![(EARLY, Pay(Sum::All, how))],
        41..=48 if turn(3) == 0 => vec![(MARCH, Pay(Sum::Half, how)), (LATE, Pay(Sum::All, how))],
        41..=48 => vec![(MARCH, Pay(Sum::Half, how))],
        49..=51 if turn(2) == 0 => vec![
            (MARCH, Pay(Sum::More(5_000), how)),
            (HANDED_OUT, RefundCash(30)),
            (DECIDED, Refund(50)),
        ],
        49..=51 => vec![(MARCH, Pay(Sum::More(5_000), how)), (DECIDED, Refund(50))],
        52..=56 => {
            let pays = INSTALMENTS.map(|day| (day, Pay(Sum::Instalment, how)));
            [(AGREED, Agree)].into_iter().chain(pays).collect()
        }
        57..=58 => {
            let mut acts = vec![(AGREED, Agree), (INSTALMENTS[0], Pay(Sum::Instalment, how))];
            if turn(3) == 0 {
                acts.push((LATE, Pay(Sum::All, how)));
            }
            acts
        }
        59..=63 => vacates(how, turn(6)),
        64..=67 => objects(how, turn(7)),
        68..=71 => struggles(how, turn(6)),
        72..=74 => match turn(4) {
            0 => vec![(EARLY, Pay(Sum::Discounted, How::Bank)), (HALVES, ComeBack)],
            1 => vec![
                (EARLY, Pay(Sum::Discounted, How::Bank)),
                (HALVES, ComeBack),
                (MARCH, Pay(Sum::All, how)),
            ],
            2 => vec![
                (MARCH, Pay(Sum::All, How::Bank)),
                (OBJECTED, ComeBack),
                (LATE, Pay(Sum::All, how)),
            ],
            _ => vec![(MARCH, Pay(Sum::More(3_000), How::Bank)), (OBJECTED, ComeBack)],
        },
        75..=78 => match turn(4) {
            0 => vec![(BANK, Transfer(Sum::All))],
            1 => vec![(BANK, Confirmed(Sum::All))],
            2 => vec![(BANK, Transfer(Sum::Half))],
            _ => vec![(BANK, Nameless(Sum::All))],
        },
        79..=81 => match turn(3) {
            0 => vec![(BANK, Announce(Sum::All)), (ARRIVED, Arrive)],
            1 => vec![(BANK, Announce(Sum::All))],
            _ => vec![
                (BANK, Announce(Sum::All)),
                (ARRIVED, GiveUp),
                (LATE, Pay(Sum::All, how)),
            ],
        },
        82..=86 => vec![(OBJECTED, Pay(Sum::All, How::Cash))],
        87..=89 => vec![(LATE, Pay(Sum::All, how))],
        _ => Vec::new(),
    }
}

fn vacates(how: How, turn: u64) -> Vec<(Date, Act)> {
    use Act::{Offset, Pay, Refund, TakeReward, TakeRewardCash, Vacate};
    match turn {
        0 => vec![
            (MARCH, Pay(Sum::All, how)),
            (DECIDED, Vacate(50, 0)),
            (REWARDS, Refund(100)),
        ],
        1 => vec![(DECIDED, Vacate(100, 50_000)), (REWARDS, Offset)],
        2 => vec![
            (DECIDED, Vacate(40, 30_000)),
            (REWARDS, TakeReward),
            (LATE, Pay(Sum::All, how)),
        ],
        3 => vec![(EARLY, Pay(Sum::Discounted, how)), (DECIDED, Vacate(50, 0))],
        4 => vec![
            (DECIDED, Vacate(40, 4_000)),
            (LATE, Pay(Sum::All, How::Cash)),
            (REWARDED, TakeRewardCash),
        ],
        _ => vec![
            (HALVES, Pay(Sum::Half, how)),
            (DECIDED, Vacate(60, 2_000)),
            (REWARDS, Offset),
        ],
    }
}

fn objects(how: How, turn: u64) -> Vec<(Date, Act)> {
    use Act::{ObjectToArea, ObjectToBill, Pay, Refund, Reject, Survey, Uphold, Withdraw};
    let upheld = [(OBJECTED, ObjectToArea), (DECIDED, Uphold)];
    let further: &[(Date, Act)] = match turn {
        0 => &[(SURVEYED, Survey(60)), (AFTERWARDS, Pay(Sum::All, how))],
        1 => &[
            (MARCH, Pay(Sum::All, how)),
            (SURVEYED, Survey(70)),
            (REWARDS, Refund(50)),
        ],
        2 => &[(SURVEYED, Survey(150)), (AFTERWARDS, Pay(Sum::All, how))],
        3 => &[(MARCH, Pay(Sum::More(2_000), how)), (SURVEYED, Survey(130))],
        4 => &[(EARLY, Pay(Sum::Discounted, how)), (SURVEYED, Survey(10))],
        5 => {
            return vec![
                (OBJECTED, ObjectToArea),
                (DECIDED, Reject),
                (AFTERWARDS, Pay(Sum::All, how)),
            ];
        }
        _ => return vec![(OBJECTED, ObjectToBill), (DECIDED, Withdraw)],
    };
    upheld.into_iter().chain(further.iter().copied()).collect()
}

fn struggles(how: How, turn: u64) -> Vec<(Date, Act)> {
    use Act::{Pay, Relieve, WriteOff};
    match turn {
        0 => vec![(HARDSHIP, Relieve(Sum::All))],
        // The half was paid in time: once the rest is remitted, it is more than the discount asks.
        1 => vec![(HALVES, Pay(Sum::Half, how)), (HARDSHIP, Relieve(Sum::All))],
        2 => vec![(MARCH, Pay(Sum::Half, how)), (HARDSHIP, Relieve(Sum::Half))],
        3 => vec![(MARCH, Pay(Sum::All, how)), (HARDSHIP, Relieve(Sum::Half))],
        4 => vec![(GIVEN_UP, WriteOff)],
        // What is given up was still asked: whoever paid half in time has not paid at once.
        _ => vec![(HALVES, Pay(Sum::Half, how)), (GIVEN_UP, WriteOff)],
    }
}
