//! What over-occupied area costs a year.

mod charge;
mod check;
mod explain;
mod jump;
mod select;
pub mod simulate;

use serde::{Deserialize, Serialize};
use time::{Date, Duration};

pub use charge::{Charge, charge, paid_for, recovered};
pub use check::{check, check_terms};
pub use explain::{Explanation, Line, LineKind, explain};
pub use select::{in_force, segments};

use crate::money;

time::serde::format_description!(iso_day, Date, "[year]-[month]-[day]");

/// How bands are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Each band's price applies to the area within it.
    Marginal,
    /// The price of the band that the whole area falls into applies to all of it.
    WholeBand,
}

/// Hardship class of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ReliefClass {
    /// 低保.
    LowIncome,
    /// 五保、特困.
    ExtremePoverty,
    /// 残疾人家庭.
    Disabled,
    /// 烈属.
    MartyrFamily,
}

impl ReliefClass {
    /// As it is printed.
    pub fn zh(self) -> &'static str {
        match self {
            Self::LowIncome => "低保户",
            Self::ExtremePoverty => "五保户（特困供养）",
            Self::Disabled => "残疾人家庭",
            Self::MartyrFamily => "烈属",
        }
    }
}

/// `from_dm2` ≤ over-occupied area < `to_dm2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// Lower edge.
    pub from_dm2: i64,
    /// Upper edge; `None` in the last band.
    pub to_dm2: Option<i64>,
    /// Fen per m² and year.
    pub price_fen_per_m2: i64,
    /// Not charged but taken back (收回).
    #[serde(default)]
    pub recovery: bool,
}

/// What a hardship class need not pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relief {
    /// The class.
    pub class: ReliefClass,
    /// Remitted part of `denominator`.
    pub numerator: i64,
    /// The whole.
    pub denominator: i64,
}

/// What is taken off a bill that is paid in full soon after its issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// Part of `denominator` that is taken off.
    pub numerator: i64,
    /// The whole.
    pub denominator: i64,
    /// Days after the day of issue.
    pub within_days: i32,
}

impl Discount {
    /// What is taken off `net_fen`.
    pub fn saved_fen(self, net_fen: i64) -> Option<i64> {
        money::round(
            i128::from(net_fen) * i128::from(self.numerator),
            i128::from(self.denominator),
        )
    }

    /// What is taken off a bill of `net_fen` for which `in_time_fen` came in up to the last day; `None` if that is too little, or
    /// nothing would be taken off.
    pub fn earned_fen(self, net_fen: i64, in_time_fen: i64) -> Option<i64> {
        let saved = self.saved_fen(net_fen)?;
        (saved > 0 && in_time_fen >= net_fen - saved).then_some(saved)
    }

    /// The last day on which a bill of `issued_on` earns it.
    pub fn last_day(self, issued_on: Date) -> Option<Date> {
        issued_on.checked_add(Duration::days(i64::from(self.within_days)))
    }
}

/// A tariff of a division from a day on. What was stored before a field was added lacks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    /// Code of the division it holds for.
    pub division: String,
    /// First day it holds.
    #[serde(with = "iso_day")]
    pub effective_on: Date,
    /// How bands are applied.
    pub mode: Mode,
    /// Area that is never charged; the first band begins here.
    pub free_allowance_dm2: i64,
    /// Ascending, without hole or overlap, the last one open.
    pub bands: Vec<Band>,
    /// Least fee of a year for whoever pays at all; 0 means none.
    pub minimum_fen: i64,
    /// Largest fee of a year.
    pub cap_fen: Option<i64>,
    /// Relief by class.
    pub reliefs: Vec<Relief>,
    /// A higher band may be cheaper than a lower one.
    pub allow_falling_prices: bool,
    /// 决议文号.
    pub resolution: String,
    /// 法律依据.
    pub legal_basis: String,
    /// 决议日期.
    #[serde(default, with = "iso_day::option")]
    pub resolution_on: Option<Date>,
    /// The fee may jump at the edge of a band.
    #[serde(default)]
    pub allow_jumps: bool,
    /// For paying at once.
    #[serde(default)]
    pub discount: Option<Discount>,
}

impl Tariff {
    /// The relief of `class`, if the tariff grants any.
    pub fn relief(&self, class: Option<ReliefClass>) -> Option<&Relief> {
        self.reliefs.iter().find(|relief| Some(relief.class) == class)
    }

    /// Whether this is `before` with nothing but gaps filled in: a legal text that was missing, or the declaration that the
    /// fee jumps. Nobody's fee follows from those.
    pub fn completes(&self, before: &Self) -> bool {
        let mut same = self.clone();
        if before.resolution.is_empty() {
            same.resolution.clear();
        }
        if before.legal_basis.is_empty() {
            same.legal_basis.clear();
        }
        if before.resolution_on.is_none() {
            same.resolution_on = None;
        }
        same.allow_jumps = before.allow_jumps;
        same == *before
    }
}

