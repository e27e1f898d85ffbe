//! A webhook receiver that remembers what arrived.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};

/// One arrival at the receiver.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// `webhook-id`: the same on every attempt of one delivery.
    pub id: String,
    /// W3C trace context.
    pub traceparent: String,
    /// CloudEvents JSON.
    pub body: serde_json::Value,
}

/// Receives webhooks on a port of its own until the process ends.
#[derive(Clone)]
pub struct Receiver {
    address: SocketAddr,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

impl Receiver {
    /// Starts to receive.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let receiver = Self {
            address,
            arrivals: Arc::default(),
        };
        let router = Router::new().route("/", post(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// Where it receives.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// All arrivals so far.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Arrivals by id, once there are `expected` different ones.
    ///
    /// # Panics
    ///
    /// If nothing new comes for half a minute.
    pub async fn distinct(&self, expected: usize) -> BTreeMap<String, Vec<Arrival>> {
        let (mut seen, mut since) = (0, Instant::now());
        loop {
            let mut by_id: BTreeMap<String, Vec<Arrival>> = BTreeMap::new();
            for arrival in self.arrivals() {
                by_id.entry(arrival.id.clone()).or_default().push(arrival);
            }
            if by_id.len() >= expected {
                return by_id;
            }
            if by_id.len() > seen {
                (seen, since) = (by_id.len(), Instant::now());
            }
            assert!(
                since.elapsed() < Duration::from_secs(30),
                "{seen} different arrivals instead of {expected}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let arrival = Arrival {
        id: header("webhook-id"),
        traceparent: header("traceparent"),
        body,
    };
    receiver
        .arrivals
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(arrival);
}
