//! The register of households (农户) of a village.

use crate::{Plan, Village, chance::Chance, names::Names};

/// Households with 1, 2, … 12 registered persons, as counted in the original register.
const SIZES: [u32; 12] = [
    31_115, 74_789, 66_848, 42_404, 26_560, 16_662, 10_263, 6_418, 4_051, 2_477, 2_894, 1_294,
];

/// Whether a household lives in its house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residence {
    /// All year.
    Resident,
    /// For seasons or festivals.
    Seasonal,
    /// Not at all.
    Vacant,
}

/// Toilet of a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toilet {
    /// None.
    None,
    /// Dry pit, not converted.
    DryPit,
    /// Double urn.
    DoubleUrn,
    /// Three-chamber septic tank.
    ThreeChamber,
    /// Full flush.
    Flush,
}

/// A row of the register.
#[derive(Clone, Debug)]
pub struct Household<'a> {
    /// Number in the register: the group's code and a number within it.
    pub id: String,
    /// Code of the village.
    pub village: &'a str,
    /// Code of the group.
    pub group: &'a str,
    /// Name of the head.
    pub head_name: String,
    /// Persons on the register.
    pub registered_persons: u32,
    /// Persons who live there.
    pub resident_persons: u32,
    /// Whether they live in the house.
    pub residence: Residence,
    /// Draws the minimum living allowance.
    pub low_income: bool,
    /// Toilet.
    pub toilet: Toilet,
    /// Sewer pipe connected.
    pub sewage_connected: bool,
    /// Safety grade of the house, A to D; not yet graded where none.
    pub house_grade: Option<char>,
    /// Five-beauty courtyard.
    pub five_beauty: bool,
}

/// The households of `village`: exact in number and persons, and in the shares that the village reports.
pub fn households(village: &Village, plan: Plan) -> Vec<Household<'_>> {
    let seats = seats(village, plan);
    let count = seats.len();
    let mut chance = Chance::new(plan.seed, 1, &village.code);
    let mut registered: Vec<u32> = (0..count).map(|_| one_to(12, chance.weighted(&SIZES))).collect();
    chance.settle(&mut registered, plan.scaled(village.registered_person_count), |_| {
        (1, 12)
    });
    let residence: Vec<Residence> = (0..count)
        .map(|_| [Residence::Resident, Residence::Seasonal, Residence::Vacant][chance.weighted(&[780, 101, 119])])
        .collect();
    let bounds = |at: usize| match residence[at] {
        Residence::Resident => (1, registered[at]),
        Residence::Seasonal => (0, 1.min(registered[at])),
        Residence::Vacant => (0, 0),
    };
    let mut resident: Vec<u32> = (0..count)
        .map(|at| {
            let (low, high) = bounds(at);
            let away = u32::try_from(chance.weighted(&[331, 459, 189, 21])).unwrap_or(0);
            registered[at].saturating_sub(away).clamp(low, high)
        })
        .collect();
    chance.settle(&mut resident, plan.scaled(village.resident_person_count), bounds);

    let share = |permille: u32| (count * permille as usize + 500) / 1000;
    let converted = chance.flags(count, share(village.permille.toilet_converted));
    let sewage = chance.flags(count, share(village.permille.sewage_connected));
    let beauty = chance.flags(count, share(village.permille.five_beauty));
    let d_grade = chance.flags(count, (plan.scaled(village.d_grade_count) as usize).min(count));
    let (names, mut naming) = (Names::new(), Chance::new(plan.seed, 2, &village.code));
    seats
        .into_iter()
        .enumerate()
        .map(|(at, (group, id))| Household {
            id,
            village: &village.code,
            group,
            head_name: names.draw(&mut naming),
            registered_persons: registered[at],
            resident_persons: resident[at],
            residence: residence[at],
            low_income: chance.permille(45),
            toilet: toilet(&mut chance, converted[at]),
            sewage_connected: sewage[at],
            house_grade: if d_grade[at] { Some('D') } else { grade(&mut chance) },
            five_beauty: beauty[at],
        })
        .collect()
}

/// Group and number of each household; groups differ by one household at most.
fn seats(village: &Village, plan: Plan) -> Vec<(&str, String)> {
    let (count, groups) = (plan.scaled(village.household_count) as usize, village.groups.len());
    let mut seats = Vec::with_capacity(count);
    for (at, group) in village.groups.iter().enumerate() {
        let size = count / groups + usize::from(at < count % groups);
        seats.extend((1..=size).map(|number| (group.code.as_str(), format!("{}{number:03}", group.code))));
    }
    seats
}

fn toilet(chance: &mut Chance, converted: bool) -> Toilet {
    if converted {
        [Toilet::Flush, Toilet::ThreeChamber, Toilet::DoubleUrn][chance.weighted(&[717, 189, 94])]
    } else {
        [Toilet::DryPit, Toilet::None][chance.weighted(&[1, 1])]
    }
}

fn grade(chance: &mut Chance) -> Option<char> {
    [Some('A'), Some('B'), Some('C'), None][chance.weighted(&[553, 353, 84, 10])]
}

/// The `index`-th number from 1, at most `last`.
fn one_to(last: u32, index: usize) -> u32 {
    u32::try_from(index).map_or(last, |index| (index + 1).min(last))
}
