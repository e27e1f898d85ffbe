//! Who is on duty, to the instant, and who answers where nobody is.

use kit::{dates, testing::Harness};
use proto::xiangtu::villages::v1::{
    AssignPostRequest, Duty, DutyRule, DutyShift, FindDutyRequest, ListDutyShiftsRequest, Post, ReplaceRosterRequest,
    ReplaceRosterResponse, TaskPerson,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Status};

use crate::{
    calls::{assign_post, find_duty, list_duty_shifts, replace_roster},
    county::{LANKAO, day, fields, reason, request_id},
    grid::{EAST, INNER, LARGE, WEST, at, drawn},
    township::{BESIDE, PILOT, TOWN, division},
};

const MORNING: OffsetDateTime = datetime!(2024-05-31 00:00 UTC);
/// The end of 31 May in Shanghai.
const MIDNIGHT: OffsetDateTime = datetime!(2024-05-31 16:00 UTC);
const NEXT_MORNING: OffsetDateTime = datetime!(2024-06-01 00:00 UTC);

fn shift(cadre: &str, start: OffsetDateTime, end: OffsetDateTime) -> DutyShift {
    DutyShift {
        person: Some(TaskPerson {
            cadre: format!("cadres/{cadre}"),
            ..TaskPerson::default()
        }),
        start_time: Some(dates::timestamp(start)),
        end_time: Some(dates::timestamp(end)),
        ..DutyShift::default()
    }
}

/// Replaces the roster of a grid in a period.
pub async fn replace(
    harness: &Harness,
    grid: &str,
    period: (OffsetDateTime, OffsetDateTime),
    shifts: &[(&str, OffsetDateTime, OffsetDateTime)],
) -> Result<ReplaceRosterResponse, Status> {
    let request = ReplaceRosterRequest {
        grid: format!("grids/{grid}"),
        start_time: Some(dates::timestamp(period.0)),
        end_time: Some(dates::timestamp(period.1)),
        shifts: shifts
            .iter()
            .map(|(cadre, start, end)| shift(cadre, *start, *end))
            .collect(),
        request_id: request_id(harness),
    };
    replace_roster(harness, TOWN, request).await
}

async fn duty_at(harness: &Harness, position: (i32, i32), instant: OffsetDateTime) -> Duty {
    let request = FindDutyRequest {
        division: division(LANKAO),
        position: Some(at(position.0, position.1)),
        time: Some(dates::timestamp(instant)),
        ..FindDutyRequest::default()
    };
    find_duty(harness, LANKAO, request).await.expect("an answer")
}

fn person(duty: &Duty) -> (&str, DutyRule) {
    let cadre = duty
        .person
        .as_ref()
        .map_or("", |person| person.cadre.trim_start_matches("cadres/"));
    (cadre, duty.duty_rule())
}

#[tokio::test]
async fn the_shift_changes_at_midnight_in_shanghai() {
    let harness = drawn().await;
    let shifts = [
        ("pilot-grid", MORNING, MIDNIGHT),
        ("pilot-secretary", MIDNIGHT, NEXT_MORNING),
    ];
    replace(&harness, WEST, (MORNING, NEXT_MORNING), &shifts)
        .await
        .expect("replaced");
    for (instant, expected) in [
        (MORNING, ("pilot-grid", DutyRule::SmallGrid)),
        (
            datetime!(2024-05-31 15:59:59.999999 UTC),
            ("pilot-grid", DutyRule::SmallGrid),
        ),
        (MIDNIGHT, ("pilot-secretary", DutyRule::SmallGrid)),
        (
            datetime!(2024-05-31 23:59:59.999999 UTC),
            ("pilot-secretary", DutyRule::SmallGrid),
        ),
        (NEXT_MORNING, ("pilot-secretary", DutyRule::VillageSecretary)),
    ] {
        assert_eq!(person(&duty_at(&harness, (5, 5), instant).await), expected, "{instant}");
    }
    harness.stop().await;
}

