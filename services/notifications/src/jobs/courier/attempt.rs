//! One attempt: a signed HTTP call, bounded in time and in what it reads.

use std::{error::Error as StdError, time::Duration};

use http::{HeaderMap, HeaderValue, header};
use kit::{
    Kit,
    error::{Error, Result},
    telemetry,
};
use notifications_core::{
    delivery::{Attempted, Outcome, decide},
    signature::{self, Secret},
};
use proto::xiangtu::notifications::v1::AttemptOutcome;
use reqwest::{Client, Response, redirect};
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{body, recorder::Ended};
use crate::{
    store::claim::Claimed,
    target::{Blocked, Resolver, Targets},
    wire::endpoint::open_secret,
};

/// Most bytes of an answer that are read.
const MOST_READ: usize = 16 * 1024;
/// Most characters of an answer that are kept.
const MOST_KEPT: usize = 2_000;
const CONNECT: Duration = Duration::from_secs(3);
const USER_AGENT: &str = concat!("xiangtu-notifications/", env!("CARGO_PKG_VERSION"));

/// Makes attempts.
pub struct Caller {
    kit: Kit,
    targets: Targets,
    encrypted: Client,
    plain: Client,
}

/// What came back.
struct Answer {
    outcome: Outcome,
    status: u16,
    detail: String,
}

impl Caller {
    /// Calls nobody but whom `targets` allows.
    pub fn new(kit: &Kit, targets: Targets, timeout: Duration) -> Result<Self> {
        let client = |encrypted| {
            Client::builder()
                .dns_resolver(Arc::new(Resolver {
                    targets: targets.clone(),
                    encrypted,
                }))
                .redirect(redirect::Policy::none())
                .no_proxy()
                .https_only(encrypted)
                .user_agent(USER_AGENT)
                .connect_timeout(CONNECT)
                .timeout(timeout)
                .pool_idle_timeout(Duration::from_secs(30))
                .build()
                .map_err(Error::internal)
        };
        let (encrypted, plain) = (client(true)?, client(false)?);
        Ok(Self {
            kit: kit.clone(),
            targets,
            encrypted,
            plain,
        })
    }

    /// Attempts a delivery and decides what becomes of it.
    pub async fn attempt(&self, delivery: Claimed) -> Ended {
        let span = tracing::info_span!("webhook.attempt", topic = %delivery.topic, webhook_id = %delivery.uid);
        telemetry::set_parent(&span, &delivery.traceparent);
        let (started_at, started) = (self.kit.clock.now(), Instant::now());
        let answer = self.call(&delivery, started_at).instrument(span).await;
        let attempted = Attempted {
            step: u32::try_from(delivery.step).unwrap_or(u32::MAX),
            due_at: delivery.due_at,
            expires_at: delivery.expires_at,
            probe: delivery.probe,
        };
        let [.., a, b, c, d] = *self.kit.ids.next().as_bytes();
        let verdict = decide(
            attempted,
            answer.outcome,
            self.kit.clock.now(),
            u32::from_be_bytes([a, b, c, d]),
        );
        Ended {
            verdict,
            started_at,
            duration: started.elapsed(),
            outcome: outcome(answer.outcome),
            status: answer.status,
            detail: answer.detail,
            delivery,
        }
    }

    async fn call(&self, delivery: &Claimed, now: OffsetDateTime) -> Answer {
        let url = match self.targets.check(&delivery.url) {
            Ok(url) => url,
            Err(rule) => {
                return Answer {
                    outcome: Outcome::Blocked,
                    status: 0,
                    detail: rule,
                };
            }
        };
        let body = body::of(delivery);
        let headers = match self.headers(delivery, now, &body) {
            Ok(headers) => headers,
            // A secret that does not open is ours to repair; the delivery waits like for an endpoint that is down.
            Err(error) => {
                tracing::error!(%error, endpoint = %delivery.target_uid, "a webhook cannot be signed");
                return Answer {
                    outcome: Outcome::Unreachable,
                    status: 0,
                    detail: "it cannot be signed".to_owned(),
                };
            }
        };
        let client = if url.scheme() == "https" {
            &self.encrypted
        } else {
            &self.plain
        };
        match client.post(url).headers(headers).body(body).send().await {
            Ok(response) => read(response).await,
            Err(error) => failed(&error),
        }
    }

    fn headers(&self, delivery: &Claimed, now: OffsetDateTime, body: &[u8]) -> Result<HeaderMap> {
        let id = delivery.uid.to_string();
        let timestamp = now.unix_timestamp();
        let signature = signature::sign(&self.secrets(delivery, now)?, &id, timestamp, body);
        let mut headers = HeaderMap::new();
        telemetry::inject_into_headers(&mut headers);
        for (name, value) in [
            ("content-type", body::CONTENT_TYPE.to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", signature),
        ] {
            headers.insert(name, HeaderValue::try_from(value).map_err(Error::internal)?);
        }
        if !headers.contains_key("traceparent")
            && let Ok(traceparent) = HeaderValue::try_from(delivery.traceparent.as_str())
            && !traceparent.is_empty()
        {
            headers.insert("traceparent", traceparent);
        }
        Ok(headers)
    }

    fn secrets(&self, delivery: &Claimed, now: OffsetDateTime) -> Result<Vec<Secret>> {
        let mut secrets = vec![open_secret(&delivery.secret, &self.kit.crypt)?];
        if let (Some(previous), Some(until)) = (&delivery.previous_secret, delivery.previous_until)
            && until > now
        {
            secrets.push(open_secret(previous, &self.kit.crypt)?);
        }
        Ok(secrets)
    }
}

async fn read(mut response: Response) -> Answer {
    let status = response.status();
    let retry_after_s = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok());
    let mut read = Vec::new();
    // The status decides; an answer that breaks off or never ends changes nothing about it.
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MOST_READ - read.len();
        read.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if read.len() >= MOST_READ {
            break;
        }
    }
    let outcome = if status.is_success() {
        Outcome::Accepted
    } else {
        Outcome::Refused {
            status: status.as_u16(),
            retry_after_s,
        }
    };
    Answer {
        outcome,
        status: status.as_u16(),
        detail: kept(&String::from_utf8_lossy(&read)),
    }
}

fn failed(error: &reqwest::Error) -> Answer {
    let mut cause: Option<&dyn StdError> = Some(error);
    let mut deepest = error.to_string();
    while let Some(found) = cause {
        if let Some(blocked) = found.downcast_ref::<Blocked>() {
            return Answer {
                outcome: Outcome::Blocked,
                status: 0,
                detail: kept(&blocked.to_string()),
            };
        }
        deepest = found.to_string();
        cause = found.source();
    }
    let outcome = if error.is_timeout() {
        Outcome::TimedOut
    } else {
        Outcome::Unreachable
    };
    Answer {
        outcome,
        status: 0,
        detail: kept(&deepest),
    }
}

/// What of a text is kept: no control characters, which the database would refuse, and not more than is useful.
fn kept(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .take(MOST_KEPT)
        .collect()
}

fn outcome(outcome: Outcome) -> AttemptOutcome {
    match outcome {
        Outcome::Accepted => AttemptOutcome::Accepted,
        Outcome::Refused { status: 410, .. } => AttemptOutcome::Gone,
        Outcome::Refused { .. } => AttemptOutcome::Refused,
        Outcome::TimedOut => AttemptOutcome::TimedOut,
        Outcome::Unreachable => AttemptOutcome::Unreachable,
        Outcome::Blocked => AttemptOutcome::Blocked,
    }
}
