//! The registers as CSV, one village after another.

use std::fmt::Write as _;

use crate::{
    Bin, Cause, Hamlet, Household, Parcel, Period, Plan, Residence, Toilet, Use, Village, bins, hamlets, households,
    parcels,
};

/// First line of each register.
pub struct Header;

impl Header {
    /// Of `households.csv`.
    pub const HOUSEHOLDS: &str = "household_id,village_code,group_code,head_name,registered_persons,resident_persons,\
        status,low_income,toilet,sewage_connected,house_grade,five_beauty\n";
    /// Of `homesteads.csv`.
    pub const HOMESTEADS: &str =
        "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed,cadre_id\n";
    /// Of `bins.csv`.
    pub const BINS: &str = "bin_id,village_code,group_code,volume_l,sealed,households_served,lng,lat,cp_id\n";
    /// Of `hamlets.csv`.
    pub const HAMLETS: &str = "hamlet_id,village_code,name,households,settlement,lng,lat\n";
}

/// Rows of a village as text, to be sent on or written while the next is generated.
pub struct Writer(pub Plan);

impl Writer {
    /// Rows of `households.csv`.
    pub fn households(&self, village: &Village) -> String {
        households(village, self.0).iter().fold(String::new(), household)
    }

    /// Rows of `homesteads.csv`.
    pub fn homesteads(&self, village: &Village) -> String {
        let households = households(village, self.0);
        parcels(village, &households, self.0).iter().fold(String::new(), parcel)
    }

    /// Rows of `bins.csv`.
    pub fn bins(&self, village: &Village) -> String {
        bins(village, self.0).iter().fold(String::new(), bin)
    }

    /// Rows of `hamlets.csv`.
    pub fn hamlets(&self, village: &Village) -> String {
        hamlets(village, self.0).iter().fold(String::new(), hamlet)
    }
}

fn household(mut text: String, row: &Household<'_>) -> String {
    let status = match row.residence {
        Residence::Resident => "resident",
        Residence::Seasonal => "seasonal",
        Residence::Vacant => "vacant",
    };
    let toilet = match row.toilet {
        Toilet::None => "none",
        Toilet::DryPit => "dry_pit",
        Toilet::DoubleUrn => "double_urn",
        Toilet::ThreeChamber => "three_chamber",
        Toilet::Flush => "flush",
    };
    let Household {
        id,
        village,
        group,
        head_name,
        registered_persons,
        resident_persons,
        ..
    } = row;
    let (poor, sewage, beauty) = (
        u8::from(row.low_income),
        u8::from(row.sewage_connected),
        u8::from(row.five_beauty),
    );
    let grade = row.house_grade.map(String::from).unwrap_or_default();
    let _ = writeln!(
        text,
        "{id},{village},{group},{head_name},{registered_persons},{resident_persons},{status},{poor},{toilet},{sewage},\
         {grade},{beauty}"
    );
    text
}

fn parcel(mut text: String, row: &Parcel<'_>) -> String {
    let period = match row.period {
        Period::Before1982 => "pre1982",
        Period::From1982 => "1982_1986",
        Period::From1987 => "1987_1998",
        Period::From1999 => "1999_on",
    };
    let cause = match row.cause {
        None => "",
        Some(Cause::History) => "history",
        Some(Cause::Extension) => "extension",
        Some(Cause::SubdividedHousehold) => "subdivided_household",
        Some(Cause::NonMember) => "non_member",
        Some(Cause::MultiParcel) => "multi_parcel",
        Some(Cause::Inheritance) => "inheritance",
    };
    let usage = match row.usage {
        Use::Occupied => "occupied",
        Use::Idle => "idle",
        Use::Ruin => "ruin",
    };
    let area = |area: Option<i64>| {
        area.map(|dm2| format!("{}.{:02}", dm2 / 100, dm2 % 100))
            .unwrap_or_default()
    };
    let _ = writeln!(
        text,
        "{household}P{number},{household},{number},{},{},{},{period},{cause},{usage},{},{},{}",
        area(row.area_dm2),
        row.quota_dm2 / 100,
        area(row.over_dm2),
        u8::from(row.certificate),
        u8::from(row.disputed),
        row.cadre,
        household = row.household,
        number = row.number,
    );
    text
}

fn bin(mut text: String, row: &Bin<'_>) -> String {
    let Bin {
        id,
        village,
        group,
        volume_l,
        households_served,
        point,
        ..
    } = row;
    let (east, north) = (degrees(row.position.0), degrees(row.position.1));
    let sealed = u8::from(row.sealed);
    let _ = writeln!(
        text,
        "{id},{village},{group},{volume_l},{sealed},{households_served},{east},{north},{point}"
    );
    text
}

fn hamlet(mut text: String, row: &Hamlet<'_>) -> String {
    let Hamlet {
        id,
        village,
        number,
        household_count,
        ..
    } = row;
    let (east, north) = (degrees(row.position.0), degrees(row.position.1));
    let _ = writeln!(text, "{id},{village},第{number}组,{household_count},,{east},{north}");
    text
}

/// Millionths of a degree, exactly.
fn degrees(value: i32) -> String {
    format!("{}.{:06}", value / 1_000_000, value % 1_000_000)
}