#[tokio::test]
async fn a_period_is_replaced_and_the_rest_stays() {
    let harness = drawn().await;
    replace(
        &harness,
        WEST,
        (MORNING, NEXT_MORNING),
        &[("pilot-grid", MORNING, NEXT_MORNING)],
    )
    .await
    .expect("the whole day");
    let (noon, evening) = (datetime!(2024-05-31 04:00 UTC), datetime!(2024-05-31 10:00 UTC));
    let answer = replace(
        &harness,
        WEST,
        (noon, evening),
        &[("pilot-secretary", noon, datetime!(2024-05-31 08:00 UTC))],
    )
    .await
    .expect("the afternoon");
    assert_eq!((answer.shifts.len(), answer.replaced_count), (1, 1));
    let list = ListDutyShiftsRequest {
        filter: format!("grid = \"{WEST}\""),
        ..ListDutyShiftsRequest::default()
    };
    let shifts = list_duty_shifts(&harness, TOWN, list.clone())
        .await
        .expect("a list")
        .duty_shifts;
    let seconds = |time: Option<prost_types::Timestamp>| time.map_or(0, |time| time.seconds);
    let stands: Vec<_> = shifts
        .iter()
        .map(|shift| {
            let person = shift.person.as_ref().expect("a person");
            let hours = (seconds(shift.end_time) - seconds(shift.start_time)) / 3_600;
            (person.display_name.as_str(), hours)
        })
        .collect();
    assert_eq!(stands, [("赵水志", 4), ("王礼孝", 4), ("赵水志", 14)]);
    assert_eq!(
        list_duty_shifts(&harness, BESIDE, list)
            .await
            .expect("a list")
            .duty_shifts,
        []
    );

    // Nobody is in two grids at once, nor two people in one.
    let elsewhere = replace(&harness, EAST, (MORNING, noon), &[("pilot-grid", MORNING, noon)])
        .await
        .expect_err("on duty in the west");
    assert_eq!(reason(&elsewhere), "DUTY_ELSEWHERE");
    let free = replace(&harness, EAST, (noon, evening), &[("pilot-grid", noon, evening)]).await;
    assert_eq!(free.expect("free in the afternoon").shifts.len(), 1);
    let clash = [
        ("pilot-grid", noon, evening),
        ("second-secretary", MORNING, datetime!(2024-05-31 04:01 UTC)),
    ];
    let clash = replace(&harness, INNER, (MORNING, evening), &clash)
        .await
        .expect_err("at once");
    assert_eq!(fields(&clash), ["shifts[0].start_time"]);
    let stranger = replace(&harness, INNER, (MORNING, noon), &[("nobody", MORNING, noon)]).await;
    assert_eq!(stranger.expect_err("not on the register").code(), Code::NotFound);
    let outside = replace(&harness, INNER, (MORNING, noon), &[("pilot-grid", noon, evening)]).await;
    assert_eq!(
        fields(&outside.expect_err("outside the period")),
        ["shifts[0].start_time"]
    );
    harness.stop().await;
}

#[tokio::test]
async fn somebody_always_answers_and_the_rule_is_told() {
    let harness = drawn().await;
    let noon = datetime!(2024-05-31 04:00 UTC);
    let find = async |place| duty_at(&harness, place, noon).await;
    // The third village has neither secretary nor resident cadre; the second has a secretary.
    assert_eq!(person(&find((15, 15)).await), ("town-leader", DutyRule::TownshipLeader));
    assert_eq!(
        person(&find((75, 50)).await),
        ("second-secretary", DutyRule::VillageSecretary)
    );
    let assign = AssignPostRequest {
        cadre: "cadres/town-leader".to_owned(),
        division: division(PILOT),
        post: Post::StationedCadre.into(),
        valid_from: day(2024, 1, 1),
        request_id: request_id(&harness),
    };
    assign_post(&harness, LANKAO, assign).await.expect("resident");
    assert_eq!(person(&find((5, 5)).await), ("town-leader", DutyRule::StationedCadre));
    let day = (MORNING, NEXT_MORNING);
    replace(&harness, LARGE, day, &[("second-secretary", MORNING, NEXT_MORNING)])
        .await
        .expect("the large grid");
    assert_eq!(person(&find((5, 5)).await), ("second-secretary", DutyRule::LargeGrid));
    replace(&harness, WEST, day, &[("pilot-grid", MORNING, NEXT_MORNING)])
        .await
        .expect("the small grid");
    assert_eq!(person(&find((5, 5)).await), ("pilot-grid", DutyRule::SmallGrid));
    // Outside all grids the county itself, whose officer asked.
    assert_eq!(
        person(&find((500, 500)).await),
        ("county-leader", DutyRule::CountyLeader)
    );
    harness.stop().await;
}
