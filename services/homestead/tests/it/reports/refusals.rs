//! What reports refuse, and why.

use proto::xiangtu::homestead::v1::{GetCollectionCurveRequest, GetYearReportRequest};
use tonic::{Code, Status};

use crate::world::{COUNTY, SIBLING, VILLAGE, World, date, fields};

#[tokio::test]
async fn what_cannot_be_reported_is_refused() {
    let world = World::registered().await;
    let refused = |answer: Status| (answer.code(), fields(&answer));
    let invalid = |field: &str| (Code::InvalidArgument, vec![field.to_owned()]);
    let same = world.roll((2024, 2, 9), Some((2024, 2, 9))).await.expect_err("one day");
    assert_eq!(refused(same), invalid("last_date"));
    let none = world.roll((2024, 2, 30), None).await.expect_err("no such day");
    assert_eq!(refused(none), invalid("first_date"));
    for (request, field) in [
        (GetCollectionCurveRequest::default(), "from_date"),
        (
            GetCollectionCurveRequest {
                from_date: date(2024, 1, 1),
                until_date: date(2024, 1, 1),
                ..GetCollectionCurveRequest::default()
            },
            "until_date",
        ),
        (
            GetCollectionCurveRequest {
                billing_run: format!("billingRuns/{}", world.key()),
                from_date: date(2024, 1, 1),
                ..GetCollectionCurveRequest::default()
            },
            "from_date",
        ),
        (
            GetCollectionCurveRequest {
                billing_run: "billingRuns/1".to_owned(),
                ..GetCollectionCurveRequest::default()
            },
            "billing_run",
        ),
        (
            GetCollectionCurveRequest {
                from_date: date(2024, 1, 1),
                until_date: date(2024, 1, 2),
                step_days: 367,
                ..GetCollectionCurveRequest::default()
            },
            "step_days",
        ),
        (
            GetCollectionCurveRequest {
                from_date: date(2024, 1, 1),
                until_date: date(2024, 1, 2),
                step_count: 37,
                ..GetCollectionCurveRequest::default()
            },
            "step_count",
        ),
    ] {
        assert_eq!(refused(world.curve(request).await.expect_err(field)), invalid(field));
    }
    let unknown = GetCollectionCurveRequest {
        billing_run: format!("billingRuns/{}", world.key()),
        ..GetCollectionCurveRequest::default()
    };
    assert_eq!(world.curve(unknown).await.expect_err("no run").code(), Code::NotFound);
    for (village, year, expected) in [
        (COUNTY, 2024, invalid("division")),
        (VILLAGE, 2026, invalid("year")),
        (VILLAGE, 1999, invalid("year")),
        ("410225104299", 2024, (Code::NotFound, Vec::new())),
    ] {
        assert_eq!(
            refused(world.year_report(village, year).await.expect_err("refused")),
            expected
        );
    }
    let request = GetYearReportRequest {
        division: VILLAGE.to_owned(),
        year: 2024,
    };
    let sibling = world
        .reports()
        .get_year_report(world.request_in(SIBLING, request))
        .await;
    assert_eq!(sibling.expect_err("outside").code(), Code::NotFound);
    world.stop().await;
}
