//! How much a household may occupy, and what lies above it.

mod check;

pub use check::{check, check_terrains};

/// When a plot was taken into use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Period {
    /// Before 1982.
    Before1982,
    /// 1982 to 1986.
    From1982To1986,
    /// 1987 to 1998.
    From1987To1998,
    /// 1999 or later.
    From1999,
}

/// In what country a village lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Terrain {
    /// 平原.
    Plain,
    /// 丘陵.
    Hills,
    /// 山区.
    Mountains,
}

/// The terrain of the villages of a division.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DivisionTerrain {
    /// Code of the division.
    pub division: String,
    /// Its terrain.
    pub terrain: Terrain,
}

/// How much a household of some kind may occupy.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rule {
    /// Code of the division it holds for.
    pub division: String,
    /// Periods it holds for; empty means all.
    pub periods: Vec<Period>,
    /// Entitlement of one household.
    pub entitled_dm2: i64,
    /// Only the first plot is entitled (一户一宅).
    pub single_plot: bool,
    /// Terrain it holds for; `None` means all.
    pub terrain: Option<Terrain>,
    /// Least number of persons it holds for.
    pub min_persons: Option<i32>,
    /// Largest number of persons it holds for.
    pub max_persons: Option<i32>,
}

/// A household as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder<'a> {
    /// Code of its village.
    pub village: &'a str,
    /// Terrain of the village, where it is stated.
    pub terrain: Option<Terrain>,
    /// Persons on its register, where it states them.
    pub persons: Option<i32>,
}

/// A plot as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plot {
    /// Number within the household.
    pub number: i32,
    /// Surveyed area; `None` while not surveyed.
    pub area_dm2: Option<i64>,
    /// When it was taken into use.
    pub period: Period,
}

/// What the rules say of one plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Entitlement granted to it.
    pub entitled_dm2: i64,
    /// Over-occupied area.
    pub over_dm2: i64,
    /// Index of the rule that applied.
    pub rule: usize,
}

impl Rule {
    fn sized(&self) -> bool {
        self.min_persons.is_some() || self.max_persons.is_some()
    }

    /// The order of the rules: the longest division, then one that names the period, the terrain, the size.
    fn rank(&self) -> (usize, bool, bool, bool) {
        (
            self.division.len(),
            !self.periods.is_empty(),
            self.terrain.is_some(),
            self.sized(),
        )
    }

    /// Persons it holds for.
    fn persons(&self) -> (i32, i32) {
        (self.min_persons.unwrap_or(0), self.max_persons.unwrap_or(i32::MAX))
    }

    /// Whether it covers a plot. What is not known of a household matches no rule that names it.
    fn covers(&self, holder: &Holder<'_>, period: Period) -> bool {
        let (least, most) = self.persons();
        holder.village.starts_with(&self.division)
            && (self.periods.is_empty() || self.periods.contains(&period))
            && (self.terrain.is_none() || self.terrain == holder.terrain)
            && (!self.sized() || holder.persons.is_some_and(|persons| (least..=most).contains(&persons)))
    }

    /// Whether some plot is covered by both and neither is the more particular.
    fn clashes(&self, other: &Self) -> bool {
        let ((least, most), (other_least, other_most)) = (self.persons(), other.persons());
        self.division == other.division
            && self.rank() == other.rank()
            && (self.periods.is_empty() || self.periods.iter().any(|period| other.periods.contains(period)))
            && self.terrain == other.terrain
            && least.max(other_least) <= most.min(other_most)
    }
}

/// The terrain of a village: that of the longest division that contains it; of equal ones the first.
pub fn terrain_of(terrains: &[DivisionTerrain], village: &str) -> Option<Terrain> {
    let known = terrains.iter().filter(|known| village.starts_with(&known.division));
    known
        .rev()
        .max_by_key(|known| known.division.len())
        .map(|known| known.terrain)
}

/// The index of the rule for a plot: the most particular one that covers it, the first of equal ones.
pub fn rule(rules: &[Rule], holder: &Holder<'_>, period: Period) -> Option<usize> {
    let covering = rules.iter().enumerate().filter(|(_, rule)| rule.covers(holder, period));
    // The last of equals is the first here.
    covering.rev().max_by_key(|(_, rule)| rule.rank()).map(|(at, _)| at)
}

/// Judges the plots of one household, in order of their number; one line a plot in the order given. `None` if no rule
/// covers a plot. Several plots share one entitlement unless the rule entitles the first alone.
pub fn assess(rules: &[Rule], holder: &Holder<'_>, plots: &[Plot]) -> Option<Vec<Line>> {
    let mut order: Vec<usize> = (0..plots.len()).collect();
    order.sort_unstable_by_key(|at| plots[*at].number);
    let mut lines = vec![
        Line {
            entitled_dm2: 0,
            over_dm2: 0,
            rule: 0,
        };
        plots.len()
    ];
    let mut used_dm2 = 0;
    for (rank, at) in order.into_iter().enumerate() {
        let plot = &plots[at];
        let applied = rule(rules, holder, plot.period)?;
        let rule = &rules[applied];
        let entitled_dm2 = match rank {
            0 => rule.entitled_dm2,
            _ if rule.single_plot => 0,
            _ => (rule.entitled_dm2 - used_dm2).max(0),
        };
        let area_dm2 = plot.area_dm2.unwrap_or(0);
        lines[at] = Line {
            entitled_dm2,
            over_dm2: (area_dm2 - entitled_dm2).max(0),
            rule: applied,
        };
        used_dm2 += area_dm2.min(entitled_dm2);
    }
    Some(lines)
}

#[cfg(test)]
pub(crate) mod samples {
    use super::Rule;

