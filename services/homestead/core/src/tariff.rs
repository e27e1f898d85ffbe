//! What over-occupied area costs a year.

mod charge;
mod check;
mod explain;
mod select;

use serde::{Deserialize, Serialize};
use time::Date;

pub use charge::{Charge, charge};
pub use check::check;
pub use explain::{Explanation, Line, LineKind, explain};
pub use select::{in_force, segments};

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

/// A tariff of a division from a day on.
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
}

impl Tariff {
    /// The relief of `class`, if the tariff grants any.
    pub fn relief(&self, class: Option<ReliefClass>) -> Option<&Relief> {
        self.reliefs.iter().find(|relief| Some(relief.class) == class)
    }
}

impl AsRef<Self> for Tariff {
    fn as_ref(&self) -> &Self {
        self
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
            legal_basis: String::new(),
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
                },
                Band {
                    from_dm2: 20_000,
                    to_dm2: None,
                    price_fen_per_m2: 2_000,
                },
            ],
            ..marginal()
        }
    }
}