impl AsRef<Self> for Tariff {
    fn as_ref(&self) -> &Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_discount_is_a_share_of_what_is_paid() {
        let discount = Discount {
            numerator: 1,
            denominator: 10,
            within_days: 30,
        };
        assert_eq!(discount.saved_fen(24_005), Some(2_401));
        assert_eq!(discount.last_day(date!(2024 - 12 - 15)), Some(date!(2025 - 01 - 14)));
    }

    #[test]
    fn only_gaps_may_be_filled_in() {
        let old = Tariff {
            legal_basis: String::new(),
            resolution_on: None,
            allow_jumps: false,
            ..samples::whole_band()
        };
        let filled = samples::whole_band();
        assert!(filled.completes(&old));
        assert!(!old.completes(&filled));
        let other = |change: &dyn Fn(&mut Tariff)| {
            let mut tariff = samples::whole_band();
            change(&mut tariff);
            tariff.completes(&old)
        };
        assert!(!other(&|t| t.bands[0].price_fen_per_m2 += 1));
        assert!(!other(&|t| t.resolution = "2025-1".into()));
        assert!(!other(&|t| t.minimum_fen = 1));
    }

    #[test]
    fn a_tariff_stored_before_fields_were_added_is_read() {
        let mut stored = serde_json::to_value(samples::marginal()).expect("a value");
        let fields = stored.as_object_mut().expect("an object");
        for field in ["resolution_on", "allow_jumps", "discount"] {
            assert!(fields.remove(field).is_some(), "{field}");
        }
        for band in stored["bands"].as_array_mut().expect("bands") {
            band.as_object_mut().expect("a band").remove("recovery");
        }
        let read: Tariff = serde_json::from_value(stored).expect("a tariff");
        assert_eq!(
            read,
            Tariff {
                resolution_on: None,
                ..samples::marginal()
            }
        );
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use time::macros::date;

    use super::{Band, Mode, Relief, ReliefClass, Tariff};

    /// First 30 m² free, 30–60 m² 8 yuan, 60–100 10, 100–150 12, more 15, as practised in one town in 2022.
    pub fn marginal() -> Tariff {
        let edges = [3_000, 6_000, 10_000, 15_000];
        let prices = [800, 1_000, 1_200, 1_500];
        let bands = (0..4).map(|at| Band {
            from_dm2: edges[at],
            to_dm2: edges.get(at + 1).copied(),
            price_fen_per_m2: prices[at],
            recovery: false,
        });
        Tariff {
            division: "410225".into(),
            effective_on: date!(2024 - 01 - 01),
            mode: Mode::Marginal,
            free_allowance_dm2: 3_000,
            bands: bands.collect(),
            minimum_fen: 0,
            cap_fen: None,
            reliefs: vec![
                Relief {
                    class: ReliefClass::LowIncome,
                    numerator: 1,
                    denominator: 2,
                },
                Relief {
                    class: ReliefClass::ExtremePoverty,
                    numerator: 1,
                    denominator: 1,
                },
            ],
            allow_falling_prices: false,
            resolution: "兰考县〔2023〕7号".into(),
            legal_basis: "《土地管理法》第六十二条".into(),
            resolution_on: Some(date!(2023 - 12 - 20)),
            allow_jumps: false,
            discount: None,
        }
    }

    /// 101–200 m² over at 10 yuan on all of it, 201–300 at 20: another practised shape.
    pub fn whole_band() -> Tariff {
        Tariff {
            mode: Mode::WholeBand,
            free_allowance_dm2: 0,
            bands: vec![
                Band {
                    from_dm2: 0,
                    to_dm2: Some(20_000),
                    price_fen_per_m2: 1_000,
                    recovery: false,
                },
                Band {
                    from_dm2: 20_000,
                    to_dm2: None,
                    price_fen_per_m2: 2_000,
                    recovery: false,
                },
            ],
            allow_jumps: true,
            ..marginal()
        }
    }

    /// `tariff` with everything from 200 m² on taken back.
    pub fn capped(mut tariff: Tariff) -> Tariff {
        if let Some(last) = tariff.bands.last_mut() {
            last.to_dm2 = Some(20_000.max(last.from_dm2 + 1));
        }
        tariff.bands.push(Band {
            from_dm2: tariff.bands.last().and_then(|band| band.to_dm2).unwrap_or_default(),
            to_dm2: None,
            price_fen_per_m2: 0,
            recovery: true,
        });
        tariff
    }
}
