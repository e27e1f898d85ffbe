//! One payment is one trace, from the caller to the webhook.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use proto::xiangtu::homestead::v1::payment_service_client::PaymentServiceClient;
use tests::{Collector, Receiver, Seen, Suite, village};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The way from a span back to the caller, as services and names of spans; where it breaks off, what is missing.
fn way_back(spans: &BTreeMap<String, Seen>, from: &str) -> Result<Vec<(String, String)>, String> {
    let (mut way, mut at) = (Vec::new(), from.to_owned());
    while at != CALLER {
        let seen = spans.get(&at).ok_or_else(|| format!("no span {at} after {way:?}"))?;
        way.push((seen.service.clone(), seen.span.name.clone()));
        at = hex(&seen.span.parent_span_id);
    }
    Ok(way)
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
    let parts: Vec<&str> = arrival.traceparent.split('-').collect();
    let ["00", TRACE, webhook, _] = parts.as_slice() else {
        panic!("another trace: {arrival:?}");
    };

    // Exporters send in batches, every few seconds.
    let sent = Instant::now();
    let way = loop {
        let ours = collector
            .spans()
            .into_iter()
            .filter(|seen| hex(&seen.span.trace_id) == TRACE);
        let spans = ours.map(|seen| (hex(&seen.span.span_id), seen)).collect();
        match way_back(&spans, webhook) {
            Ok(way) => break way,
            Err(missing) => assert!(sent.elapsed() < Duration::from_secs(20), "{missing}: {spans:#?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let services: BTreeSet<&str> = way.iter().map(|(service, _)| service.as_str()).collect();
    assert_eq!(services, BTreeSet::from(["homestead", "notifications"]), "{way:?}");
    let first = way.last().expect("a span of the call");
    assert_eq!(first.0, "homestead", "{way:?}");
    assert!(first.1.ends_with("PaymentService/RecordPayment"), "{way:?}");
}
