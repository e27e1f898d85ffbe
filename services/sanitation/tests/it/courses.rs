//! Seals, residue, rejections with the way back, corrections, and what the balance makes of them.

use kit::{dates, testing::Harness};
use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{
        AnomalyKind, CloseMassBalanceRequest, CustodyDiscrepancyWithdrawn, HandOver, HandOverKind,
        ListAnomaliesRequest, ListHandOversRequest, MassBalance, SealState, SignatureRule, Trip,
        hand_over_service_client::HandOverServiceClient, mass_balance_service_client::MassBalanceServiceClient,
    },
};
use time::{OffsetDateTime, macros::datetime};
use tonic::Code;

use crate::{
    terminal::{VEHICLE, collected, correct, create, haul, received, record, signatures, station, trip},
    town::{COUNTY, TOWN, events, network, payload, reason, start},
};

const PLANT: &str = "facilities/PL410225";
const HAULER: &str = "vehicles/V410225052";

pub async fn close(harness: &Harness) -> MassBalance {
    let request = CloseMassBalanceRequest {
        division: TOWN.to_owned(),
        date: Some(Date {
            year: 2024,
            month: 3,
            day: 31,
        }),
        request_id: String::new(),
    };
    let mut client = MassBalanceServiceClient::new(harness.channel.clone());
    client
        .close_mass_balance(harness.request(TOWN, request))
        .await
        .expect("a balance")
        .into_inner()
}

/// What is wrong with loads.
fn of_loads(balance: &MassBalance) -> Vec<(AnomalyKind, &str)> {
    let told = balance.anomalies.iter().filter(|anomaly| !anomaly.trip.is_empty());
    told.map(|anomaly| (anomaly.kind(), anomaly.explanation.as_str()))
        .collect()
}

async fn world() -> Harness {
    let harness = start().await;
    network(&harness, TOWN).await;
    signatures(&harness, SignatureRule::None).await;
    harness
}

fn of_haul(kind: HandOverKind, (from, to): (&str, &str), at: OffsetDateTime, net_kg: i64) -> HandOver {
    HandOver {
        trip: "trips/HAUL-1".to_owned(),
        kind: kind.into(),
        from: from.to_owned(),
        to: to.to_owned(),
        hand_over_time: Some(dates::timestamp(at)),
        net_kg: Some(net_kg),
        ..HandOver::default()
    }
}

#[tokio::test]
async fn a_corrected_weight_takes_the_place_of_the_wrong_one() {
    let harness = world().await;
    create(&harness, TOWN, ("LIVE-1", 1), trip()).await.expect("a trip");
    record(&harness, TOWN, 2, collected(640)).await.expect("aboard");
    let wrong = record(&harness, TOWN, 3, received(4_680, 4_300, 380))
        .await
        .expect("weighed");
    let before = close(&harness).await;
    let expected = "640 kg given, 380 kg received: 260 kg short, 52 kg allowed";
    assert_eq!(of_loads(&before), [(AnomalyKind::NetShort, expected)]);

    let right = HandOver {
        corrects: wrong.name.clone(),
        correction_reason: "抄错一位".to_owned(),
        ..received(4_930, 4_300, 630)
    };
    let refused = [
        (
            HandOver {
                correction_reason: String::new(),
                ..right.clone()
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                corrects: "trips/LIVE-1/handOvers/9".to_owned(),
                ..right.clone()
            },
            Code::NotFound,
        ),
        (
            HandOver {
                corrects: "trips/LIVE-1/handOvers/1".to_owned(),
                ..right.clone()
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                corrects: "trips/LIVE-1".to_owned(),
                ..right.clone()
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                trip: "trips/OTHER".to_owned(),
                ..right.clone()
            },
            Code::InvalidArgument,
        ),
        (
            HandOver {
                net_kg: Some(640),
                ..right.clone()
            },
            Code::InvalidArgument,
        ),
    ];
    for (number, (bad, code)) in (10..).zip(refused) {
        let error = correct(&harness, TOWN, number, bad.clone()).await.expect_err("refused");
        assert_eq!(error.code(), code, "{bad:?}: {error:?}");
    }
    let error = correct(&harness, "410225104", 20, right.clone())
        .await
        .expect_err("a sibling");
    assert_eq!(error.code(), Code::NotFound);

    let corrected = correct(&harness, TOWN, 21, right.clone()).await.expect("corrected");
    assert_eq!(
        (corrected.version, corrected.position, corrected.corrects.as_str()),
        (2, 3, wrong.name.as_str())
    );
    assert_eq!(
        correct(&harness, TOWN, 21, right.clone())
            .await
            .expect("the same again"),
        corrected
    );
    let error = correct(&harness, TOWN, 22, right.clone())
        .await
        .expect_err("corrected already");
    assert_eq!(error.code(), Code::Aborted);
    let again = HandOver {
        corrects: corrected.name.clone(),
        ..received(4_940, 4_300, 640)
    };
    let again = HandOver {
        correction_reason: "复磅".to_owned(),
        ..again
    };
    assert_eq!(correct(&harness, TOWN, 23, again).await.expect("once more").version, 3);

    let request = ListHandOversRequest {
        parent: "trips/LIVE-1".to_owned(),
        ..ListHandOversRequest::default()
    };
    let mut client = HandOverServiceClient::new(harness.channel.clone());
    let all = client
        .list_hand_overs(harness.request(TOWN, request))
        .await
        .expect("all")
        .into_inner()
        .hand_overs;
    let versions: Vec<_> = all
        .iter()
        .map(|one| (one.net_kg, one.version, one.corrected_by.as_str()))
        .collect();
    let (third, fourth) = ("trips/LIVE-1/handOvers/3", "trips/LIVE-1/handOvers/4");
    assert_eq!(
        versions,
        [
            (Some(640), 1, ""),
            (Some(380), 1, third),
            (Some(630), 2, fourth),
            (Some(640), 3, "")
        ]
    );

    let after = close(&harness).await;
    assert_eq!((of_loads(&after), after.received_kg), (Vec::new(), 640));
    let withdrawn = events(&harness, "custody.discrepancy_withdrawn").await;
    // The load's, and the station's, whose amount is another one.
    let kinds: Vec<_> = withdrawn
        .iter()
        .map(|event| {
            payload::<CustodyDiscrepancyWithdrawn>(event)
                .anomaly
                .expect("an anomaly")
        })
        .map(|anomaly| (anomaly.kind(), anomaly.withdraw_time.is_some()))
        .collect();
    assert!(
        kinds.contains(&(AnomalyKind::NetShort, true)) && kinds.len() == 2,
        "{kinds:?}"
    );
    let request = ListAnomaliesRequest {
        filter: "withdrawn = true AND kind = net_short".to_owned(),
        ..ListAnomaliesRequest::default()
    };
    let mut client = MassBalanceServiceClient::new(harness.channel.clone());
    let listed = client
        .list_anomalies(harness.request(COUNTY, request))
        .await
        .expect("a list")
        .into_inner();
    assert_eq!(listed.anomalies.len(), 1);
    harness.stop().await;
}

