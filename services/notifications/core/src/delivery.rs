//! States of a delivery and what follows from the outcome of an attempt.

use time::OffsetDateTime;

use crate::backoff;

/// State of a delivery. The numbers are stored and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i16)]
pub enum State {
    /// Waits for its first attempt or for the end of quiet hours.
    Ready = 1,
    /// A worker has it.
    Sending = 2,
    /// Failed and waits for the next attempt.
    Waiting = 3,
    /// Its endpoint is disabled.
    Parked = 4,
    /// Arrived.
    Delivered = 5,
    /// Acknowledged by the recipient.
    Acknowledged = 6,
    /// Given up.
    Failed = 7,
    /// Its notice expired first.
    Expired = 8,
    /// Its endpoint was removed.
    Cancelled = 9,
}

impl State {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Ready,
        Self::Sending,
        Self::Waiting,
        Self::Parked,
        Self::Delivered,
        Self::Acknowledged,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The stored number.
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The state with the stored number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether anything is still to come by itself.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Sending | Self::Waiting | Self::Parked)
    }

    /// Whether an officer may start it again.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Failed | Self::Expired)
    }

    /// Whether `next` may follow.
    pub fn allows(self, next: Self) -> bool {
        match self {
            Self::Ready | Self::Waiting => {
                matches!(
                    next,
                    Self::Sending | Self::Parked | Self::Delivered | Self::Expired | Self::Cancelled
                ) || next == Self::Ready
            }
            Self::Sending => next.is_open() || matches!(next, Self::Delivered | Self::Failed | Self::Expired),
            Self::Parked => matches!(next, Self::Ready | Self::Expired | Self::Cancelled),
            Self::Delivered => next == Self::Acknowledged,
            Self::Failed | Self::Expired => next == Self::Ready,
            Self::Acknowledged | Self::Cancelled => false,
        }
    }
}

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answered 2xx.
    Accepted,
    /// Answered another status, perhaps asking for a pause in seconds.
    Refused {
        /// HTTP status.
        status: u16,
        /// `Retry-After` in seconds.
        retry_after_s: Option<u64>,
    },
    /// No answer in time.
    TimedOut,
    /// No connection, or it broke.
    Unreachable,
    /// The address may not be called.
    Blocked,
}

impl Outcome {
    /// The pause that the answer asks for; only with 429 and 503.
    fn pause_s(self) -> Option<u64> {
        match self {
            Self::Refused {
                status: 429 | 503,
                retry_after_s,
            } => retry_after_s,
            _ => None,
        }
    }

    /// Whether the answer blames the message rather than the endpoint.
    fn blames_message(self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 400 | 413 | 422,
                ..
            }
        )
    }
}

/// Attempts of a message that the endpoint blames before it is given up.
const BLAMED_TRIES: u32 = 3;

/// A delivery as its attempt began.
#[derive(Debug, Clone, Copy)]
pub struct Attempted {
    /// Place in the schedule.
    pub step: u32,
    /// When it was due.
    pub due_at: OffsetDateTime,
    /// When its notice expires.
    pub expires_at: OffsetDateTime,
    /// Whether it probed an endpoint that fails; a probe does not use up the schedule.
    pub probe: bool,
}

/// What becomes of the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Its next state.
    pub state: State,
    /// When it is due again; the moment of the attempt for a final state.
    pub due_at: OffsetDateTime,
    /// Its place in the schedule.
    pub step: u32,
    /// What the endpoint showed of itself.
    pub sign: Sign,
}

/// What an attempt shows of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It works: everything that waits for it is due now.
    Works,
    /// It fails.
    Fails,
    /// It works, but not with this message.
    Neutral,
    /// It asks to be left alone until then.
    Pause(OffsetDateTime),
    /// It is gone for good.
    Gone,
}

/// Decides what follows from `outcome` at `now`; `chance` is any random number.
pub fn decide(attempted: Attempted, outcome: Outcome, now: OffsetDateTime, chance: u32) -> Verdict {
    let Attempted {
        step,
        due_at,
        expires_at,
        probe,
    } = attempted;
    let finished = |state, sign| Verdict {
        state,
        due_at: now,
        step,
        sign,
    };
    let again = |due_at: OffsetDateTime, step, sign| {
        if due_at >= expires_at {
            Verdict {
                state: State::Expired,
                due_at: now,
                step,
                sign,
            }
        } else {
            Verdict {
                state: State::Waiting,
                due_at,
                step,
                sign,
            }
        }
    };
    match outcome {
        Outcome::Accepted => finished(State::Delivered, Sign::Works),
        Outcome::Refused { status: 410, .. } => finished(State::Failed, Sign::Gone),
        _ if outcome.blames_message() => match backoff::delay(step, chance) {
            Some(delay) if step + 1 < BLAMED_TRIES => again(now + delay, step + 1, Sign::Neutral),
            _ => finished(State::Failed, Sign::Neutral),
        },
        _ => {
            if let Some(seconds) = outcome.pause_s() {
                let until = now + backoff::retry_after(seconds);
                return again(until, step, Sign::Pause(until));
            }
            if probe {
                return again(due_at, step, Sign::Fails);
            }
            match backoff::delay(step, chance) {
                Some(delay) => again(now + delay, step + 1, Sign::Fails),
                None => finished(State::Failed, Sign::Fails),
            }
        }
    }
}

#[cfg(test)]
mod tests;
