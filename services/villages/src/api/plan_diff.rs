//! Comparing a plan with the one in force: what differs, whose tier changes, which tasks appear.

use std::collections::{HashMap, HashSet};

use kit::{call::Call, db::Tx, error::Result};
use proto::xiangtu::villages::v1::{DiffPlanRequest, DiffPlanResponse, NewTasks};
use villages_core::{document::Document, plan::Plan, task::wanted};

use super::{
    plan::PlanApi,
    plan_apply::built,
    plan_load,
    rating_run::{self, Rated},
};
use crate::{
    store::{bulletin_clock, plan, rating_facts::At, task},
    wire,
};

impl PlanApi {
    pub(super) async fn diff(&self, call: &Call, request: &DiffPlanRequest) -> Result<DiffPlanResponse> {
        let date = self.kit.day("as_of", request.as_of)?;
        let mut tx = self.kit.db.read(call).await?;
        let known_at = bulletin_clock::present(&mut tx).await?;
        let at = At { date, known_at };
        let document = self
            .check(&mut tx, &request.division, request.section.as_ref())
            .await?
            .valid()?;
        let in_force = plan::plan_latest(&mut tx, &document.division, &document.code, None).await?;
        let before = in_force.as_ref().map(wire::plan::document).transpose()?;
        let changes = wire::plan_diff::changes(before.as_ref(), &document)?;
        let after = built(&document)?;
        let rated = rating_run::rate(&mut tx, &after, &document.division, at).await?;
        let mut response = DiffPlanResponse {
            changes,
            after: wire::rating::tier_counts(&after, &rating_run::by_tier(&after, &rated)),
            new_tasks: new_tasks(&mut tx, &after, &document, &rated, at).await?,
            ..DiffPlanResponse::default()
        };
        if let Some((row, before)) = in_force.as_ref().zip(before.as_ref()) {
            let mut before = built(before)?;
            plan_load::follow(&mut tx, &mut before, row.effective_from, at).await?;
            let old = rating_run::rate(&mut tx, &before, &document.division, at).await?;
            response.before = wire::rating::tier_counts(&before, &rating_run::by_tier(&before, &old));
            let held: HashMap<&str, &str> = old
                .iter()
                .map(|village| (village.code.as_str(), village.tier(&before)))
                .collect();
            for village in &rated {
                let (before, after) = (
                    held.get(village.code.as_str()).copied().unwrap_or(""),
                    village.tier(&after),
                );
                if before != after {
                    let change = wire::rating::tier_change(&village.code, &village.display_name, before, after);
                    response.tier_changes.push(change);
                }
            }
        }
        Ok(response)
    }
}

/// The tasks that the document asks for and that its plan does not have, by template.
async fn new_tasks(tx: &mut Tx, plan: &Plan, document: &Document, villages: &[Rated], at: At) -> Result<Vec<NewTasks>> {
    let plan_of = (document.division.as_str(), document.code.as_str());
    let existing = task::tasks_existing(tx, plan_of, &document.division, at).await?;
    let existing: HashSet<(&str, &str)> = existing.iter().map(|(code, it)| (code.as_str(), it.as_str())).collect();
    let of_template = |template: &villages_core::document::TaskTemplate| {
        let goals: Vec<i64> = villages
            .iter()
            .filter(|village| !existing.contains(&(village.code.as_str(), template.code.as_str())))
            .filter_map(|village| wanted(plan, template, &village.code, &village.facts, at.date))
            .collect();
        (!goals.is_empty()).then(|| NewTasks {
            template: template.code.clone(),
            display_name: template.display_name.clone(),
            task_count: wire::rating::small(goals.len()),
            goal_count: goals.iter().fold(0_i64, |sum, goal| sum.saturating_add(*goal)),
        })
    };
    Ok(plan.templates.iter().filter_map(of_template).collect())
}
