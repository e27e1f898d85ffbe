//! Figures as they will be when work is done.

use crate::{
    document::{Direction, IndicatorKind},
    plan::Plan,
};

use super::Facts;

/// Why work cannot be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectError {
    /// The village has no usable figure of the indicator.
    NoFigure,
    /// More units than there are.
    TooMany {
        /// Most units that can be counted.
        most: i64,
        /// Counted part now.
        numerator: i64,
        /// Counted whole; `None` for a plain count.
        whole: Option<i64>,
    },
}

impl Facts {
    /// Counts `units` as gained, or as taken off where less is better.
    pub fn carry_out(&mut self, plan: &Plan, indicator: usize, units: i64) -> Result<(), ProjectError> {
        let asked = plan.indicators.get(indicator).ok_or(ProjectError::NoFigure)?;
        let figure = self.figures.get_mut(indicator).and_then(Option::as_mut);
        let figure = figure
            .filter(|figure| figure.value(asked.kind).is_some())
            .ok_or(ProjectError::NoFigure)?;
        let (numerator, whole) = match asked.kind {
            IndicatorKind::Ratio => (figure.numerator, figure.whole),
            IndicatorKind::Count => (figure.numerator, None),
            IndicatorKind::YesNo => (figure.numerator.clamp(0, 1), Some(1)),
        };
        let (most, done) = match asked.direction {
            Direction::Higher => (
                whole.unwrap_or(i64::MAX).saturating_sub(numerator),
                numerator.saturating_add(units),
            ),
            Direction::Lower => (numerator, numerator.saturating_sub(units)),
        };
        let most = most.max(0);
        if !(0..=most).contains(&units) {
            return Err(ProjectError::TooMany { most, numerator, whole });
        }
        figure.numerator = done;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{facts, plan};

    #[test]
    fn counts_up_to_the_whole_and_down_to_nothing() {
        let plan = plan();
        let mut facts = facts(&plan, &[(319, Some(412)), (5, None), (2, None), (0, None)]);
        let mut work = |indicator, units| facts.carry_out(&plan, indicator, units);
        assert_eq!(work(0, 93), Ok(()));
        let full = ProjectError::TooMany {
            most: 0,
            numerator: 412,
            whole: Some(412),
        };
        assert_eq!(work(0, 1), Err(full));
        assert_eq!(work(1, 1), Err(ProjectError::NoFigure), "a share without a whole");
        assert_eq!((work(2, 1), work(2, 1)), (Ok(()), Ok(())));
        assert!(matches!(
            work(2, 1),
            Err(ProjectError::TooMany {
                most: 0,
                whole: None,
                ..
            })
        ));
        assert_eq!(work(3, 1), Ok(()));
        assert!(matches!(work(3, 1), Err(ProjectError::TooMany { whole: Some(1), .. })));
        assert_eq!(work(4, 1), Err(ProjectError::NoFigure));
        assert_eq!(facts.figure(0).map(|figure| figure.numerator), Some(412));
        assert_eq!(facts.figure(2).map(|figure| figure.numerator), Some(0));
    }
}
