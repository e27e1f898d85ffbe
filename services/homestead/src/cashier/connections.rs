//! The cashier's own connections.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{ConnectOptions as _, Error, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Longest wait for a free connection, and for a new one to open.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest one commit may take; the server gives it up.
const STATEMENT: Duration = Duration::from_secs(15);
/// Longest wait for an answer: a server that can be reached has given one by then.
const ROUND_TRIP: Duration = Duration::from_secs(17);

/// Connections that are opened when needed and kept. The one used last is used next, because the server has its plans at hand, and
/// none is asked between two payments whether it lives, which would cost a round trip each: the next payment shows it, and its
/// repeat is harmless.
pub(super) struct Connections {
    options: PgConnectOptions,
    places: Semaphore,
    idle: Mutex<Vec<PgConnection>>,
}

/// A connection in use. Dropped, it is closed.
struct Held<'a> {
    conn: PgConnection,
    _place: SemaphorePermit<'a>,
}

/// Why there is no result.
pub(super) enum Failure {
    /// The database refused, or could not be reached: nothing was done.
    Refused(Error),
    /// The connection broke under way: it may have been done.
    Broken(Error),
    /// No answer in time, as where a host froze or its packets get lost: it may have been done, or be done yet.
    Silent,
}

impl Connections {
    /// Connections to the server of `options`, at most `most`.
    pub(super) fn new(options: PgConnectOptions, most: usize) -> Self {
        let statement = STATEMENT.as_millis().to_string();
        Self {
            options: options.options([("statement_timeout", statement)]),
            places: Semaphore::new(most),
            idle: Mutex::default(),
        }
    }

    /// One round trip on the connection used last, or a new one. Where one connection fails, the others are not trusted either.
    pub(super) async fn ask<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let mut held = self.take().await.map_err(Failure::Refused)?;
        let done = timeout(ROUND_TRIP, work(&mut held.conn)).await;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match done {
            Ok(Ok(done)) => {
                idle.push(held.conn);
                Ok(done)
            }
            Ok(Err(error @ Error::Database(_))) => {
                idle.push(held.conn);
                Err(Failure::Refused(error))
            }
            Ok(Err(error)) => {
                idle.clear();
                Err(Failure::Broken(error))
            }
            Err(_) => {
                idle.clear();
                Err(Failure::Silent)
            }
        }
    }

    async fn take(&self) -> Result<Held<'_>, Error> {
        let in_time = |_| Error::PoolTimedOut;
        let place = timeout(PATIENCE, self.places.acquire()).await.map_err(in_time)?;
        let place = place.map_err(|_| Error::PoolClosed)?;
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match kept {
            Some(conn) => conn,
            None => timeout(PATIENCE, self.options.connect()).await.map_err(in_time)??,
        };
        Ok(Held { conn, _place: place })
    }
}
