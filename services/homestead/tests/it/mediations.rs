//! Mediations.

use proto::xiangtu::homestead::v1::{ListMediationsRequest, Mediation, MediationOutcome, RecordMediationRequest};
use tonic::{Code, Response, Status};

use crate::{
    limitation::agreement,
    world::{SIBLING, World, date, fields, reason},
};

async fn record(world: &World, request: RecordMediationRequest) -> Result<Mediation, Status> {
    let answer = world.collection().record_mediation(world.request(request)).await;
    answer.map(Response::into_inner)
}

#[tokio::test]
async fn an_agreement_starts_the_years_anew_and_the_rest_does_not() {
    let world = World::billed().await;
    let failed = RecordMediationRequest {
        outcome: MediationOutcome::Failed.into(),
        agreed_fen: 0,
        last_date: None,
        ..agreement(&world, "A1")
    };
    let failed = record(&world, failed).await.expect("failed");
    assert!(failed.bills.is_empty());
    let day = |bill: &proto::xiangtu::homestead::v1::Bill| bill.limitation_date;
    assert_eq!(day(&world.bills_of("A1").await[0]), date(2028, 1, 1));
    let request = agreement(&world, "A1");
    let agreed = record(&world, request.clone()).await.expect("agreed");
    assert_eq!(record(&world, request).await.expect("a repeat"), agreed);
    let bill = world.bills_of("A1").await.remove(0);
    assert_eq!(
        (&agreed.bills, day(&bill)),
        (&vec![bill.name.clone()], date(2028, 3, 2))
    );
    let list = ListMediationsRequest {
        filter: "household = A1".to_owned(),
        ..ListMediationsRequest::default()
    };
    let listed = world.collection().list_mediations(world.request(list.clone())).await;
    assert_eq!(listed.expect("listed").into_inner().mediations, [failed, agreed]);
    let elsewhere = world
        .collection()
        .list_mediations(world.request_in(SIBLING, list))
        .await;
    assert!(elsewhere.expect("listed").into_inner().mediations.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn what_contradicts_itself_is_refused() {
    let world = World::billed().await;
    let good = || agreement(&world, "A1");
    for (field, bad) in [
        (
            "mediation_date",
            RecordMediationRequest {
                mediation_date: date(2025, 3, 2),
                ..good()
            },
        ),
        (
            "mediation_date",
            RecordMediationRequest {
                mediation_date: None,
                ..good()
            },
        ),
        ("outcome", RecordMediationRequest { outcome: 0, ..good() }),
        (
            "parties",
            RecordMediationRequest {
                parties: Vec::new(),
                ..good()
            },
        ),
        (
            "parties[0]",
            RecordMediationRequest {
                parties: vec![String::new()],
                ..good()
            },
        ),
        (
            "mediator",
            RecordMediationRequest {
                mediator: "调".repeat(61),
                ..good()
            },
        ),
        (
            "agreed_fen",
            RecordMediationRequest {
                agreed_fen: 0,
                ..good()
            },
        ),
        (
            "last_date",
            RecordMediationRequest {
                last_date: date(2025, 2, 28),
                ..good()
            },
        ),
        (
            "agreed_fen",
            RecordMediationRequest {
                outcome: MediationOutcome::Adjourned.into(),
                ..good()
            },
        ),
        (
            "text",
            RecordMediationRequest {
                text: "长".repeat(501),
                ..good()
            },
        ),
    ] {
        assert_eq!(fields(&record(&world, bad).await.expect_err(field)), [field]);
    }
    let nothing = record(&world, agreement(&world, "A5")).await.expect_err("owes nothing");
    assert_eq!(reason(&nothing), "NOTHING_OVERDUE");
    let unknown = record(&world, agreement(&world, "X9"))
        .await
        .expect_err("no such household");
    assert_eq!(unknown.code(), Code::NotFound);
    let hidden = world
        .collection()
        .record_mediation(world.request_in(SIBLING, good()))
        .await;
    assert_eq!(hidden.expect_err("outside").code(), Code::NotFound);
    world.stop().await;
}
