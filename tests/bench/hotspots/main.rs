//! The life of a hotspot in four calls (raised, with whoever is on duty told; answered; arrived; judged) by as many callers as
//! cadres, with 1,000,000 hotspots and their histories on record already.
//!
//! `make bench-hotspots`. The peer's figures are published ones: the load test of DIGIT's complaint service, a life of four calls
//! on 16 virtual processors and 32 GB, 37 lives a second on an empty store and 6.3 with 1,000,000 records.

mod record;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use kit::{clock::Clock, id::Ids};
use proto::{
    google::r#type::LatLng,
    xiangtu::villages::v1::{
        AcknowledgeHotspotRequest, ArriveAtHotspotRequest, HotspotSource, HotspotState, ReportHotspotRequest,
        TriageHotspotRequest, hotspot_service_client::HotspotServiceClient,
    },
};
use tests::{
    Suite, Table,
    measure::{behind, channels, fill, millis},
    per_second, with_token,
};
use tonic::transport::Channel;

use record::{COUNTIES, cadre, county};

const LEVELS: [usize; 3] = [1, 16, 64];
const ROUND: Duration = Duration::from_secs(15);
/// Published lives a second of the peer, empty and with 1,000,000 records.
const PEER: [f64; 2] = [37.0, 6.3];

#[tokio::main]
async fn main() {
    let suite = Suite::start_only(&["villages"], &[("XIANGTU_LOG", "warn")]).await;
    record::county_registers(&suite).await;
    let columns = [
        "records",
        "callers",
        "lives/s",
        "call p50 ms",
        "p99 ms",
        "raise p99 ms",
        "published lives/s",
        "ratio",
    ];
    let mut table = Table::new("hotspots", &columns);
    let seen = Arc::new(AtomicUsize::new(0));
    for (records, peer) in [("0", PEER[0]), ("1,000,000", PEER[1])] {
        if records != "0" {
            let mut conn = behind(&suite, "villages").await;
            fill(&mut conn, &record::statements()).await;
        }
        for callers in LEVELS {
            let (lives, took, mut raises, mut calls) = live(&suite, callers, &seen).await;
            raises.sort_unstable();
            calls.sort_unstable();
            let rate = per_second(lives, took);
            let at = |sorted: &[Duration], percent: usize| millis(sorted[sorted.len() * percent / 100]);
            table.row(&[
                records.to_owned(),
                callers.to_string(),
                format!("{rate:.0}"),
                at(&calls, 50),
                at(&calls, 99),
                at(&raises, 99),
                peer.to_string(),
                format!("{:.1}", rate / peer),
            ]);
        }
    }
    table.finish();
}

/// Lives lived, the time they took, and how long raising and every call took.
async fn live(
    suite: &Suite,
    callers: usize,
    seen: &Arc<AtomicUsize>,
) -> (usize, Duration, Vec<Duration>, Vec<Duration>) {
    let token: Arc<str> = suite.token(&["*"], "").into();
    let channels = channels(suite, "villages", callers).await;
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let channel = channels[caller % channels.len()].clone();
            tokio::spawn(lives_until(
                started + ROUND,
                channel,
                Arc::clone(&token),
                Arc::clone(seen),
            ))
        })
        .collect();
    let (mut raises, mut calls) = (Vec::new(), Vec::new());
    for task in tasks {
        let latencies = task.await.expect("a caller");
        raises.extend(latencies.iter().step_by(4));
        calls.extend(latencies);
    }
    (raises.len(), started.elapsed(), raises, calls)
}

/// The latencies of whole lives, four a life.
async fn lives_until(until: Instant, channel: Channel, token: Arc<str>, seen: Arc<AtomicUsize>) -> Vec<Duration> {
    let ids = Ids::random(Clock::system());
    let mut client = HotspotServiceClient::new(channel);
    let mut latencies = Vec::new();
    let request_id = || ids.next().to_string();
    macro_rules! call {
        ($method:ident, $request:expr) => {{
            let sent = Instant::now();
            let hotspot = client
                .$method(with_token(&token, $request))
                .await
                .expect("taken")
                .into_inner();
            latencies.push(sent.elapsed());
            hotspot
        }};
    }
    while Instant::now() < until {
        // Each in a place of its own, 900 m and more from every other, so that none is another's sighting.
        let n = seen.fetch_add(1, Ordering::Relaxed);
        let (at, place) = (n % COUNTIES, n / COUNTIES % 10_000);
        let (east, north) = (
            u32::try_from(place % 100).expect("few"),
            u32::try_from(place / 100).expect("few"),
        );
        let (west, south) = record::corner(at);
        let raised = call!(
            report_hotspot,
            ReportHotspotRequest {
                division: format!("divisions/{}", county(at)),
                position: Some(LatLng {
                    longitude: west + f64::from(east) * 0.0098 + 0.001,
                    latitude: south + f64::from(north) * 0.0098 + 0.001,
                }),
                source: HotspotSource::Satellite.into(),
                external_id: format!("bench-{n}"),
                request_id: request_id(),
                ..ReportHotspotRequest::default()
            }
        );
        assert_eq!(raised.sighting_count, 1, "{raised:?}");
        let (name, cadre) = (raised.name, cadre(at));
        let answered = AcknowledgeHotspotRequest {
            name: name.clone(),
            cadre: cadre.clone(),
            request_id: request_id(),
            ..AcknowledgeHotspotRequest::default()
        };
        call!(acknowledge_hotspot, answered);
        let arrived = ArriveAtHotspotRequest {
            name: name.clone(),
            cadre,
            request_id: request_id(),
            ..ArriveAtHotspotRequest::default()
        };
        call!(arrive_at_hotspot, arrived);
        let judged = call!(
            triage_hotspot,
            TriageHotspotRequest {
                name,
                verdict: HotspotState::False.into(),
                text: "现场无明火".to_owned(),
                request_id: request_id(),
                ..TriageHotspotRequest::default()
            }
        );
        assert_eq!(judged.entries.len(), 3);
    }
    latencies
}
