//! Signatures of both sides: keys by time, verified on receipt, and exported with the chains.

use kit::testing::Harness;
use prost::Message as _;
use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{
        AnomalyKind, BatchRecordHandOversRequest, BatchRecordHandOversResult, ExportHandOversRequest,
        GetSigningKeyRequest, HandOver, ListSigningKeysRequest, RecordHandOverRequest, RevokeSigningKeyRequest,
        SignatureRule, SigningKey, batch_record_hand_overs_result::Outcome, custody_record::Record,
        hand_over_service_client::HandOverServiceClient, signing_key_service_client::SigningKeyServiceClient,
    },
};
use ring::signature::{ED25519, UnparsedPublicKey};
use sanitation_core::chain::{Link, Statement, first_broken};
use sha2::{Digest as _, Sha256};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Response, Status};

use crate::{
    courses::close,
    terminal::{
        VEHICLE, VILLAGE, collected, correct, create, key, received, record, register, signatures, signed, station,
        trip,
    },
    town::{TOWN, network, reason, request_id, start},
};

const JANUARY: OffsetDateTime = datetime!(2024-01-01 00:00 +8);

async fn world() -> Harness {
    let harness = start().await;
    network(&harness, TOWN).await;
    for (number, (id, holder)) in (1..).zip([("village", VILLAGE), ("driver", VEHICLE), ("weigher", &station())]) {
        register(&harness, TOWN, 200 + number, (id, ""), key(holder, number, JANUARY))
            .await
            .expect("a key");
    }
    create(&harness, TOWN, ("LIVE-1", 1), trip()).await.expect("a trip");
    harness
}

async fn revoke(
    harness: &Harness,
    scope: &str,
    number: u8,
    id: &str,
    from: OffsetDateTime,
) -> Result<SigningKey, Status> {
    let request = RevokeSigningKeyRequest {
        name: format!("signingKeys/{id}"),
        revoke_from: Some(kit::dates::timestamp(from)),
        reason: "手机丢失".to_owned(),
        request_id: request_id(number),
    };
    let mut client = SigningKeyServiceClient::new(harness.channel.clone());
    client
        .revoke_signing_key(harness.request(scope, request))
        .await
        .map(Response::into_inner)
}

async fn export(harness: &Harness) -> Vec<Record> {
    let march = |day| {
        Some(Date {
            year: 2024,
            month: 3,
            day,
        })
    };
    let request = ExportHandOversRequest {
        division: TOWN.to_owned(),
        from_date: march(31),
        to_date: march(31),
    };
    let mut client = HandOverServiceClient::new(harness.channel.clone());
    let stream = client
        .export_hand_overs(harness.request(TOWN, request))
        .await
        .expect("a stream");
    let (mut stream, mut records) = (stream.into_inner(), Vec::new());
    while let Some(record) = stream.message().await.expect("a record") {
        records.push(record.record.expect("of a kind"));
    }
    records
}

