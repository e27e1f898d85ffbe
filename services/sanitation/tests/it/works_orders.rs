//! Works orders: found, done, verified, and counted by village.

use std::collections::BTreeMap;

use kit::testing::{Harness, Setup};
use proto::{
    google::r#type::{Date, LatLng},
    xiangtu::sanitation::v1::{
        CompleteWorksOrderRequest, ListWorksOrdersRequest, OpenWorksOrderRequest, VerifyWorksOrderRequest,
        WithdrawWorksOrderRequest, WorksKind, WorksOrder, WorksOrderState, WorksOrdersCounted,
        works_order_service_client::WorksOrderServiceClient,
    },
};
use time::Duration;
use tonic::{Code, Response, Status, transport::Channel};

use crate::{
    road::NOON,
    town::{TOWN, events, network, payload, reason, request_id, start},
};

const VILLAGE: &str = "divisions/410225108200";

fn client(harness: &Harness) -> WorksOrderServiceClient<Channel> {
    WorksOrderServiceClient::new(harness.channel.clone())
}

async fn town() -> Harness {
    let every = ("XIANGTU_DEADLINES_EVERY_S".to_owned(), "1".to_owned());
    let setup = Setup {
        variables: BTreeMap::from([every]),
        now: Some(NOON),
    };
    let harness = Harness::with(sanitation::service(), setup).await;
    network(&harness, TOWN).await;
    harness
}

fn photo(number: u8) -> String {
    format!("{number:064x}")
}

fn straw() -> WorksOrder {
    WorksOrder {
        division: VILLAGE.to_owned(),
        kind: WorksKind::Ditch.into(),
        place: "村东排水沟".to_owned(),
        location: Some(LatLng {
            latitude: 34.8,
            longitude: 114.9,
        }),
        finding: "沟内堆放秸秆".to_owned(),
        photo_digests: vec![photo(1)],
        team: "crews/C1".to_owned(),
        due_date: Some(Date {
            year: 2024,
            month: 4,
            day: 3,
        }),
        ..WorksOrder::default()
    }
}

async fn open(harness: &Harness, number: u8, works_order: WorksOrder) -> Result<WorksOrder, Status> {
    let request = OpenWorksOrderRequest {
        works_order: Some(works_order),
        request_id: request_id(number),
    };
    let request = harness.request(TOWN, request);
    client(harness)
        .open_works_order(request)
        .await
        .map(Response::into_inner)
}

async fn complete(harness: &Harness, number: u8, name: &str, photo: String) -> Result<WorksOrder, Status> {
    let request = CompleteWorksOrderRequest {
        name: name.to_owned(),
        outcome: "已清理".to_owned(),
        photo_digests: vec![photo],
        request_id: request_id(number),
    };
    let request = harness.request(TOWN, request);
    client(harness)
        .complete_works_order(request)
        .await
        .map(Response::into_inner)
}

async fn verify(harness: &Harness, number: u8, name: &str, why_not: &str) -> Result<WorksOrder, Status> {
    let request = VerifyWorksOrderRequest {
        name: name.to_owned(),
        accepted: why_not.is_empty(),
        reason: why_not.to_owned(),
        request_id: request_id(number),
    };
    let request = harness.request(TOWN, request);
    client(harness)
        .verify_works_order(request)
        .await
        .map(Response::into_inner)
}

/// Open and overdue orders as they were told, one after another.
async fn counted(harness: &Harness) -> Vec<(i64, i64)> {
    let told = events(harness, "works_orders.counted").await;
    let numbers = told.iter().map(payload::<WorksOrdersCounted>);
    numbers.map(|it| (it.open_count, it.overdue_count)).collect()
}

