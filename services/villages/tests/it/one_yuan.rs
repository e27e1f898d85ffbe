//! The one-yuan scheme.

use futures::future::join_all;
use proto::xiangtu::{
    r#type::v1::Ratio,
    villages::v1::{GetOneYuanShareRequest, ListOneYuanPaymentsRequest, RecordOneYuanRequest},
};
use tonic::Code;

use crate::{
    calls::{get_one_yuan_share, list_one_yuan_payments, record_one_yuan},
    county::{LANKAO, behind, fields, request_id},
    points::with_points,
    township::{BESIDE, PILOT, TOWN, division},
};

#[tokio::test]
async fn a_household_takes_part_once_a_month_and_the_share_is_exact() {
    let harness = with_points().await;
    let pay = |month: &str, from: u32, to: u32| RecordOneYuanRequest {
        division: division(PILOT),
        month: month.to_owned(),
        households: (from..=to).map(|at| format!("households/P{at}")).collect(),
        amount_fen: 0,
        request_id: request_id(&harness),
    };
    let answers = join_all((0..10).map(|_| record_one_yuan(&harness, PILOT, pay("2024-04", 1, 40)))).await;
    let recorded: i32 = answers
        .iter()
        .map(|answer| answer.as_ref().expect("recorded").recorded_count)
        .sum();
    assert_eq!(recorded, 40);
    let more = record_one_yuan(&harness, PILOT, pay("2024-04", 31, 50))
        .await
        .expect("recorded");
    assert_eq!((more.recorded_count, more.already_count), (10, 10));
    record_one_yuan(&harness, PILOT, pay("2024-02", 1, 3))
        .await
        .expect("an earlier month");
    let share = |month: &str| GetOneYuanShareRequest {
        division: division(PILOT),
        month: month.to_owned(),
    };
    let now = get_one_yuan_share(&harness, PILOT, share("")).await.expect("a share");
    let expected = Ratio {
        numerator: 50,
        denominator: 60,
    };
    assert_eq!(
        (now.month.as_str(), now.share, now.amount_fen),
        ("2024-04", Some(expected), 5_000)
    );
    let february = get_one_yuan_share(&harness, PILOT, share("2024-02"))
        .await
        .expect("a share");
    assert_eq!((february.share.expect("some").numerator, february.amount_fen), (3, 300));
    let page = ListOneYuanPaymentsRequest {
        page_size: 50,
        ..ListOneYuanPaymentsRequest::default()
    };
    let first = list_one_yuan_payments(&harness, TOWN, page.clone())
        .await
        .expect("a page");
    assert!(first.one_yuan_payments.iter().all(|payment| payment.month == "2024-04"));
    let rest = ListOneYuanPaymentsRequest {
        page_token: first.next_page_token,
        ..page
    };
    let rest = list_one_yuan_payments(&harness, TOWN, rest)
        .await
        .expect("a page")
        .one_yuan_payments;
    assert_eq!(
        rest.iter().map(|payment| payment.month.as_str()).collect::<Vec<_>>(),
        ["2024-02"; 3]
    );
    let beside = list_one_yuan_payments(&harness, BESIDE, ListOneYuanPaymentsRequest::default())
        .await
        .expect("a list");
    assert_eq!(beside.one_yuan_payments, []);
    harness.stop().await;
}

#[tokio::test]
async fn one_stranger_refuses_the_whole_list() {
    let harness = with_points().await;
    let good = RecordOneYuanRequest {
        division: division(PILOT),
        month: "2024-04".to_owned(),
        households: vec!["households/P1".to_owned()],
        amount_fen: 100,
        request_id: request_id(&harness),
    };
    let with = |change: fn(&mut RecordOneYuanRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    for stranger in ["households/S1", "households/none"] {
        let mut request = good.clone();
        request.households.push(stranger.to_owned());
        let refused = record_one_yuan(&harness, LANKAO, request).await.expect_err(stranger);
        assert_eq!(refused.code(), Code::NotFound);
    }
    for (field, request) in [
        ("month", with(|it| it.month = "2024-05".to_owned())),
        ("month", with(|it| it.month = "2024-4".to_owned())),
        ("amount_fen", with(|it| it.amount_fen = 99)),
        ("households", with(|it| it.households.clear())),
        ("division", with(|it| it.division = "410225101".to_owned())),
    ] {
        assert_eq!(
            fields(&record_one_yuan(&harness, TOWN, request).await.expect_err(field)),
            [field]
        );
    }
    assert_eq!(
        behind(&harness, "SELECT count(*)::text FROM one_yuan_payments").await,
        ["0"]
    );
    harness.stop().await;
}