#[tokio::test]
async fn both_sides_sign_and_what_does_not_hold_is_refused() {
    let harness = world().await;
    let good = signed(collected(640), ("village", 1), ("driver", 2));
    let no_giver = HandOver {
        giver: None,
        ..good.clone()
    };
    let cases = [
        ("unsigned", collected(640), "SIGNATURE_MISSING"),
        ("one side", no_giver.clone(), "SIGNATURE_MISSING"),
        (
            "another weight",
            HandOver {
                net_kg: Some(641),
                ..good.clone()
            },
            "SIGNATURE_WRONG",
        ),
        (
            "another key",
            signed(collected(640), ("village", 9), ("driver", 2)),
            "SIGNATURE_WRONG",
        ),
        (
            "another side's key",
            signed(collected(640), ("weigher", 3), ("driver", 2)),
            "SIGNATURE_KEY",
        ),
        (
            "sides swapped",
            signed(collected(640), ("driver", 2), ("village", 1)),
            "SIGNATURE_KEY",
        ),
        (
            "no such key",
            signed(collected(640), ("nobody", 1), ("driver", 2)),
            "SIGNATURE_KEY",
        ),
    ];
    for (number, (what, bad, expected)) in (10..).zip(cases) {
        let error = record(&harness, TOWN, number, bad).await.expect_err(what);
        assert_eq!(
            (error.code(), reason(&error).as_str()),
            (Code::InvalidArgument, expected),
            "{what}"
        );
    }
    let mut early = collected(640);
    early.hand_over_time = Some(kit::dates::timestamp(datetime!(2023-12-31 23:59 +8)));
    let error = record(&harness, TOWN, 30, signed(early, ("village", 1), ("driver", 2)))
        .await
        .expect_err("early");
    assert_eq!(reason(&error), "SIGNATURE_KEY");
    let first = record(&harness, TOWN, 31, good.clone()).await.expect("signed");
    assert_eq!(
        record(&harness, TOWN, 31, good.clone()).await.expect("the same again"),
        first
    );
    let error = record(&harness, TOWN, 32, good).await.expect_err("recorded already");
    assert_eq!(error.code(), Code::AlreadyExists);

    // A correction states everything anew, and is signed anew.
    let right = HandOver {
        corrects: first.name.clone(),
        correction_reason: "复磅".to_owned(),
        ..collected(650)
    };
    let error = correct(&harness, TOWN, 33, right.clone()).await.expect_err("unsigned");
    assert_eq!(reason(&error), "SIGNATURE_MISSING");
    correct(&harness, TOWN, 34, signed(right, ("village", 1), ("driver", 2)))
        .await
        .expect("corrected");

    // Only the plan may let a side go without.
    signatures(&harness, SignatureRule::Receiver).await;
    let weighed = signed(received(4_940, 4_300, 640), ("driver", 2), ("weigher", 3));
    let error = record(
        &harness,
        TOWN,
        35,
        HandOver {
            receiver: None,
            ..weighed.clone()
        },
    )
    .await
    .expect_err("no receiver");
    assert_eq!(reason(&error), "SIGNATURE_MISSING");
    record(&harness, TOWN, 36, HandOver { giver: None, ..weighed })
        .await
        .expect("by the receiver");
    harness.stop().await;
}

