//! Plots, their numbers of enumerations, and entitlement.

use homestead_core::entitlement::{Line, Period, Plot};
use kit::dates;
use proto::xiangtu::homestead::v1::{
    EntitlementLine, EntitlementRule, OccupationPeriod, OverOccupationCause, Parcel as Wire, ParcelUse,
};

use super::names;
use crate::store::parcel::Parcel;

/// A plot for the wire.
pub fn parcel(row: Parcel) -> Wire {
    Wire {
        name: names::of("parcels", &row.parcel_id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        parcel_number: row.parcel_number,
        area_dm2: row.area_dm2,
        entitled_dm2: row.entitled_dm2,
        over_occupied_dm2: row.over_dm2,
        period: i32::from(row.period),
        cause: i32::from(row.cause),
        r#use: i32::from(row.r#use),
        certified: row.certified,
        disputed: row.disputed,
        valid_from: Some(dates::to_proto(row.valid_from)),
        approved_dm2: row.approved_dm2,
        registered_dm2: row.registered_dm2,
    }
}

/// A plot as the entitlement rules see it.
pub fn plot(row: &Parcel) -> Plot {
    Plot {
        number: row.parcel_number,
        area_dm2: row.area_dm2,
        period: period(i32::from(row.period)).unwrap_or(Period::From1999),
    }
}

/// Where a rule stands.
pub struct Place {
    /// Version of its plan.
    pub plan: i64,
    /// Index in the plan.
    pub at: usize,
    /// The rule itself.
    pub rule: EntitlementRule,
}

/// One line of an assessment by the rule at `place`.
pub fn line(row: &Parcel, line: Line, place: &Place) -> EntitlementLine {
    EntitlementLine {
        parcel: names::of("parcels", &row.parcel_id),
        area_dm2: row.area_dm2,
        entitled_dm2: line.entitled_dm2,
        over_occupied_dm2: line.over_dm2,
        registered_over_occupied_dm2: row.over_dm2.unwrap_or(0),
        plan: names::of("plans", place.plan),
        rule_path: format!("entitlement_rules[{}]", place.at),
        rule: Some(place.rule.clone()),
    }
}

/// The period of a number of the contract.
pub fn period(number: i32) -> Option<Period> {
    match OccupationPeriod::try_from(number).ok()? {
        OccupationPeriod::Unspecified => None,
        OccupationPeriod::Before1982 => Some(Period::Before1982),
        OccupationPeriod::OccupationPeriod1982To1986 => Some(Period::From1982To1986),
        OccupationPeriod::OccupationPeriod1987To1998 => Some(Period::From1987To1998),
        OccupationPeriod::From1999 => Some(Period::From1999),
    }
}

/// The period as registers write it.
pub fn period_of_register(text: &str) -> Option<OccupationPeriod> {
    Some(match text {
        "pre1982" => OccupationPeriod::Before1982,
        "1982_1986" => OccupationPeriod::OccupationPeriod1982To1986,
        "1987_1998" => OccupationPeriod::OccupationPeriod1987To1998,
        "1999_on" => OccupationPeriod::From1999,
        _ => return None,
    })
}

/// The cause as registers write it; empty means none.
pub fn cause_of_register(text: &str) -> Option<OverOccupationCause> {
    Some(match text {
        "" => OverOccupationCause::Unspecified,
        "extension" => OverOccupationCause::Extension,
        "multi_parcel" => OverOccupationCause::MultiplePlots,
        "non_member" => OverOccupationCause::NonMember,
        "history" => OverOccupationCause::History,
        "subdivided_household" => OverOccupationCause::DividedHousehold,
        "inheritance" => OverOccupationCause::Inheritance,
        _ => return None,
    })
}

/// The use as registers write it.
pub fn use_of_register(text: &str) -> Option<ParcelUse> {
    Some(match text {
        "occupied" => ParcelUse::Occupied,
        "idle" => ParcelUse::Idle,
        "ruin" => ParcelUse::Ruin,
        _ => return None,
    })
}
