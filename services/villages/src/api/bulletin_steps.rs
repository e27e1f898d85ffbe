//! Which steps of the ladder an issued bulletin calls for: missed weeks, overdue villages, delayed key work.

use std::collections::{BTreeMap, HashMap};

use kit::{db::Tx, error::Result, id::Ids};
use time::OffsetDateTime;
use uuid::Uuid;
use villages_core::{
    bulletin::{Bulletin, Miss, Overdue},
    document::{Post, Trigger},
    ladder,
};

use super::{
    ladder_draft::{self, Concerned, Occasion},
    plan_load::Loaded,
};
use crate::{
    store::{bulletin::MissRow, task_tenure},
    wire,
};

/// A bulletin that was issued.
pub(super) struct Issued<'a> {
    /// Its identity.
    pub id: Uuid,
    /// The plan that it is made by.
    pub loaded: &'a Loaded,
    /// What it states.
    pub made: &'a Bulletin,
    /// The misses that it is the first to count.
    pub fresh: &'a [MissRow],
    /// When it was issued.
    pub at: OffsetDateTime,
}

/// Drafts the steps; answers how many.
pub(super) async fn draft(ids: &Ids, tx: &mut Tx, issued: &Issued<'_>) -> Result<usize> {
    let week = issued.made.head.week.to_string();
    let missed = concerned(&issued.made.misses, issued.fresh);
    let mut drafted = issued.draft(ids, tx, Trigger::MissedWeek, &week, &missed).await?;
    let unexcused: Vec<&Overdue> = issued.made.overdue.iter().filter(|task| !task.excused).collect();
    for (village, first) in by_village(&unexcused) {
        let posts = [Post::StationedCadre.as_str()];
        let mut residents = task_tenure::holders(tx, village, &posts, first.deadline).await?;
        residents.retain(|holder| holder.division_code == village);
        let persons: Vec<_> = residents
            .into_iter()
            .map(|holder| of(village, holder.cadre_id, holder.display_name))
            .collect();
        let occasion = format!("{week} {}", wire::division::name(village));
        drafted += issued
            .draft(ids, tx, Trigger::VillageOverdue, &occasion, &persons)
            .await?;
    }
    for task in unexcused.into_iter().filter(|task| task.key_work) {
        let occasion = wire::task::name(Uuid::from_u128(task.item.task));
        let (cadre, display_name) = (task.person.cadre.clone(), task.person.display_name.clone());
        let leader = [of(&task.item.village, cadre, display_name)];
        drafted += issued
            .draft(ids, tx, Trigger::KeyWorkDelayed, &occasion, &leader)
            .await?;
    }
    Ok(drafted)
}

impl Issued<'_> {
    async fn draft(
        &self,
        ids: &Ids,
        tx: &mut Tx,
        trigger: Trigger,
        name: &str,
        persons: &[Concerned],
    ) -> Result<usize> {
        let occasion = Occasion {
            plan: &self.loaded.key,
            ladder: &self.loaded.plan.ladder,
            trigger,
            name,
            week: Some(self.made.head.week),
            bulletin: Some(self.id),
            at: self.at,
        };
        Ok(ladder_draft::draft(ids, tx, &occasion, persons).await?.len())
    }
}

/// The villages, each with the task whose deadline passed first: who was resident then answers.
fn by_village<'a>(overdue: &[&'a Overdue]) -> BTreeMap<&'a str, &'a Overdue> {
    let mut villages: BTreeMap<&str, &Overdue> = BTreeMap::new();
    for task in overdue {
        let first = villages.entry(&task.item.village).or_insert(task);
        if task.deadline < first.deadline {
            *first = task;
        }
    }
    villages
}

fn of(village: &str, cadre: String, display_name: String) -> Concerned {
    Concerned {
        cadre,
        display_name,
        division: village.to_owned(),
        misses: Vec::new(),
    }
}

/// The persons of the misses, each with those of their own.
fn concerned(misses: &[Miss], fresh: &[MissRow]) -> Vec<Concerned> {
    let names: HashMap<&str, &str> = misses
        .iter()
        .map(|miss| (miss.person.cadre.as_str(), miss.person.display_name.as_str()))
        .collect();
    let persons = ladder::by_person(fresh.iter().map(|miss| (miss.cadre_id.clone(), miss)));
    let concerned = |(cadre, missed): (String, Vec<&MissRow>)| Concerned {
        display_name: names.get(cadre.as_str()).copied().unwrap_or_default().to_owned(),
        division: common_division(&missed).to_owned(),
        misses: missed.iter().map(|miss| miss.miss_id).collect(),
        cadre,
    };
    persons.into_iter().map(concerned).collect()
}

/// The township of the misses, or their county if they lie in several.
fn common_division<'a>(missed: &[&'a MissRow]) -> &'a str {
    let Some(first) = missed.first() else { return "" };
    let part = |length: usize| first.division_code.get(..length).unwrap_or(&first.division_code);
    let township = part(9);
    if missed.iter().all(|miss| miss.division_code.starts_with(township)) {
        township
    } else {
        part(6)
    }
}