#[tokio::test]
async fn keys_are_replaced_and_revoked_by_time() {
    let harness = world().await;
    let at = |minute: u8| datetime!(2024-03-31 06:00 +8).replace_minute(minute).expect("a minute");
    let taken_at = |minute, net: i64| HandOver {
        hand_over_time: Some(kit::dates::timestamp(at(minute))),
        ..collected(net)
    };
    let error = register(
        &harness,
        TOWN,
        40,
        ("driver-2", "signingKeys/weigher"),
        key(VEHICLE, 5, at(10)),
    )
    .await;
    assert_eq!(error.expect_err("of another holder").code(), Code::InvalidArgument);
    let error = register(&harness, TOWN, 41, ("driver-2", ""), key(VEHICLE, 2, at(10))).await;
    assert_eq!(error.expect_err("the same public key").code(), Code::AlreadyExists);
    let error = register(&harness, "410225104", 42, ("driver-2", ""), key(VEHICLE, 5, at(10))).await;
    assert_eq!(error.expect_err("a sibling's vehicle").code(), Code::NotFound);
    let error = register(
        &harness,
        TOWN,
        43,
        ("plant", ""),
        key("facilities/PL410225", 6, JANUARY),
    )
    .await;
    assert_eq!(error.expect_err("the county's plant").code(), Code::NotFound);
    let short = SigningKey {
        public_key: vec![1; 31],
        ..key(VEHICLE, 5, at(10))
    };
    let error = register(&harness, TOWN, 44, ("driver-2", ""), short).await;
    assert_eq!(error.expect_err("31 bytes").code(), Code::InvalidArgument);
    register(
        &harness,
        TOWN,
        45,
        ("driver-2", "signingKeys/driver"),
        key(VEHICLE, 5, at(10)),
    )
    .await
    .expect("replaced");

    let old = |minute, net| signed(taken_at(minute, net), ("village", 1), ("driver", 2));
    let new = |minute, net| signed(taken_at(minute, net), ("village", 1), ("driver-2", 5));
    record(&harness, TOWN, 50, old(9, 100)).await.expect("before");
    for (number, late) in [(51, old(10, 101)), (52, new(9, 102))] {
        let error = record(&harness, TOWN, number, late)
            .await
            .expect_err("not of that time");
        assert_eq!(reason(&error), "SIGNATURE_KEY");
    }
    record(&harness, TOWN, 53, new(10, 103)).await.expect("after");

    let error = revoke(&harness, "410225104", 60, "driver-2", at(20))
        .await
        .expect_err("a sibling");
    assert_eq!(error.code(), Code::NotFound);
    let error = revoke(&harness, TOWN, 61, "driver-2", datetime!(2999-01-01 00:00 UTC))
        .await
        .expect_err("later");
    assert_eq!(error.code(), Code::InvalidArgument);
    let revoked = revoke(&harness, TOWN, 62, "driver-2", at(20)).await.expect("revoked");
    assert_eq!(revoked.revoke_reason, "手机丢失");
    assert_eq!(
        revoke(&harness, TOWN, 62, "driver-2", at(20))
            .await
            .expect("the same again"),
        revoked
    );
    let error = revoke(&harness, TOWN, 63, "driver-2", at(21)).await.expect_err("twice");
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::FailedPrecondition, "KEY_REVOKED")
    );
    record(&harness, TOWN, 64, new(19, 104))
        .await
        .expect("signed before it was lost");
    let error = record(&harness, TOWN, 65, new(20, 105))
        .await
        .expect_err("lost by then");
    assert_eq!(reason(&error), "SIGNATURE_KEY");
    // Whoever has the lost key can date back: it counts only beside a key that was not lost, and is told.
    signatures(&harness, SignatureRule::Receiver).await;
    let alone = |minute, net| HandOver {
        giver: None,
        ..new(minute, net)
    };
    let error = record(&harness, TOWN, 66, alone(18, 106)).await.expect_err("alone");
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::InvalidArgument, "SIGNATURE_LATE")
    );
    revoke(&harness, TOWN, 67, "village", at(30)).await.expect("revoked");
    let error = record(&harness, TOWN, 68, new(18, 107))
        .await
        .expect_err("both revoked");
    assert_eq!(reason(&error), "SIGNATURE_LATE");
    let anomalies = close(&harness).await.anomalies;
    let late: Vec<_> = anomalies
        .iter()
        .filter(|found| found.kind() == AnomalyKind::LateKey)
        .collect();
    assert_eq!((late.len(), late[0].trip.as_str()), (1, "trips/LIVE-1"));
    assert!(late[0].explanation.contains("driver-2"), "{:?}", late[0]);

    let mut client = SigningKeyServiceClient::new(harness.channel.clone());
    let name = "signingKeys/driver".to_owned();
    let got = client
        .get_signing_key(harness.request(TOWN, GetSigningKeyRequest { name }))
        .await
        .expect("a key");
    assert_eq!(got.into_inner().valid_until, Some(kit::dates::timestamp(at(10))));
    let request = ListSigningKeysRequest {
        filter: format!("holder = \"{VEHICLE}\""),
        ..ListSigningKeysRequest::default()
    };
    let listed = client
        .list_signing_keys(harness.request(TOWN, request))
        .await
        .expect("keys")
        .into_inner();
    assert_eq!(listed.signing_keys.len(), 2);
    harness.stop().await;
}

