//! Holding the lines of bank statements against the ledger, line by line, each in a transaction that holds the line. A run
//! that was killed starts over; what a line has posted is found again under the line's own id.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use homestead_core::reconcile::{Decision, decide, remark as read_remark};
use kit::{
    audit::Change,
    db::Tx,
    division::Division,
    error::{Error, Kind, Result},
    operation::{Job, Work, any},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    ReconcileStatementsRequest, StatementReconciliation, StatementReconciliationProgress,
};
use uuid::Uuid;

use crate::{
    cashier::Cashier,
    store::{
        pending, reconcile,
        statement::{self, IGNORED, Line, MATCHED, OPEN, POSTED, PROPOSED, Ruling},
    },
    wire::{
        names,
        payment::Stated,
        pending::expected,
        posting::{Teller, posting},
        statement::{Village, payment_id, remark, stated},
    },
};

/// Reconciles bank statements.
pub struct ReconcileWork {
    pub kit: Kit,
    pub cashier: Arc<Cashier>,
}

/// Longest one payment may wait for the cashier.
const PATIENCE: Duration = Duration::from_secs(15);
/// Lines between two statements of progress.
const STEP: i64 = 100;

#[tonic::async_trait]
impl Work for ReconcileWork {
    fn kind(&self) -> &'static str {
        "statement_reconciliation"
    }

    async fn run(&self, job: Job) -> Result<prost_types::Any> {
        let request: ReconcileStatementsRequest = job.request()?;
        let division = Division::parse("division", &request.division)?;
        let mut tx = self.kit.db.system(self.kind()).await?;
        statement::reopen_undone(&mut tx, division.code()).await?;
        tx.commit_unaudited().await?;
        let villages = {
            let mut tx = self.kit.db.system(self.kind()).await?;
            statement::open_villages(&mut tx, division.code()).await?
        };
        let mut tally = StatementReconciliation {
            division: division.name(),
            ..StatementReconciliation::default()
        };
        let mut progress = StatementReconciliationProgress {
            line_count: villages.iter().map(|(_, lines)| lines).sum(),
            done_line_count: 0,
        };
        let run = Run {
            teller: Teller {
                scope: division.code().to_owned(),
                principal: job.principal().to_owned(),
                rpc: self.kind().to_owned(),
            },
            resolver: job.name(),
        };
        for (village, _) in villages {
            let (mut known, lines) = self.known(&village).await?;
            for line in lines {
                if job.cancelled() {
                    return Err(Error::cancelled());
                }
                self.line(&run, &mut known, line, &mut tally).await?;
                progress.done_line_count += 1;
                if progress.done_line_count % STEP == 0 {
                    job.progress(&progress).await?;
                }
            }
        }
        job.progress(&progress).await?;
        let tx = self.kit.db.system(self.kind()).await?;
        let detail = format!("{} lines, {} posted", tally.line_count, tally.posted_count);
        tx.commit_as(Change::new("reconcile", division.code(), &job.name()).detail(detail))
            .await?;
        Ok(any(&tally))
    }
}

/// On whose behalf, and under which name, lines are decided.
struct Run {
    teller: Teller,
    resolver: String,
}

impl ReconcileWork {
    async fn known(&self, village: &str) -> Result<(Village, Vec<Uuid>)> {
        let mut tx = self.kit.db.system(self.kind()).await?;
        let known = Village {
            unconfirmed: reconcile::unconfirmed(&mut tx, village).await?,
            pending: reconcile::pending(&mut tx, village).await?,
        };
        Ok((known, statement::open_lines(&mut tx, village).await?))
    }

    /// Decides one line and carries that out.
    async fn line(&self, run: &Run, known: &mut Village, id: Uuid, tally: &mut StatementReconciliation) -> Result<()> {
        let mut tx = self.kit.db.system(self.kind()).await?;
        let Some(line) = statement::line_hold(&mut tx, id).await? else {
            return Ok(());
        };
        if ![OPEN, PROPOSED].contains(&line.state) {
            return Ok(());
        }
        let (own_id, stands) = statement::own_id(&mut tx, |attempt| payment_id(line.id, attempt)).await?;
        let decision = self.decision(&mut tx, known, &line, stands.then_some(own_id)).await?;
        let ruling = self.carry_out(run, &mut tx, known, &line, own_id, &decision).await?;
        let now = tx.now();
        match statement::line_rule(&mut tx, line.id, &ruling, now)
            .await
            .map_err(Error::from)
        {
            Ok(()) => tx.commit_unaudited().await?,
            // Somebody matched that payment to another line at this moment: the next run decides.
            Err(error) if error.kind() == Kind::Exists => return Ok(()),
            Err(error) => return Err(error),
        }
        // What is one line now is no other.
        known.unconfirmed.retain(|one| Some(one.id) != ruling.entry_id);
        known.pending.retain(|one| Some(one.id) != ruling.entry_id);
        count(tally, ruling.state, line.amount_fen);
        Ok(())
    }

