//! Terminals: each side signs, and what is not acknowledged is sent again.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::{StreamExt as _, stream};
use kit::{clock::Clock, id::Ids};
use prost_types::Timestamp;
use proto::xiangtu::sanitation::v1::{
    CreateSigningKeyRequest, CreateTripRequest, HandOver, RecordHandOverRequest, SealState, Signature, SigningKey,
    hand_over_service_client::HandOverServiceClient, signing_key_service_client::SigningKeyServiceClient,
    trip_service_client::TripServiceClient,
};
use ring::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use tests::{Suite, with_token};
use tonic::{Code, Response, Status, transport::Channel};

use super::month::Sent;
use crate::insist::insist;

/// Every so many-th call is sent again under the same id, and under another one.
const REPEATED: usize = 5;

#[derive(Clone)]
pub struct Terminals {
    channel: Channel,
    token: String,
    ids: Ids,
    calls: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
}

/// The key of a side, and its id.
fn key_of(holder: &str) -> (Ed25519KeyPair, String) {
    let seed = digest(&SHA256, holder.as_bytes());
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).expect("a key");
    (pair, format!("K-{}", holder.replace('/', "-")))
}

/// The lines that the contract has both sides sign.
fn statement(record: &HandOver) -> String {
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let seal = match record.seal_state() {
        SealState::Unspecified => "",
        state => state.as_str_name(),
    };
    let at = record.hand_over_time.map_or(0, |at| at.seconds * 1_000_000);
    [
        "xiangtu hand-over 1".to_owned(),
        format!("trip={}", record.trip),
        format!("kind={}", record.kind().as_str_name()),
        format!("from={}", record.from),
        format!("to={}", record.to),
        format!("time={at}"),
        format!("gross_kg={}", number(record.gross_kg)),
        format!("tare_kg={}", number(record.tare_kg)),
        format!("net_kg={}", number(record.net_kg)),
        format!("bin_count={}", number(record.bin_count.map(i64::from))),
        format!("device={}", record.device),
        format!("seal_number={}", record.seal_number),
        format!("seal_state={seal}"),
        "residue_kg=\nreason=\ncorrects=\ncorrection_reason=\n".to_owned(),
    ]
    .join("\n")
}

fn signed(record: &HandOver) -> HandOver {
    let statement = statement(record);
    let sign = |holder: &str| {
        let (pair, id) = key_of(holder);
        Some(Signature {
            signer: format!("signingKeys/{id}"),
            value: pair.sign(statement.as_bytes()).as_ref().to_vec(),
        })
    };
    HandOver {
        giver: sign(&record.from),
        receiver: sign(&record.to),
        ..record.clone()
    }
}

impl Terminals {
    pub fn new(suite: &Suite) -> Self {
        Self {
            channel: suite.service("sanitation").channel(),
            token: suite.token(&["*"], ""),
            ids: Ids::random(Clock::system()),
            calls: Arc::default(),
            failed: Arc::default(),
        }
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub fn failed(&self) -> usize {
        self.failed.load(Ordering::Relaxed)
    }

    pub async fn register_keys(&self, holders: &BTreeSet<String>) {
        let register = |holder: &String| {
            let (pair, id) = key_of(holder);
            let request = CreateSigningKeyRequest {
                signing_key: Some(SigningKey {
                    holder: holder.clone(),
                    display_name: "经手人".to_owned(),
                    public_key: pair.public_key().as_ref().to_vec(),
                    valid_from: Some(Timestamp { seconds: 0, nanos: 0 }),
                    ..SigningKey::default()
                }),
                signing_key_id: id,
                replaces: String::new(),
                request_id: self.ids.next().to_string(),
            };
            async move {
                let call = || async {
                    SigningKeyServiceClient::new(self.channel.clone())
                        .create_signing_key(with_token(&self.token, request.clone()))
                        .await
                };
                insist(call, || self.fail()).await;
            }
        };
        stream::iter(holders).for_each_concurrent(8, register).await;
    }

    /// Sends a trip and its hand-overs until all is acknowledged; the first hand-over once before its trip is known.
    pub async fn send(&self, sent: &Sent) {
        let records: Vec<HandOver> = sent.hand_overs.iter().map(signed).collect();
        if let Some(early) = records.first() {
            let status = self
                .record(early, &self.ids.next().to_string())
                .await
                .expect_err("no such trip yet");
            assert!(
                status.code() == Code::NotFound || crate::insist::may_be_retried(&status),
                "{status:?}"
            );
        }
        let request_id = self.ids.next().to_string();
        let create = || async {
            let request = CreateTripRequest {
                trip: Some(sent.trip.clone()),
                trip_id: sent.id.clone(),
                request_id: request_id.clone(),
            };
            self.calls.fetch_add(1, Ordering::Relaxed);
            TripServiceClient::new(self.channel.clone())
                .create_trip(with_token(&self.token, request))
                .await
        };
        let first = insist(create, || self.fail()).await;
        assert_eq!(
            insist(create, || self.fail()).await,
            first,
            "the same request answers the first result again"
        );
        for (n, record) in records.iter().enumerate() {
            let request_id = self.ids.next().to_string();
            let first = insist(|| self.record(record, &request_id), || self.fail()).await;
            if n.is_multiple_of(REPEATED) {
                let again = insist(|| self.record(record, &request_id), || self.fail()).await;
                assert_eq!(again, first, "the same request answers the first result again");
                self.refused_as_known(record).await;
            }
        }
    }

    /// A terminal that has forgotten its id sends the same record under another.
    async fn refused_as_known(&self, record: &HandOver) {
        loop {
            let status = self
                .record(record, &self.ids.next().to_string())
                .await
                .expect_err("recorded already");
            if status.code() == Code::AlreadyExists {
                return;
            }
            assert!(crate::insist::may_be_retried(&status), "{status:?}");
            self.fail();
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    async fn record(&self, record: &HandOver, request_id: &str) -> Result<Response<HandOver>, Status> {
        let request = RecordHandOverRequest {
            hand_over: Some(record.clone()),
            request_id: request_id.to_owned(),
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        HandOverServiceClient::new(self.channel.clone())
            .record_hand_over(with_token(&self.token, request))
            .await
    }

    fn fail(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }
}
