//! The billing run: portion by portion, each in one transaction; running again issues nothing twice.

mod plan;

use std::collections::HashSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use homestead_core::portfolio::Left;
use kit::{
    audit::Change,
    dates,
    error::{Error, Result},
    operation::{Job, Work, any},
    service::Kit,
};
use prost::Message as _;
use proto::xiangtu::homestead::v1::{BillIssued, BillingProblem, BillingRun, BillingRunProgress};
use uuid::Uuid;

use super::{
    chunk::{AT_ONCE, chunks},
    rules,
    sharing::Village,
};
use crate::{
    bookkeeping::posting::closed,
    store::{
        billing::{self, Issue, Issued},
        journal, tariff,
    },
    wire::{self, names},
};

pub use plan::Terms;
use plan::{Assessed, assess};

/// Most problems that a run lists.
const MOST_PROBLEMS: usize = 200;

/// Carries out billing runs.
pub struct BillingWork {
    pub kit: Kit,
}

#[tonic::async_trait]
impl Work for BillingWork {
    fn kind(&self) -> &'static str {
        "billing_run"
    }

    async fn run(&self, job: Job) -> Result<prost_types::Any> {
        // The day of issue was filled in when the operation was started; a resumed run keeps it.
        let terms = Terms::read(&job.request()?, self.kit.clock.today())?;
        let run = Run {
            kit: &self.kit,
            id: job.id(),
            principal: job.principal().to_owned(),
            terms,
        };
        run.refresh_statistics().await?;
        let chunks = run.chunks().await?;
        if run.terms.validate_only || run.terms.max_total_fen.is_some() {
            let dry = run.pass(&job, &chunks, false).await?;
            run.check_bounds(&dry)?;
            if run.terms.validate_only {
                return Ok(any(&run.summary(dry, false)));
            }
        }
        run.begin().await?;
        let done = run.pass(&job, &chunks, true).await?;
        run.refresh_statistics().await?;
        Ok(any(&run.finish(done).await?))
    }
}

/// One run.
struct Run<'a> {
    kit: &'a Kit,
    id: Uuid,
    principal: String,
    terms: Terms,
}

/// What portions have come to.
#[derive(Default)]
struct Tally {
    villages: i64,
    bills: i64,
    gross_fen: i64,
    relief_fen: i64,
    advance_fen: i64,
    already: i64,
    disputed: i64,
    parked: i64,
    problems: Vec<BillingProblem>,
}

impl Tally {
    fn add(&mut self, villages: usize, assessed: &mut Assessed, issued: &[Issued]) {
        self.villages += i64::try_from(villages).unwrap_or(i64::MAX);
        self.already += assessed.already;
        self.disputed += assessed.disputed;
        self.parked += assessed.parked;
        self.problems.append(&mut assessed.problems);
        self.problems.truncate(MOST_PROBLEMS);
        for village in issued {
            self.bills += village.bills;
            self.gross_fen += village.gross_fen;
            self.relief_fen += village.relief_fen;
            self.advance_fen += village.advance_fen;
        }
    }
}

