//! Tasks on the wire.

use kit::{dates, error::Result, etag};
use proto::xiangtu::villages::v1::{
    DailyQuota, MeetingItem, Milestone, Progress, Schedule, ScheduleConflict, ScheduleConstraint, Task, TaskAssignment,
    TaskPerson, TaskState,
};
use time::Date;
use uuid::Uuid;
use villages_core::{
    bulletin,
    progress::WeekFigures,
    schedule::{Constraint, Spread},
    week::Week,
};

use super::{blocker, cadre, division, names, plan as plans};
use crate::store::{task::TaskStanding, task_progress::ProgressRow, task_tenure::TenureRow};

/// The id of `tasks/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "tasks")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("tasks/{id}")
}

/// Resource name of a report.
pub fn progress_name(id: Uuid) -> String {
    format!("progress/{id}")
}

/// A cadre by id and name.
pub fn person(id: &str, display_name: &str) -> TaskPerson {
    TaskPerson {
        cadre: cadre::name(id),
        display_name: display_name.to_owned(),
    }
}

fn persons(ids: &[String], names: &[String]) -> Vec<TaskPerson> {
    ids.iter().zip(names).map(|(id, name)| person(id, name)).collect()
}

/// Changes with every entry about who answers.
pub fn task_etag(row: &TaskStanding) -> String {
    etag::of(&[&row.task.task_id.to_string(), &row.last_tenure.to_string()])
}

/// A task as lists show it; `planned` is what should be done by now.
pub fn task(row: &TaskStanding, planned: i64, today: Date) -> Task {
    let TaskStanding { task, .. } = row;
    let done = row.cumulative.unwrap_or(0);
    let state = if done >= task.goal {
        TaskState::Done
    } else if today > task.deadline {
        TaskState::Overdue
    } else {
        TaskState::Open
    };
    Task {
        name: name(task.task_id),
        division: division::name(&task.division_code),
        plan: plans::name(&task.plan_division, &task.plan_code),
        template: task.template.clone(),
        display_name: task.display_name.clone(),
        indicator: task.indicator.clone(),
        leader: Some(person(&row.leader_id, &row.leader_name)),
        members: persons(&row.member_ids, &row.member_names),
        goal_count: task.goal,
        unit: task.unit.clone(),
        start_date: Some(dates::to_proto(task.start_date)),
        deadline: Some(dates::to_proto(task.deadline)),
        key_work: task.key_work,
        done_count: done,
        reported_date: row.report_date.map(dates::to_proto),
        planned_count: planned,
        state: state.into(),
        create_time: Some(dates::timestamp(task.created_at)),
        etag: task_etag(row),
        ..Task::default()
    }
}

/// A schedule, or why there is none; `working_days` is how many days are worked from the first to the deadline.
pub fn schedule(outcome: Result<&Spread, &[Constraint]>, working_days: usize, milestones: &[i32]) -> Schedule {
    let working_day_count = super::rating::small(working_days);
    let spread = match outcome {
        Ok(spread) => spread,
        Err(conflict) => {
            let conflicts = conflict.iter().map(|constraint| self::conflict(*constraint)).collect();
            return Schedule {
                working_day_count,
                conflicts,
                ..Schedule::default()
            };
        }
    };
    let milestone = |milestone: villages_core::schedule::Milestone| Milestone {
        permille: milestone.permille,
        cumulative_count: milestone.cumulative,
        date: Some(dates::to_proto(milestone.date)),
    };
    let quota = |quota: villages_core::schedule::Quota| DailyQuota {
        date: Some(dates::to_proto(quota.date)),
        count: quota.count,
        cumulative_count: quota.cumulative,
    };
    Schedule {
        feasible: spread.conflict().is_empty(),
        working_day_count,
        milestones: spread.milestones(milestones).into_iter().map(milestone).collect(),
        days: spread.quotas().into_iter().map(quota).collect(),
        conflicts: spread.conflict().iter().map(|it| conflict(*it)).collect(),
    }
}

fn conflict(constraint: Constraint) -> ScheduleConflict {
    let (constraint, message, message_zh) = match constraint {
        Constraint::Start => (ScheduleConstraint::Start, "work begins on the first day", "开始日期"),
        Constraint::Deadline => (ScheduleConstraint::Deadline, "work ends by the deadline", "完成时限"),
        Constraint::Capacity => (
            ScheduleConstraint::Capacity,
            "so many units a day at most",
            "每日最大工作量",
        ),
        Constraint::RestDays => (ScheduleConstraint::RestDays, "weekly rest days are kept", "每周休息日"),
        Constraint::Holiday => (ScheduleConstraint::Holiday, "holidays are kept", "节假日"),
        Constraint::Harvest => (ScheduleConstraint::Harvest, "work rests in the harvest", "农忙"),
        Constraint::Frost => (ScheduleConstraint::Frost, "work rests in frost", "冰冻期"),
        Constraint::Flood => (ScheduleConstraint::Flood, "work rests in the flood season", "汛期"),
        Constraint::Blocker => (ScheduleConstraint::Blocker, "something blocks the work", "受阻事项"),
    };
    ScheduleConflict {
        constraint: constraint.into(),
        message: message.to_owned(),
        message_zh: message_zh.to_owned(),
    }
}

/// Who answered, oldest first; an entry ends where a later recorded one begins.
pub fn assignments(rows: &[TenureRow]) -> Vec<TaskAssignment> {
    let end = |at: usize| {
        let begun = rows.iter().skip(at + 1).map(|later| later.start_date).min()?;
        begun.previous_day()
    };
    let assignment = |(at, row): (usize, &TenureRow)| TaskAssignment {
        leader: Some(person(&row.leader_id, &row.leader_name)),
        members: persons(&row.member_ids, &row.member_names),
        start_date: Some(dates::to_proto(row.start_date)),
        end_date: end(at).map(dates::to_proto),
        reason: row.reason.clone(),
        record_time: Some(dates::timestamp(row.recorded_at)),
    };
    rows.iter().enumerate().map(assignment).collect()
}

/// One report.
pub fn progress(row: &ProgressRow) -> Progress {
    Progress {
        name: progress_name(row.progress_id),
        task: name(row.task_id),
        report_date: Some(dates::to_proto(row.report_date)),
        cumulative_count: row.cumulative,
        late: row.late,
        note: row.note.clone(),
        evidence: row.evidence.clone(),
        reported_by: row.reported_by.clone(),
        record_time: Some(dates::timestamp(row.recorded_at)),
    }
}

/// One task on a meeting sheet.
pub fn meeting_item(task: &bulletin::Task, figures: WeekFigures, week: Week) -> MeetingItem {
    MeetingItem {
        task: name(Uuid::from_u128(task.id)),
        display_name: task.display_name.clone(),
        leader: None,
        goal_count: task.goal,
        unit: task.unit.clone(),
        done_count: figures.done,
        planned_count: figures.planned,
        week_done_count: figures.week_done,
        week_planned_count: figures.week_planned,
        next_week_count: figures.next_week,
        deadline: Some(dates::to_proto(task.deadline)),
        unreported: figures.unreported,
        blockers: task
            .blocked_in(week)
            .map(|it| blocker::name(Uuid::from_u128(it.id)))
            .collect(),
    }
}
