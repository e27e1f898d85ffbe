//! A receiving end of webhooks for development and tests.
//!
//! It does what a real one must: checks the signature, drops repeats by `webhook-id`, answers quickly. And it does what real
//! ones do: fails, hangs and throttles when told to.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use kit::clock::Clock;
pub use notifications_core::signature::Secret;
use notifications_core::signature::verify;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Calls that are kept whole; older ones are only counted.
const KEPT: usize = 10_000;

/// What the receiver does with a call whose signature is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes it: 204.
    Accept,
    /// Answers this status.
    Answer(u16),
    /// Answers this status and asks for a pause in seconds.
    Throttle(u16, u32),
    /// Takes it with an answer that never ends.
    Flood,
    /// Never answers.
    Hang,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Path of the URL.
    pub path: String,
    /// `webhook-id`.
    pub webhook_id: String,
    /// `traceparent`; empty if there was none.
    pub traceparent: String,
    /// Whether a secret of ours signed it.
    pub verified: bool,
    /// Status that was answered; 0 if none was.
    pub status: u16,
    /// The CloudEvent; null if the body was no JSON.
    pub body: Value,
}

/// What has come so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls, repeats and refused ones among them.
    pub calls: u64,
    /// Calls with a bad signature.
    pub unverified: u64,
    /// Calls accepted that had been accepted before: dropped by their `webhook-id`.
    pub repeats: u64,
    /// Distinct messages accepted, by type of the event.
    pub accepted: BTreeMap<String, u64>,
}

/// A receiving end that is up; it goes away when dropped.
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

struct Shared {
    clock: Clock,
    secrets: Vec<Secret>,
    state: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    behaviours: HashMap<String, Behaviour>,
    accepted: HashMap<String, u64>,
    recent: VecDeque<Call>,
    tally: Tally,
}

impl Receiver {
    /// Listens at `listen` and believes what any of `secrets` signed.
    pub async fn start(listen: SocketAddr, secrets: Vec<Secret>, clock: Clock) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            clock,
            secrets,
            state: Mutex::default(),
        });
        let router = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            tokio::select! {
                result = axum::serve(listener, router) => {
                    if let Err(error) = result {
                        tracing::warn!(%error, "the webhook receiver stopped");
                    }
                }
                () = stopped => {}
            }
        });
        Ok(Self {
            address,
            shared,
            _stop: stop.drop_guard(),
        })
    }

    /// URL of a path of it, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Lets calls of `path` be treated like this from now on.
    pub fn behave(&self, path: &str, behaviour: Behaviour) {
        self.shared.lock().behaviours.insert(path.to_owned(), behaviour);
    }

    /// The latest calls, oldest first, at most 10,000.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.lock().recent.iter().cloned().collect()
    }

    /// How often the message with this `webhook-id` was accepted.
    pub fn accepted(&self, webhook_id: &str) -> u64 {
        self.shared.lock().accepted.get(webhook_id).copied().unwrap_or_default()
    }

    /// What has come so far.
    pub fn tally(&self) -> Tally {
        self.shared.lock().tally.clone()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn believes(&self, headers: &HeaderMap, id: &str, body: &[u8]) -> bool {
        let now = self.clock.now().unix_timestamp();
        let (timestamp, signatures) = (text(headers, "webhook-timestamp"), text(headers, "webhook-signature"));
        self.secrets
            .iter()
            .any(|secret| verify(secret, id, timestamp, signatures, body, now).is_ok())
    }
}

impl Seen {
    /// Writes a call down and answers how it is treated.
    fn note(&mut self, mut call: Call) -> Behaviour {
        let behaviour = match self.behaviours.get(&call.path) {
            _ if !call.verified => Behaviour::Answer(401),
            Some(behaviour) => *behaviour,
            None => Behaviour::Accept,
        };
        call.status = match behaviour {
            Behaviour::Accept => 204,
            Behaviour::Answer(status) | Behaviour::Throttle(status, _) => status,
            Behaviour::Flood => 200,
            Behaviour::Hang => 0,
        };
        self.tally.calls += 1;
        self.tally.unverified += u64::from(!call.verified);
        if (200..300).contains(&call.status) {
            let times = self.accepted.entry(call.webhook_id.clone()).or_default();
            *times += 1;
            if *times == 1 {
                let kind = call
                    .body
                    .get("type")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                *self.tally.accepted.entry(kind).or_default() += 1;
            } else {
                self.tally.repeats += 1;
            }
        }
        if self.recent.len() == KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back(call);
        behaviour
    }
}

async fn receive(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let webhook_id = text(&headers, "webhook-id").to_owned();
    let call = Call {
        path: uri.path().to_owned(),
        traceparent: text(&headers, "traceparent").to_owned(),
        verified: shared.believes(&headers, &webhook_id, &body),
        webhook_id,
        status: 0,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let behaviour = shared.lock().note(call);
    let status = |status| StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match behaviour {
        Behaviour::Accept => StatusCode::NO_CONTENT.into_response(),
        Behaviour::Answer(code) => status(code).into_response(),
        Behaviour::Throttle(code, seconds) => {
            (status(code), [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Behaviour::Flood => {
            let endless = futures::stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[b'.'; 4_096])));
            Body::from_stream(endless).into_response()
        }
        Behaviour::Hang => std::future::pending().await,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
