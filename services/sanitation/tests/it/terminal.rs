//! Terminals of the sides: they record trips and hand-overs, and sign as the contract says, with code of their own.

use kit::{dates, testing::Harness};
use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{
        ApplyPlanRequest, CorrectHandOverRequest, CreateSigningKeyRequest, CreateTripRequest, CustodyNorm, HandOver,
        HandOverKind, PlanSection, RecordHandOverRequest, SealState, Signature, SignatureRule, SigningKey, Trip,
        TripKind, hand_over_service_client::HandOverServiceClient, plan_service_client::PlanServiceClient,
        signing_key_service_client::SigningKeyServiceClient, trip_service_client::TripServiceClient,
    },
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Response, Status};

use crate::town::{COUNTY, STATION, request_id};

pub const VEHICLE: &str = "vehicles/V410225049";
pub const VILLAGE: &str = "divisions/410225108200";

pub fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key")
}

pub fn station() -> String {
    format!("facilities/{STATION}")
}

/// The lines that both sides sign, as a maker of terminals reads them in the contract.
pub fn statement(record: &HandOver) -> String {
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let at = record.hand_over_time.expect("a time");
    let seal = match record.seal_state() {
        SealState::Unspecified => "",
        state => state.as_str_name(),
    };
    format!(
        "xiangtu hand-over 1\ntrip={}\nkind={}\nfrom={}\nto={}\ntime={}\ngross_kg={}\ntare_kg={}\nnet_kg={}\n\
         bin_count={}\ndevice={}\nseal_number={}\nseal_state={seal}\nresidue_kg={}\nreason={}\ncorrects={}\n\
         correction_reason={}\n",
        record.trip,
        record.kind().as_str_name(),
        record.from,
        record.to,
        at.seconds * 1_000_000 + i64::from(at.nanos / 1_000),
        number(record.gross_kg),
        number(record.tare_kg),
        number(record.net_kg),
        number(record.bin_count.map(i64::from)),
        record.device,
        record.seal_number,
        number(record.residue_kg),
        record.reason,
        record.corrects,
        record.correction_reason,
    )
}

/// Signed by both sides with the keys of these names and seeds.
pub fn signed(record: HandOver, giver: (&str, u8), receiver: (&str, u8)) -> HandOver {
    let statement = statement(&record);
    let sign = |(name, seed): (&str, u8)| {
        Some(Signature {
            signer: format!("signingKeys/{name}"),
            value: pair(seed).sign(statement.as_bytes()).as_ref().to_vec(),
        })
    };
    HandOver {
        giver: sign(giver),
        receiver: sign(receiver),
        ..record
    }
}

pub fn key(holder: &str, seed: u8, valid_from: OffsetDateTime) -> SigningKey {
    SigningKey {
        holder: holder.to_owned(),
        display_name: "王师傅".to_owned(),
        public_key: pair(seed).public_key().as_ref().to_vec(),
        valid_from: Some(dates::timestamp(valid_from)),
        ..SigningKey::default()
    }
}

pub async fn register(
    harness: &Harness,
    scope: &str,
    number: u8,
    (id, replaces): (&str, &str),
    key: SigningKey,
) -> Result<SigningKey, Status> {
    let request = CreateSigningKeyRequest {
        signing_key: Some(key),
        signing_key_id: id.to_owned(),
        replaces: replaces.to_owned(),
        request_id: request_id(number),
    };
    let mut client = SigningKeyServiceClient::new(harness.channel.clone());
    client
        .create_signing_key(harness.request(scope, request))
        .await
        .map(Response::into_inner)
}

/// Lets the county's plan say who has to sign.
pub async fn signatures(harness: &Harness, rule: SignatureRule) {
    let request = ApplyPlanRequest {
        division: COUNTY.to_owned(),
        section: Some(PlanSection {
            custody: Some(CustodyNorm {
                signatures: rule.into(),
            }),
            ..PlanSection::default()
        }),
        effective_date: Some(Date {
            year: 2024,
            month: 1,
            day: 1,
        }),
        ..ApplyPlanRequest::default()
    };
    let mut client = PlanServiceClient::new(harness.channel.clone());
    client
        .apply_plan(harness.request(COUNTY, request))
        .await
        .expect("a plan");
}

pub fn trip() -> Trip {
    Trip {
        kind: TripKind::Collection.into(),
        date: Some(Date {
            year: 2024,
            month: 3,
            day: 31,
        }),
        vehicle: VEHICLE.to_owned(),
        station: station(),
        depart_time: Some(dates::timestamp(datetime!(2024-03-31 05:40 +8))),
        arrive_time: Some(dates::timestamp(datetime!(2024-03-31 07:40 +8))),
        ..Trip::default()
    }
}

/// A haul of the same day.
pub fn haul() -> Trip {
    Trip {
        kind: TripKind::Haul.into(),
        vehicle: "vehicles/V410225052".to_owned(),
        plant: "facilities/PL410225".to_owned(),
        depart_time: Some(dates::timestamp(datetime!(2024-03-31 09:00 +8))),
        arrive_time: Some(dates::timestamp(datetime!(2024-03-31 10:00 +8))),
        ..trip()
    }
}

pub async fn create(harness: &Harness, scope: &str, (id, number): (&str, u8), trip: Trip) -> Result<Trip, Status> {
    let request = CreateTripRequest {
        trip: Some(trip),
        trip_id: id.to_owned(),
        request_id: request_id(number),
    };
    let mut client = TripServiceClient::new(harness.channel.clone());
    client
        .create_trip(harness.request(scope, request))
        .await
        .map(Response::into_inner)
}

pub async fn record(harness: &Harness, scope: &str, number: u8, hand_over: HandOver) -> Result<HandOver, Status> {
    let request = RecordHandOverRequest {
        hand_over: Some(hand_over),
        request_id: request_id(number),
    };
    let mut client = HandOverServiceClient::new(harness.channel.clone());
    client
        .record_hand_over(harness.request(scope, request))
        .await
        .map(Response::into_inner)
}

pub async fn correct(harness: &Harness, scope: &str, number: u8, hand_over: HandOver) -> Result<HandOver, Status> {
    let request = CorrectHandOverRequest {
        hand_over: Some(hand_over),
        request_id: request_id(number),
    };
    let mut client = HandOverServiceClient::new(harness.channel.clone());
    client
        .correct_hand_over(harness.request(scope, request))
        .await
        .map(Response::into_inner)
}

/// Waste taken aboard at the village.
pub fn collected(net_kg: i64) -> HandOver {
    HandOver {
        trip: "trips/LIVE-1".to_owned(),
        kind: HandOverKind::Collected.into(),
        from: VILLAGE.to_owned(),
        to: VEHICLE.to_owned(),
        hand_over_time: Some(dates::timestamp(datetime!(2024-03-31 06:10 +8))),
        net_kg: Some(net_kg),
        bin_count: Some(9),
        ..HandOver::default()
    }
}

/// The load weighed in at the station.
pub fn received(gross: i64, tare: i64, net: i64) -> HandOver {
    HandOver {
        trip: "trips/LIVE-1".to_owned(),
        kind: HandOverKind::Received.into(),
        from: VEHICLE.to_owned(),
        to: station(),
        hand_over_time: Some(dates::timestamp(datetime!(2024-03-31 07:40 +8))),
        gross_kg: Some(gross),
        tare_kg: Some(tare),
        net_kg: Some(net),
        ..HandOver::default()
    }
}
