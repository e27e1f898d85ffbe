//! SQLSTATE → kind of failure (PostgreSQL appendix A).

use super::Error;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let state = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .map(std::borrow::Cow::into_owned);
        match (&error, state.as_deref()) {
            (sqlx::Error::Database(database), Some(state)) => from_state(state, database.as_ref()),
            (
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::Protocol(_),
                _,
            ) => Self::unavailable("PostgreSQL", error),
            _ => Self::internal(error),
        }
    }
}

fn from_state(state: &str, database: &dyn sqlx::error::DatabaseError) -> Error {
    let subject = database
        .constraint()
        .or_else(|| database.table())
        .unwrap_or("row")
        .to_owned();
    match state {
        "23505" => Error::exists(subject).because(database),
        "23503" | "23P01" => Error::rule(
            "CONSTRAINT_BROKEN",
            subject,
            "a row that this one depends on is missing or in the way",
            "关联数据缺失或冲突",
        )
        .because(database),
        "23514" | "23502" => Error::invalid(subject, "", "allowed by the constraint of that name").because(database),
        "57014" => Error::deadline().because(database),
        "40001" | "40P01" => {
            let mut error = Error::stale(subject).because(database);
            error.0.reason = LOST_TRANSACTION;
            error
        }
        "25006" => Error::unavailable("PostgreSQL", database),
        _ if state.starts_with("22") => Error::invalid(subject, "", "representable in the database").because(database),
        _ if state.starts_with("08") || state.starts_with("53") || state.starts_with("57P") => {
            Error::unavailable("PostgreSQL", database)
        }
        _ => Error::internal(database),
    }
}

/// Reason of a failure after which the gate runs the call again: nothing was committed.
pub(crate) const LOST_TRANSACTION: &str = "SERIALIZATION_FAILURE";
