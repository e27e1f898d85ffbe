//! What people do about their tasks: report, report late, correct, hand over, tell what blocks them.

use std::collections::BTreeMap;

use proto::xiangtu::villages::v1::{
    BatchReportProgressRequest, Blocker, BlockerKind, GenerateTasksRequest, ListTasksRequest, ReassignTaskRequest,
    ReportBlockerRequest, ReportProgressRequest, Task as Made, batch_report_progress_result::Outcome,
};
use time::{Date, Duration, macros::date};

use super::{
    pace::Pace,
    people::{County, lot},
    plan::{ACCEPTANCE, LAST_ACCEPTANCE, ONE_STAR, PILOTS, WORKS, Work, wire},
    recount::Task,
};
use crate::{
    calls::{batch_report_progress, generate_tasks, list_tasks, reassign_task, report_blocker},
    county::{LANKAO, request_id},
    township::{code, division},
};

/// A report that waits to be sent.
pub struct Report {
    task: String,
    date: Date,
    count: i64,
    correction: bool,
}

/// Something that blocks some tasks.
struct Trouble {
    reported: Date,
    first: Date,
    last: Date,
    /// First day that it excuses: a day after the first is still in time.
    excuses: Date,
    kind: BlockerKind,
    township: &'static str,
    /// Of so many tasks it blocks one.
    one_in: u64,
}

const TROUBLES: [Trouble; 4] = [
    // Disputed places for bins, while the harvest stops other work.
    Trouble {
        reported: date!(2024 - 06 - 04),
        first: date!(2024 - 06 - 03),
        last: date!(2024 - 06 - 15),
        excuses: date!(2024 - 06 - 03),
        kind: BlockerKind::Dispute,
        township: "410225105",
        one_in: 4,
    },
    Trouble {
        reported: date!(2024 - 07 - 09),
        first: date!(2024 - 07 - 09),
        last: date!(2024 - 07 - 27),
        excuses: date!(2024 - 07 - 09),
        kind: BlockerKind::Weather,
        township: "410225103",
        one_in: 2,
    },
    // Told too late: what had passed is not excused.
    Trouble {
        reported: date!(2024 - 08 - 20),
        first: date!(2024 - 08 - 05),
        last: date!(2024 - 09 - 07),
        excuses: date!(2024 - 08 - 20),
        kind: BlockerKind::Materials,
        township: "410225002",
        one_in: 2,
    },
    // Until the deadline: nothing can be done in time any more.
    Trouble {
        reported: date!(2024 - 12 - 03),
        first: date!(2024 - 12 - 03),
        last: date!(2024 - 12 - 20),
        excuses: date!(2024 - 12 - 03),
        kind: BlockerKind::Funds,
        township: "410225001",
        one_in: 3,
    },
];

/// Target tier of a village and the day of its acceptance.
pub fn target(village: &str) -> (usize, Date) {
    if PILOTS.iter().any(|pilot| village.starts_with(pilot)) {
        (ONE_STAR, ACCEPTANCE)
    } else {
        (0, LAST_ACCEPTANCE)
    }
}

impl County {
    /// Makes the tasks of the year, and checks that each village is asked for what it misses and for nothing else.
    pub async fn assign(&mut self) {
        let request = GenerateTasksRequest {
            division: division(LANKAO),
            request_id: request_id(&self.harness),
            ..GenerateTasksRequest::default()
        };
        let made = generate_tasks(&self.harness, LANKAO, request).await.expect("tasks");
        let mut expected: BTreeMap<(String, String), (&'static Work, i64, Date, Date)> = BTreeMap::new();
        let (mut unknown, mut satisfied) = (0, 0);
        for (code, village) in &self.told.villages {
            let (tier, acceptance) = target(code);
            for work in &WORKS {
                let span = (date!(2024 - 01 - 01), acceptance);
                let (goal, start, deadline) = match (work.fixed, village.missing(work.indicator, tier)) {
                    (Some(fixed), _) => fixed,
                    (None, Some(goal)) if goal > 0 => (goal, span.0, span.1),
                    (None, Some(_)) => {
                        satisfied += 1;
                        continue;
                    }
                    (None, None) => {
                        unknown += 1;
                        continue;
                    }
                };
                expected.insert((code.clone(), work.code.to_owned()), (work, goal, start, deadline));
            }
        }
        let counts = (made.created_count, made.issue_count, made.satisfied_count);
        let created = i32::try_from(expected.len()).expect("few");
        assert_eq!(counts, (created, unknown, satisfied));
        for task in self.listed().await {
            let village = code(&task.division).to_owned();
            let found = expected.remove(&(village.clone(), task.template.clone()));
            let (work, goal, start, deadline) = found.expect("a task that was called for");
            let stated = (task.goal_count, task.start_date, task.deadline);
            assert_eq!(stated, (goal, wire(start), wire(deadline)), "{village} {}", work.code);
            let leader = task.leader.expect("a leader").cadre;
            assert_eq!(leader, self.secretaries[&village]);
            let task_told = Task {
                pace: Pace::new(work, goal, start, deadline),
                leaders: vec![(start, leader)],
                reports: BTreeMap::new(),
                village,
                work,
                goal,
                start,
                deadline,
            };
            self.told.tasks.insert(task.name, task_told);
        }
        assert!(expected.is_empty(), "{:?}", expected.keys());
    }

    async fn listed(&self) -> Vec<Made> {
        let mut request = ListTasksRequest {
            page_size: 1_000,
            ..ListTasksRequest::default()
        };
        let mut found = Vec::new();
        loop {
            let page = list_tasks(&self.harness, LANKAO, request.clone())
                .await
                .expect("a page");
            found.extend(page.tasks);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return found;
            }
        }
    }

