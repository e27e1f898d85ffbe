//! Kills and losses under payments: nothing acknowledged is lost, nothing is done twice (`make chaos`).

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kit::{clock::Clock, id::Ids};
use proto::xiangtu::homestead::v1::{
    ListPaymentsRequest, VerifyLedgerRequest, ledger_service_client::LedgerServiceClient,
    payment_service_client::PaymentServiceClient,
};
use tests::{Receiver, SERVICES, Suite, village, with_token};
use tonic::{Code, transport::Channel};

const HOUSEHOLDS: usize = 40;
const PAYMENTS: usize = 2_000;
const PAYERS: usize = 8;

/// Pays until it is acknowledged, always with the same id, as the contract asks of clients.
async fn pay(channel: Channel, token: String, n: usize, request_id: String) {
    loop {
        let request = with_token(&token, village::payment(n % HOUSEHOLDS, 1, &request_id));
        match PaymentServiceClient::new(channel.clone()).record_payment(request).await {
            Ok(_) => return,
            Err(status) => {
                let again = [
                    Code::Unavailable,
                    Code::Unknown,
                    Code::Cancelled,
                    Code::DeadlineExceeded,
                    Code::Internal,
                    Code::Aborted,
                ];
                assert!(again.contains(&status.code()), "{status:?}");
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
    }
}

fn payers(suite: &Suite, done: &Arc<AtomicUsize>) -> Vec<tokio::task::JoinHandle<()>> {
    let ids = Ids::random(Clock::system());
    let channel = suite.service("homestead").channel();
    let token = suite.token(&["*"], "");
    (0..PAYERS)
        .map(|payer| {
            let (channel, token, ids, done) = (channel.clone(), token.clone(), ids.clone(), Arc::clone(done));
            tokio::spawn(async move {
                for n in (payer..PAYMENTS).step_by(PAYERS) {
                    pay(channel.clone(), token.clone(), n, ids.next().to_string()).await;
                    done.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect()
}

async fn everything_arrived_once(suite: &Suite, receiver: &Receiver) {
    let channel = suite.service("homestead").channel();
    let verify = VerifyLedgerRequest {
        division: village::COUNTY.into(),
    };
    let recount = LedgerServiceClient::new(channel.clone())
        .verify_ledger(suite.request("", verify))
        .await
        .expect("a recount")
        .into_inner();
    assert!(recount.consistent, "{recount:?}");
    assert_eq!(
        recount.receipt_count,
        i64::try_from(PAYMENTS).expect("few"),
        "one receipt a payment"
    );

    let mut posted = BTreeSet::new();
    let mut page_token = String::new();
    loop {
        let list = ListPaymentsRequest {
            division: village::COUNTY.into(),
            page_size: 1_000,
            page_token,
            ..ListPaymentsRequest::default()
        };
        let page = PaymentServiceClient::new(channel.clone())
            .list_payments(suite.request("", list))
            .await
            .expect("a page")
            .into_inner();
        posted.extend(page.payments.into_iter().map(|payment| payment.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(posted.len(), PAYMENTS);

    let arrived = receiver.distinct(PAYMENTS).await;
    // At-least-once transport: a repeat carries the same id. One effect: one id a payment.
    assert_eq!(arrived.len(), PAYMENTS, "one notice a payment");
    let told: BTreeSet<String> = arrived
        .values()
        .filter_map(|attempts| attempts[0].body["subject"].as_str().map(str::to_owned))
        .collect();
    assert!(
        told.is_empty() || told.len() == PAYMENTS,
        "{} different payments were told",
        told.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_is_killed_during_payments() {
    let receiver = Receiver::start().await;
    let mut suite = Suite::start(&[]).await;
    village::bill(&suite, HOUSEHOLDS).await;
    village::notify_payments(&suite, &receiver.url()).await;
    let done = Arc::new(AtomicUsize::new(0));
    let payers = payers(&suite, &done);
    let mut round = 0;
    while done.load(Ordering::SeqCst) < PAYMENTS * 9 / 10 {
        let service = SERVICES[round % SERVICES.len()];
        // Homestead more often than the others: it has the money.
        for name in [service, "homestead"] {
            suite.service_mut(name).kill();
            suite.service_mut(name).start().await;
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        round += 1;
    }
    for payer in payers {
        payer.await.expect("a payer");
    }
    everything_arrived_once(&suite, &receiver).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_emptied_during_payments() {
    let receiver = Receiver::start().await;
    let suite = Suite::start(&[]).await;
    village::bill(&suite, HOUSEHOLDS).await;
    village::notify_payments(&suite, &receiver.url()).await;
    let done = Arc::new(AtomicUsize::new(0));
    let payers = payers(&suite, &done);
    let url = std::env::var("XIANGTU_TEST_REDIS_URL").expect("set by `make chaos`");
    let client = redis::Client::open(url).expect("a URL");
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis");
    while done.load(Ordering::SeqCst) < PAYMENTS * 9 / 10 {
        for service in SERVICES {
            let stream = format!("{}:events:{service}", suite.bus_prefix);
            redis::cmd("DEL")
                .arg(stream)
                .exec_async(&mut redis)
                .await
                .expect("emptied");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for payer in payers {
        payer.await.expect("a payer");
    }
    everything_arrived_once(&suite, &receiver).await;
}
