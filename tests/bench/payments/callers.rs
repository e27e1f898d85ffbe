//! Callers of the service: each sends its next payment when the one before is answered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kit::{clock::Clock, id::Ids};
use proto::xiangtu::homestead::v1::payment_service_client::PaymentServiceClient;
use tests::{Suite, measure::channels, village, with_token};
use tonic::transport::Channel;

use super::{HOUSEHOLDS, TURN, WARM_UP};

/// Lets so many callers pay; answers how long each payment took that was answered after the warm-up.
pub async fn run(suite: &Suite, callers: usize) -> Vec<Duration> {
    let ids = Ids::random(Clock::system());
    let token: Arc<str> = suite.token(&["*"], "").into();
    let channels = channels(suite, "homestead", callers).await;
    let counted = Instant::now() + WARM_UP;
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let channel = channels[caller % channels.len()].clone();
            tokio::spawn(pay(counted, caller, channel, ids.clone(), Arc::clone(&token)))
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("a caller"));
    }
    latencies
}

async fn pay(counted: Instant, caller: usize, channel: Channel, ids: Ids, token: Arc<str>) -> Vec<Duration> {
    let mut client = PaymentServiceClient::new(channel);
    let mut latencies = Vec::new();
    // Steps through the households in an order of its own: 7,919 is prime and no divisor of their number.
    let mut household = caller * 101;
    loop {
        household = (household + 7_919) % HOUSEHOLDS;
        let request = with_token(&token, village::payment(household, 1, &ids.next().to_string()));
        let sent = Instant::now();
        client.record_payment(request).await.expect("posted");
        let answered = Instant::now();
        if answered >= counted + TURN {
            return latencies;
        }
        if answered >= counted {
            latencies.push(answered - sent);
        }
    }
}
