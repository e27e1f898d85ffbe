//! How much a household may occupy, and what lies above it.

use crate::problem::Problem;

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
}

/// The rule for a plot in `division`: the longest division that contains it, then one that names the period.
pub fn rule<'a>(rules: &'a [Rule], division: &str, period: Period) -> Option<&'a Rule> {
    rules
        .iter()
        .filter(|rule| division.starts_with(&rule.division))
        .filter(|rule| rule.periods.is_empty() || rule.periods.contains(&period))
        .max_by_key(|rule| (rule.division.len(), !rule.periods.is_empty()))
}

/// Judges the plots of one household, in order of their number; one line a plot in the order given. `None` if no rule
/// covers a plot. Several plots share one entitlement unless the rule entitles the first alone.
pub fn assess(rules: &[Rule], division: &str, plots: &[Plot]) -> Option<Vec<Line>> {
    let mut order: Vec<usize> = (0..plots.len()).collect();
    order.sort_unstable_by_key(|at| plots[*at].number);
    let mut lines = vec![
        Line {
            entitled_dm2: 0,
            over_dm2: 0
        };
        plots.len()
    ];
    let mut used_dm2 = 0;
    for (rank, at) in order.into_iter().enumerate() {
        let plot = &plots[at];
        let rule = rule(rules, division, plot.period)?;
        let entitled_dm2 = match rank {
            0 => rule.entitled_dm2,
            _ if rule.single_plot => 0,
            _ => (rule.entitled_dm2 - used_dm2).max(0),
        };
        let area_dm2 = plot.area_dm2.unwrap_or(0);
        lines[at] = Line {
            entitled_dm2,
            over_dm2: (area_dm2 - entitled_dm2).max(0),
        };
        used_dm2 += area_dm2.min(entitled_dm2);
    }
    Some(lines)
}

/// Contradictions of `rules`, with paths below `path`.
pub fn check(path: &str, rules: &[Rule]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        if rule.entitled_dm2 <= 0 {
            problems.push(Problem::new(
                format!("{path}[{at}].entitled_dm2"),
                "NOT_POSITIVE",
                "more than 0",
                "面积标准须大于 0",
            ));
        }
        let twice = rules[..at].iter().any(|other| {
            other.division == rule.division
                && (other.periods.is_empty() && rule.periods.is_empty()
                    || other.periods.iter().any(|period| rule.periods.contains(period)))
        });
        if twice {
            problems.push(Problem::new(
                format!("{path}[{at}].periods"),
                "RULE_OVERLAP",
                "a rule above covers the same division and period",
                "与前面的规则在同一区划、同一时期重复",
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn county(single_plot: bool) -> Vec<Rule> {
        vec![
            Rule {
                division: "410225".into(),
                periods: vec![],
                entitled_dm2: 16_700,
                single_plot,
            },
            Rule {
                division: "410225".into(),
                periods: vec![Period::Before1982],
                entitled_dm2: 26_700,
                single_plot,
            },
            Rule {
                division: "410225104".into(),
                periods: vec![],
                entitled_dm2: 20_000,
                single_plot,
            },
        ]
    }

    fn plot(number: i32, area_dm2: i64) -> Plot {
        Plot {
            number,
            area_dm2: Some(area_dm2),
            period: Period::From1999,
        }
    }

    #[test]
    fn the_register_of_the_county_is_reproduced() {
        let lines = assess(&county(true), "410225001213", &[plot(1, 17_370), plot(2, 14_320)]).expect("covered");
        assert_eq!(
            lines.iter().map(|line| line.over_dm2).collect::<Vec<_>>(),
            [670, 14_320]
        );
    }

    #[test]
    fn a_shared_entitlement_is_used_up_in_order() {
        let lines = assess(&county(false), "410225001213", &[plot(2, 10_000), plot(1, 10_000)]).expect("covered");
        assert_eq!(lines.iter().map(|line| line.over_dm2).collect::<Vec<_>>(), [3_300, 0]);
    }

    #[test]
    fn the_particular_rule_wins() {
        let rules = county(true);
        assert_eq!(
            rule(&rules, "410225001213", Period::Before1982).map(|rule| rule.entitled_dm2),
            Some(26_700)
        );
        assert_eq!(
            rule(&rules, "410225104201", Period::Before1982).map(|rule| rule.entitled_dm2),
            Some(20_000)
        );
        assert_eq!(rule(&rules, "411000104201", Period::From1999), None);
        assert_eq!(assess(&rules, "411000104201", &[plot(1, 1)]), None);
    }

    #[test]
    fn what_is_not_surveyed_counts_nothing() {
        let plots = [
            Plot {
                area_dm2: None,
                ..plot(1, 0)
            },
            plot(2, 10_000),
        ];
        let lines = assess(&county(true), "410225001213", &plots).expect("covered");
        assert_eq!(lines.iter().map(|line| line.over_dm2).collect::<Vec<_>>(), [0, 10_000]);
    }

    #[test]
    fn overlaps_have_paths() {
        let mut rules = county(true);
        rules[1].periods.clear();
        rules[2].entitled_dm2 = 0;
        let found: Vec<_> = check("entitlement_rules", &rules)
            .into_iter()
            .map(|problem| (problem.path, problem.reason))
            .collect();
        assert_eq!(
            found,
            [
                ("entitlement_rules[1].periods".to_owned(), "RULE_OVERLAP"),
                ("entitlement_rules[2].entitled_dm2".to_owned(), "NOT_POSITIVE"),
            ]
        );
    }
}
