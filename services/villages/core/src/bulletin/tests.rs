use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;
use crate::{
    calendar::Calendar,
    schedule::{Scheduler, Work},
};

fn task(id: u128, village: &str, done: i64) -> Task {
    let calendar = Calendar::default();
    let work = Work {
        goal: 14,
        start: date!(2024 - 03 - 25),
        deadline: date!(2024 - 04 - 07),
        daily_capacity: 0,
        stopped_by: &[],
    };
    let mut timeline = Timeline::default();
    timeline.insert(date!(2024 - 03 - 29), done);
    Task {
        id,
        village: village.to_owned(),
        display_name: "户厕改造".to_owned(),
        unit: "户".to_owned(),
        goal: 14,
        spread: Scheduler::new(&calendar).spread(&work).ok(),
        timeline,
        tenures: vec![Tenure {
            start: date!(2024 - 03 - 25),
            cadre: "C1".to_owned(),
            display_name: "王礼孝".to_owned(),
        }],
        deadline: date!(2024 - 04 - 07),
        key_work: false,
        blockers: Vec::new(),
    }
}

fn village(code: &str, display_name: &str, tier: Option<usize>, score_milli: i64) -> Village {
    Village {
        code: code.to_owned(),
        display_name: display_name.to_owned(),
        tier,
        score_milli,
        on_target: false,
    }
}

fn input() -> Input {
    Input {
        head: Head {
            division_name: "堌阳镇".to_owned(),
            plan_name: "乡村振兴战略实施工作方案".to_owned(),
            plan_version: 1,
            week: Week::of(date!(2024 - 03 - 28)),
            number: 13,
            known_at: datetime!(2024-03-31 16:30:00 UTC),
            tiers: vec!["达标村".to_owned(), "一星示范村".to_owned()],
            score_full_milli: 45_000,
            rank_persons: false,
        },
        villages: vec![
            village("410225104201", "徐场村", Some(1), 44_500),
            village("410225104202", "范场村", None, 12_007),
        ],
        tasks: vec![
            task(1, "410225104201", 7),
            task(2, "410225104202", 3),
            task(3, "410225104202", 14),
        ],
        corrections: vec![Correction {
            progress: true,
            subject: 9,
            village: "410225104202".to_owned(),
            display_name: "户厕改造".to_owned(),
            date: date!(2024 - 03 - 22),
            before: String::new(),
            after: "2".to_owned(),
        }],
        townships: Vec::new(),
    }
}

#[test]
fn the_text_is_fixed() {
    let bulletin = compose(input());
    let text = render(&bulletin);
    let expected = "堌阳镇乡村振兴工作周通报\n\
        2024年第13周（3月25日至3月31日） 第13期\n\
        依据：《乡村振兴战略实施工作方案》第1版；数据截至2024-04-01 00:30:00（北京时间）\n\
        \n一、达标情况（参评村2个）\n一星示范村：1个\n达标村：0个\n未达标：1个\n\
        \n二、排名（满分45.000）\n\
        1. 徐场村（410225104201） 一星示范村 44.500分；在办事项1项，达到进度1项，未报进度0项\n\
        2. 范场村（410225104202） 未达标 12.007分；在办事项2项，达到进度1项，未报进度0项\n\
        \n三、低于日均进度（1项）\n\
        范场村（410225104202）户厕改造：责任人王礼孝；本周应完成7户，实际3户；累计应完成7户，实际3户\n\
        \n四、逾期事项（0项）\n无\n\
        \n五、受阻事项（0项）\n无\n\
        \n六、对往期数据的更正（1项）\n\
        410225104202 进度“户厕改造”（2024-03-22）：无 → 2\n";
    assert_eq!(text, expected);
    assert_eq!(text, render(&compose(input())));
}

#[test]
fn overdue_and_blocked_tasks_are_stated_in_their_week() {
    let mut late = input();
    let [first, second, third] = late.tasks.as_mut_slice() else {
        panic!("three tasks");
    };
    first.deadline = date!(2024 - 03 - 31);
    second.deadline = date!(2024 - 03 - 25);
    second.key_work = true;
    second.spread = None;
    third.deadline = date!(2024 - 03 - 31);
    let blocker = |id, first, last| Blocker {
        id,
        kind: crate::blocker::Kind::Funds,
        days: crate::schedule::Blocked { first, last },
    };
    third.blockers = vec![
        blocker(1, date!(2024 - 03 - 18), date!(2024 - 03 - 25)),
        blocker(2, date!(2024 - 04 - 01), date!(2024 - 04 - 02)),
    ];
    let text = render(&compose(late.clone()));
    // The third task is done.
    let expected = "\n四、逾期事项（2项）\n\
        徐场村（410225104201）户厕改造：责任人王礼孝；3月31日到期，应完成14户，实际7户\n\
        范场村（410225104202）户厕改造（重点工作）：责任人王礼孝；3月25日到期，应完成14户，实际0户（按期无法完成，不计）\n\
        \n五、受阻事项（1项）\n范场村（410225104202）户厕改造：资金，3月18日至3月25日\n";
    assert!(text.contains(expected), "{text}");
    late.head.week = late.head.week.after();
    let text = render(&compose(late));
    assert!(text.contains("\n四、逾期事项（0项）\n无\n"), "{text}");
}