#[tokio::test]
async fn seals_are_put_on_and_looked_at() {
    let harness = world().await;
    let sealed = Trip {
        seal_number: "S7".to_owned(),
        ..trip()
    };
    create(&harness, TOWN, ("LIVE-1", 1), sealed).await.expect("a trip");
    record(&harness, TOWN, 2, collected(640)).await.expect("aboard");
    let found = |state: SealState, number: &str| HandOver {
        seal_state: state.into(),
        seal_number: number.to_owned(),
        ..received(4_940, 4_300, 640)
    };
    for (number, bad) in (10..).zip([
        found(SealState::Unspecified, ""),
        found(SealState::Unspecified, "S7"),
        found(SealState::Intact, ""),
        found(SealState::Missing, "S7"),
        HandOver {
            seal_state: 99,
            ..found(SealState::Intact, "S7")
        },
    ]) {
        let error = record(&harness, TOWN, number, bad.clone()).await.expect_err("refused");
        assert_eq!(error.code(), Code::InvalidArgument, "{bad:?}");
    }
    record(&harness, TOWN, 20, found(SealState::Intact, "S8"))
        .await
        .expect("weighed in");
    let expected = "seal S7 was put on, S8 was found";
    assert_eq!(of_loads(&close(&harness).await), [(AnomalyKind::SealBroken, expected)]);
    let misread = HandOver {
        corrects: "trips/LIVE-1/handOvers/2".to_owned(),
        correction_reason: "封签号看错".to_owned(),
        ..found(SealState::Intact, "S7")
    };
    correct(&harness, TOWN, 21, misread).await.expect("corrected");
    assert_eq!(of_loads(&close(&harness).await), []);
    harness.stop().await;
}

#[tokio::test]
async fn what_stays_in_the_vehicle_comes_with_its_next_trip() {
    let harness = world().await;
    create(&harness, TOWN, ("LIVE-1", 1), trip()).await.expect("a trip");
    record(&harness, TOWN, 2, collected(1_000)).await.expect("aboard");
    let part = HandOver {
        residue_kg: Some(300),
        ..received(5_300, 4_600, 700)
    };
    record(&harness, TOWN, 3, part).await.expect("weighed in");
    let next = Trip {
        depart_time: Some(dates::timestamp(datetime!(2024-03-31 08:00 +8))),
        arrive_time: Some(dates::timestamp(datetime!(2024-03-31 09:00 +8))),
        ..trip()
    };
    create(&harness, TOWN, ("LIVE-2", 4), next)
        .await
        .expect("the next trip");
    let second = |record: HandOver, at| HandOver {
        trip: "trips/LIVE-2".to_owned(),
        hand_over_time: Some(dates::timestamp(at)),
        ..record
    };
    let aboard = second(collected(500), datetime!(2024-03-31 08:20 +8));
    record(&harness, TOWN, 5, aboard).await.expect("aboard");
    let weighed = second(received(5_100, 4_300, 800), datetime!(2024-03-31 09:00 +8));
    record(&harness, TOWN, 6, weighed).await.expect("weighed in");
    let balance = close(&harness).await;
    assert_eq!(of_loads(&balance), []);
    let arc = &balance.arcs[0];
    assert_eq!((arc.sent_kg, arc.received_kg, arc.difference_kg), (1_500, 1_500, 0));
    assert_eq!((arc.residue_kg, arc.carried_kg), (300, 300));
    harness.stop().await;
}

