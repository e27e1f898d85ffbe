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

/// Longest wait for a free connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that are opened when needed and kept. The one used last is used next, because the server has its plans at hand, and
/// none is asked between two payments whether it lives, which would cost a round trip each: the next payment shows it, and its
/// repeat is harmless.
pub(super) struct Connections {
    options: PgConnectOptions,
    places: Semaphore,
    idle: Mutex<Vec<PgConnection>>,
}

/// A connection in use. Dropped, it is closed.
pub(super) struct Held<'a> {
    pub conn: PgConnection,
    _place: SemaphorePermit<'a>,
}

impl Connections {
    pub(super) fn new(options: PgConnectOptions, most: usize) -> Self {
        Self {
            options,
            places: Semaphore::new(most),
            idle: Mutex::default(),
        }
    }

    /// The connection used last, or a new one.
    pub(super) async fn take(&self) -> Result<Held<'_>, Error> {
        let place = timeout(PATIENCE, self.places.acquire()).await;
        let place = place.map_err(|_| Error::PoolTimedOut)?.map_err(|_| Error::PoolClosed)?;
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match kept {
            Some(conn) => conn,
            None => self.options.connect().await?,
        };
        Ok(Held { conn, _place: place })
    }

    /// Takes a connection back after its work. Where one broke, the others did too.
    pub(super) fn give_back<T>(&self, held: Held<'_>, done: &Result<T, Error>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match done {
            Ok(_) | Err(Error::Database(_)) => idle.push(held.conn),
            Err(_) => idle.clear(),
        }
    }
}