    /// A rule for all households of a division.
    pub fn rule(division: &str, entitled_dm2: i64) -> Rule {
        Rule {
            division: division.into(),
            periods: vec![],
            entitled_dm2,
            single_plot: true,
            terrain: None,
            min_persons: None,
            max_persons: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn county(single_plot: bool) -> Vec<Rule> {
        let mut rules = vec![
            samples::rule("410225", 16_700),
            Rule {
                periods: vec![Period::Before1982],
                ..samples::rule("410225", 26_700)
            },
            samples::rule("410225104", 20_000),
        ];
        for rule in &mut rules {
            rule.single_plot = single_plot;
        }
        rules
    }

    fn of(village: &str) -> Holder<'_> {
        Holder {
            village,
            terrain: None,
            persons: None,
        }
    }

    fn plot(number: i32, area_dm2: i64) -> Plot {
        Plot {
            number,
            area_dm2: Some(area_dm2),
            period: Period::From1999,
        }
    }

    fn over(rules: &[Rule], plots: &[Plot]) -> Vec<i64> {
        let lines = assess(rules, &of("410225001213"), plots).expect("covered");
        lines.iter().map(|line| line.over_dm2).collect()
    }

    #[test]
    fn the_register_of_the_county_is_reproduced() {
        assert_eq!(over(&county(true), &[plot(1, 17_370), plot(2, 14_320)]), [670, 14_320]);
    }

    #[test]
    fn a_shared_entitlement_is_used_up_in_order() {
        assert_eq!(over(&county(false), &[plot(2, 10_000), plot(1, 10_000)]), [3_300, 0]);
    }

    #[test]
    fn the_particular_rule_wins() {
        let rules = county(true);
        let entitled = |village, period| rule(&rules, &of(village), period).map(|at| rules[at].entitled_dm2);
        assert_eq!(entitled("410225001213", Period::Before1982), Some(26_700));
        assert_eq!(entitled("410225104201", Period::Before1982), Some(20_000));
        assert_eq!(entitled("411000104201", Period::From1999), None);
        assert_eq!(assess(&rules, &of("411000104201"), &[plot(1, 1)]), None);
    }

    #[test]
    fn division_period_terrain_and_size_count_in_this_order() {
        let any = samples::rule("410225", 1);
        let sized = Rule {
            max_persons: Some(5),
            ..any.clone()
        };
        let hills = Rule {
            terrain: Some(Terrain::Hills),
            ..any.clone()
        };
        let old = Rule {
            periods: vec![Period::From1999],
            ..any.clone()
        };
        let own = samples::rule("410225001", 1);
        // Each is more particular than all before it, wherever it stands.
        let rules = [own, old, hills, sized, any];
        let holder = Holder {
            village: "410225001213",
            terrain: Some(Terrain::Hills),
            persons: Some(5),
        };
        for first in 0..rules.len() {
            assert_eq!(rule(&rules[first..], &holder, Period::From1999), Some(0));
        }
        let six = Holder {
            persons: Some(6),
            ..holder
        };
        assert_eq!(rule(&rules[3..], &six, Period::From1999), Some(1));
        for unknown in [
            Holder {
                terrain: None,
                ..holder
            },
            Holder {
                terrain: Some(Terrain::Plain),
                ..holder
            },
        ] {
            assert_eq!(rule(&rules[2..], &unknown, Period::From1999), Some(1));
        }
        assert_eq!(rule(&rules[3..], &of("410225001213"), Period::From1999), Some(1));
    }

    #[test]
    fn the_longest_division_tells_the_terrain() {
        let known = |division: &str, terrain| DivisionTerrain {
            division: division.into(),
            terrain,
        };
        let terrains = [
            known("410225", Terrain::Plain),
            known("410225104", Terrain::Hills),
            known("410225", Terrain::Mountains),
        ];
        assert_eq!(terrain_of(&terrains, "410225104201"), Some(Terrain::Hills));
        assert_eq!(terrain_of(&terrains, "410225001213"), Some(Terrain::Plain));
        assert_eq!(terrain_of(&terrains, "410226001213"), None);
    }

    #[test]
    fn what_is_not_surveyed_counts_nothing() {
        let bare = Plot {
            area_dm2: None,
            ..plot(1, 0)
        };
        assert_eq!(over(&county(true), &[bare, plot(2, 10_000)]), [0, 10_000]);
    }

    fn any_rule() -> impl Strategy<Value = Rule> {
        let periods = proptest::sample::subsequence(vec![Period::Before1982, Period::From1999], 0..=2);
        let terrain = proptest::option::of(prop_oneof![Just(Terrain::Plain), Just(Terrain::Hills)]);
        let persons = || proptest::option::of(1..5_i32);
        let division = prop_oneof![Just("410225"), Just("410225001")];
        (division, periods, terrain, persons(), persons()).prop_map(|(division, periods, terrain, least, most)| Rule {
            periods,
            terrain,
            min_persons: least,
            max_persons: most,
            ..samples::rule(division, 1)
        })
    }

    proptest! {
        #[test]
        fn rules_without_problems_never_tie(
            rules in proptest::collection::vec(any_rule(), 1..6),
            persons in proptest::option::of(0..6_i32),
            terrain in proptest::option::of(prop_oneof![Just(Terrain::Plain), Just(Terrain::Hills)]),
        ) {
            let holder = Holder { village: "410225001213", terrain, persons };
            let covering = rules.iter().filter(|rule| rule.covers(&holder, Period::From1999));
            let mut ranks: Vec<_> = covering.map(Rule::rank).collect();
            ranks.sort_unstable();
            let tie = ranks.windows(2).any(|pair| pair[0] == pair[1]);
            prop_assert!(!tie || !check("rules", &rules).is_empty());
        }
    }
}
