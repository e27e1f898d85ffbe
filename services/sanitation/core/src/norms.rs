//! What a county may set otherwise than its neighbour. The defaults are the source plan's and those of GB/T 51435.

mod check;
mod complaints;
mod demand;
mod diff;
mod execution;
mod shifts;

use serde::{Deserialize, Serialize};

use crate::compliance::Rule;

pub use check::Contradiction;
pub use complaints::{Complaints, WorkingTime};
pub use demand::{Demand, Market, Period};
pub use diff::Difference;
pub use execution::Execution;
pub use shifts::Shifts;

/// All norms that hold for a division on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Norms {
    /// Bins for households.
    pub bins: Bins,
    /// How far waste is carried.
    pub radii: Radii,
    /// How often waste is collected.
    pub frequency: Frequency,
    /// How much waste falls.
    pub waste: Waste,
    /// Size classes of transfer stations.
    pub stations: Stations,
    /// Measuring errors and normal losses.
    pub balance: Balance,
    /// What a day of collection is planned with.
    pub routing: Routing,
    /// How waste is forecast.
    pub demand: Demand,
    /// Who has to sign a hand-over.
    pub custody: Custody,
    /// What a day of haulage is planned with.
    pub haulage: Haulage,
    /// How many people work.
    pub staff: Staff,
    /// How the day is followed on the road.
    pub execution: Execution,
    /// How fast complaints are dealt with.
    pub complaints: Complaints,
    /// Breaks, rests and overtime.
    pub shifts: Shifts,
    /// What a village must meet to be compliant.
    pub required: Vec<Rule>,
}

/// How custody is proved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custody {
    /// Who has to sign a hand-over that is recorded live.
    pub signatures: Signatures,
}

/// How many people work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Most residents to a cleaner; 0: no number is asked for. GB/T 32000 asks for two of a thousand residents: 500.
    pub residents_per_cleaner: i64,
}

/// Who has to sign a hand-over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signatures {
    /// Both sides.
    #[default]
    Both,
    /// The taking side.
    Receiver,
    /// Nobody.
    None,
}

impl Signatures {
    /// Name in texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Receiver => "receiver",
            Self::None => "none",
        }
    }
}

/// Bins for households.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bins {
    /// Most households to a bin.
    pub households_per_bin: i64,
    /// Households to a bin for full marks.
    pub households_per_bin_full_marks: i64,
}

/// How far waste is carried, in metres.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Radii {
    /// By push cart.
    pub push_cart_m: i64,
    /// By small motor vehicle.
    pub motor_vehicle_m: i64,
    /// From bin to collection point where houses stand close.
    pub clustered_m: i64,
    /// From bin to collection point where houses are scattered.
    pub scattered_m: i64,
    /// Houses stand close together.
    pub clustered: bool,
}

/// How often waste is collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frequency {
    /// Collections of kitchen waste a day.
    pub kitchen_per_day: i64,
    /// Days between two collections of other waste.
    pub residual_interval_days: i64,
}

/// How much waste falls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Waste {
    /// Grams a person and day, lower bound.
    pub low_g_per_person_day: i64,
    /// Grams a person and day, upper bound.
    pub high_g_per_person_day: i64,
    /// Grams a litre in the bin.
    pub density_g_per_l: i64,
    /// Kitchen waste among all waste of a point that sorts, per mille, where nothing else tells.
    pub kitchen_permille: i64,
}

/// Size classes of transfer stations by kilograms a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stations {
    /// Below this a station is small.
    pub medium_from_kg_per_day: i64,
    /// Above this a station is large.
    pub large_above_kg_per_day: i64,
}

/// Size class of a transfer station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StationClass {
    /// 小型.
    Small,
    /// 中型.
    Medium,
    /// 大型.
    Large,
}

/// An exact share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Part.
    pub numerator: i64,
    /// Whole, ≥ 1.
    pub denominator: i64,
}

/// What is still taken for measuring error: a share of the mass expected and a fixed part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Share of the mass expected.
    pub share: Share,
    /// Fixed part, kg.
    pub plus_kg: i64,
}

/// Measuring errors and normal losses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Balance {
    /// Station net against weighings on board.
    pub onboard: Tolerance,
    /// Net above payload.
    pub overload: Tolerance,
    /// Plant net against station net.
    pub haul: Tolerance,
    /// A station's day.
    pub station_day: Tolerance,
    /// Declared loss at a station, share of what comes in.
    pub station_loss: Share,
    /// Tare as weighed against the register.
    pub tare: Tolerance,
}

/// What a day of collection is planned with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// Road distance over straight-line distance.
    pub detour: Share,
    /// Stop at a point before the first bin.
    pub stop_s: i64,
    /// Emptying one bin.
    pub bin_s: i64,
    /// Mass of a bin that is worth emptying.
    pub bin_kg: i64,
    /// Unloading at the station.
    pub unload_s: i64,
    /// Cost of using a vehicle on a day.
    pub vehicle_day_fen: i64,
    /// Cost of a kilometre.
    pub km_fen: i64,
    /// Cost of an hour between departure and return.
    pub hour_fen: i64,
}

/// What a day of haulage from stations to plants is planned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Haulage {
    /// Loading a truck at a station.
    pub load_s: i64,
    /// Weighing and unloading it at a plant.
    pub unload_s: i64,
    /// Trucks loaded at a station at a time.
    pub station_bays: i64,
    /// Trucks unloaded at a plant at a time.
    pub plant_bays: i64,
    /// How far a truck may return after its shift.
    pub overtime_s: i64,
    /// Cost of an hour after the shift, beside that of every hour.
    pub overtime_hour_fen: i64,
    /// Stock that a station may keep in the evening.
    pub leftover_kg: i64,
}

