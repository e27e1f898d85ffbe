//! One payment is one trace, from the caller to the webhook.

use std::{collections::BTreeSet, time::Duration};

use proto::xiangtu::homestead::v1::payment_service_client::PaymentServiceClient;
use tests::{Collector, Receiver, Suite, village};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_one_trace_from_the_caller_to_the_webhook() {
    let (collector, url) = Collector::start().await;
    let receiver = Receiver::start().await;
    let suite = Suite::start(&[("XIANGTU_OTLP_ENDPOINT", &url)]).await;
    village::bill(&suite, 1).await;
    village::notify_payments(&suite, &receiver.url()).await;

    let mut request = suite.request("", village::payment(0, 100, "0197a3c0-7c1e-7000-8000-000000000001"));
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    request
        .metadata_mut()
        .insert("traceparent", traceparent.parse().expect("a header"));
    PaymentServiceClient::new(suite.service("homestead").channel())
        .record_payment(request)
        .await
        .expect("posted");

    let arrived = receiver.distinct(1).await;
    let arrival = &arrived.values().next().expect("an arrival")[0];
    assert!(arrival.traceparent.starts_with(&format!("00-{TRACE}-")), "{arrival:?}");

    // Exporters send in batches, every few seconds.
    let expected = BTreeSet::from(["homestead", "notifications"]);
    let mut services = BTreeSet::new();
    for _ in 0..200 {
        let spans = collector.spans();
        let ours: Vec<_> = spans.iter().filter(|seen| hex(&seen.span.trace_id) == TRACE).collect();
        services = expected
            .iter()
            .copied()
            .filter(|name| ours.iter().any(|seen| seen.service.contains(name)))
            .collect();
        let connected = ours.iter().filter(|seen| {
            let parent = hex(&seen.span.parent_span_id);
            parent == CALLER || ours.iter().any(|other| hex(&other.span.span_id) == parent)
        });
        if services == expected && connected.count() == ours.len() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("spans of {services:?} only, or with gaps: {:#?}", collector.spans());
}
