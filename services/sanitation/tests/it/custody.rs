//! The chain of custody: live records, digests, tampering.

use kit::testing::Harness;
use proto::xiangtu::sanitation::v1::{
    HandOver, HandOverKind, ListHandOversRequest, Signature, SignatureRule, Trip, VerifyHandOversRequest,
    VerifyHandOversResponse, hand_over_service_client::HandOverServiceClient,
};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, PgConnection};
use time::macros::datetime;
use tonic::Code;

use crate::{
    terminal::{collected, create, received, record, signatures, trip},
    town::{COUNTY, TOWN, network, reason, start, taken, weighings},
};

async fn verify(harness: &Harness, trip: &str) -> VerifyHandOversResponse {
    let request = VerifyHandOversRequest {
        parent: format!("trips/{trip}"),
    };
    let mut client = HandOverServiceClient::new(harness.channel.clone());
    client
        .verify_hand_overs(harness.request(TOWN, request))
        .await
        .expect("an answer")
        .into_inner()
}

#[tokio::test]
async fn live_records_make_a_chain_that_anybody_can_recompute() {
    let harness = start().await;
    network(&harness, TOWN).await;
    signatures(&harness, SignatureRule::None).await;
    let scale = "device_id,kind,facility_id,vehicle_id,calibrated_on,calibrated_until\n\
                 board-49,onboard_scale,,V410225049,2024-01-01,2024-12-31\n";
    taken(&harness, "devices", scale).await;
    let collected = |net_kg| HandOver {
        device: "devices/board-49".to_owned(),
        giver: Some(Signature {
            signer: "保洁员 王\"某".to_owned(),
            value: Vec::new(),
        }),
        ..collected(net_kg)
    };
    let made = create(&harness, TOWN, ("LIVE-1", 1), trip()).await.expect("a trip");
    assert_eq!(made.division, format!("divisions/{TOWN}"));
    assert_eq!(
        create(&harness, TOWN, ("LIVE-1", 1), trip())
            .await
            .expect("the same again"),
        made
    );
    assert_eq!(
        create(&harness, TOWN, ("LIVE-1", 2), trip())
            .await
            .expect_err("taken")
            .code(),
        Code::AlreadyExists
    );

    let first = record(&harness, TOWN, 3, collected(640)).await.expect("the first");
    assert_eq!(
        record(&harness, TOWN, 3, collected(640)).await.expect("the same again"),
        first
    );
    let error = record(&harness, TOWN, 3, collected(650))
        .await
        .expect_err("another body");
    assert_eq!(reason(&error), "REQUEST_ID_REUSED");
    let second = record(&harness, TOWN, 4, received(4_930, 4_300, 630))
        .await
        .expect("the second");
    assert_eq!(
        (second.position, second.previous_digest.as_str()),
        (2, first.digest.as_str())
    );
    let error = record(&harness, TOWN, 5, received(4_930, 4_300, 630))
        .await
        .expect_err("weighed in already");
    assert_eq!(error.code(), Code::AlreadyExists);

    // The digest is SHA-256 over the one before and this JSON: anybody who holds the record can check it.
    let at = datetime!(2024-03-31 06:10 +8).unix_timestamp_nanos() / 1_000;
    let json = format!(
        "[\"LIVE-1\", 1, \"collected\", \"divisions/410225108200\", \"vehicles/V410225049\", {at}, null, null, 640, 9, \
         \"devices/board-49\", \"保洁员 王\\\"某\", \"\", \"\", \"\"]"
    );
    assert_eq!(first.digest, hex::encode(Sha256::digest(json.as_bytes())));
    let intact = verify(&harness, "LIVE-1").await;
    assert_eq!(
        (intact.intact, intact.hand_over_count, intact.broken_position),
        (true, 2, 0)
    );
    harness.stop().await;
}

