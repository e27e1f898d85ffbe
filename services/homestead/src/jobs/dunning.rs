//! Drafting the notices of a day: portion by portion, each in one transaction; drafting again adds nothing.

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use homestead_core::{
    contact,
    dunning::{self as core, Stage, Step},
};
use kit::{
    audit::Change,
    dates,
    division::{Division, Level},
    error::{Error, Result},
    operation::{Job, Work, any},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    ArrearsHousehold, ArrearsStageEntered, DraftDunningNoticesRequest, DunningRun, DunningRunProgress,
    DunningStageCount,
};
use time::{Date, Duration, OffsetDateTime};

use super::{
    chunk::{AT_ONCE, chunks},
    rules,
};
use crate::{
    store::{
        dunning::{self, Debtor, Notice},
        journal,
    },
    wire::{
        checks::local,
        collection::{stage, stage_number},
        names,
    },
};

/// Most households in one event.
const MOST_IN_EVENT: usize = 100;

/// Drafts dunning notices.
pub struct DunningWork {
    pub kit: Kit,
}

/// What is asked for, checked.
#[derive(Debug, Clone)]
pub struct Terms {
    pub division: Division,
    pub day: Date,
    pub validate_only: bool,
}

impl Terms {
    /// Reads and checks a request; `today` stands for a day not given.
    pub fn read(request: &DraftDunningNoticesRequest, today: Date) -> Result<Self> {
        let division = Division::parse("division", &request.division)?;
        if !(Level::County..=Level::Village).contains(&division.level()) {
            return Err(Error::invalid(
                "division",
                &request.division,
                "a county, township or village",
            ));
        }
        Ok(Self {
            division,
            day: dates::from_proto("as_of", request.as_of)?.unwrap_or(today),
            validate_only: request.validate_only,
        })
    }

    /// Refuses to start `today` what dates notices further off than a day: dates of one's choice would skip the cooling-off
    /// between steps. What was started keeps its day, however late it is resumed.
    pub fn check_start(&self, today: Date) -> Result<()> {
        let near = today.saturating_sub(Duration::DAY)..=today.saturating_add(Duration::DAY);
        if self.validate_only || near.contains(&self.day) {
            return Ok(());
        }
        let allowed = format!("{} to {}, from yesterday to tomorrow", near.start(), near.end());
        Err(Error::invalid("as_of", self.day, allowed))
    }
}

#[tonic::async_trait]
impl Work for DunningWork {
    fn kind(&self) -> &'static str {
        "dunning_run"
    }

    async fn run(&self, job: Job) -> Result<prost_types::Any> {
        // The day was filled in when the operation was started; a resumed run keeps it.
        let terms = Terms::read(&job.request()?, self.kit.clock.today())?;
        let rules = rules_in_force(&self.kit, &terms).await?;
        let villages = {
            let mut tx = self.kit.db.system("dunning_run").await?;
            dunning::overdue_villages(&mut tx, terms.division.code(), terms.day).await?
        };
        let count = i64::try_from(villages.len()).unwrap_or(i64::MAX);
        let (terms, rules, job) = (&terms, &rules, &job);
        let mut tally = DunningRun {
            division: terms.division.name(),
            as_of: Some(dates::to_proto(terms.day)),
            ..DunningRun::default()
        };
        let mut done_villages = 0;
        let mut portions = stream::iter(chunks(villages))
            .map(|villages| async move {
                if job.cancelled() {
                    return Err(Error::cancelled());
                }
                Ok((villages.len(), self.portion(terms, rules, job, &villages).await?))
            })
            .buffered(AT_ONCE);
        while let Some((villages, portion)) = portions.try_next().await? {
            add(&mut tally, portion);
            done_villages += i64::try_from(villages).unwrap_or(i64::MAX);
            let progress = DunningRunProgress {
                village_count: count,
                done_village_count: done_villages,
                notice_count: tally.notice_count,
            };
            job.progress(&progress).await?;
        }
        Ok(any(&tally))
    }
}

/// What one portion came to.
#[derive(Default)]
struct Portion {
    stages: BTreeMap<Stage, i64>,
    overdue_fen: i64,
    disputed: i64,
    objecting: i64,
    waiting: i64,
}

fn add(tally: &mut DunningRun, portion: Portion) {
    tally.overdue_fen += portion.overdue_fen;
    tally.disputed_count += portion.disputed;
    tally.objection_count += portion.objecting;
    tally.waiting_count += portion.waiting;
    for (stage, notices) in portion.stages {
        tally.notice_count += notices;
        let number = i32::from(stage_number(stage));
        match tally.stages.iter_mut().find(|count| count.stage == number) {
            Some(count) => count.notice_count += notices,
            None => tally.stages.push(DunningStageCount {
                stage: number,
                notice_count: notices,
            }),
        }
    }
    tally.stages.sort_unstable_by_key(|count| count.stage);
}

