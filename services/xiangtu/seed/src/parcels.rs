//! The register of homestead parcels (宗地) of a village.

use crate::{Household, Plan, Residence, Village, chance::Chance};

/// Legal entitlement of a household in Lankao, 167 m², in 0.01 m².
const QUOTA_DM2: i64 = 16_700;
/// Areas in 0.01 m² at 0, 5, … 100 percent, as measured in the original register.
const WITHIN: [i64; 21] = [
    4_378, 9_073, 10_066, 10_778, 11_377, 11_905, 12_390, 12_845, 13_287, 13_727, 14_162, 14_596, 15_042, 15_494,
    15_962, 16_452, 16_700, 16_700, 16_700, 16_700, 16_700,
];
const OVER: [i64; 21] = [
    1, 251, 517, 802, 1_082, 1_387, 1_716, 2_053, 2_409, 2_794, 3_206, 3_646, 4_143, 4_696, 5_323, 6_038, 6_870, 7_976,
    9_536, 12_106, 22_000,
];
const FURTHER: [i64; 21] = [
    2_755, 7_678, 8_604, 9_303, 9_908, 10_444, 10_967, 11_485, 12_026, 12_559, 13_150, 13_808, 14_485, 15_330, 16_315,
    16_700, 16_700, 16_700, 17_630, 19_752, 26_000,
];

/// When the land was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Before 1982.
    Before1982,
    /// 1982 to 1986.
    From1982,
    /// 1987 to 1998.
    From1987,
    /// Since 1999.
    From1999,
}

/// Why a parcel exceeds the entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// History.
    History,
    /// Built beyond the line.
    Extension,
    /// The household was divided.
    SubdividedHousehold,
    /// Holder is not a member of the village.
    NonMember,
    /// One household, several parcels.
    MultiParcel,
    /// Inherited.
    Inheritance,
}

/// What a parcel is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Lived in.
    Occupied,
    /// Idle.
    Idle,
    /// In ruins.
    Ruin,
}

/// A row of the register.
#[derive(Clone, Debug)]
pub struct Parcel<'a> {
    /// Household that holds it.
    pub household: &'a str,
    /// Number among the household's parcels, from 1.
    pub number: u32,
    /// Surveyed area in 0.01 m²; not surveyed yet where none.
    pub area_dm2: Option<i64>,
    /// Entitlement that the list states, in 0.01 m².
    pub quota_dm2: i64,
    /// Area beyond the entitlement in 0.01 m²; all of a second parcel.
    pub over_dm2: Option<i64>,
    /// When the land was taken.
    pub period: Period,
    /// Why it exceeds; none within the entitlement.
    pub cause: Option<Cause>,
    /// What it is used for.
    pub usage: Use,
    /// A certificate was issued.
    pub certificate: bool,
    /// Somebody disputes it.
    pub disputed: bool,
    /// Cadre who answers for the household's arrears; empty where it owes nothing.
    pub cadre: &'a str,
}

/// The parcels of the `households` of `village`, exact in number.
pub fn parcels<'a>(village: &'a Village, households: &'a [Household<'a>], plan: Plan) -> Vec<Parcel<'a>> {
    let mut chance = Chance::new(plan.seed, 3, &village.code);
    let numbers = numbers(&mut chance, households.len(), plan.scaled(village.parcel_count));
    let mut parcels = Vec::new();
    for (household, count) in households.iter().zip(numbers) {
        let begin = parcels.len();
        parcels.extend((1..=count).map(|number| parcel(&mut chance, household, number)));
        // One cadre answers for a household, however many parcels it holds.
        if !village.cadres.is_empty() {
            let cadre = chance.pick(&village.cadres);
            for parcel in parcels[begin..]
                .iter_mut()
                .filter(|parcel| parcel.over_dm2.is_some_and(|over| over > 0))
            {
                parcel.cadre = cadre;
            }
        }
    }
    parcels
}

/// How many parcels each household holds: about one in a hundred none, one in eight two, one in nine hundred three.
fn numbers(chance: &mut Chance, households: usize, parcels: u32) -> Vec<u32> {
    let parcels = parcels as usize;
    let none = if parcels == 0 {
        households
    } else {
        (households / 100).max(households.saturating_sub(parcels))
    };
    let further = parcels.saturating_sub(households - none);
    let third = (further / 117).min(further.saturating_sub(1) / 2);
    let mut numbers = vec![0; households];
    let order = chance.flags(households, households - none);
    let holders: Vec<usize> = (0..households).filter(|at| order[*at]).collect();
    let second = chance.flags(holders.len(), (further - third).min(holders.len()));
    let mut left = third;
    for (at, second) in holders.into_iter().zip(second) {
        numbers[at] = 1 + u32::from(second);
        if second && left > 0 {
            numbers[at] += 1;
            left -= 1;
        }
    }
    numbers
}

fn parcel<'a>(chance: &mut Chance, household: &'a Household<'a>, number: u32) -> Parcel<'a> {
    let cause = if number > 1 {
        Some([Cause::MultiParcel, Cause::Inheritance][chance.weighted(&[801, 199])])
    } else if chance.permille(333) {
        let causes = [
            Cause::History,
            Cause::Extension,
            Cause::SubdividedHousehold,
            Cause::NonMember,
        ];
        Some(causes[chance.weighted(&[451, 398, 122, 29])])
    } else {
        None
    };
    let (mut area, mut over) = match (number, cause) {
        (1, None) => (chance.quantile(&WITHIN), 0),
        (1, Some(_)) => {
            let over = chance.quantile(&OVER);
            (QUOTA_DM2 + over, over)
        }
        _ => {
            let area = chance.quantile(&FURTHER);
            (area, area)
        }
    };
    // A decimal point lost at the desk, as the original has once in about seven hundred parcels.
    if cause.is_some() && chance.permille(4) {
        over += area * 9;
        area *= 10;
    }
    let surveyed = !chance.permille(2);
    let period = [Period::Before1982, Period::From1982, Period::From1987, Period::From1999];
    Parcel {
        household: &household.id,
        number,
        area_dm2: surveyed.then_some(area),
        quota_dm2: QUOTA_DM2,
        over_dm2: surveyed.then_some(over),
        period: period[chance.weighted(&[120, 141, 360, 379])],
        cause: cause.filter(|_| surveyed),
        usage: usage(chance, household.residence, number),
        certificate: chance.permille(721),
        disputed: chance.permille(15),
        cadre: "",
    }
}

fn usage(chance: &mut Chance, residence: Residence, number: u32) -> Use {
    let weights = match (residence, number) {
        (Residence::Vacant, _) => [0, 970, 30],
        (_, 1) => [970, 0, 30],
        _ => [382, 586, 32],
    };
    [Use::Occupied, Use::Idle, Use::Ruin][chance.weighted(&weights)]
}
