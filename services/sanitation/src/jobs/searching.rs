//! Searches the tasks of an operation, and tells how far it has come.

use std::{
    thread,
    time::{Duration, Instant},
};

use kit::{
    error::{Error, Result},
    operation::Job,
};
use proto::xiangtu::sanitation::v1::RoutePlanProgress;
use routing::Solution;
use tokio::sync::watch;

use crate::{
    planning::{Budget, Snapshot, Task, nearest, search, verify},
    wire::routes,
};

/// How often progress is stored at most.
const STORE: Duration = Duration::from_millis(400);

/// How long to search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    pub seconds: i32,
    pub seed: u64,
    /// Most candidate solutions for each task; 0: as many as the time allows.
    pub iteration_limit: i64,
}

/// Tasks with their solutions.
pub(super) struct Found {
    pub tasks: Vec<Task>,
    pub solutions: Vec<Option<Solution>>,
    /// What drivers who plan nothing would do.
    pub nearest: Vec<Option<Solution>>,
}

/// Searches, then checks everything apart from what found it.
pub(super) async fn found(job: &Job, tasks: Vec<Task>, effort: Effort) -> Result<Found> {
    let found = searched(job, tasks, effort).await?;
    if job.cancelled() {
        return Err(Error::cancelled());
    }
    let proved = tokio::task::spawn_blocking(move || {
        let (tasks, solutions) = found;
        verify(&tasks, &solutions)?;
        let nearest = nearest(&tasks);
        verify(&tasks, &nearest)?;
        Ok(Found {
            tasks,
            solutions,
            nearest,
        })
    });
    proved
        .await
        .map_err(Error::internal)?
        .map_err(|broken: String| Error::internal(broken))
}

async fn searched(job: &Job, tasks: Vec<Task>, effort: Effort) -> Result<(Vec<Task>, Vec<Option<Solution>>)> {
    let budget = Budget {
        time: Duration::from_secs(u64::try_from(effort.seconds).unwrap_or(1)),
        seed: effort.seed,
        iterations: u64::try_from(effort.iteration_limit).ok().filter(|limit| *limit > 0),
        threads: thread::available_parallelism().map_or(1, usize::from),
    };
    let due = |task: &Task| i64::try_from(task.day.points.len() - task.day.resting.len()).unwrap_or(0);
    let frame = RoutePlanProgress {
        station_count: i32::try_from(tasks.len()).unwrap_or(i32::MAX),
        point_count: tasks.iter().map(due).sum(),
        search_seconds: effort.seconds.into(),
        ..RoutePlanProgress::default()
    };
    let (sender, mut receiver) = watch::channel(Snapshot::default());
    let cancel = job.cancel_token().clone();
    let mut searched = tokio::task::spawn_blocking(move || {
        let told = |snapshot| {
            sender.send_replace(snapshot);
        };
        let solutions = search(&tasks, budget, &|| cancel.is_cancelled(), &told);
        (tasks, solutions)
    });
    let begun = Instant::now();
    loop {
        tokio::select! {
            found = &mut searched => return found.map_err(Error::internal),
            () = tokio::time::sleep(STORE) => {}
        }
        if receiver.has_changed().unwrap_or(false) {
            let snapshot = receiver.borrow_and_update().clone();
            job.progress(&progress(&frame, &snapshot, begun)).await?;
        }
    }
}

fn progress(frame: &RoutePlanProgress, snapshot: &Snapshot, begun: Instant) -> RoutePlanProgress {
    RoutePlanProgress {
        planned_station_count: i32::try_from(snapshot.planned).unwrap_or(i32::MAX),
        elapsed_s: i64::try_from(begun.elapsed().as_secs()).unwrap_or(i64::MAX),
        iteration_count: i64::try_from(snapshot.iterations).unwrap_or(i64::MAX),
        best: Some(routes::totals(&snapshot.totals)),
        ..*frame
    }
}
