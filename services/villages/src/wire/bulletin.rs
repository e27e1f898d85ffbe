//! Bulletins on the wire.

use kit::{dates, error::Result};
use proto::xiangtu::villages::v1::{
    BlockedTask, Bulletin, BulletinCorrection, BulletinLine, CorrectionKind, Miss, OverdueTask,
};
use time::OffsetDateTime;
use uuid::Uuid;
use villages_core::{bulletin as core, digest, plan::Plan};

use super::{blocker, division, measurement, names, plan as plans, rating, task};
use crate::store::plan::PlanKey;

/// The id of `bulletins/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "bulletins")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("bulletins/{id}")
}

/// Resource name of a miss.
pub fn miss_name(id: Uuid) -> String {
    format!("misses/{id}")
}

/// A bulletin without `name`, `issue_time` and the names of its misses.
pub fn bulletin(code: &str, key: &PlanKey, plan: &Plan, bulletin: &core::Bulletin, text: String) -> Bulletin {
    let head = &bulletin.head;
    Bulletin {
        division: division::name(code),
        display_name: head.division_name.clone(),
        week: head.week.to_string(),
        number: i32::try_from(head.number).unwrap_or(0),
        plan: plans::name_of(key),
        plan_version: key.version,
        as_of: Some(dates::to_proto(head.week.last_day())),
        known_at: Some(dates::timestamp(head.known_at)),
        digest: digest::hex(text.as_bytes()),
        text,
        tiers: rating::tier_counts(plan, &bulletin.by_tier),
        lines: bulletin.lines.iter().map(|it| line(plan, it)).collect(),
        misses: bulletin
            .misses
            .iter()
            .map(|it| miss(&head.week.to_string(), it))
            .collect(),
        overdue_tasks: bulletin.overdue.iter().map(overdue).collect(),
        blocked_tasks: bulletin.blocked.iter().map(blocked).collect(),
        corrections: bulletin.corrections.iter().map(correction).collect(),
        ..Bulletin::default()
    }
}

/// Completes a bulletin with what it is given when it is issued.
pub fn issued(bulletin: &mut Bulletin, id: Uuid, at: OffsetDateTime) {
    bulletin.name = name(id);
    bulletin.issue_time = Some(dates::timestamp(at));
}

/// What lists carry of a bulletin.
pub fn listed(bulletin: Bulletin) -> Bulletin {
    Bulletin {
        text: String::new(),
        tiers: Vec::new(),
        lines: Vec::new(),
        misses: Vec::new(),
        overdue_tasks: Vec::new(),
        blocked_tasks: Vec::new(),
        corrections: Vec::new(),
        ..bulletin
    }
}

fn line(plan: &Plan, line: &core::Line) -> BulletinLine {
    let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    BulletinLine {
        division: division::name(&line.division),
        display_name: line.display_name.clone(),
        rank: rating::small(line.rank),
        mean_score_milli: line.mean_score_milli,
        tier: line
            .tier
            .and_then(|tier| plan.tiers.get(tier))
            .map(|tier| tier.code.clone())
            .unwrap_or_default(),
        task_count: count(line.tasks),
        on_schedule_count: count(line.on_schedule),
        unreported_count: count(line.unreported),
    }
}

fn miss(week: &str, miss: &core::Miss) -> Miss {
    Miss {
        name: String::new(),
        person: Some(task::person(&miss.person.cadre, &miss.person.display_name)),
        task: task::name(Uuid::from_u128(miss.item.task)),
        task_display_name: miss.item.task_name.clone(),
        division: division::name(&miss.item.village),
        week: week.to_owned(),
        week_planned_count: miss.figures.week_planned,
        week_done_count: miss.figures.week_done,
        planned_count: miss.figures.planned,
        done_count: miss.figures.done,
    }
}

fn overdue(overdue: &core::Overdue) -> OverdueTask {
    OverdueTask {
        task: task::name(Uuid::from_u128(overdue.item.task)),
        task_display_name: overdue.item.task_name.clone(),
        division: division::name(&overdue.item.village),
        leader: Some(task::person(&overdue.person.cadre, &overdue.person.display_name)),
        deadline: Some(dates::to_proto(overdue.deadline)),
        goal_count: overdue.goal,
        done_count: overdue.done,
        key_work: overdue.key_work,
        excused: overdue.excused,
    }
}

fn blocked(blocked: &core::BlockedTask) -> BlockedTask {
    BlockedTask {
        task: task::name(Uuid::from_u128(blocked.item.task)),
        task_display_name: blocked.item.task_name.clone(),
        division: division::name(&blocked.item.village),
        blocker: blocker::name(Uuid::from_u128(blocked.blocker.id)),
        kind: blocker::kind(blocked.blocker.kind).into(),
        start_date: Some(dates::to_proto(blocked.blocker.days.first)),
        end_date: Some(dates::to_proto(blocked.blocker.days.last)),
    }
}

fn correction(correction: &core::Correction) -> BulletinCorrection {
    let subject = Uuid::from_u128(correction.subject);
    let (kind, subject) = if correction.progress {
        (CorrectionKind::Progress, task::progress_name(subject))
    } else {
        (CorrectionKind::Measurement, measurement::name(subject))
    };
    BulletinCorrection {
        kind: kind.into(),
        subject,
        division: division::name(&correction.village),
        display_name: correction.display_name.clone(),
        date: Some(dates::to_proto(correction.date)),
        before: correction.before.clone(),
        after: correction.after.clone(),
    }
}