#[tokio::test]
async fn a_rejected_load_is_driven_back_and_weighed() {
    let harness = world().await;
    create(&harness, TOWN, ("HAUL-1", 1), haul())
        .await
        .expect("a haul by an officer of the township");
    let station = station();
    let (out, back) = ((station.as_str(), HAULER), (HAULER, station.as_str()));
    let at = |hour: i64, minute: i64| datetime!(2024-03-31 00:00 +8) + time::Duration::minutes(hour * 60 + minute);
    // In the order in which they happen to arrive.
    let refused = HandOver {
        reason: "混入建筑垃圾".to_owned(),
        ..of_haul(HandOverKind::Rejected, (PLANT, HAULER), at(10, 20), 4_000)
    };
    let error = record(
        &harness,
        TOWN,
        2,
        HandOver {
            reason: String::new(),
            ..refused.clone()
        },
    )
    .await;
    assert_eq!(error.expect_err("no reason").code(), Code::InvalidArgument);
    record(&harness, TOWN, 3, refused).await.expect("rejected");
    let delivered = of_haul(HandOverKind::Delivered, (HAULER, PLANT), at(10, 0), 9_980);
    record(&harness, TOWN, 4, delivered).await.expect("weighed in");
    record(
        &harness,
        TOWN,
        5,
        of_haul(HandOverKind::Dispatched, out, at(9, 0), 10_000),
    )
    .await
    .expect("weighed out");
    let open = close(&harness).await;
    let expected = "4000 kg rejected have not come back";
    assert_eq!(of_loads(&open), [(AnomalyKind::ReturnMissing, expected)]);
    let anomaly = open.anomalies.iter().find(|one| !one.trip.is_empty()).expect("one");
    assert_eq!((anomaly.from.as_str(), anomaly.to.as_str()), (PLANT, station.as_str()));

    record(
        &harness,
        TOWN,
        6,
        of_haul(HandOverKind::Returned, back, at(11, 30), 3_500),
    )
    .await
    .expect("back");
    let balance = close(&harness).await;
    let expected = "4000 kg rejected, 3500 kg came back: 500 kg short, 100 kg allowed";
    assert_eq!(of_loads(&balance), [(AnomalyKind::ReturnShort, expected)]);
    let plant = balance.nodes.iter().find(|node| node.node == PLANT).expect("the plant");
    assert_eq!((plant.in_kg, plant.out_kg, plant.rejected_kg), (9_980, 9_980, 4_000));
    let node = balance
        .nodes
        .iter()
        .find(|node| node.node == station)
        .expect("the station");
    assert_eq!((node.returned_kg, node.out_kg), (3_500, 10_000));
    let arc = balance.arcs.iter().find(|arc| arc.from == PLANT).expect("the way back");
    assert_eq!(
        (arc.to.as_str(), arc.sent_kg, arc.received_kg, arc.difference_kg),
        (station.as_str(), 4_000, 3_500, 500)
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_rejected_collection_goes_back_to_its_village() {
    let harness = world().await;
    create(&harness, TOWN, ("LIVE-1", 1), trip()).await.expect("a trip");
    record(&harness, TOWN, 2, collected(640)).await.expect("aboard");
    record(&harness, TOWN, 3, received(4_940, 4_300, 640))
        .await
        .expect("weighed in");
    let refused = HandOver {
        kind: HandOverKind::Rejected.into(),
        from: station(),
        to: VEHICLE.to_owned(),
        gross_kg: None,
        tare_kg: None,
        reason: "混入危险废物".to_owned(),
        ..received(0, 0, 640)
    };
    record(&harness, TOWN, 4, refused.clone()).await.expect("rejected");
    let back = HandOver {
        kind: HandOverKind::Returned.into(),
        from: VEHICLE.to_owned(),
        to: String::new(),
        net_kg: None,
        reason: String::new(),
        ..refused
    };
    let error = record(&harness, TOWN, 5, back.clone()).await.expect_err("where to");
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::InvalidArgument, "INVALID_FIELD")
    );
    let back = HandOver {
        to: "divisions/410225108200".to_owned(),
        ..back
    };
    record(&harness, TOWN, 6, back).await.expect("back");
    let balance = close(&harness).await;
    assert_eq!(balance.anomalies, [], "nothing is kept, and nothing was lost");
    let arc = balance
        .arcs
        .iter()
        .find(|arc| arc.to == "divisions/410225108200")
        .expect("the way back");
    assert_eq!(
        (arc.from.as_str(), arc.sent_kg, arc.load_count),
        (station().as_str(), 640, 1)
    );
    harness.stop().await;
}
