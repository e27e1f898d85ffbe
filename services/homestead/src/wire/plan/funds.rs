//! The rules about the village's money: the order in which it settles bills, cash in hand, and subjects of vouchers.

use homestead_core::{
    custody,
    problem::Problem,
    voucher::Subject,
    waterfall::{Key, Order},
};
use kit::{
    division::Division,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::homestead::v1::{AccountKind, CashRules, PlanSection, VoucherRules, WaterfallKey, WaterfallRules};

use super::{section, unknown_value};
use crate::store::plan::Plan;

/// Reads rules about cash; what is 0 has its default.
pub(super) fn cash(wire: &CashRules) -> custody::Rules {
    let default = custody::Rules::default();
    custody::Rules {
        maximum_days: match wire.maximum_days {
            0 => default.maximum_days,
            days => days,
        },
        ceiling_fen: match wire.ceiling_fen {
            0 => default.ceiling_fen,
            fen => fen,
        },
        across_month_end: wire.across_month_end,
    }
}

/// Reads rules about vouchers.
pub(super) fn vouchers(wire: &VoucherRules, problems: &mut Vec<Problem>) -> Vec<Subject> {
    let mut subjects = Vec::with_capacity(wire.subjects.len());
    for (at, subject) in wire.subjects.iter().enumerate() {
        match AccountKind::try_from(subject.account) {
            Ok(AccountKind::Unspecified) | Err(_) => {
                problems.push(unknown_value(format!("vouchers.subjects[{at}].account")));
            }
            Ok(account) => subjects.push(Subject {
                account: account.into(),
                code: subject.code.clone(),
                name: subject.name.clone(),
            }),
        }
    }
    subjects
}

/// Reads the order in which money settles bills.
pub(super) fn waterfall(wire: &WaterfallRules, problems: &mut Vec<Problem>) -> Order {
    let mut keys = Vec::with_capacity(wire.keys.len());
    for (at, key) in wire.keys.iter().enumerate() {
        keys.push(match WaterfallKey::try_from(*key).unwrap_or_default() {
            WaterfallKey::Unspecified => {
                problems.push(unknown_value(format!("waterfall.keys[{at}]")));
                continue;
            }
            WaterfallKey::DueDate => Key::DueDate,
            WaterfallKey::Period => Key::Period,
            WaterfallKey::AgreementFirst => Key::AgreedFirst,
            WaterfallKey::AgreementLast => Key::AgreedLast,
            WaterfallKey::AdditionFirst => Key::AddedFirst,
            WaterfallKey::AdditionLast => Key::AddedLast,
        });
    }
    Order {
        keys,
        ignores_named: wire.ignore_named_bill,
    }
}

/// The rules about money of every division that has a plan in force.
pub struct Funds {
    /// The longest division first.
    plans: Vec<(String, Option<custody::Rules>, Option<Vec<Subject>>)>,
}

impl Funds {
    /// Reads the plans in force, the longest division first.
    pub fn of(plans: Vec<Plan>) -> Result<Self> {
        let read = |row: Plan| {
            let division = Division::parse("division", &row.division_code)?;
            let message = PlanSection::decode(row.section.as_slice()).map_err(Error::internal)?;
            let section = section(&message, &division).0;
            Ok((row.division_code, section.cash, section.vouchers))
        };
        let plans = plans.into_iter().map(read).collect::<Result<_>>()?;
        Ok(Self { plans })
    }

    /// How long and how much cash may stay in hand in `village`.
    pub fn cash(&self, village: &str) -> custody::Rules {
        let mut of = self.plans.iter().filter(|(division, ..)| village.starts_with(division));
        of.find_map(|(_, cash, _)| *cash).unwrap_or_default()
    }

    /// In which subjects vouchers of `village` are written.
    pub fn subjects(&self, village: &str) -> &[Subject] {
        let mut of = self.plans.iter().filter(|(division, ..)| village.starts_with(division));
        of.find_map(|(.., subjects)| subjects.as_deref()).unwrap_or_default()
    }
}
