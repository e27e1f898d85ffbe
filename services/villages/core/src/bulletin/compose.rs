//! Composes a bulletin from the facts.

use std::collections::BTreeMap;

use super::{BlockedTask, Bulletin, Input, Item, Line, Miss, Overdue, Task, Village};
use crate::{
    league::{Standing, rank},
    progress::{WeekFigures, answerable},
};

#[derive(Default)]
struct Work {
    tasks: i64,
    on_schedule: i64,
    unreported: i64,
}

/// Composes a bulletin.
pub fn compose(input: Input) -> Bulletin {
    let tiers = input.head.tiers.len();
    let by_township = !input.townships.is_empty();
    let group = |village: &str| {
        if by_township {
            village.get(..9).unwrap_or(village)
        } else {
            village
        }
        .to_owned()
    };
    let mut work: BTreeMap<String, Work> = BTreeMap::new();
    let (mut misses, mut overdue, mut blocked) = (Vec::new(), Vec::new(), Vec::new());
    for task in &input.tasks {
        let figures = WeekFigures::of(task.spread.as_ref(), &task.timeline, input.head.week);
        let finished_before = task.timeline.done(input.head.week.before().last_day()) >= task.goal;
        if finished_before {
            continue;
        }
        let work = work.entry(group(&task.village)).or_default();
        work.tasks += 1;
        work.on_schedule += i64::from(figures.on_schedule());
        work.unreported += i64::from(figures.unreported);
        if figures.missed() {
            misses.extend(miss(task, figures, &input));
        }
        overdue.extend(self::overdue(task, &input));
        blocked.extend(task.blocked_in(input.head.week).map(|blocker| BlockedTask {
            item: item(task, &input),
            blocker: *blocker,
        }));
    }
    let standings: Vec<Standing> = input.villages.iter().map(|village| standing(village, &group)).collect();
    let mut by_tier = vec![0; tiers + 1];
    for standing in &standings {
        if let Some(count) = by_tier.get_mut(standing.tier.map_or(0, |tier| tier + 1)) {
            *count += 1;
        }
    }
    let line = |place: crate::league::Place| {
        let village = input
            .villages
            .iter()
            .find(|village| !by_township && village.code == place.group);
        let township = input
            .townships
            .iter()
            .find(|(code, _)| *code == place.group)
            .map(|(_, name)| name);
        let work = work.get(&place.group);
        Line {
            rank: place.rank,
            display_name: village
                .map(|village| &village.display_name)
                .or(township)
                .cloned()
                .unwrap_or_default(),
            mean_score_milli: place.mean_score_milli(),
            tier: village.and_then(|village| village.tier),
            tasks: work.map_or(0, |work| work.tasks),
            on_schedule: work.map_or(0, |work| work.on_schedule),
            unreported: work.map_or(0, |work| work.unreported),
            division: place.group,
        }
    };
    Bulletin {
        by_tier,
        lines: rank(&standings, tiers).into_iter().map(line).collect(),
        misses,
        overdue,
        blocked,
        corrections: input.corrections,
        head: input.head,
    }
}

fn standing(village: &Village, group: &impl Fn(&str) -> String) -> Standing {
    Standing {
        group: group(&village.code),
        score_milli: village.score_milli,
        tier: village.tier,
        on_target: village.on_target,
    }
}

fn miss(task: &Task, figures: WeekFigures, input: &Input) -> Option<Miss> {
    let person = answerable(&task.tenures, task.spread.as_ref()?, input.head.week)?;
    Some(Miss {
        item: item(task, input),
        unit: task.unit.clone(),
        person: person.clone(),
        figures,
    })
}

/// The task if its deadline passed in the week before its goal was reached.
fn overdue(task: &Task, input: &Input) -> Option<Overdue> {
    let week = input.head.week;
    let done = task.timeline.done(task.deadline);
    if !(week.first_day()..=week.last_day()).contains(&task.deadline) || done >= task.goal {
        return None;
    }
    let in_office = task.tenures.iter().rfind(|tenure| tenure.start <= task.deadline);
    Some(Overdue {
        item: item(task, input),
        unit: task.unit.clone(),
        person: in_office.or(task.tenures.first())?.clone(),
        deadline: task.deadline,
        goal: task.goal,
        done,
        key_work: task.key_work,
        excused: task.spread.as_ref().is_none_or(|spread| !spread.conflict().is_empty()),
    })
}

fn item(task: &Task, input: &Input) -> Item {
    let at = input
        .villages
        .binary_search_by(|village| village.code.cmp(&task.village));
    let village = at.ok().and_then(|at| input.villages.get(at));
    Item {
        task: task.id,
        village: task.village.clone(),
        village_name: village.map(|village| village.display_name.clone()).unwrap_or_default(),
        task_name: task.display_name.clone(),
    }
}