impl Share {
    /// A share of `numerator` in `denominator`.
    pub const fn new(numerator: i64, denominator: i64) -> Self {
        Self { numerator, denominator }
    }

    /// This share of `amount`, rounded half up; `amount` ≥ 0.
    pub fn of(self, amount: i64) -> i64 {
        let (numerator, denominator) = (i128::from(self.numerator), i128::from(self.denominator));
        let rounded = (i128::from(amount) * numerator * 2 + denominator).div_euclid(denominator * 2);
        i64::try_from(rounded).unwrap_or(i64::MAX)
    }
}

impl Tolerance {
    const fn percent(percent: i64, plus_kg: i64) -> Self {
        Self {
            share: Share::new(percent, 100),
            plus_kg,
        }
    }

    /// The deviation from `expected_kg` that is still taken for measuring error, kg.
    pub fn around(self, expected_kg: i64) -> i64 {
        self.share.of(expected_kg).saturating_add(self.plus_kg)
    }
}

impl Waste {
    /// Grams a person and day where nothing else is known: the middle of the bounds.
    pub const fn usual_g_per_person_day(&self) -> i64 {
        i64::midpoint(self.low_g_per_person_day, self.high_g_per_person_day)
    }
}

impl Stations {
    /// Class of a station of this capacity.
    pub const fn class(&self, capacity_kg_per_day: i64) -> StationClass {
        if capacity_kg_per_day < self.medium_from_kg_per_day {
            StationClass::Small
        } else if capacity_kg_per_day <= self.large_above_kg_per_day {
            StationClass::Medium
        } else {
            StationClass::Large
        }
    }
}

impl Radii {
    /// Radius of a collection point for the settlement at hand.
    pub const fn point_m(&self) -> i64 {
        self.of_settlement_m(None)
    }

    /// Radius of a collection point where houses stand close together or not; `None`: as in the settlement at hand.
    pub const fn of_settlement_m(&self, clustered: Option<bool>) -> i64 {
        let clustered = match clustered {
            Some(clustered) => clustered,
            None => self.clustered,
        };
        if clustered { self.clustered_m } else { self.scattered_m }
    }
}

impl Default for Norms {
    fn default() -> Self {
        Self {
            bins: Bins::default(),
            radii: Radii::default(),
            frequency: Frequency::default(),
            waste: Waste::default(),
            stations: Stations::default(),
            balance: Balance::default(),
            routing: Routing::default(),
            demand: Demand::default(),
            custody: Custody::default(),
            haulage: Haulage::default(),
            staff: Staff::default(),
            execution: Execution::default(),
            complaints: Complaints::default(),
            shifts: Shifts::default(),
            required: vec![Rule::BinCount],
        }
    }
}

impl Default for Bins {
    fn default() -> Self {
        Self {
            households_per_bin: 10,
            households_per_bin_full_marks: 5,
        }
    }
}

impl Default for Radii {
    fn default() -> Self {
        Self {
            push_cart_m: 1_000,
            motor_vehicle_m: 3_000,
            clustered_m: 70,
            scattered_m: 200,
            clustered: false,
        }
    }
}

impl Default for Frequency {
    fn default() -> Self {
        Self {
            kitchen_per_day: 1,
            residual_interval_days: 1,
        }
    }
}

impl Default for Waste {
    fn default() -> Self {
        Self {
            low_g_per_person_day: 200,
            high_g_per_person_day: 400,
            density_g_per_l: 250,
            kitchen_permille: 400,
        }
    }
}

impl Default for Stations {
    fn default() -> Self {
        Self {
            medium_from_kg_per_day: 150_000,
            large_above_kg_per_day: 450_000,
        }
    }
}

impl Default for Balance {
    fn default() -> Self {
        Self {
            onboard: Tolerance::percent(5, 20),
            overload: Tolerance::percent(3, 20),
            haul: Tolerance::percent(2, 20),
            station_day: Tolerance::percent(2, 50),
            station_loss: Share::new(3, 100),
            tare: Tolerance::percent(2, 50),
        }
    }
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            detour: Share::new(13, 10),
            stop_s: 60,
            bin_s: 20,
            bin_kg: 45,
            unload_s: 900,
            vehicle_day_fen: 20_000,
            km_fen: 300,
            hour_fen: 4_000,
        }
    }
}

impl Default for Haulage {
    fn default() -> Self {
        Self {
            load_s: 900,
            unload_s: 900,
            station_bays: 1,
            plant_bays: 2,
            overtime_s: 7_200,
            overtime_hour_fen: 2_000,
            leftover_kg: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_round_half_up() {
        assert_eq!(Share::new(3, 100).of(50), 2);
        assert_eq!(Share::new(3, 100).of(49), 1);
        assert_eq!(Tolerance::percent(5, 20).around(466), 43);
    }

    #[test]
    fn station_classes() {
        let stations = Stations::default();
        let class = |tonnes: i64| stations.class(tonnes * 1_000);
        assert_eq!(class(149), StationClass::Small);
        assert_eq!((class(150), class(450)), (StationClass::Medium, StationClass::Medium));
        assert_eq!(class(451), StationClass::Large);
    }

    proptest! {
        #[test]
        fn a_share_is_within_half_of_the_exact_one(amount in 0..=i64::from(i32::MAX), n in 0..=1_000i64, d in 1..=1_000i64) {
            let error = Share::new(n, d).of(amount) * d - amount * n;
            prop_assert!(2 * error.abs() <= d);
        }
    }
}
