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
        \n四、对往期数据的更正（1项）\n\
        410225104202 进度“户厕改造”（2024-03-22）：无 → 2\n";
    assert_eq!(text, expected);
    assert_eq!(text, render(&compose(input())));
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
