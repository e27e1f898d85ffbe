//! The norms by name.

use serde::{Deserialize, Serialize};

/// A norm that a village is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Enough bins.
    BinCount,
    /// Bins that close.
    BinSealed,
    /// Bins within the reach of a push cart from their point.
    CartRadius,
    /// Points that no truck may drive to, within the reach of a small motor vehicle from one that a truck may.
    MotorRadius,
    /// Bins within the radius of their point.
    PointRadius,
    /// Households within the radius of a point.
    HouseholdRadius,
    /// Kitchen waste collected as often as it has to be.
    KitchenFrequency,
    /// Enough cleaners.
    CleanerCount,
    /// Volume of the points holds what falls between two collections.
    PointVolume,
}

impl Rule {
    /// Name as it is written in plans.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BinCount => "bin_count",
            Self::BinSealed => "bin_sealed",
            Self::CartRadius => "cart_radius",
            Self::MotorRadius => "motor_radius",
            Self::PointRadius => "point_radius",
            Self::HouseholdRadius => "household_radius",
            Self::KitchenFrequency => "kitchen_frequency",
            Self::CleanerCount => "cleaner_count",
            Self::PointVolume => "point_volume",
        }
    }
}
