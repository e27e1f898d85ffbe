//! Makes tasks from the templates of a plan.

use std::collections::{HashMap, HashSet};

use kit::{
    audit::Change,
    call::Call,
    db::Begun,
    division::Division as Code,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{GenerateTasksRequest, GenerateTasksResponse, TaskIssue, TaskIssueReason};
use time::{Date, OffsetDateTime};
use tonic::Response;
use villages_core::{
    document::{Post, TaskTemplate},
    plan::Plan,
    schedule::Scheduler,
    task::{Need, need, span},
};

use super::{
    plan_load,
    rating_run::{self, Known},
    task::TaskApi,
    task_load::work,
};
use crate::{
    store::{
        bulletin_clock,
        plan::PlanKey,
        rating_facts::At,
        task::{self, TaskRow},
        task_tenure::{self, Holder, TenureRow},
    },
    wire,
};

const MOST_ISSUES: usize = 1_000;
const MOST_MEMBERS: usize = 20;

impl TaskApi {
    pub(super) async fn generate(
        &self,
        call: &Call,
        request: &GenerateTasksRequest,
    ) -> Result<Response<GenerateTasksResponse>> {
        let division = Code::parse("division", &request.division)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let date = self.kit.day("as_of", request.as_of)?;
        let known_at = bulletin_clock::present(&mut tx).await?;
        let loaded = plan_load::governing(&mut tx, division.code(), date, known_at).await?;
        let templates = chosen(&loaded.plan, &request.templates)?;
        task::tasks_lock_plan(&mut tx, &loaded.key).await?;
        let recorded_at = bulletin_clock::recorded_at(&mut tx).await?;
        let at = At {
            date,
            known_at: recorded_at,
        };
        let villages = rating_run::known(&mut tx, &loaded.plan, division.code(), at).await?;
        let plan_of = (loaded.key.division_code.as_str(), loaded.key.plan_code.as_str());
        let existing = task::tasks_existing(&mut tx, plan_of, division.code(), at).await?;
        let existing: HashSet<(&str, &str)> = existing.iter().map(|(code, it)| (code.as_str(), it.as_str())).collect();
        let posts: HashSet<Post> = templates
            .iter()
            .flat_map(|it| it.leader_post.iter().chain(&it.member_posts).copied())
            .collect();
        let posts: Vec<&str> = posts.into_iter().map(Post::as_str).collect();
        let holders = task_tenure::holders(&mut tx, division.code(), &posts, at.date).await?;

        let mut making = Making {
            plan: &loaded.plan,
            key: &loaded.key,
            date: at.date,
            now: recorded_at,
            principal: tx.principal().to_owned(),
            holders: Holders::of(holders),
            scheduler: Scheduler::new(&loaded.plan.calendar),
            tasks: Vec::new(),
            tenures: Vec::new(),
            response: GenerateTasksResponse::default(),
        };
        for village in &villages {
            for template in &templates {
                if existing.contains(&(village.code.as_str(), template.code.as_str())) {
                    making.response.existing_count += 1;
                } else {
                    making.make(village, template, || self.kit.ids.next());
                }
            }
        }
        let Making {
            tasks,
            tenures,
            response,
            ..
        } = making;
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(response));
        }
        task::tasks_insert(&mut tx, &loaded.key, &tasks).await?;
        task_tenure::tenures_insert(&mut tx, &tenures).await?;
        let detail = format!("{} tasks", tasks.len());
        tx.finish(
            Change::new("generate_tasks", division.code(), &division.name()).detail(detail),
            response,
        )
        .await
    }
}

fn chosen<'a>(plan: &'a Plan, codes: &[String]) -> Result<Vec<&'a TaskTemplate>> {
    if codes.is_empty() {
        return Ok(plan.templates.iter().collect());
    }
    let mut chosen = Vec::with_capacity(codes.len());
    for (at, code) in codes.iter().enumerate() {
        let template = plan.templates.iter().find(|template| template.code == *code);
        chosen
            .push(template.ok_or_else(|| Error::invalid(format!("templates[{at}]"), code, "a template of the plan"))?);
    }
    Ok(chosen)
}

/// Tasks in the making.
struct Making<'a> {
    plan: &'a Plan,
    key: &'a PlanKey,
    date: Date,
    now: OffsetDateTime,
    principal: String,
    holders: Holders,
    scheduler: Scheduler<'a>,
    tasks: Vec<TaskRow>,
    tenures: Vec<TenureRow>,
    response: GenerateTasksResponse,
}