#[tokio::test]
async fn contradicting_records_are_refused() {
    let harness = start().await;
    network(&harness, TOWN).await;
    signatures(&harness, SignatureRule::None).await;
    let terminal =
        "device_id,kind,facility_id,vehicle_id,calibrated_on,calibrated_until\nT-49,terminal,,V410225049,,\n";
    taken(&harness, "devices", terminal).await;
    let error = create(&harness, TOWN, ("LIVE-1", 1), Trip { kind: 0, ..trip() })
        .await
        .expect_err("no kind");
    assert_eq!(error.code(), Code::InvalidArgument);
    let elsewhere = Trip {
        vehicle: "vehicles/V410225001".to_owned(),
        ..trip()
    };
    assert_eq!(
        create(&harness, TOWN, ("LIVE-1", 2), elsewhere)
            .await
            .expect_err("no such vehicle")
            .code(),
        Code::NotFound
    );
    assert_eq!(
        create(&harness, "410225104", ("LIVE-1", 3), trip())
            .await
            .expect_err("a sibling")
            .code(),
        Code::NotFound
    );
    create(&harness, TOWN, ("LIVE-1", 4), trip()).await.expect("a trip");
    let cases = [
        (received(4_930, 4_300, 640), Code::InvalidArgument),
        (received(-1, 4_300, 630), Code::InvalidArgument),
        (
            HandOver {
                kind: HandOverKind::Delivered.into(),
                ..received(1, 1, 0)
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                from: "divisions/410226".to_owned(),
                ..collected(1)
            },
            Code::NotFound,
        ),
        (
            HandOver {
                from: String::new(),
                ..collected(1)
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                to: "vehicles/OTHER".to_owned(),
                ..collected(1)
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                trip: "trips/NONE".to_owned(),
                ..collected(1)
            },
            Code::NotFound,
        ),
        (
            HandOver {
                hand_over_time: None,
                ..collected(1)
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                device: "devices/NONE".to_owned(),
                ..collected(1)
            },
            Code::NotFound,
        ),
        (
            HandOver {
                device: "devices/T-49".to_owned(),
                ..collected(1)
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                residue_kg: Some(1),
                ..collected(1)
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                reason: "潮湿".to_owned(),
                ..collected(1)
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                seal_number: "S1\nkind=X".to_owned(),
                ..collected(1)
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                corrects: "trips/LIVE-1/handOvers/1".to_owned(),
                ..collected(1)
            },
            Code::InvalidArgument,
        ),
    ];
    for (number, (bad, code)) in (10..).zip(cases) {
        let error = record(&harness, TOWN, number, bad.clone())
            .await
            .expect_err("contradicting");
        assert_eq!(error.code(), code, "{bad:?}: {error:?}");
    }
    assert_eq!(
        record(&harness, "410225104", 30, collected(1))
            .await
            .expect_err("a sibling")
            .code(),
        Code::NotFound
    );
    assert_eq!(verify(&harness, "LIVE-1").await.hand_over_count, 0);
    harness.stop().await;
}

#[tokio::test]
async fn a_changed_weight_is_seen() {
    let harness = start().await;
    network(&harness, TOWN).await;
    weighings(&harness, TOWN, "2024-03-01").await;
    let trip = "T410225240301000058";
    let request = ListHandOversRequest {
        parent: format!("trips/{trip}"),
        page_size: 3,
        page_token: String::new(),
    };
    let mut client = HandOverServiceClient::new(harness.channel.clone());
    let page = client
        .list_hand_overs(harness.request(COUNTY, request))
        .await
        .expect("a page")
        .into_inner();
    assert_eq!(page.hand_overs.len(), 3);
    assert!(!page.next_page_token.is_empty());
    let before = verify(&harness, trip).await;
    assert!(before.intact && before.hand_over_count == 7);

    let mut conn = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("the database");
    let tampered =
        sqlx::query("UPDATE hand_overs SET net_kg = net_kg + 100 WHERE trip_id = $1 AND position = 4").bind(trip);
    tampered.execute(&mut conn).await.expect("a superuser may");
    let after = verify(&harness, trip).await;
    assert_eq!((after.intact, after.broken_position), (false, 4));
    let removed = sqlx::query("DELETE FROM hand_overs WHERE trip_id = $1 AND position = 2").bind(trip);
    removed.execute(&mut conn).await.expect("a superuser may");
    assert_eq!(verify(&harness, trip).await.broken_position, 3);
    harness.stop().await;
}
