//! Carries a case from its opening through the explanation to the decision.

use std::collections::{BTreeSet, HashMap};

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    etag,
};
use prost::{Message, Name};
use proto::xiangtu::villages::v1::{
    CaseEntry, CaseState, DecideCaseRequest, ExplainCaseRequest, FalsificationCase, OpenCaseRequest, TaskPerson,
};
use time::OffsetDateTime;
use tonic::Response;
use villages_core::document::{Post, Trigger};

use super::{
    case::{CaseApi, with_entries},
    division::require_id,
    ladder_draft::{self, Concerned, Occasion},
    plan_load,
    standing::{self, Ranked},
};
use crate::{
    record::cases,
    store::{
        bulletin_clock,
        case::{self, CaseEntryRow, CaseRow},
        measurement, task_tenure,
    },
    wire::{self, case::Opening},
};

const LONGEST: usize = 2_000;
const MOST_RESPONSIBLE: usize = 10;

/// What a request asks to be done.
struct Deed<'a> {
    name: &'a str,
    etag: &'a str,
    request_id: &'a str,
    /// Who decides; empty for an explanation.
    decider: &'a str,
    /// Ids of those who answer for the figure.
    responsible: Vec<String>,
    /// The entry as far as the request states it.
    entry: CaseEntry,
}

impl CaseApi {
    pub(super) async fn open(&self, call: &Call, request: &OpenCaseRequest) -> Result<Response<FalsificationCase>> {
        require_id(&request.request_id)?;
        let claim = wire::measurement::id("claim", &request.claim)?;
        let reason = wire::names::lines("reason", &request.reason, LONGEST)?.to_owned();
        wire::names::evidence("evidence", &request.evidence)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let claim = measurement::measurement_get(&mut tx, claim).await?;
        let claim = claim.ok_or_else(|| Error::not_found(&request.claim))?;
        if claim.source != "SELF_REPORT" {
            return Err(Error::invalid("claim", &request.claim, "a self-report"));
        }
        let known_at = bulletin_clock::present(&mut tx).await?;
        let plan = plan_load::governing(&mut tx, &claim.division_code, claim.as_of_date, known_at).await?;
        let opening = Opening {
            claim: &claim,
            finding: None,
            plan: &plan.key,
            explanation_days: plan.plan.policy.explanation_days,
            reason,
            evidence: request.evidence.clone(),
            opener: tx.principal().to_owned(),
        };
        let Some(opened) = cases::open(self.kit.ids.next(), &mut tx, opening).await? else {
            let about = case::case_about(&mut tx, &claim.division_code, &claim.indicator, claim.as_of_date).await?;
            return Err(Error::exists(about.map(wire::case::name).unwrap_or_default()));
        };
        let change = Change::new("open", &claim.division_code, &opened.name);
        tx.finish(change, opened).await
    }

    pub(super) async fn explain(
        &self,
        call: &Call,
        request: &ExplainCaseRequest,
    ) -> Result<Response<FalsificationCase>> {
        let deed = Deed {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            decider: "",
            responsible: Vec::new(),
            entry: entry(CaseState::Explained, "statement", &request.statement, &request.evidence)?,
        };
        self.act(call, request, deed).await
    }

    pub(super) async fn decide(&self, call: &Call, request: &DecideCaseRequest) -> Result<Response<FalsificationCase>> {
        let decision = request.decision();
        let decisions = [CaseState::Substantiated, CaseState::HonestError, CaseState::Unfounded];
        if !decisions.contains(&decision) {
            let rule = decisions.map(wire::case::state_name).join(", ");
            return Err(Error::invalid("decision", decision.as_str_name(), rule));
        }
        let deed = Deed {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            decider: &request.decider,
            responsible: responsible(decision, &request.responsible)?,
            entry: entry(decision, "reason", &request.reason, &request.evidence)?,
        };
        self.act(call, request, deed).await
    }

