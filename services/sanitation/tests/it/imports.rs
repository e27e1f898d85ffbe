//! Registers of the county come in whole, and again without effect.

use crate::town::{self, TOWN, import, network, of_division, only, register, start, taken};

#[tokio::test]
async fn the_county_comes_in_and_again_without_effect() {
    let harness = start().await;
    let registers = [
        ("villages", "villages", 469),
        ("transfer_stations", "transfer_stations", 16),
        ("plants", "plants", 1),
        ("collection_points", "collection_points", 2_703),
        ("vehicles", "vehicles", 73),
        ("trips", "trips_30d", 2_417),
        ("trip_stops", "trip_stops_30d", 15_823),
        ("transfers", "transfers_30d", 978),
    ];
    for (name, file, expected) in registers {
        let report = taken(&harness, name, &register(file)).await;
        assert_eq!((report.inserted_count, report.updated_count), (expected, 0), "{name}");
    }
    for (name, file, _) in registers {
        let again = taken(&harness, name, &register(file)).await;
        assert_eq!((again.inserted_count, again.updated_count), (0, 0), "{name}");
        assert_eq!(again.unchanged_count, again.row_count, "{name}");
    }
    // One weighing a trip, one a stop, two a haul; each once.
    let records = town::count(&harness, "SELECT count(*) FROM hand_overs").await;
    assert_eq!(records, 2_417 + 15_823 + 2 * 978);
    assert_eq!(
        town::count(&harness, "SELECT count(*) FROM trips WHERE sent_count = 2").await,
        3
    );
    harness.stop().await;
}

#[tokio::test]
async fn changed_rows_are_updated_and_counted() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let changed = of_division("vehicles", &format!("TS{TOWN}")).replacen("05:30,13:30", "05:00,13:30", 1);
    let report = taken(&harness, "vehicles", &changed).await;
    assert_eq!(
        (report.inserted_count, report.updated_count, report.unchanged_count),
        (0, 1, 4)
    );
    harness.stop().await;
}

#[tokio::test]
async fn spreadsheets_may_write_a_byte_order_mark_and_crlf() {
    let harness = start().await;
    let file = format!("\u{feff}{}", of_division("villages", TOWN).replace('\n', "\r\n"));
    let report = taken(&harness, "villages", &file).await;
    assert_eq!(report.inserted_count, report.row_count);
    assert_eq!(
        taken(&harness, "villages", &of_division("villages", TOWN))
            .await
            .updated_count,
        0
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_trip_sent_twice_is_noted_and_a_changed_one_refused() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let trips = only(&of_division("trips_30d", &format!("TS{TOWN}")), |line| {
        line.contains(",2024-03-01,")
    });
    let twice = format!("{trips}{}\n", trips.lines().last().expect("a trip"));
    let report = taken(&harness, "trips", &twice).await;
    assert_eq!(
        (report.row_count - report.inserted_count, report.unchanged_count),
        (1, 1)
    );
    assert_eq!(
        town::count(&harness, "SELECT max(sent_count)::bigint FROM trips").await,
        2
    );
    // Once more the single file: it says nothing new.
    assert_eq!(taken(&harness, "trips", &trips).await.updated_count, 0);

    let first = trips.lines().nth(1).expect("a trip");
    let net = first.split(',').nth(8).expect("a net mass").to_owned();
    let heavier = format!(",{},", net.parse::<i64>().expect("a mass") + 10);
    let changed = trips.replacen(&format!(",{net},"), &heavier, 1);
    let report = import(&harness, "trips", &changed).await;
    let error = &report.errors[0];
    assert_eq!(
        (report.applied, error.line, error.reason.as_str()),
        (false, 2, "RECORDED_OTHERWISE")
    );
    harness.stop().await;
}
