//! Weekly bulletins: two weeks of a township, to the byte, and made again later.

use kit::testing::Harness;
use proto::xiangtu::villages::v1::{
    Bulletin, CorrectionKind, Measurement, ReassignTaskRequest, RenameDivisionRequest, ReportProgressRequest,
};
use time::{Duration, macros::datetime};

use crate::{
    calls::{reassign_task, rename_division, report_progress},
    county::{LANKAO, behind, day, request_id},
    plan_section::plan,
    township::{
        PILOT, SECOND, SECOND_MONDAY, THIRD, THIRD_MONDAY, TOWN, apply, at_work, code, division, figure, identical,
        issue, progress, record, report, task,
    },
};

const ON: (i32, i32, i32) = (2024, 3, 31);

/// The county at the end of the first week: the pilot on schedule, the second village four units behind.
async fn first_week() -> (Harness, String, String) {
    let harness = at_work(plan()).await;
    record(
        &harness,
        vec![
            figure(PILOT, "toilet", ON, 90, Some(100)),
            figure(PILOT, "lane", ON, 60, Some(100)),
            figure(PILOT, "danger", ON, 0, None),
            figure(SECOND, "toilet", ON, 69, Some(100)),
            figure(SECOND, "lane", ON, 60, Some(100)),
            figure(SECOND, "danger", ON, 2, None),
        ],
    )
    .await;
    let pilot = task(&harness, PILOT, "set_bins").await.name;
    let second = task(&harness, SECOND, "set_bins").await.name;
    harness.kit.clock.set(datetime!(2024-04-06 10:00 UTC));
    report(&harness, &second, (2024, 4, 3), 2).await.expect("taken");
    report(&harness, &pilot, (2024, 4, 6), 6).await.expect("taken");
    harness.kit.clock.set(SECOND_MONDAY);
    (harness, pilot, second)
}

/// What is learned in the second week: of the first one, late, and of the second one.
async fn second_week(harness: &Harness, pilot: &str, second: &str) {
    harness.kit.clock.set(datetime!(2024-04-10 02:00 UTC));
    report(harness, second, (2024, 4, 3), 3).await.expect("replaced");
    report(harness, second, (2024, 4, 6), 5).await.expect("late");
    let toilets = behind(
        harness,
        "SELECT 'measurements/' || measurement_id FROM measurements WHERE division_code = '410225101202' AND indicator = 'toilet'",
    )
    .await;
    let corrected = Measurement {
        supersedes: toilets[0].clone(),
        ..figure(SECOND, "toilet", ON, 71, Some(100))
    };
    record(harness, vec![corrected]).await;
    let hand_over = ReassignTaskRequest {
        name: pilot.to_owned(),
        leader: "cadres/town-leader".to_owned(),
        start_date: day(2024, 4, 10),
        reason: "工作调整".to_owned(),
        ..ReassignTaskRequest::default()
    };
    reassign_task(harness, LANKAO, hand_over).await.expect("given");
    harness.kit.clock.set(datetime!(2024-04-13 10:00 UTC));
    report(harness, second, (2024, 4, 13), 11).await.expect("taken");
    harness.kit.clock.set(THIRD_MONDAY);
}

fn lines(bulletin: &Bulletin) -> Vec<(i32, &str, i64, &str, [i32; 3])> {
    let lines = bulletin.lines.iter();
    lines
        .map(|it| {
            let counts = [it.task_count, it.on_schedule_count, it.unreported_count];
            (
                it.rank,
                code(&it.division),
                it.mean_score_milli,
                it.tier.as_str(),
                counts,
            )
        })
        .collect()
}

/// Village, person, and units due and done in the week and in all.
fn misses(bulletin: &Bulletin) -> Vec<(&str, &str, [i64; 4])> {
    let misses = bulletin.misses.iter();
    misses
        .map(|it| {
            let counts = [
                it.week_planned_count,
                it.week_done_count,
                it.planned_count,
                it.done_count,
            ];
            let person = it.person.as_ref().map_or("", |person| person.cadre.as_str());
            (code(&it.division), person, counts)
        })
        .collect()
}

