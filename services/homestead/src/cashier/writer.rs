//! Posts whatever waits, in one commit.

use std::{sync::Arc, time::Instant};

use kit::{
    clock::Clock,
    error::{Error, Result},
};
use tokio::sync::{mpsc, oneshot};

use super::{
    MOST,
    connections::{Connections, Failure},
    one,
    split::split,
    unknown,
};
use crate::store::posting::{self, Posted, Posting};

/// A payment that waits, and whom to tell.
pub(super) struct Waiting {
    pub posting: Posting,
    pub deadline: Instant,
    /// It may have been posted: a connection broke while it was under way.
    pub sent: bool,
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
                let Waiting {
                    posting,
                    deadline,
                    sent,
                    answer,
                } = waiting;
                let outcome = one(&self.connections, &posting, &self.clock, deadline, sent).await;
                let _ = answer.send(outcome);
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
            // One of them is to blame, or another transaction was faster: each gets its own answer.
            Err(Failure::Refused(error)) if !is_outage(&error) => {
                tracing::warn!(%error, payments = waiting.len(), "posting one by one");
                waiting
            }
            // They may stand in the ledger already; each finds out by itself.
            Err(Failure::Broken(error)) => {
                tracing::warn!(%error, payments = waiting.len(), "posting one by one");
                let sent = |waiting| Waiting { sent: true, ..waiting };
                waiting.into_iter().map(sent).collect()
            }
            Err(Failure::Refused(error)) => refuse(waiting, &Error::from(error)),
            Err(Failure::Silent) => refuse(waiting, &unknown("no answer in time")),
        }
    }

    /// The outcomes in the order of `postings`.
    async fn many(&self, postings: &[&Posting]) -> Result<Vec<Option<Posted>>, Failure> {
        let now = self.clock.now();
        let posted = self
            .connections
            .ask(async |conn| posting::post_many(conn, postings, now).await);
        let mut outcomes = vec![None; postings.len()];
        for (n, posted) in posted.await? {
            let at = usize::try_from(n).ok().and_then(|n| n.checked_sub(1));
            if let Some(outcome) = at.and_then(|at| outcomes.get_mut(at)) {
                *outcome = Some(posted);
            }
        }
        Ok(outcomes)
    }
}

/// Tells everybody the same; nobody is left.
fn refuse(waiting: Vec<Waiting>, error: &Error) -> Vec<Waiting> {
    for waiting in waiting {
        let _ = waiting.answer.send(Err(error.clone()));
    }
    Vec::new()
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

/// True where trying each by itself would only fail as often: the server is away, full, stopping or too slow.
fn is_outage(error: &sqlx::Error) -> bool {
    let state = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    state.is_none_or(|state| state.starts_with("53") || state.starts_with("57"))
}
