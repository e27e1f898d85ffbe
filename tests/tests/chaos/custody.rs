//! Thirty days of custody, signed by both sides and sent as terminals do: without order, again and again, while the service is
//! killed. Nothing is lost, nothing is doubled, and the chains verify without the service.

mod month;
mod terminals;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{CloseMassBalanceRequest, mass_balance_service_client::MassBalanceServiceClient},
};
use sqlx::{Connection as _, PgConnection};
use tests::{OwnStores, SERVICES, Suite, Table, import, lankao, xiangtu};

use self::{
    month::{COUNTY, Month},
    terminals::Terminals,
};
use crate::{kills, moments::Moments, percentile};

const DRIVERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_custody_is_replayed_through_kills() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("chaos-custody");
    let stores = OwnStores::start(&folder);
    let mut suite = Suite::start_on(&stores.at, &SERVICES, &[]).await;
    for register in ["villages", "transfer_stations", "plants", "vehicles"] {
        let csv = lankao(register, |_| true);
        let report = import(&suite, "sanitation", register, COUNTY, "2024-01-01", csv.as_bytes()).await;
        assert!(report.expect(register).applied, "{register}");
    }
    let mut moments = Moments::new();
    let month = Month::read(&mut moments);
    let terminals = Terminals::new(&suite);
    terminals.register_keys(&month.holders()).await;

    let (began, total) = (Instant::now(), month.trips.len());
    let (queue, done) = (Arc::new(Mutex::new(month.trips.clone())), Arc::<AtomicUsize>::default());
    let drivers = (0..DRIVERS).map(|_| {
        let (queue, done, terminals) = (Arc::clone(&queue), Arc::clone(&done), terminals.clone());
        tokio::spawn(async move {
            let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
            while let Some(trip) = next() {
                terminals.send(&trip).await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let drivers: Vec<_> = drivers.collect();
    let mut ready = Vec::new();
    for kill in 1..=kills() {
        // Spread over the replay, at moments that nobody chose.
        while done.load(Ordering::Relaxed) * (kills() + 1) < total * kill {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        moments.pass(200).await;
        suite.service_mut("sanitation").kill();
        ready.push(suite.service_mut("sanitation").start().await);
    }
    for driver in drivers {
        driver.await.expect("a driver");
    }
    let took = began.elapsed();

    let (lost, doubled) = compare(&month, &recorded(&suite).await);
    let mut table = Table::new("chaos-custody", &["what", "count"]);
    for (what, count) in [
        ("kills", ready.len().to_string()),
        ("ready p50", percentile(&mut ready, 50)),
        ("ready p99", percentile(&mut ready, 99)),
        ("trips", total.to_string()),
        ("hand-overs", month.expected.len().to_string()),
        ("calls", terminals.calls().to_string()),
        ("calls that failed", terminals.failed().to_string()),
        ("seconds", took.as_secs().to_string()),
        ("lost", lost.len().to_string()),
        ("doubled", doubled.len().to_string()),
    ] {
        table.row(&[what.to_owned(), count]);
    }
    table.finish();
    assert!(
        lost.is_empty() && doubled.is_empty(),
        "lost {lost:?}, doubled {doubled:?}"
    );
    verified_offline(&suite).await;
    anomalies_are_those_planted(&suite, &month).await;
}

type Records = BTreeMap<String, usize>;

/// Everything recorded, each as text, with how often.
async fn recorded(suite: &Suite) -> Records {
    let url = suite.databases["sanitation"].superuser_url();
    let mut conn = PgConnection::connect(&url).await.expect("a connection");
    let rows: Vec<(String, String, String, i64, Option<i64>)> = sqlx::query_as(
        "SELECT trip_id, kind, giver, extract(epoch FROM at)::bigint, net_kg FROM hand_overs ORDER BY trip_id, position",
    )
    .fetch_all(&mut conn)
    .await
    .expect("rows");
    let trips: i64 = sqlx::query_scalar("SELECT count(*) FROM trips")
        .fetch_one(&mut conn)
        .await
        .expect("a count");
    let mut records = Records::from([("trips".to_owned(), usize::try_from(trips).expect("a count"))]);
    for (trip, kind, giver, at, net) in rows {
        *records.entry(month::text(&trip, &kind, &giver, at, net)).or_default() += 1;
    }
    records
}

fn compare(month: &Month, recorded: &Records) -> (Vec<String>, Vec<String>) {
    let mut recorded = recorded.clone();
    let trips = recorded.remove("trips").unwrap_or_default();
    assert_eq!(trips, month.trips.len(), "every trip once");
    let lost = month
        .expected
        .iter()
        .filter(|record| !recorded.contains_key(*record))
        .cloned()
        .collect();
    let doubled = recorded
        .iter()
        .filter(|(record, count)| **count > 1 || !month.expected.contains(*record));
    (lost, doubled.map(|(record, _)| record.clone()).collect())
}

async fn verified_offline(suite: &Suite) {
    let path = suite.folder().join("march.custody");
    let path = path.to_str().expect("UTF-8");
    let export = ["custody", "export", path, "--from", "2024-03-01", "--to", "2024-03-31"];
    for arguments in [&export[..], &["custody", "verify", path, "--signed", "--any-key"]] {
        let output = xiangtu(suite, COUNTY, arguments).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        println!("{said}");
    }
}

/// What the county's balance finds is what was planted, as far as it can be sent live.
async fn anomalies_are_those_planted(suite: &Suite, month: &Month) {
    let mut found = BTreeSet::new();
    for day in 1..=month::days() {
        let request = CloseMassBalanceRequest {
            division: COUNTY.to_owned(),
            date: Some(Date {
                year: 2024,
                month: 3,
                day,
            }),
            request_id: String::new(),
        };
        let mut client = MassBalanceServiceClient::new(suite.service("sanitation").channel());
        let balance = client
            .close_mass_balance(suite.request("", request))
            .await
            .expect("a balance");
        for anomaly in balance.into_inner().anomalies {
            let kind = anomaly
                .kind()
                .as_str_name()
                .trim_start_matches("ANOMALY_KIND_")
                .to_lowercase();
            found.insert((anomaly.trip.trim_start_matches("trips/").to_owned(), kind));
        }
    }
    // A repeat is one trip here, and a sum that does not add up is refused until the terminal has put it right.
    let planted = month.planted(&["duplicate", "scale_mismatch"]);
    found.retain(|(trip, _)| !month.put_right.contains(trip));
    assert_eq!(found, planted);
}
