//! The accountability ladder: which step an occurrence calls for. The system drafts; people decide.

mod process;

use std::collections::BTreeMap;

use crate::document::{LadderStep, Trigger};

pub use process::{APPEAL_DAYS, Action, Process, Refused, State};

/// The step for the n-th occurrence of a trigger. Missed weeks lead up the ladder and end with its last step; every other
/// occurrence stands for itself, so that beyond the last step that one is called for again.
pub fn step(ladder: &[LadderStep], trigger: Trigger, occurrence: i32) -> Option<&LadderStep> {
    let steps = ladder.iter().filter(|step| step.trigger == trigger);
    let last = steps
        .filter(|step| step.occurrence <= occurrence)
        .max_by_key(|step| step.occurrence)?;
    (trigger != Trigger::MissedWeek || last.occurrence == occurrence).then_some(last)
}

/// Misses of one bulletin by person, persons by identity, misses in the order given: one bulletin is one occurrence,
/// however many tasks were missed.
pub fn by_person<T>(misses: impl IntoIterator<Item = (String, T)>) -> BTreeMap<String, Vec<T>> {
    let mut persons: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for (person, miss) in misses {
        persons.entry(person).or_default().push(miss);
    }
    persons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Measure;

    #[test]
    fn steps_follow_the_occurrence_of_their_own_trigger() {
        let rung = |trigger, occurrence, measure| LadderStep {
            code: "x".to_owned(),
            display_name: "x".to_owned(),
            trigger,
            occurrence,
            measure,
            deduction_fen: 0,
            suspension_days: 0,
            approval_post: None,
            defence_days: 3,
        };
        let ladder = [
            rung(Trigger::MissedWeek, 1, Measure::PayDeduction),
            rung(Trigger::VillageOverdue, 1, Measure::WorkError),
            rung(Trigger::MissedWeek, 2, Measure::DisciplinarySanction),
        ];
        let measure = |occurrence| step(&ladder, Trigger::MissedWeek, occurrence).map(|step| step.measure);
        assert_eq!(measure(1), Some(Measure::PayDeduction));
        assert_eq!(measure(2), Some(Measure::DisciplinarySanction));
        assert_eq!((measure(0), measure(3)), (None, None));
        let error = |occurrence| step(&ladder, Trigger::VillageOverdue, occurrence).map(|step| step.measure);
        assert_eq!(
            (error(1), error(7)),
            (Some(Measure::WorkError), Some(Measure::WorkError))
        );
    }

    #[test]
    fn tasks_of_one_person_are_one_occurrence() {
        let grouped = by_person([("b".to_owned(), 1), ("a".to_owned(), 2), ("b".to_owned(), 3)]);
        assert_eq!(
            grouped.into_iter().collect::<Vec<_>>(),
            [("a".to_owned(), vec![2]), ("b".to_owned(), vec![1, 3])]
        );
    }
}
