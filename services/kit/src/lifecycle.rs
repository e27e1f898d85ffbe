//! Two-stage shutdown: first no new work, then a hard deadline.

use std::time::Duration;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The life of one process or of one service in it. Cheap to clone.
#[derive(Clone, Default)]
pub struct Lifecycle {
    /// Cancelled when the service shall finish what it has and take nothing new.
    pub soft: CancellationToken,
    /// Cancelled when everything is cut off.
    pub hard: CancellationToken,
    /// Background tasks that are waited for.
    pub tasks: TaskTracker,
}

impl Lifecycle {
    /// A life that ends with [`Lifecycle::soft`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Spawns background work that is waited for at the end.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    /// Cancels `soft` on SIGTERM or SIGINT, and `hard` on a second one.
    pub async fn until_signalled(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut stages = [&self.soft, &self.hard].into_iter();
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                () = self.hard.cancelled() => return Ok(()),
            }
            match stages.next() {
                Some(stage) => stage.cancel(),
                None => return Ok(()),
            }
        }
    }

    /// Waits for the background tasks after `soft`, at most `deadline`, then cuts off. True if everything ended by itself.
    pub async fn drain(&self, deadline: Duration) -> bool {
        self.tasks.close();
        let in_time = tokio::select! {
            () = self.tasks.wait() => true,
            () = tokio::time::sleep(deadline) => false,
            () = self.hard.cancelled() => false,
        };
        self.hard.cancel();
        in_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stuck_task_does_not_hold_the_process() {
        let life = Lifecycle::new();
        life.spawn(std::future::pending());
        life.soft.cancel();
        assert!(!life.drain(Duration::from_millis(20)).await);
        assert!(life.hard.is_cancelled());
    }

    #[tokio::test]
    async fn finished_tasks_end_it_at_once() {
        let life = Lifecycle::new();
        let stop = life.soft.clone();
        life.spawn(async move { stop.cancelled().await });
        life.soft.cancel();
        assert!(life.drain(Duration::from_mins(1)).await);
    }
}
