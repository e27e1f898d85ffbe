//! A household merged in June, and what becomes of everything that hangs on it.

use proto::{
    google::r#type::Date,
    xiangtu::{
        r#type::v1::Ratio,
        villages::v1::{
            GetHonourRequest, GetOneYuanShareRequest, HonourAction, HonourKind, HonourState, HouseholdLineageKind,
            IndicatorKind, ListMeasurementsRequest, MeasurementSource, MovePointAccountRequest, PlanIndicator,
            RecordOneYuanRequest,
        },
    },
};
use time::macros::datetime;
use tonic::Code;

use crate::{
    calls::{get_honour, get_one_yuan_share, list_measurements, merge_households, move_point_account, record_one_yuan},
    county::{LANKAO, day, reason, request_id},
    honours::{decide, public},
    household_life::{care, cared, state},
    household_lineage::merger,
    plan_section::{indicator, plan},
    points::{FIRST, account, award, with_points},
    township::{PILOT, TOWN, apply, division, generate, task},
};

const INTO: &str = "households/P2";

#[tokio::test]
async fn points_honours_carers_payments_and_tasks_stay_defensible_when_a_household_is_merged() {
    let harness = with_points().await;
    let mut section = plan();
    section.indicators.push(PlanIndicator {
        source: MeasurementSource::System.into(),
        origin: "honours".to_owned(),
        ..indicator("courtyards", "五美庭院占比", IndicatorKind::Ratio, 0)
    });
    apply(&harness, section).await.expect("a plan");
    generate(&harness, &["set_bins"]).await;
    care(&harness, "pilot-secretary", &[FIRST]).await;
    award(&harness, FIRST, "clean_yard").await;
    let courtyard = public(&harness, FIRST, HonourKind::FiveBeautyCourtyard).await.name;
    let civilised = public(&harness, FIRST, HonourKind::CivilisedHousehold).await.name;
    harness.kit.clock.set(datetime!(2024-05-10 01:00 UTC));
    decide(&harness, &courtyard, HonourAction::Grant)
        .await
        .expect("granted");
    let paid = RecordOneYuanRequest {
        division: division(PILOT),
        month: "2024-05".to_owned(),
        households: vec![FIRST.to_owned()],
        request_id: request_id(&harness),
        ..RecordOneYuanRequest::default()
    };
    record_one_yuan(&harness, PILOT, paid).await.expect("recorded");
    let open = task(&harness, PILOT, "set_bins").await;

    harness.kit.clock.set(datetime!(2024-06-10 01:00 UTC));
    let merged = merge_households(&harness, PILOT, merger(&harness, &[FIRST], INTO, (6, 1)))
        .await
        .expect("merged");
    assert_eq!(merged.edges.len(), 1);
    assert_eq!(
        (merged.edges[0].kind(), merged.edges[0].successor.as_str()),
        (HouseholdLineageKind::Merged, INTO)
    );
    assert_eq!(state(&harness, FIRST, (5, 31)).await.map(|it| it.2), Some(4));
    assert_eq!(state(&harness, FIRST, (6, 1)).await, None);
    assert_eq!(state(&harness, INTO, (5, 31)).await.map(|it| it.2), Some(4));
    assert_eq!(state(&harness, INTO, (6, 1)).await.map(|it| it.2), Some(8));
    assert_eq!(cared(&harness, PILOT, "pilot-secretary", (5, 31)).await, [FIRST]);
    assert_eq!(cared(&harness, PILOT, "pilot-secretary", (6, 1)).await, [INTO]);

    let request = |successor: &str| MovePointAccountRequest {
        household: FIRST.to_owned(),
        successor: successor.to_owned(),
        resolution: "并户证明 9".to_owned(),
        request_id: request_id(&harness),
    };
    let stranger = move_point_account(&harness, TOWN, request("households/P3"))
        .await
        .expect_err("no successor");
    assert_eq!(
        (stranger.code(), reason(&stranger).as_str()),
        (Code::FailedPrecondition, "NOT_A_SUCCESSOR")
    );
    let kept = account(&harness, FIRST, None).await;
    assert_eq!((kept.balance_points, kept.household_ended), (10, true));
    move_point_account(&harness, TOWN, request(INTO)).await.expect("moved");
    assert_eq!(account(&harness, INTO, None).await.balance_points, 10);

    let get = GetHonourRequest { name: courtyard };
    let honour = get_honour(&harness, PILOT, get).await.expect("on record");
    assert_eq!(
        (honour.state(), honour.household.as_str()),
        (HonourState::Granted, FIRST)
    );
    let late = decide(&harness, &civilised, HonourAction::Grant)
        .await
        .expect_err("nobody to honour");
    assert_eq!(reason(&late), "HOUSEHOLD_ENDED");
    decide(&harness, &civilised, HonourAction::Reject)
        .await
        .expect("closed");
    let figures = list_measurements(&harness, LANKAO, ListMeasurementsRequest::default())
        .await
        .expect("a list");
    let figures: Vec<_> = figures
        .measurements
        .into_iter()
        .map(|it| (it.as_of_date, it.numerator, it.denominator))
        .collect();
    let on = |month, at| -> Option<Date> { day(2024, month, at) };
    assert_eq!(figures, [(on(5, 10), 1, Some(60)), (on(6, 10), 0, Some(59))]);

    for (month, expected) in [("2024-05", (1, 60)), ("2024-06", (0, 59))] {
        let request = GetOneYuanShareRequest {
            division: division(PILOT),
            month: month.to_owned(),
        };
        let share = get_one_yuan_share(&harness, PILOT, request)
            .await
            .expect("a share")
            .share;
        let (numerator, denominator) = expected;
        assert_eq!(share, Some(Ratio { numerator, denominator }), "{month}");
    }
    let after = task(&harness, PILOT, "set_bins").await;
    assert_eq!(
        (after.name, after.leader, after.goal_count),
        (open.name, open.leader, open.goal_count)
    );
    harness.stop().await;
}
