//! The order as a plan states it, and as the ledger sorts by it.

use time::Date;

use crate::problem::Problem;

/// What the order of a bill goes by. Nothing of it changes with a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Last day to pay without being overdue; by an agreement where one holds.
    pub due_on: Date,
    /// First day that it charges.
    pub from_on: Date,
    /// Whether an agreement on instalments defers it.
    pub agreed: bool,
    /// Whether it adds to another bill after a correction.
    pub adds: bool,
}

/// What decides which of two bills is settled first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Key {
    /// The earlier due date.
    DueDate,
    /// The earlier period charged.
    Period,
    /// Bills under an agreement on instalments before others.
    AgreedFirst,
    /// Bills under an agreement on instalments after others.
    AgreedLast,
    /// Bills that add to another before others.
    AddedFirst,
    /// Bills that add to another after others.
    AddedLast,
}

impl Key {
    /// The place of a bill by this key alone.
    fn place(self, traits: &Traits) -> i64 {
        match self {
            Self::DueDate => i64::from(traits.due_on.to_julian_day()),
            Self::Period => i64::from(traits.from_on.to_julian_day()),
            Self::AgreedFirst => -i64::from(traits.agreed),
            Self::AgreedLast => i64::from(traits.agreed),
            Self::AddedFirst => -i64::from(traits.adds),
            Self::AddedLast => i64::from(traits.adds),
        }
    }

    /// What it looks at; keys of one subject exclude each other.
    fn subject(self) -> Subject {
        match self {
            Self::DueDate => Subject::Due,
            Self::Period => Subject::Period,
            Self::AgreedFirst | Self::AgreedLast => Subject::Agreed,
            Self::AddedFirst | Self::AddedLast => Subject::Adds,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Due,
    Period,
    Agreed,
    Adds,
}

/// In which order money settles bills; equal ones in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Order {
    /// The keys, the one that counts most first.
    pub keys: Vec<Key>,
    /// Whether the bill that a payer names counts no more than the others.
    pub ignores_named: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            keys: vec![Key::DueDate],
            ignores_named: false,
        }
    }
}

/// The keys as numbers: bills are in order by the sum of what they have of each trait times its weight, days as numbers and
/// what does not hold as 0. So a database sorts by any order with one and the same statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weights {
    /// Of the due date.
    pub due: i64,
    /// Of the first day charged.
    pub period: i64,
    /// Of being under an agreement.
    pub agreed: i64,
    /// Of adding to another bill.
    pub adds: i64,
}

/// More days than two dates can lie apart.
const DAYS: i64 = 1 << 23;

impl Order {
    /// Sorts bills: by the first key, then by the next, and so on.
    pub fn place(&self, traits: &Traits) -> Vec<i64> {
        self.keys.iter().map(|key| key.place(traits)).collect()
    }

    /// The same as one number a bill.
    pub fn weights(&self) -> Weights {
        let mut weights = Weights::default();
        // Each key weighs more than all after it together.
        let mut weight = 1;
        for key in self.keys.iter().rev() {
            match key {
                Key::DueDate => weights.due = weight,
                Key::Period => weights.period = weight,
                Key::AgreedFirst => weights.agreed = -weight,
                Key::AgreedLast => weights.agreed = weight,
                Key::AddedFirst => weights.adds = -weight,
                Key::AddedLast => weights.adds = weight,
            }
            weight *= match key.subject() {
                Subject::Due | Subject::Period => DAYS,
                Subject::Agreed | Subject::Adds => 2,
            };
        }
        weights
    }
}

/// Contradictions of `order`, with paths below `path`.
pub fn check(path: &str, order: &Order) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, key) in order.keys.iter().enumerate() {
        let before = &order.keys[..at];
        if before.iter().any(|other| other.subject() == key.subject()) {
            problems.push(Problem::new(
                format!("{path}.keys[{at}]"),
                "KEY_TWICE",
                "a subject that no key before it has: due date, period, agreement, addition",
                "到期日、所属期、分期协议、补缴各项至多列一次",
            ));
        }
    }
    let dated = |key: &Key| matches!(key.subject(), Subject::Due | Subject::Period);
    if !order.keys.iter().any(dated) {
        problems.push(Problem::new(
            format!("{path}.keys"),
            "DATE_MISSING",
            "DUE_DATE or PERIOD among the keys",
            "须包含到期日或所属期",
        ));
    }
    problems
}
