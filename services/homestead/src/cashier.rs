//! The cashier: posts payments, one by one while few wait and many in one commit when many do.
//!
//! While at most [`DIRECT`] payments are under way, each is posted by itself, which is fastest for a single caller. When there
//! are more, those that come queue for one of [`WRITERS`] writers, by village, so that writers never wait for each other's books.
//! A writer takes everything that waits, up to [`MOST`], and posts it in one commit with a result for each.
//!
//! Nothing is acknowledged before it is durable. What the database refuses as a whole is posted again one by one, so that
//! each payment stands or falls by itself. What was sent and not answered in time is not sent again: its outcome is unknown,
//! and the caller learns it by repeating.

mod connections;
mod flight;
mod split;
mod writer;

use std::{
    fmt::Display,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
    time::{Duration, Instant},
};

use kit::{
    clock::Clock,
    db,
    error::{Error, Kind, Result},
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    bookkeeping::posting::closed,
    store::{
        journal::is_closed,
        posting::{self, Posted, Posting},
    },
};
use connections::{Connections, Failure};
use flight::Flights;
use writer::{Waiting, Writer};

/// Most payments under way of which each is posted by itself.
const DIRECT: usize = 4;
/// Writers of what waits beyond that.
const WRITERS: usize = 2;
/// Most payments in one commit.
const MOST: usize = 512;
/// Most payments that wait for one writer; more are told to come back.
const QUEUE: usize = 4_096;

/// Posts payments. Shared by all calls.
pub struct Cashier {
    connections: Arc<Connections>,
    clock: Clock,
    flights: Flights,
    writers: Vec<mpsc::Sender<Waiting>>,
}

impl Cashier {
    /// Opens connections of its own, so that payments never wait for those of reports; the writers run until it is dropped.
    ///
    /// The connections see all villages: each posting carries its caller's division, and the ledger's functions hold it
    /// against that.
    pub fn start(database_url: &str, clock: Clock) -> Result<Self> {
        let options = db::options(database_url)?.options([("xiangtu.scope", "")]);
        let connections = Arc::new(Connections::new(options, DIRECT + WRITERS));
        let writers = (0..WRITERS)
            .map(|_| {
                let (sender, receiver) = mpsc::channel(QUEUE);
                let writer = Writer {
                    connections: Arc::clone(&connections),
                    clock: clock.clone(),
                };
                tokio::spawn(writer.run(receiver));
                sender
            })
            .collect();
        Ok(Self {
            connections,
            clock,
            flights: Flights::default(),
            writers,
        })
    }

    /// Posts a payment, or finds what was posted under its id. Past `deadline` it is not begun any more.
    pub async fn post(&self, posting: Posting, deadline: Instant) -> Result<Posted> {
        let flight = self.flights.begin();
        if flight.under_way <= DIRECT {
            return one(&self.connections, &posting, &self.clock, deadline, false).await;
        }
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            posting,
            deadline,
            sent: false,
            answer,
        };
        let writer = self.writer(&waiting.posting.division_code)?;
        writer
            .try_send(waiting)
            .map_err(|_| Error::limited(Duration::from_millis(200)))?;
        answered
            .await
            .map_err(|_| Error::unavailable("the payment writer", "it stopped"))?
    }

    /// Queues a payment even while nobody waits, for batches; waits for a place in the queue.
    pub async fn queue(&self, posting: Posting, deadline: Instant) -> Result<oneshot::Receiver<Result<Posted>>> {
        let (answer, answered) = oneshot::channel();
        let writer = self.writer(&posting.division_code)?;
        let waiting = Waiting {
            posting,
            deadline,
            sent: false,
            answer,
        };
        writer
            .send(waiting)
            .await
            .map_err(|_| Error::unavailable("the payment writer", "it stopped"))?;
        Ok(answered)
    }

    fn writer(&self, village: &str) -> Result<&mpsc::Sender<Waiting>> {
        let mut hasher = DefaultHasher::new();
        village.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % WRITERS as u64).unwrap_or(0);
        self.writers.get(at).ok_or_else(|| Error::internal("no writer"))
    }
}

/// Posts one payment by itself; again where it lost against another transaction, or where the connection broke: the id makes
/// that harmless. Past `deadline` it is not begun any more. `sent`: it may have been posted before.
async fn one(
    connections: &Connections,
    posting: &Posting,
    clock: &Clock,
    deadline: Instant,
    mut sent: bool,
) -> Result<Posted> {
    const RUNS: u32 = 4;
    let mut run = 1;
    while Instant::now() < deadline {
        let posted = connections.ask(async |conn| posting::post_one(conn, posting, clock.now()).await);
        match posted.await {
            Ok(posted) => return Ok(posted),
            Err(Failure::Silent) => return Err(unknown("no answer in time")),
            Err(Failure::Broken(error)) if run == RUNS => return Err(unknown(error)),
            Err(Failure::Broken(_)) => sent = true,
            Err(Failure::Refused(error)) if run < RUNS && lost(&error) => {}
            Err(Failure::Refused(error)) if is_closed(&error) => {
                return Err(closed(&posting.division_code, posting.effective_on));
            }
            Err(Failure::Refused(error)) => {
                let refused = Error::from(error);
                let unheard = sent && matches!(refused.kind(), Kind::Unavailable | Kind::Deadline);
                return Err(if unheard { unknown(refused) } else { refused });
            }
        }
        run += 1;
    }
    Err(if sent {
        unknown("the deadline has passed")
    } else {
        Error::deadline()
    })
}

/// A payment that was sent, and of which nothing was heard.
fn unknown(why: impl Display) -> Error {
    Error::outcome_unknown("PostgreSQL", why)
}

/// True where the transaction lost against another one and may simply run again.
fn lost(error: &sqlx::Error) -> bool {
    let state = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(state.as_deref(), Some("40001" | "40P01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a payment while nobody listens where the database should be.
    async fn refused(left: Duration, sent: bool) -> Error {
        let options = db::options("postgres://nobody@127.0.0.1:1/none").expect("a URL");
        let connections = Connections::new(options, 1);
        let posting = split::tests::posting(1, "A1", None);
        let posted = one(&connections, &posting, &Clock::system(), Instant::now() + left, sent).await;
        posted.expect_err("no database")
    }

    #[tokio::test]
    async fn what_was_sent_is_never_called_refused() {
        for (left, sent, reason) in [
            (Duration::ZERO, false, "DEADLINE_PASSED"),
            (Duration::ZERO, true, "OUTCOME_UNKNOWN"),
            (Duration::from_mins(1), false, "DEPENDENCY_UNAVAILABLE"),
            (Duration::from_mins(1), true, "OUTCOME_UNKNOWN"),
        ] {
            assert_eq!(refused(left, sent).await.reason(), reason, "{left:?} {sent}");
        }
    }
}