    async fn act<R: Message + Name>(
        &self,
        call: &Call,
        request: &R,
        deed: Deed<'_>,
    ) -> Result<Response<FalsificationCase>> {
        let id = wire::case::id("name", deed.name)?;
        require_id(deed.request_id)?;
        let mut tx = match self.kit.db.write(call, deed.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        let row = case::case_lock(&mut tx, id).await?;
        let rows = [row.ok_or_else(|| Error::not_found(deed.name))?];
        let case = with_entries(&mut tx, &rows).await?.pop();
        let case = case.ok_or_else(|| Error::internal("a case without content"))?;
        let [row] = rows;
        etag::check(deed.etag, &case.etag, deed.name)?;
        let mut entry = deed.entry;
        let today = dates::day_of(now);
        let next = wire::case::state(entry.state()).ok_or_else(|| Error::internal("a deed without state"))?;
        wire::case::process(&case)?
            .become_on(next, today)
            .map_err(|refused| wire::case::refused(deed.name, refused))?;
        let is_decision = entry.state() != CaseState::Explained;
        if is_decision {
            let post = Post::TownshipLeader;
            let cadre = wire::cadre::id("decider", deed.decider)?;
            let Ranked { person, post } = standing::decider(&mut tx, &row.division_code, &cadre, post, today).await?;
            (entry.decider, entry.decider_post) = (Some(person), post.into());
        }
        if !deed.responsible.is_empty() {
            entry.responsible = on_register(&mut tx, &case, &deed.responsible).await?;
            not_concerned(deed.decider, &entry.responsible)?;
            entry.ladder_steps = self.draft(&mut tx, &row, &case, &entry.responsible, now).await?;
        }
        entry.number = i32::try_from(case.entries.len() + 1).map_err(Error::internal)?;
        entry.entry_date = Some(dates::to_proto(today));
        tx.principal().clone_into(&mut entry.recorder);
        entry.record_time = Some(dates::timestamp(now));
        let kept = CaseEntryRow {
            case_id: id,
            number: entry.number,
            division_code: row.division_code.clone(),
            state: wire::case::state_name(entry.state()),
            content: entry.encode_to_vec(),
            recorded_at: now,
        };
        case::entry_insert(&mut tx, &kept).await?;
        let mut entries = case.entries;
        entries.push(entry);
        let case = wire::case::case(&row.content, entries)?;
        let verb = if is_decision { "decided" } else { "explained" };
        cases::emit(&mut tx, verb, &row.division_code, &case);
        let change = Change::new(verb, &row.division_code, &case.name).detail(kept.state);
        tx.finish(change, case).await
    }

    /// Drafts what the plan has for falsified figures, and answers the names of the drafts.
    async fn draft(
        &self,
        tx: &mut Tx,
        row: &CaseRow,
        case: &FalsificationCase,
        responsible: &[TaskPerson],
        at: OffsetDateTime,
    ) -> Result<Vec<String>> {
        let plan = plan_load::version(tx, &row.plan()).await?;
        let occasion = Occasion {
            plan: &plan.key,
            ladder: &plan.plan.ladder,
            trigger: Trigger::FalsifiedFigure,
            name: &case.name,
            week: None,
            bulletin: None,
            at,
        };
        let concerned = |person: &TaskPerson| {
            Ok(Concerned {
                cadre: wire::cadre::id("responsible", &person.cadre)?,
                display_name: person.display_name.clone(),
                division: row.division_code.clone(),
                misses: Vec::new(),
            })
        };
        let persons = responsible.iter().map(concerned).collect::<Result<Vec<_>>>()?;
        let drafts = ladder_draft::draft(&self.kit.ids, tx, &occasion, &persons).await?;
        Ok(drafts.into_iter().map(|step| step.name).collect())
    }
}

fn entry(state: CaseState, field: &str, text: &str, evidence: &[String]) -> Result<CaseEntry> {
    wire::names::evidence("evidence", evidence)?;
    Ok(CaseEntry {
        state: state.into(),
        text: wire::names::lines(field, text, LONGEST)?.to_owned(),
        evidence: evidence.to_vec(),
        ..CaseEntry::default()
    })
}

/// Ids of those who answer for a falsified figure; nobody does for any other.
fn responsible(decision: CaseState, names: &[String]) -> Result<Vec<String>> {
    let (allowed, rule) = match decision {
        CaseState::Substantiated => (1..=MOST_RESPONSIBLE, "1 to 10 persons"),
        _ => (0..=0, "nobody, unless SUBSTANTIATED"),
    };
    if !allowed.contains(&names.len()) {
        return Err(Error::invalid("responsible", format!("{} persons", names.len()), rule));
    }
    let (mut ids, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, name) in names.iter().enumerate() {
        let field = format!("responsible[{at}]");
        let id = wire::cadre::id(&field, name)?;
        if !seen.insert(id.clone()) {
            return Err(Error::invalid(field, name, "each person once"));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// The persons as the register knew them on the day of the figure.
async fn on_register(tx: &mut Tx, case: &FalsificationCase, ids: &[String]) -> Result<Vec<TaskPerson>> {
    let day = case.claim.as_ref().and_then(|claim| claim.as_of_date);
    let day = dates::required("as_of_date", day).map_err(Error::internal)?;
    let names: HashMap<String, String> = task_tenure::names_of(tx, ids, day).await?.into_iter().collect();
    let person = |(at, id): (usize, &String)| {
        let name = names.get(id).ok_or_else(|| {
            let rule = format!("a cadre of the register on {day}");
            Error::invalid(format!("responsible[{at}]"), wire::cadre::name(id), rule)
        })?;
        Ok(wire::task::person(id, name))
    };
    ids.iter().enumerate().map(person).collect()
}

fn not_concerned(decider: &str, responsible: &[TaskPerson]) -> Result<()> {
    if !responsible.iter().any(|person| person.cadre == decider) {
        return Ok(());
    }
    let message = format!("{decider} is one of those who answer for the figure");
    Err(Error::rule("RECUSAL", decider, message, "应当回避：决定人为责任人"))
}
