//! The cashier: posts payments, one by one while few wait and many in one commit when many do.
//!
//! While at most [`DIRECT`] payments are under way, each is posted by itself, which is fastest for a single caller. When there
//! are more, those that come queue for one of [`WRITERS`] writers, by village, so that writers never wait for each other's books.
//! A writer takes everything that waits, up to [`MOST`], and posts it in one commit with a result for each.
//!
//! Nothing is acknowledged before it is durable. What the database refuses as a whole is posted again one by one, so that
//! each payment stands or falls by itself.

mod connections;
mod flight;
mod split;
mod writer;

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    str::FromStr as _,
    sync::Arc,
    time::{Duration, Instant},
};

use kit::{
    clock::Clock,
    error::{Error, Result},
};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{mpsc, oneshot};

use crate::{
    bookkeeping::posting::closed,
    store::{
        journal::is_closed,
        posting::{self, Posted, Posting},
    },
};
use connections::Connections;
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
/// Longest one commit may take.
const STATEMENT_TIMEOUT: &str = "15s";

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
        let options =
            PgConnectOptions::from_str(database_url).map_err(|error| Error::unavailable("PostgreSQL", error))?;
        let options = options.options([("xiangtu.scope", ""), ("statement_timeout", STATEMENT_TIMEOUT)]);
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
            return one(&self.connections, &posting, &self.clock).await;
        }
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            posting,
            deadline,
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
/// that harmless.
async fn one(connections: &Connections, posting: &Posting, clock: &Clock) -> Result<Posted> {
    const RUNS: u32 = 4;
    let mut run = 1;
    loop {
        let posted = async {
            let mut held = connections.take().await?;
            let posted = posting::post_one(&mut held.conn, posting, clock.now()).await;
            connections.give_back(held, &posted);
            posted
        };
        match posted.await {
            Ok(posted) => return Ok(posted),
            Err(error) if run < RUNS && (broken(&error) || lost(&error)) => run += 1,
            Err(error) if is_closed(&error) => return Err(closed(&posting.division_code, posting.effective_on)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// True where a connection broke while in use.
fn broken(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed
    )
}

/// True where the transaction lost against another one and may simply run again.
fn lost(error: &sqlx::Error) -> bool {
    let state = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(state.as_deref(), Some("40001" | "40P01"))
}