impl Making<'_> {
    fn make(&mut self, village: &Known, template: &TaskTemplate, id: impl FnOnce() -> uuid::Uuid) {
        let goal = match need(self.plan, template, &village.code, &village.facts) {
            Need::Goal(goal) => goal,
            Need::Nothing => {
                self.response.satisfied_count += 1;
                return;
            }
            Need::NoFigure => return self.issue(village, template, TaskIssueReason::NoFigure),
            Need::NoTarget => return self.issue(village, template, TaskIssueReason::NoTarget),
        };
        let (start_date, deadline) = span(self.plan, template, &village.code, self.date);
        if deadline < self.date {
            return self.issue(village, template, TaskIssueReason::DeadlinePassed);
        }
        let Some(leader) = template
            .leader_post
            .and_then(|post| self.holders.one(&village.code, post))
        else {
            return self.issue(village, template, TaskIssueReason::NoLeader);
        };
        let members = self
            .holders
            .members(&village.code, &template.member_posts, &leader.cadre_id);
        let task_id = id();
        self.tenures.push(TenureRow {
            task_id,
            division_code: village.code.clone(),
            start_date,
            leader_id: leader.cadre_id.clone(),
            leader_name: leader.display_name.clone(),
            member_ids: members.iter().map(|member| member.cadre_id.clone()).collect(),
            member_names: members.iter().map(|member| member.display_name.clone()).collect(),
            reason: String::new(),
            recorded_by: self.principal.clone(),
            recorded_at: self.now,
        });
        let indicator = self
            .plan
            .indicators
            .iter()
            .find(|indicator| indicator.code == template.indicator);
        self.tasks.push(TaskRow {
            task_id,
            division_code: village.code.clone(),
            plan_division: self.key.division_code.clone(),
            plan_code: self.key.plan_code.clone(),
            plan_version: self.key.version,
            template: template.code.clone(),
            display_name: template.display_name.clone(),
            indicator: template.indicator.clone(),
            unit: indicator.map(|indicator| indicator.unit.clone()).unwrap_or_default(),
            goal,
            start_date,
            deadline,
            key_work: template.key_work,
            created_at: self.now,
        });
        self.response.created_count += 1;
        if self
            .scheduler
            .spread(&work(template, goal, start_date, deadline))
            .is_err()
        {
            self.issue(village, template, TaskIssueReason::Infeasible);
        }
    }

    fn issue(&mut self, village: &Known, template: &TaskTemplate, reason: TaskIssueReason) {
        self.response.issue_count += 1;
        if self.response.issues.len() < MOST_ISSUES {
            self.response.issues.push(TaskIssue {
                division: wire::division::name(&village.code),
                template: template.code.clone(),
                reason: reason.into(),
            });
        }
    }
}

/// Cadres by division and post; who has held it longest comes first.
struct Holders(HashMap<(String, String), Vec<Holder>>);

impl Holders {
    fn of(rows: Vec<Holder>) -> Self {
        let mut holders: HashMap<(String, String), Vec<Holder>> = HashMap::new();
        for row in rows {
            holders
                .entry((row.division_code.clone(), row.post.clone()))
                .or_default()
                .push(row);
        }
        Self(holders)
    }

    fn all(&self, division: &str, post: Post) -> &[Holder] {
        self.0
            .get(&(division.to_owned(), post.as_str().to_owned()))
            .map_or(&[], Vec::as_slice)
    }

    /// Who holds a post in the village, else in its township, else in its county. Where several of a township hold it the
    /// villages are dealt out among them by code.
    fn one(&self, village: &str, post: Post) -> Option<&Holder> {
        if let Some(holder) = self.all(village, post).first() {
            return Some(holder);
        }
        let number: usize = village.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        [9, 6].into_iter().find_map(|length| {
            let holders = self.all(village.get(..length)?, post);
            holders.get(number.checked_rem(holders.len())?)
        })
    }

    /// Everyone who holds one of the posts in the village, or one from above where nobody does.
    fn members(&self, village: &str, posts: &[Post], leader: &str) -> Vec<&Holder> {
        let mut members: Vec<&Holder> = Vec::new();
        for post in posts {
            let own = self.all(village, *post);
            let found = if own.is_empty() {
                self.one(village, *post).into_iter().collect()
            } else {
                own.iter().collect::<Vec<_>>()
            };
            for holder in found {
                let known =
                    holder.cadre_id == leader || members.iter().any(|member| member.cadre_id == holder.cadre_id);
                if !known && members.len() < MOST_MEMBERS {
                    members.push(holder);
                }
            }
        }
        members
    }
}