impl Run<'_> {
    /// Lets the planner know of what was read in or billed a moment ago.
    async fn refresh_statistics(&self) -> Result<()> {
        let mut tx = self.kit.db.system("billing_run").await?;
        billing::statistics_refresh(&mut tx).await?;
        tx.commit_unaudited().await
    }

    async fn chunks(&self) -> Result<Vec<Vec<String>>> {
        let mut tx = self.kit.db.system("billing_run").await?;
        Ok(chunks(billing::villages(&mut tx, &self.terms.division_code).await?))
    }

    /// Works through all portions; issues only if `issue`.
    async fn pass(&self, job: &Job, chunks: &[Vec<String>], issue: bool) -> Result<Tally> {
        let villages = chunks.iter().map(Vec::len).sum::<usize>();
        let mut tally = Tally::default();
        let mut portions = stream::iter(chunks.to_vec())
            .map(|villages| async move {
                if job.cancelled() {
                    return Err(Error::cancelled());
                }
                Ok((villages.len(), self.portion(&villages, issue).await?))
            })
            .buffered(AT_ONCE);
        while let Some((count, (mut assessed, issued))) = portions.try_next().await? {
            tally.add(count, &mut assessed, &issued);
            let progress = BillingRunProgress {
                village_count: i64::try_from(villages).unwrap_or(i64::MAX),
                done_village_count: tally.villages,
                bill_count: tally.bills,
                gross_fen: tally.gross_fen,
            };
            job.progress(&progress).await?;
        }
        Ok(tally)
    }

    async fn portion(&self, villages: &[String], issue: bool) -> Result<(Assessed, Vec<Issued>)> {
        let codes: Vec<&str> = villages.iter().map(String::as_str).collect();
        let mut tx = self.kit.db.system("billing_run").await?;
        let tariffs = tariff::tariff_hold(&mut tx).await?;
        if issue {
            // What is known of the plots stays as it is until the bills for it are there.
            journal::books_hold(&mut tx, &codes).await?;
        }
        let days = self.terms.span.from()..self.terms.span.until();
        let occupiers = billing::occupiers(&mut tx, &codes, &days, self.id).await?;
        let mut assessed = assess(&self.terms, &tariffs, occupiers, &self.kit.ids);
        self.share(&mut tx, &mut assessed, issue).await?;
        if !issue {
            let expected = assessed.expected();
            return Ok((assessed, expected));
        }
        let now = tx.now();
        let terms = Issue {
            run_id: self.id,
            issued_on: self.terms.issued_on,
            due_on: self.terms.due_on,
            principal: &self.principal,
            now,
        };
        let issued = billing::issue(&mut tx, terms, &assessed.bills).await.map_err(|error| {
            if journal::is_closed(&error) {
                closed(&self.terms.division_code, self.terms.issued_on)
            } else {
                error.into()
            }
        })?;
        if issued.is_empty() {
            return Ok((assessed, issued));
        }
        let name = names::of("billingRuns", self.id);
        for village in &issued {
            let event = BillIssued {
                billing_run: name.clone(),
                division: names::of("divisions", &village.division_code),
                from_date: Some(dates::to_proto(self.terms.span.from())),
                until_date: Some(dates::to_proto(self.terms.span.until())),
                due_date: Some(dates::to_proto(self.terms.due_on)),
                bill_count: village.bills,
                net_fen: village.gross_fen - village.relief_fen,
            };
            tx.emit("bill.issued", &village.division_code, &name, &event);
        }
        let bills: i64 = issued.iter().map(|village| village.bills).sum();
        let change = Change::new("issue_bills", &self.terms.division_code, &name);
        tx.commit_as(change.detail(format!("{} villages, {bills} bills", issued.len())))
            .await?;
        Ok((assessed, issued))
    }

    /// Finds a cadre for every household that is about to owe something and has none; parks those that find nobody.
    async fn share(&self, tx: &mut kit::db::Tx, assessed: &mut Assessed, issue: bool) -> Result<()> {
        let orphans = assessed.without_cadre();
        if orphans.is_empty() {
            return Ok(());
        }
        let today = dates::day_of(tx.now());
        let rules = rules::portfolio(tx, today).await?;
        for (code, households) in orphans {
            let village = Village::read(tx, &code, &rules).await?;
            if village.loads.is_empty() {
                assessed.park_village(&code);
                continue;
            }
            let shared = village.share(tx, &households).await?;
            park(assessed, &shared.left);
            if issue {
                billing::portfolio_assign(tx, &code, &shared.given, today).await?;
            }
        }
        Ok(())
    }

    fn check_bounds(&self, dry: &Tally) -> Result<()> {
        let net = dry.gross_fen - dry.relief_fen;
        match self.terms.max_total_fen {
            Some(bound) if net > bound => Err(Error::rule(
                "BILLING_OUT_OF_BOUNDS",
                names::of("divisions", &self.terms.division_code),
                format!("the run would bill {net} fen, more than the bound of {bound}"),
                format!("本次计费合计 {net} 分，超过上限 {bound} 分"),
            )),
            _ => Ok(()),
        }
    }

    async fn begin(&self) -> Result<()> {
        let mut tx = self.kit.db.system("billing_run").await?;
        let summary = self.summary(Tally::default(), true).encode_to_vec();
        let now = tx.now();
        billing::run_begin(&mut tx, self.id, &self.terms.division_code, &summary, now).await?;
        tx.commit_unaudited().await
    }

    async fn finish(&self, mut tally: Tally) -> Result<BillingRun> {
        let mut tx = self.kit.db.system("billing_run").await?;
        // An earlier attempt of this run may have issued some of them.
        (tally.bills, tally.gross_fen, tally.relief_fen, tally.advance_fen) =
            billing::run_totals(&mut tx, self.id).await?;
        let mut summary = self.summary(tally, true);
        let now = tx.now();
        summary.finish_time = Some(dates::timestamp(now));
        billing::run_finish(&mut tx, self.id, &summary.encode_to_vec(), now).await?;
        tx.commit_unaudited().await?;
        Ok(summary)
    }

    fn summary(&self, tally: Tally, named: bool) -> BillingRun {
        BillingRun {
            name: if named {
                names::of("billingRuns", self.id)
            } else {
                String::new()
            },
            division: names::of("divisions", &self.terms.division_code),
            from_date: Some(dates::to_proto(self.terms.span.from())),
            until_date: Some(dates::to_proto(self.terms.span.until())),
            due_date: Some(dates::to_proto(self.terms.due_on)),
            village_count: tally.villages,
            bill_count: tally.bills,
            gross_fen: tally.gross_fen,
            relief_fen: tally.relief_fen,
            advance_applied_fen: tally.advance_fen,
            already_billed_count: tally.already,
            disputed_count: tally.disputed,
            parked_count: tally.parked,
            problems: tally.problems,
            finish_time: None,
        }
    }
}

/// Puts households aside for which no cadre of their village may or can answer.
fn park(assessed: &mut Assessed, left: &[(String, Left)]) {
    let parked: HashSet<&str> = left.iter().map(|(household, _)| household.as_str()).collect();
    assessed
        .bills
        .retain(|bill| !parked.contains(bill.household_id.as_str()));
    for (household, why) in left {
        assessed.parked += 1;
        let message_zh = match why {
            Left::NoCadre => "该村没有可分配的干部",
            Left::AllRecused => "该村干部均须回避该户",
            Left::AllFull => "可以包该户的干部均已达到户数上限",
        };
        assessed.problems.push(BillingProblem {
            subject: names::of("households", household),
            reason: wire::portfolio::left_reason(*why).to_owned(),
            message_zh: message_zh.to_owned(),
        });
    }
}