#[tokio::test]
async fn an_order_ends_when_its_work_is_verified() {
    let harness = town().await;
    let opened = open(&harness, 1, straw()).await.expect("opened");
    assert_eq!(open(&harness, 1, straw()).await.expect("a repeat"), opened);
    let name = opened.name.as_str();
    let refused = verify(&harness, 2, name, "").await.expect_err("not done");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "WORKS_ORDER_STATE")
    );
    let refused = complete(&harness, 3, name, photo(1))
        .await
        .expect_err("the old photograph");
    assert_eq!(refused.code(), Code::InvalidArgument);
    complete(&harness, 4, name, photo(2)).await.expect("done");
    let again = verify(&harness, 5, name, "沟底未清").await.expect("not accepted");
    assert_eq!((again.state(), again.rejection_count), (WorksOrderState::Open, 1));
    complete(&harness, 6, name, photo(3)).await.expect("done");
    let ended = verify(&harness, 7, name, "").await.expect("accepted");
    assert!(ended.state() == WorksOrderState::Verified && ended.end_time.is_some());
    assert_eq!(
        counted(&harness).await,
        [(1, 0), (0, 0)],
        "told when the number changes"
    );
    assert_eq!(events(&harness, "works_order.opened").await.len(), 1);
    let withdraw = WithdrawWorksOrderRequest {
        name: name.to_owned(),
        reason: "误报".to_owned(),
        request_id: request_id(8),
    };
    let refused = client(&harness)
        .withdraw_works_order(harness.request(TOWN, withdraw))
        .await;
    assert_eq!(refused.expect_err("ended").code(), Code::FailedPrecondition);
    harness.stop().await;
}

#[tokio::test]
async fn what_is_not_done_in_time_is_told_once() {
    let harness = town().await;
    let opened = open(&harness, 1, straw()).await.expect("opened");
    let later = WorksOrder {
        due_date: Some(Date {
            year: 2024,
            month: 4,
            day: 5,
        }),
        ..straw()
    };
    let second = open(&harness, 2, later).await.expect("opened");
    let overdue = async |number: usize| {
        for _ in 0..200 {
            let told = events(&harness, "works_order.overdue").await;
            if told.len() >= number {
                return told.into_iter().map(|event| event.subject).collect::<Vec<_>>();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("not told");
    };
    harness.kit.clock.advance(Duration::days(3));
    assert_eq!(overdue(1).await, std::slice::from_ref(&opened.name));
    complete(&harness, 3, &opened.name, photo(2)).await.expect("done late");
    harness.kit.clock.advance(Duration::days(3));
    assert_eq!(overdue(2).await, [opened.name, second.name]);
    assert_eq!(counted(&harness).await, [(1, 0), (2, 0), (2, 1), (2, 2)]);
    let request = ListWorksOrdersRequest {
        filter: "overdue = true AND kind = ditch".to_owned(),
        ..ListWorksOrdersRequest::default()
    };
    let listed = client(&harness).list_works_orders(harness.request(TOWN, request)).await;
    assert_eq!(listed.expect("orders").into_inner().works_orders.len(), 2);
    harness.stop().await;
}

#[tokio::test]
async fn bad_orders_are_refused_by_their_field() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let with = |change: &dyn Fn(&mut WorksOrder)| {
        let mut order = straw();
        let today = kit::dates::to_proto(harness.kit.clock.today());
        order.due_date = Some(today);
        change(&mut order);
        order
    };
    let cases = [
        (with(&|it| it.kind = 0), Code::InvalidArgument, "works_order.kind"),
        (
            with(&|it| it.photo_digests.clear()),
            Code::InvalidArgument,
            "works_order.photo_digests",
        ),
        (
            with(&|it| it.photo_digests[0] = "ab".to_owned()),
            Code::InvalidArgument,
            "works_order.photo_digests[0]",
        ),
        (
            with(&|it| it.team = "王师傅".to_owned()),
            Code::InvalidArgument,
            "works_order.team",
        ),
        (
            with(&|it| it.location = None),
            Code::InvalidArgument,
            "works_order.location",
        ),
        (
            with(&|it| {
                it.due_date = Some(Date {
                    year: 2024,
                    month: 3,
                    day: 31,
                });
            }),
            Code::InvalidArgument,
            "works_order.due_date",
        ),
        (
            with(&|it| it.division = "divisions/410225108999".to_owned()),
            Code::NotFound,
            "410225108999",
        ),
        (
            with(&|it| it.division = "divisions/410225104200".to_owned()),
            Code::NotFound,
            "410225104200",
        ),
    ];
    for (number, (order, code, words)) in (1..).zip(cases) {
        let refused = open(&harness, number, order).await.expect_err(words);
        assert!(
            refused.code() == code && refused.message().contains(words),
            "{refused:?}"
        );
    }
    harness.stop().await;
}
