//! Posts whatever waits, in one commit.

use std::{sync::Arc, time::Instant};

use kit::{
    clock::Clock,
    error::{Error, Result},
};
use tokio::sync::{mpsc, oneshot};

use super::{MOST, broken, connections::Connections, one, split::split};
use crate::store::posting::{self, Posted, Posting};

/// A payment that waits, and whom to tell.
pub(super) struct Waiting {
    pub posting: Posting,
    pub deadline: Instant,
    pub answer: oneshot::Sender<Result<Posted>>,
}

/// One writer.
pub(super) struct Writer {
    pub connections: Arc<Connections>,
    pub clock: Clock,
}

impl Writer {
    /// Writes until nobody can send any more.
    pub(super) async fn run(self, mut queue: mpsc::Receiver<Waiting>) {
        let mut waiting = Vec::with_capacity(MOST);
        while queue.recv_many(&mut waiting, MOST).await > 0 {
            let wanted = drop_late(std::mem::take(&mut waiting));
            let (together, alone) = split(wanted, |one| &one.posting);
            let left = self.together(together).await;
            for waiting in left.into_iter().chain(alone) {
                let outcome = one(&self.connections, &waiting.posting, &self.clock).await;
                let _ = waiting.answer.send(outcome);
            }
        }
    }

    /// Posts in one commit and answers. Gives back what is to be posted one by one instead.
    async fn together(&self, waiting: Vec<Waiting>) -> Vec<Waiting> {
        if waiting.len() < 2 {
            return waiting;
        }
        let postings: Vec<&Posting> = waiting.iter().map(|one| &one.posting).collect();
        match self.many(&postings).await {
            Ok(outcomes) => {
                for (waiting, outcome) in waiting.into_iter().zip(outcomes) {
                    let outcome = outcome.ok_or_else(|| Error::internal("the ledger gave no outcome"));
                    let _ = waiting.answer.send(outcome);
                }
                Vec::new()
            }
            // One of them is to blame, another transaction was faster, or the connection broke: each gets its own answer.
            Err(error) if !is_outage(&error) => {
                tracing::warn!(%error, payments = waiting.len(), "posting one by one");
                waiting
            }
            Err(error) => {
                let error = Error::from(error);
                for waiting in waiting {
                    let _ = waiting.answer.send(Err(error.clone()));
                }
                Vec::new()
            }
        }
    }

    /// The outcomes in the order of `postings`.
    async fn many(&self, postings: &[&Posting]) -> Result<Vec<Option<Posted>>, sqlx::Error> {
        let mut held = self.connections.take().await?;
        let posted = posting::post_many(&mut held.conn, postings, self.clock.now()).await;
        self.connections.give_back(held, &posted);
        let mut outcomes = vec![None; postings.len()];
        for (n, posted) in posted? {
            let at = usize::try_from(n).ok().and_then(|n| n.checked_sub(1));
            if let Some(outcome) = at.and_then(|at| outcomes.get_mut(at)) {
                *outcome = Some(posted);
            }
        }
        Ok(outcomes)
    }
}

/// Leaves out whom nobody waits for any more: not begun, so nothing is lost and the id stays free.
fn drop_late(waiting: Vec<Waiting>) -> Vec<Waiting> {
    let now = Instant::now();
    let (wanted, late): (Vec<_>, Vec<_>) = waiting
        .into_iter()
        .partition(|one| one.deadline > now && !one.answer.is_closed());
    for waiting in late {
        let _ = waiting.answer.send(Err(Error::deadline()));
    }
    wanted
}

/// True where trying each by itself would only fail as often: the server is full, stopping or too slow.
fn is_outage(error: &sqlx::Error) -> bool {
    let state = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    match (error, state.as_deref()) {
        (_, Some(state)) => state.starts_with("53") || state.starts_with("57"),
        (error, None) => !broken(error),
    }
}
