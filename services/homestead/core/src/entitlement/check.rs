//! What entitlement rules must be before they are taken into force.

use super::{DivisionTerrain, Rule};
use crate::problem::Problem;

/// Largest number of persons on a register.
const MOST_PERSONS: i32 = 100;

/// Contradictions of `rules`, with paths below `path`.
pub fn check(path: &str, rules: &[Rule]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let here = format!("{path}[{at}]");
        if rule.entitled_dm2 <= 0 {
            problems.push(Problem::new(
                format!("{here}.entitled_dm2"),
                "NOT_POSITIVE",
                "more than 0",
                "面积标准须大于 0",
            ));
        }
        persons(&here, rule, &mut problems);
        if let Some(other) = rules[..at].iter().position(|other| other.clashes(rule)) {
            // The selector that could tell the two apart.
            let field = match (rule.sized(), rule.terrain) {
                (true, _) => "min_persons",
                (false, Some(_)) => "terrain",
                (false, None) => "periods",
            };
            problems.push(Problem::new(
                format!("{here}.{field}"),
                "RULE_OVERLAP",
                format!("{path}[{other}] covers the same households and plots and is as particular"),
                format!("与第 {} 条规则适用于同样的农户和宗地，无法区分先后", other + 1),
            ));
        }
    }
    problems
}

fn persons(path: &str, rule: &Rule, problems: &mut Vec<Problem>) {
    let bounds = [("min_persons", rule.min_persons), ("max_persons", rule.max_persons)];
    for (field, bound) in bounds {
        if bound.is_some_and(|bound| !(1..=MOST_PERSONS).contains(&bound)) {
            problems.push(Problem::new(
                format!("{path}.{field}"),
                "PERSONS_RANGE",
                "1–100, or 0 for no bound",
                "人数须在 1 至 100 之间，0 表示不限",
            ));
        }
    }
    if let (Some(least), Some(most)) = (rule.min_persons, rule.max_persons)
        && most < least
    {
        problems.push(Problem::new(
            format!("{path}.max_persons"),
            "PERSONS_RANGE",
            format!("at least min_persons {least}"),
            "人数上限不得小于下限",
        ));
    }
}

/// Contradictions of `terrains`, with paths below `path`.
pub fn check_terrains(path: &str, terrains: &[DivisionTerrain]) -> Vec<Problem> {
    let twice = |(at, known): (usize, &DivisionTerrain)| {
        let first = terrains[..at]
            .iter()
            .position(|other| other.division == known.division)?;
        Some(Problem::new(
            format!("{path}[{at}].division"),
            "TERRAIN_TWICE",
            format!("{path}[{first}] states the terrain of this division"),
            "同一区划的地形只能注明一次",
        ))
    };
    terrains.iter().enumerate().filter_map(twice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entitlement::{Period, Terrain, samples::rule};

    fn found(rules: &[Rule]) -> Vec<(String, &'static str)> {
        let problems = check("rules", rules).into_iter();
        problems.map(|problem| (problem.path, problem.reason)).collect()
    }

    #[test]
    fn overlaps_have_the_path_of_what_could_tell_them_apart() {
        let old = Rule {
            periods: vec![Period::Before1982],
            ..rule("410225", 1)
        };
        let hills = Rule {
            terrain: Some(Terrain::Hills),
            ..rule("410225", 1)
        };
        let sized = |min_persons, max_persons| Rule {
            min_persons,
            max_persons,
            ..rule("410225", 1)
        };
        let apart = [
            rule("410225", 1),
            rule("410225104", 1),
            old.clone(),
            hills.clone(),
            Rule {
                terrain: Some(Terrain::Hills),
                ..old.clone()
            },
            sized(None, Some(3)),
            sized(Some(4), Some(5)),
            sized(Some(6), None),
        ];
        assert_eq!(found(&apart), []);
        for (clash, field) in [
            (rule("410225", 2), "periods"),
            (
                Rule {
                    periods: vec![Period::From1999, Period::Before1982],
                    ..old
                },
                "periods",
            ),
            (hills, "terrain"),
            (sized(Some(5), Some(9)), "min_persons"),
        ] {
            let mut rules = apart.to_vec();
            rules.push(clash);
            assert_eq!(found(&rules), [(format!("rules[8].{field}"), "RULE_OVERLAP")]);
        }
    }

    #[test]
    fn values_have_ranges() {
        let bad = Rule {
            entitled_dm2: 0,
            min_persons: Some(101),
            max_persons: Some(5),
            ..rule("410225", 1)
        };
        assert_eq!(
            found(&[bad]),
            [
                ("rules[0].entitled_dm2".to_owned(), "NOT_POSITIVE"),
                ("rules[0].min_persons".to_owned(), "PERSONS_RANGE"),
                ("rules[0].max_persons".to_owned(), "PERSONS_RANGE"),
            ]
        );
    }

    #[test]
    fn a_division_has_one_terrain() {
        let known = |division: &str| DivisionTerrain {
            division: division.into(),
            terrain: Terrain::Plain,
        };
        let problems = check_terrains("terrains", &[known("410225"), known("410225104"), known("410225")]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, "terrains[2].division");
    }
}
