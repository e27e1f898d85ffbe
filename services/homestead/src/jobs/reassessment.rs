//! Putting the bills of a division right after an import of plots: village by village, each in one transaction.

use homestead_core::occupation::stretches;
use kit::{
    audit::Change,
    dates,
    db::Tx,
    division::{Division, Level},
    error::{Error, Result},
    operation::{Job, Work, any},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{ReassessBillsRequest, ReassessmentProgress, ReassessmentRun};
use time::Date;

use crate::{
    bookkeeping::{
        correcting::{Cause, correct_bills},
        posting,
    },
    store::{billing, journal, occupation, reassessment},
    wire::names,
};

/// Reassesses divisions.
pub struct ReassessmentWork {
    pub kit: Kit,
}

/// The terms of a run, checked.
#[derive(Debug, Clone)]
pub struct Terms {
    pub division_code: String,
    pub due_on: Date,
    pub validate_only: bool,
    pub max_added_fen: Option<i64>,
}

impl Terms {
    /// Reads and checks a request.
    pub fn read(request: &ReassessBillsRequest) -> Result<Self> {
        let division = Division::parse("division", &request.division)?;
        if !(Level::County..=Level::Village).contains(&division.level()) {
            return Err(Error::invalid(
                "division",
                &request.division,
                "a county, township or village",
            ));
        }
        if let Some(bound) = request.max_added_fen.filter(|bound| *bound < 0) {
            return Err(Error::invalid("max_added_fen", bound, "0 or more"));
        }
        Ok(Self {
            division_code: division.into_code(),
            due_on: dates::required("due_date", request.due_date)?,
            validate_only: request.validate_only,
            max_added_fen: request.max_added_fen,
        })
    }
}

#[tonic::async_trait]
impl Work for ReassessmentWork {
    fn kind(&self) -> &'static str {
        "reassessment"
    }

    async fn run(&self, job: Job) -> Result<prost_types::Any> {
        let terms = Terms::read(&job.request()?)?;
        let villages = {
            let mut tx = self.kit.db.system("reassessment").await?;
            billing::villages(&mut tx, &terms.division_code).await?
        };
        let mut run = ReassessmentRun {
            division: names::of("divisions", &terms.division_code),
            ..ReassessmentRun::default()
        };
        let count = i64::try_from(villages.len()).unwrap_or(i64::MAX);
        for (done, village) in (1..).zip(&villages) {
            if job.cancelled() {
                return Err(Error::cancelled());
            }
            self.village(&terms, &job, &village.division_code, &mut run).await?;
            let progress = ReassessmentProgress {
                village_count: count,
                done_village_count: done,
                correction_count: run.correction_count,
            };
            job.progress(&progress).await?;
        }
        Ok(any(&run))
    }
}

impl ReassessmentWork {
    async fn village(&self, terms: &Terms, job: &Job, village: &str, run: &mut ReassessmentRun) -> Result<()> {
        let mut tx = self.kit.db.system("reassessment").await?;
        journal::books_hold(&mut tx, &[village]).await?;
        let households = outdated(&mut tx, village).await?;
        if households.is_empty() {
            return Ok(());
        }
        let name = job.name();
        let cause = Cause {
            name: &name,
            id: job.id(),
            day: dates::day_of(tx.now()),
            due_on: terms.due_on,
        };
        let mut corrections = Vec::new();
        for household in &households {
            let household = posting::hold(&mut tx, &names::of("households", household)).await?;
            let corrected = correct_bills(&mut tx, &self.kit.ids, &household, &cause).await?;
            run.household_count += i64::from(!corrected.is_empty());
            corrections.extend(corrected);
        }
        let added: i64 = corrections.iter().map(|it| it.posted_fen.max(0)).sum();
        let credited: i64 = corrections.iter().map(|it| it.posted_fen.min(0)).sum();
        if let Some(bound) = terms.max_added_fen.filter(|bound| added > *bound) {
            return Err(Error::rule(
                "CORRECTION_OUT_OF_BOUNDS",
                names::of("divisions", village),
                format!("further bills of {added} fen are more than the bound of {bound}"),
                format!("该村补缴合计 {added} 分，超过上限 {bound} 分"),
            ));
        }
        run.correction_count += i64::try_from(corrections.len()).unwrap_or(i64::MAX);
        run.added_fen += added;
        run.credited_fen -= credited;
        if terms.validate_only {
            return tx.rollback().await;
        }
        let change = Change::new("reassess", village, &name);
        tx.commit_as(change.detail(format!(
            "{} households, {} corrections",
            households.len(),
            corrections.len()
        )))
        .await
    }
}

/// Households of a village, whose book is held, that were charged something else than what is known now. Held against each
/// other, because no clock tells for certain whether an import came before a bill.
async fn outdated(tx: &mut Tx, village: &str) -> Result<Vec<String>> {
    let known = occupation::known_of_billed(tx, village).await?;
    let charged = reassessment::charged_in(tx, village).await?;
    let differs = charged.into_iter().filter_map(|(household, days, charged)| {
        let known = known.get(&household).map(Vec::as_slice).unwrap_or_default();
        (stretches(known, days) != charged).then_some(household)
    });
    let mut households: Vec<String> = differs.collect();
    households.dedup();
    Ok(households)
}