#[tokio::test]
async fn an_export_holds_all_that_is_needed_to_verify_it() {
    let harness = world().await;
    let first = record(
        &harness,
        TOWN,
        10,
        signed(collected(640), ("village", 1), ("driver", 2)),
    )
    .await
    .expect("first");
    record(
        &harness,
        TOWN,
        11,
        signed(received(4_940, 4_300, 640), ("driver", 2), ("weigher", 3)),
    )
    .await
    .expect("second");
    let right = HandOver {
        corrects: first.name,
        correction_reason: "复磅：\"650\"\\".to_owned(),
        ..collected(650)
    };
    correct(&harness, TOWN, 12, signed(right, ("village", 1), ("driver", 2)))
        .await
        .expect("third");
    let records = export(&harness).await;
    let keys = records
        .iter()
        .filter(|record| matches!(record, Record::SigningKey(_)))
        .count();
    let links: Vec<Link> = records
        .iter()
        .filter_map(|record| match record {
            Record::HandOver(hand_over) => Some(link(hand_over)),
            _ => None,
        })
        .collect();
    assert_eq!((keys, links.len()), (3, 3));
    let sha256: fn(&[u8]) -> [u8; 32] = |bytes| Sha256::digest(bytes).into();
    assert_eq!(
        first_broken(&links, sha256),
        None,
        "the service and the verifier reckon alike"
    );
    let stated: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Chain(chain) => Some((chain.trip.as_str(), chain.hand_over_count, chain.last_digest.clone())),
            _ => None,
        })
        .collect();
    let last = links.last().map(|link| hex::encode(&link.digest)).unwrap_or_default();
    assert_eq!(stated, [("trips/LIVE-1", 3, last.clone())]);
    assert_eq!(records.len(), 3 + 1 + 3 + 1 + 1, "keys, chain, hand-overs, day, end");
    let Some(Record::End(end)) = records.last() else {
        panic!("an end")
    };
    assert_eq!((end.trip_count, end.division.as_str()), (1, "divisions/410225108"));
    let Some(Record::Day(day)) = records.iter().rev().nth(1) else {
        panic!("a day")
    };
    let last = &stated[0].2;
    let lines =
        format!("xiangtu custody day 1\ndivision=divisions/410225108\ndate=2024-03-31\ntrip=trips/LIVE-1 3 {last}\n");
    assert_eq!(day.sha256, hex::encode(sha256(lines.as_bytes())));
    let key = UnparsedPublicKey::new(&ED25519, &end.public_key);
    key.verify(lines.as_bytes(), &day.signature)
        .expect("signed by the service");
    let at = end.export_time.expect("a time");
    let lines = format!(
        "xiangtu custody export 1\ndivision=divisions/410225108\nfrom_date=2024-03-31\nto_date=2024-03-31\ntime={}\n\
         day=divisions/410225108 2024-03-31 {}\n",
        at.seconds * 1_000_000 + i64::from(at.nanos / 1_000),
        day.sha256
    );
    key.verify(lines.as_bytes(), &end.signature)
        .expect("signed by the service");
    harness.stop().await;
}