#[tokio::test]
async fn a_bulletin_states_the_week_to_the_byte() {
    let (harness, pilot, second) = first_week().await;
    let first = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    assert_eq!(
        first.text,
        "堌阳镇乡村振兴工作周通报\n\
        2024年第14周（4月1日至4月7日） 第14期\n\
        依据：《乡村振兴工作方案》第1版；数据截至2024-04-08 09:00:00（北京时间）\n\
        \n一、达标情况（参评村3个）\n一星示范村：0个\n达标村：1个\n未达标：2个\n\
        \n二、排名（满分45.000）\n\
        1. 徐场村（410225101201） 达标村 40.000分；在办事项1项，达到进度1项，未报进度0项\n\
        2. 范场村（410225101202） 未达标 28.666分；在办事项1项，达到进度0项，未报进度0项\n\
        3. 秦寨村（410225101203） 未达标 0.000分；在办事项0项，达到进度0项，未报进度0项\n\
        \n三、低于日均进度（1项）\n\
        范场村（410225101202）垃圾桶布设：责任人孙富富；本周应完成6户，实际2户；累计应完成6户，实际2户\n\
        \n四、逾期事项（0项）\n无\n\
        \n五、受阻事项（0项）\n无\n\
        \n六、对往期数据的更正（0项）\n无\n"
    );
    assert_eq!(
        lines(&first),
        [
            (1, PILOT, 40_000, "compliant", [1, 1, 0]),
            (2, SECOND, 28_666, "", [1, 0, 0]),
            (3, THIRD, 0, "", [0, 0, 0])
        ]
    );
    assert_eq!(misses(&first), [(SECOND, "cadres/second-secretary", [6, 2, 6, 2])]);
    assert_eq!(
        (first.number, first.plan_version, first.as_of),
        (14, 1, day(2024, 4, 7))
    );
    assert!(identical(&harness, &first).await);

    second_week(&harness, &pilot, &second).await;
    let next = issue(&harness, TOWN, "").await.expect("the last week that is over");
    assert_eq!((next.week.as_str(), next.number), ("2024-W15", 15));
    // Six of eleven came in the week: behind still, but no second miss. The pilot stood still, and the town's leader had
    // its task on four of six working days.
    assert_eq!(misses(&next), [(PILOT, "cadres/town-leader", [6, 0, 12, 6])]);
    let toilets_71 = 20_000 * 710 / 900 + 10_000 + 3_333;
    assert_eq!(
        lines(&next),
        [
            (1, PILOT, 40_000, "compliant", [1, 0, 1]),
            (2, SECOND, toilets_71, "compliant", [1, 0, 0]),
            (3, THIRD, 0, "", [0, 0, 0])
        ]
    );
    harness.stop().await;
}

#[tokio::test]
async fn what_was_learned_later_is_listed_as_correction_and_changes_no_old_bulletin() {
    let (harness, pilot, second) = first_week().await;
    let first = issue(&harness, TOWN, "2024-W14").await.expect("issued");
    second_week(&harness, &pilot, &second).await;
    assert!(identical(&harness, &first).await);
    let next = issue(&harness, TOWN, "2024-W15").await.expect("issued");
    let corrections: Vec<_> = next
        .corrections
        .iter()
        .map(|it| {
            (
                it.kind(),
                it.display_name.as_str(),
                it.date,
                it.before.as_str(),
                it.after.as_str(),
            )
        })
        .collect();
    assert_eq!(
        corrections,
        [
            (
                CorrectionKind::Measurement,
                "户厕改造率",
                day(2024, 3, 31),
                "69/100",
                "71/100"
            ),
            (CorrectionKind::Progress, "垃圾桶布设", day(2024, 4, 3), "2", "3"),
            (CorrectionKind::Progress, "垃圾桶布设", day(2024, 4, 6), "", "5")
        ]
    );
    assert!(next.corrections.iter().all(|it| it.division == division(SECOND)));
    assert!(next.corrections[0].subject.starts_with("measurements/"));
    assert!(next.corrections[1].subject.starts_with("progress/"));
    assert!(
        next.text.ends_with(
            "\n六、对往期数据的更正（3项）\n\
            410225101202 指标“户厕改造率”（2024-03-31）：69/100 → 71/100\n\
            410225101202 进度“垃圾桶布设”（2024-04-03）：2 → 3\n\
            410225101202 进度“垃圾桶布设”（2024-04-06）：无 → 5\n"
        ),
        "{}",
        next.text
    );

    // Everything that can change about those weeks changes: people, names, figures, the plan itself.
    harness.kit.clock.advance(Duration::HOUR);
    let blame = ReassignTaskRequest {
        name: second.clone(),
        leader: "cadres/county-leader".to_owned(),
        start_date: day(2024, 4, 1),
        reason: "更正责任人".to_owned(),
        ..ReassignTaskRequest::default()
    };
    reassign_task(&harness, LANKAO, blame)
        .await
        .expect("given from the first day");
    let rename = RenameDivisionRequest {
        name: division(PILOT),
        display_name: "徐场新村".to_owned(),
        effective_date: day(2024, 4, 1),
        request_id: request_id(&harness),
        ..RenameDivisionRequest::default()
    };
    rename_division(&harness, LANKAO, rename).await.expect("renamed");
    record(&harness, vec![figure(THIRD, "toilet", ON, 100, Some(100))]).await;
    for (task, on, count) in [(&pilot, (2024, 4, 6), 0), (&second, (2024, 4, 13), 12)] {
        let correction = ReportProgressRequest {
            correction: true,
            ..progress(task, on, count)
        };
        report_progress(&harness, LANKAO, correction).await.expect("corrected");
    }
    let mut stricter = plan();
    stricter.tiers[0].criteria[0].threshold = "95%".to_owned();
    stricter.tiers[1].criteria[0].threshold = "95%".to_owned();
    apply(&harness, stricter).await.expect("applied");
    assert!(identical(&harness, &first).await && identical(&harness, &next).await);
    harness.stop().await;
}

#[tokio::test]
async fn persons_are_ranked_only_where_the_county_has_said_so() {
    let mut section = plan();
    section.policy.get_or_insert_default().rank_persons = true;
    for (section, ranked) in [(plan(), false), (section, true)] {
        let harness = at_work(section).await;
        harness.kit.clock.set(SECOND_MONDAY);
        let bulletin = issue(&harness, LANKAO, "2024-W14").await.expect("issued");
        assert_eq!(bulletin.misses.len(), 4);
        for person in ["王礼孝", "孙富富", "陈涛琴", "李梅"] {
            assert_eq!(
                bulletin.text.contains(&format!("\n{person}：1项\n")),
                ranked,
                "{}",
                bulletin.text
            );
        }
        harness.stop().await;
    }
}