    async fn decision(&self, tx: &mut Tx, known: &Village, line: &Line, own: Option<Uuid>) -> Result<Decision<Uuid>> {
        let remark = read_remark(&remark(&self.kit.crypt, line)?);
        let bills: Vec<Uuid> = remark
            .words
            .iter()
            .filter_map(|word| Uuid::try_parse(word).ok())
            .collect();
        let village = &line.division_code;
        let named = reconcile::named(tx, village, &remark.words, &bills, &remark.receipts).await?;
        let heads = match &line.payer_name_index {
            Some(index) if line.amount_fen > 0 => reconcile::heads(tx, village, index, line.amount_fen).await?,
            _ => Vec::new(),
        };
        Ok(decide(&known.facts(line, own, &remark.receipts, &named, heads)))
    }

    /// Does what was decided, and answers what the line has become.
    async fn carry_out<'a>(
        &self,
        run: &'a Run,
        tx: &mut Tx,
        known: &Village,
        line: &Line,
        own_id: Uuid,
        decision: &'a Decision<Uuid>,
    ) -> Result<Ruling<'a>> {
        let done = |state, entry_id| Ruling {
            state,
            entry_id: Some(entry_id),
            resolver: &run.resolver,
            ..Ruling::default()
        };
        let open = |reason| Ruling {
            state: OPEN,
            reason,
            ..Ruling::default()
        };
        Ok(match decision {
            Decision::Match(id) => done(MATCHED, *id),
            Decision::Posted(id) => done(POSTED, *id),
            Decision::Confirm(id) => {
                let Some(row) = known.pending.iter().find(|one| one.id == *id) else {
                    return Ok(open("POSTING_REFUSED"));
                };
                if !self.post(run, *id, &expected(row, line.booked_on)).await? {
                    return Ok(open("POSTING_REFUSED"));
                }
                let now = tx.now();
                pending::pending_settle(tx, *id, pending::CONFIRMED, "", now).await?;
                done(POSTED, *id)
            }
            Decision::Post { household, bill } => {
                // Recorded since the village was read: then it is no new money.
                if reconcile::recorded(tx, &line.division_code, &line.bank_reference).await? {
                    return Ok(open("AMBIGUOUS_PAYMENT"));
                }
                if self.post(run, own_id, &stated(line, household, *bill, None)).await? {
                    done(POSTED, own_id)
                } else {
                    open("POSTING_REFUSED")
                }
            }
            Decision::Propose {
                household,
                payment,
                reason,
            } => Ruling {
                state: PROPOSED,
                entry_id: *payment,
                household_id: Some(household),
                reason,
                resolver: "",
            },
            Decision::Open(reason) => open(reason),
            Decision::Ignore(reason) => Ruling {
                state: IGNORED,
                reason,
                resolver: &run.resolver,
                ..Ruling::default()
            },
        })
    }

    /// Posts through the cashier; false where the ledger refuses.
    async fn post(&self, run: &Run, id: Uuid, stated: &Stated) -> Result<bool> {
        let posting = posting(&run.teller, id, stated, self.kit.ids.next(), self.kit.clock.today());
        match self.cashier.post(posting, Instant::now() + PATIENCE).await {
            Ok(posted) if matches!(posted.outcome, 0 | 1) => Ok(true),
            Ok(posted) => {
                tracing::info!(
                    outcome = posted.outcome,
                    payment = names::of("payments", id),
                    "not posted"
                );
                Ok(false)
            }
            // A pending payment that was given up meanwhile.
            Err(error) if error.kind() == Kind::Rule => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn count(tally: &mut StatementReconciliation, state: i16, amount_fen: i64) {
    tally.line_count += 1;
    match state {
        MATCHED => tally.matched_count += 1,
        POSTED => {
            tally.posted_count += 1;
            tally.posted_fen += amount_fen;
        }
        PROPOSED => tally.proposed_count += 1,
        IGNORED => tally.ignored_count += 1,
        _ => tally.open_count += 1,
    }
}