impl DunningWork {
    async fn portion(
        &self,
        terms: &Terms,
        rules: &[(String, Vec<Step>)],
        job: &Job,
        villages: &[String],
    ) -> Result<Portion> {
        let codes: Vec<&str> = villages.iter().map(String::as_str).collect();
        let mut tx = self.kit.db.system("dunning_run").await?;
        if !terms.validate_only {
            journal::books_hold(&mut tx, &codes).await?;
        }
        let debtors = dunning::debtors(&mut tx, &codes, terms.day).await?;
        let now = tx.now();
        let mut portion = Portion::default();
        let mut notices = Vec::new();
        for debtor in debtors {
            if debtor.objecting {
                portion.objecting += 1;
            } else if debtor.disputed {
                portion.disputed += 1;
            } else if let Some(next) = next(rules, &debtor, terms.day) {
                notices.push((next, notice(debtor, next, terms.day, self.kit.ids.next(), now)));
            } else {
                portion.waiting += 1;
            }
        }
        if !terms.validate_only && !notices.is_empty() {
            let rows: Vec<Notice> = notices.iter().map(|(_, notice)| notice.clone()).collect();
            let new = dunning::notices_insert(&mut tx, &rows).await?;
            notices.retain(|(_, notice)| new.contains(&notice.id));
            for event in events(&notices, now) {
                let village = event.division.trim_start_matches("divisions/").to_owned();
                tx.emit("arrears.stage_entered", &village, &event.division, &event);
            }
            let change = Change::new("draft_notices", terms.division.code(), &job.name());
            tx.commit_as(change.detail(format!("{} villages, {} notices", codes.len(), notices.len())))
                .await?;
        }
        for (stage, notice) in notices {
            *portion.stages.entry(stage).or_default() += 1;
            portion.overdue_fen += notice.overdue_fen;
        }
        Ok(portion)
    }
}

fn next(rules: &[(String, Vec<Step>)], debtor: &Debtor, day: Date) -> Option<Stage> {
    let steps = rules::holding(rules, &debtor.division_code)?;
    let last = debtor
        .last_stage
        .and_then(|number| stage(i32::from(number)))
        .zip(debtor.last_on);
    let state = core::Debtor {
        oldest_due_on: debtor.oldest_due_on,
        overdue_fen: debtor.overdue_fen,
        last,
        visited_on: debtor.visited_on,
    };
    core::next(steps, &state, day)
}

fn notice(debtor: Debtor, stage: Stage, day: Date, id: uuid::Uuid, now: OffsetDateTime) -> Notice {
    Notice {
        id,
        division_code: debtor.division_code,
        household_id: debtor.household_id,
        cadre_id: debtor.cadre_id,
        stage: stage_number(stage),
        overdue_fen: debtor.overdue_fen,
        oldest_due_on: debtor.oldest_due_on,
        notice_on: day,
        created_at: now,
    }
}

/// One event for each village, cadre and step, and again for every further hundred households.
fn events(notices: &[(Stage, Notice)], now: OffsetDateTime) -> Vec<ArrearsStageEntered> {
    let mut groups: BTreeMap<(&str, &str, Stage), Vec<&Notice>> = BTreeMap::new();
    for (stage, notice) in notices {
        groups
            .entry((&notice.division_code, &notice.cadre_id, *stage))
            .or_default()
            .push(notice);
    }
    let event = |(village, cadre, stage): (&str, &str, Stage), notices: &[&Notice]| ArrearsStageEntered {
        division: names::of("divisions", village),
        cadre: names::of("cadres", cadre),
        stage: i32::from(stage_number(stage)),
        notice_date: notices.first().map(|notice| dates::to_proto(notice.notice_on)),
        households: notices.iter().map(|notice| household(notice)).collect(),
        overdue_fen: notices.iter().map(|notice| notice.overdue_fen).sum(),
        not_before: notices
            .first()
            .map(|notice| dates::timestamp(not_before(notice.notice_on, now))),
        contact_from_hour: i32::from(contact::FROM_HOUR),
        contact_until_hour: i32::from(contact::UNTIL_HOUR),
    };
    let chunks = groups
        .iter()
        .flat_map(|(key, notices)| notices.chunks(MOST_IN_EVENT).map(|chunk| (*key, chunk)));
    chunks.map(|(key, notices)| event(key, notices)).collect()
}

/// The first instant of the notice's day, and not before now, at which debtors may be disturbed.
fn not_before(day: Date, now: OffsetDateTime) -> OffsetDateTime {
    let begin = dates::start_of(day).max(now);
    begin.saturating_add(contact::earliest(local(begin)) - local(begin))
}

fn household(notice: &Notice) -> ArrearsHousehold {
    ArrearsHousehold {
        household: names::of("households", &notice.household_id),
        dunning_notice: names::of("dunningNotices", notice.id),
        overdue_fen: notice.overdue_fen,
        oldest_due_date: Some(dates::to_proto(notice.oldest_due_on)),
    }
}

/// The steps of every division that has a plan in force on the day, the longest division first.
async fn rules_in_force(kit: &Kit, terms: &Terms) -> Result<rules::ByDivision<Vec<Step>>> {
    let mut tx = kit.db.system("dunning_run").await?;
    let rules = rules::dunning(&mut tx, terms.day).await?;
    let code = terms.division.code();
    if rules
        .iter()
        .any(|(division, _)| code.starts_with(division.as_str()) || division.starts_with(code))
    {
        Ok(rules)
    } else {
        Err(Error::rule(
            "PLAN_MISSING",
            terms.division.name(),
            "no dunning rules are in force on that day",
            "该日没有生效的催缴规则",
        ))
    }
}