    /// What is to be reported for a Saturday: at once, and on the Wednesday after, when some reports arrive that should have
    /// come and others are corrected.
    pub fn reports(&self, saturday: Date) -> (Vec<Report>, Vec<Report>) {
        let (mut now, mut later) = (Vec::new(), Vec::new());
        let week = saturday.to_string();
        for (name, task) in &self.told.tasks {
            let Some(count) = next_count(task, saturday) else {
                continue;
            };
            let report = |count, correction| Report {
                task: name.clone(),
                date: saturday,
                count,
                correction,
            };
            let words = [task.village.as_str(), task.work.code, &week];
            match lot(&[&words[..], &["arrival"]].concat(), 60) {
                0 => later.push(report(count, false)),
                1 if count > task.done(saturday) => {
                    now.push(report(count, false));
                    later.push(report(count - 1, true));
                }
                _ => now.push(report(count, false)),
            }
        }
        (now, later)
    }

    /// Sends reports, all of which are taken.
    pub async fn report(&mut self, reports: Vec<Report>) {
        let asked = |report: &Report| ReportProgressRequest {
            task: report.task.clone(),
            report_date: wire(report.date),
            cumulative_count: report.count,
            correction: report.correction,
            ..ReportProgressRequest::default()
        };
        for some in reports.chunks(1_000) {
            let request = BatchReportProgressRequest {
                requests: some.iter().map(asked).collect(),
                request_id: request_id(&self.harness),
            };
            let answer = batch_report_progress(&self.harness, LANKAO, request)
                .await
                .expect("reports");
            for result in answer.results {
                assert!(matches!(result.outcome, Some(Outcome::Progress(_))), "{result:?}");
            }
        }
        for Report { task, date, count, .. } in reports {
            self.told
                .tasks
                .get_mut(&task)
                .expect("a task")
                .reports
                .insert(date, count);
        }
    }

    /// Tells what blocks tasks, if this is the day.
    pub async fn tell_troubles(&mut self, today: Date) {
        for trouble in TROUBLES.iter().filter(|trouble| trouble.reported == today) {
            let mut blocked = 0;
            for (name, task) in &mut self.told.tasks {
                let words = [task.village.as_str(), task.work.code, "trouble"];
                let open = task.start <= trouble.first && trouble.last <= task.deadline;
                let concerned = task.village.starts_with(trouble.township) && lot(&words, trouble.one_in) == 0;
                if !open || !concerned || task.done(today) >= task.goal {
                    continue;
                }
                let blocker = Blocker {
                    task: name.clone(),
                    kind: trouble.kind.into(),
                    start_date: wire(trouble.first),
                    end_date: wire(trouble.last),
                    reason: "无法施工".to_owned(),
                    ..Blocker::default()
                };
                let request = ReportBlockerRequest {
                    blocker: Some(blocker),
                    request_id: request_id(&self.harness),
                };
                report_blocker(&self.harness, LANKAO, request).await.expect("taken");
                task.pace.block(trouble.excuses, trouble.last);
                blocked += 1;
            }
            assert!(blocked > 2, "a trouble that nobody has: {today}");
        }
    }

    /// Gives the open tasks of a village to somebody else from a day on.
    pub async fn hand_over(&mut self, village: &str, leader: &str, from: Date, today: Date) {
        let open = |task: &&mut Task| task.village == village && task.done(today) < task.goal;
        for (name, task) in &mut self.told.tasks {
            if !open(&task) || task.start > from {
                continue;
            }
            let request = ReassignTaskRequest {
                name: name.clone(),
                leader: leader.to_owned(),
                start_date: wire(from),
                reason: "工作调整".to_owned(),
                request_id: request_id(&self.harness),
                ..ReassignTaskRequest::default()
            };
            reassign_task(&self.harness, LANKAO, request).await.expect("given");
            task.leaders.push((from, leader.to_owned()));
        }
    }
}

/// How people work: seven in ten keep pace, one slips now and then, one lags, one in twenty stops, one is ahead.
fn next_count(task: &Task, saturday: Date) -> Option<i64> {
    let (due, before) = (task.pace.due(saturday), task.pace.due(saturday - Duration::WEEK));
    let (done, week) = (task.done(saturday), saturday.to_string());
    let words = [task.village.as_str(), task.work.code];
    let chance = |of| lot(&[&words[..], &[week.as_str()]].concat(), of);
    let count = match lot(&words, 20) {
        14 | 15 if chance(4) == 0 => due - 1 - i64::try_from(chance(3)).expect("few"),
        16 | 17 => done + (due - before) * 3 / 5,
        18 if lot(&[&words[..], &["stop"]].concat(), 40) < u64::from(saturday.iso_week()) => return None,
        19 => task.pace.due(saturday + Duration::WEEK),
        _ => due,
    };
    let count = count.clamp(done, task.goal);
    (count > done || due > before).then_some(count)
}
