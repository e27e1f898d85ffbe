//! What a plan is held against before it is kept.

use routing::{Solution, check, nearest_neighbour};
use sanitation_core::route::Totals;

use super::{Task, outcome::totals};

/// What drivers who plan nothing would do at each station.
pub fn nearest(tasks: &[Task]) -> Vec<Option<Solution>> {
    let drive = |task: &Task| task.problem.as_ref().map(nearest_neighbour);
    tasks.iter().map(drive).collect()
}

/// Sums over all stations.
pub fn sums(tasks: &[Task], solutions: &[Option<Solution>]) -> Totals {
    let mut sums = Totals::default();
    for (task, solution) in tasks.iter().zip(solutions) {
        sums += totals(task, solution.as_ref());
    }
    sums
}

/// Checks every solution apart from the search that found it; answers the first thing that is wrong.
pub fn verify(tasks: &[Task], solutions: &[Option<Solution>]) -> Result<(), String> {
    for (task, solution) in tasks.iter().zip(solutions) {
        let (problem, solution) = match (&task.problem, solution) {
            (Some(problem), Some(solution)) => (problem, solution),
            (None, None) => continue,
            _ => return Err(format!("{}: a problem without a solution", task.station())),
        };
        if let Err(broken) = check(problem, solution) {
            let first = broken.first().map(ToString::to_string).unwrap_or_default();
            return Err(format!(
                "{}: {} violations, first {first}",
                task.station(),
                broken.len()
            ));
        }
    }
    Ok(())
}

impl Task {
    /// The id of its station.
    fn station(&self) -> &str {
        self.day
            .station
            .as_ref()
            .map_or("no station", |station| &station.facility_id)
    }
}