#[tokio::test]
async fn a_terminal_sends_what_it_kept_in_one_call() {
    let harness = world().await;
    let kept = |number, hand_over| RecordHandOverRequest {
        hand_over: Some(hand_over),
        request_id: request_id(number),
    };
    let collected = signed(collected(640), ("village", 1), ("driver", 2));
    let received = signed(received(4_940, 4_300, 640), ("driver", 2), ("weigher", 3));
    let forged = HandOver {
        net_kg: Some(650),
        bin_count: Some(8),
        ..collected.clone()
    };
    let batch = async |requests: Vec<RecordHandOverRequest>| {
        let mut client = HandOverServiceClient::new(harness.channel.clone());
        let request = BatchRecordHandOversRequest { requests };
        let answer = client.batch_record_hand_overs(harness.request(TOWN, request)).await;
        answer.map(|answer| answer.into_inner().results)
    };
    // The details of a refusal hold a map, whose order on the wire is any: what they say is compared.
    let outcome = |result: &BatchRecordHandOversResult| match result.outcome.clone().expect("an outcome") {
        Outcome::HandOver(hand_over) => Ok(hand_over),
        Outcome::Error(refusal) => {
            let (code, details) = (Code::from(refusal.code), refusal.encode_to_vec());
            let status = Status::with_details(code, refusal.message, details.into());
            Err((code, reason(&status), status.message().to_owned()))
        }
    };
    let outcomes = |results: &[BatchRecordHandOversResult]| results.iter().map(outcome).collect::<Vec<_>>();
    // In any order, one refused between two that are not.
    let sent = vec![
        kept(80, received.clone()),
        kept(81, forged),
        kept(82, collected.clone()),
    ];
    let results = outcomes(&batch(sent.clone()).await.expect("results"));
    let positions: Vec<i32> = results.iter().flatten().map(|hand_over| hand_over.position).collect();
    assert_eq!(positions, [1, 2]);
    let refused = |result: &Result<HandOver, (Code, String, String)>| {
        let (code, reason, _) = result.clone().expect_err("refused");
        (code, reason)
    };
    let invalid = |reason: &str| (Code::InvalidArgument, reason.to_owned());
    assert_eq!(refused(&results[1]), invalid("SIGNATURE_WRONG"));
    // The answer was lost on its way: all of it once more, and one by itself.
    assert_eq!(outcomes(&batch(sent).await.expect("the same again")), results);
    let alone = record(&harness, TOWN, 82, collected.clone())
        .await
        .expect("the same again");
    assert_eq!(results[2], Ok(alone));
    let again = outcomes(&batch(vec![kept(83, collected)]).await.expect("results"));
    assert_eq!(refused(&again[0]).0, Code::AlreadyExists);
    let without_id = RecordHandOverRequest {
        hand_over: Some(received),
        request_id: String::new(),
    };
    let results = outcomes(&batch(vec![without_id.clone()]).await.expect("results"));
    assert_eq!(refused(&results[0]), invalid("INVALID_FIELD"));
    // Each is held to the caller's division, as it would be alone.
    let request = BatchRecordHandOversRequest {
        requests: vec![kept(84, signed(self::collected(641), ("village", 1), ("driver", 2)))],
    };
    let mut client = HandOverServiceClient::new(harness.channel.clone());
    let request = harness.request("410225104", request);
    let stranger = client
        .batch_record_hand_overs(request)
        .await
        .expect("results")
        .into_inner();
    assert_eq!(refused(&outcome(&stranger.results[0])).0, Code::NotFound);
    for wrong in [Vec::new(), vec![without_id; 501]] {
        assert_eq!(
            batch(wrong).await.expect_err("none or too many").code(),
            Code::InvalidArgument
        );
    }
    harness.stop().await;
}

fn link(hand_over: &HandOver) -> Link {
    let lower = |name: &str, prefix: &str| name.trim_start_matches(prefix).to_lowercase();
    let at = hand_over.hand_over_time.expect("a time");
    let side = |signature: &Option<proto::xiangtu::sanitation::v1::Signature>| {
        let signature = signature.clone().unwrap_or_default();
        (signature.signer, signature.value)
    };
    let bytes = |hex: &str| hex::decode(hex).expect("hex");
    Link {
        statement: Statement {
            trip: hand_over.trip.clone(),
            kind: lower(hand_over.kind().as_str_name(), "HAND_OVER_KIND_"),
            from: hand_over.from.clone(),
            to: hand_over.to.clone(),
            at_us: at.seconds * 1_000_000 + i64::from(at.nanos / 1_000),
            gross_kg: hand_over.gross_kg,
            tare_kg: hand_over.tare_kg,
            net_kg: hand_over.net_kg,
            bin_count: hand_over.bin_count.map(i64::from),
            corrects: hand_over
                .corrects
                .rsplit_once('/')
                .map(|(_, position)| position.parse().expect("a number")),
            correction_reason: hand_over.correction_reason.clone(),
            ..Statement::default()
        },
        position: hand_over.position.into(),
        version: hand_over.version.into(),
        giver: side(&hand_over.giver),
        taker: side(&hand_over.receiver),
        previous: bytes(&hand_over.previous_digest),
        digest: bytes(&hand_over.digest),
    }
}