#[test]
fn a_county_lists_its_townships() {
    let mut county = input();
    county.townships = vec![("410225104".to_owned(), "堌阳镇".to_owned())];
    county.head.rank_persons = true;
    let bulletin = compose(county);
    assert_eq!(bulletin.lines.len(), 1);
    let line = &bulletin.lines[0];
    assert_eq!(
        (line.display_name.as_str(), line.tasks, line.mean_score_milli),
        ("堌阳镇", 3, 28_253)
    );
    assert!(render(&bulletin).contains("\n王礼孝：1项\n"));
}

/// A township of `villages` with `tasks` as (village, reports on days of two weeks).
fn made_up(villages: &[(i64, Option<usize>)], tasks: &[(usize, Vec<(i64, i64)>)]) -> Input {
    let code = |at: usize| format!("410225104{}", 201 + at);
    let mut input = input();
    input.corrections.clear();
    input.villages = villages
        .iter()
        .enumerate()
        .map(|(at, (score, tier))| village(&code(at), "某村", *tier, *score))
        .collect();
    input.tasks = (1..)
        .zip(tasks)
        .map(|(id, (at, reports))| {
            let mut task = task(id, &code(*at % villages.len()), 0);
            task.timeline = Timeline::default();
            for (day, count) in reports {
                let day = crate::calendar::offset(date!(2024 - 03 - 25), *day);
                task.timeline.insert(day, *count);
            }
            task
        })
        .collect();
    input.tasks.sort_by(|a, b| (&a.village, a.id).cmp(&(&b.village, b.id)));
    input
}

proptest! {
    /// Every open task stands in one line, every village in one tier, and every miss is a task behind its schedule.
    #[test]
    fn everything_is_counted_once(
        villages in prop::collection::vec((0..45_000_i64, prop::option::of(0..2_usize)), 1..6),
        tasks in prop::collection::vec((0..6_usize, prop::collection::vec((0..7_i64, 0..15_i64), 0..4)), 0..8),
    ) {
        let input = made_up(&villages, &tasks);
        let open = input.tasks.len();
        let bulletin = compose(input);
        let sum = |of: fn(&Line) -> i64| bulletin.lines.iter().map(of).sum::<i64>();
        prop_assert_eq!(usize::try_from(sum(|line| line.tasks)).expect("few"), open);
        prop_assert_eq!(bulletin.lines.len(), villages.len());
        prop_assert_eq!(usize::try_from(bulletin.by_tier.iter().sum::<i64>()).expect("few"), villages.len());
        let behind = sum(|line| line.tasks) - sum(|line| line.on_schedule);
        prop_assert!(i64::try_from(bulletin.misses.len()).expect("few") <= behind);
        prop_assert!(sum(|line| line.unreported) <= behind);
        let mut missed: Vec<u128> = bulletin.misses.iter().map(|miss| miss.item.task).collect();
        missed.sort_unstable();
        missed.dedup();
        prop_assert_eq!(missed.len(), bulletin.misses.len());
        prop_assert!(render(&bulletin).ends_with("无\n"));
    }

    /// The order in which facts became known leaves no trace: reports by arrival, townships and tasks of other weeks.
    #[test]
    fn the_same_facts_give_the_same_bytes(
        villages in prop::collection::vec((0..45_000_i64, prop::option::of(0..2_usize)), 1..6),
        tasks in prop::collection::vec((0..6_usize, prop::collection::btree_map(0..7_i64, 0..15_i64, 0..5)), 0..8),
    ) {
        let arranged = |backwards: bool| {
            let arrange = |(at, reports): &(usize, std::collections::BTreeMap<i64, i64>)| {
                let mut reports: Vec<(i64, i64)> = reports.iter().map(|(day, count)| (*day, *count)).collect();
                if backwards {
                    reports.reverse();
                }
                (*at, reports)
            };
            made_up(&villages, &tasks.iter().map(arrange).collect::<Vec<_>>())
        };
        prop_assert_eq!(render(&compose(arranged(false))), render(&compose(arranged(true))));
    }
}
