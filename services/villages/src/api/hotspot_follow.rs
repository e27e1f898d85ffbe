//! What is done about a hotspot after it was raised.

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
    AcknowledgeHotspotRequest, ArriveAtHotspotRequest, ExonerateHotspotRequest, FixedSource, Hotspot, HotspotAction,
    HotspotChanged, HotspotEntry, HotspotState, TriageHotspotRequest,
};
use tonic::Response;
use villages_core::hotspot::{Action, State, Verdict};

use super::{
    division::require_id,
    hotspot::{HotspotApi, one},
    hotspot_count,
};
use crate::{
    store::{
        fixed_source::{self, FixedSourceRow},
        hotspot::{self, HotspotRow},
        hotspot_entry::{self, EntryRow},
        task_tenure,
    },
    wire,
};

const LONGEST: usize = 2_000;

/// What a request asks to be done.
struct Deed<'a> {
    name: &'a str,
    etag: &'a str,
    request_id: &'a str,
    /// Who does it; empty where that is nobody's name or the person on duty.
    cadre: &'a str,
    /// The fixed source to remember.
    fixed: Option<&'a FixedSource>,
    /// The entry as far as the request states it.
    entry: HotspotEntry,
}

impl HotspotApi {
    pub(super) async fn acknowledge(
        &self,
        call: &Call,
        request: &AcknowledgeHotspotRequest,
    ) -> Result<Response<Hotspot>> {
        let deed = Deed {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            cadre: &request.cadre,
            fixed: None,
            entry: entry(HotspotAction::Acknowledge, &[])?,
        };
        self.act(call, request, deed).await
    }

    pub(super) async fn arrive(&self, call: &Call, request: &ArriveAtHotspotRequest) -> Result<Response<Hotspot>> {
        let deed = Deed {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            cadre: &request.cadre,
            fixed: None,
            entry: entry(HotspotAction::Arrive, &request.evidence)?,
        };
        self.act(call, request, deed).await
    }

    pub(super) async fn triage(&self, call: &Call, request: &TriageHotspotRequest) -> Result<Response<Hotspot>> {
        let verdict = wire::hotspot::verdict(request.verdict()).ok_or_else(|| {
            let given = request.verdict().as_str_name();
            Error::invalid("verdict", given, "BURNING, FIXED_SOURCE or FALSE")
        })?;
        if verdict == Verdict::Burning && request.evidence.is_empty() {
            return Err(Error::required("evidence"));
        }
        if verdict != Verdict::FixedSource && request.fixed_source.is_some() {
            return Err(Error::invalid("fixed_source", "given", "unset unless FIXED_SOURCE"));
        }
        let text = match request.text.as_str() {
            "" => "",
            text => wire::names::lines("text", text, LONGEST)?,
        };
        let deed = Deed {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            cadre: "",
            fixed: request.fixed_source.as_ref(),
            entry: HotspotEntry {
                verdict: request.verdict,
                text: text.to_owned(),
                ..entry(HotspotAction::Triage, &request.evidence)?
            },
        };
        self.act(call, request, deed).await
    }

    pub(super) async fn exonerate(&self, call: &Call, request: &ExonerateHotspotRequest) -> Result<Response<Hotspot>> {
        if request.evidence.is_empty() {
            return Err(Error::required("evidence"));
        }
        let deed = Deed {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            cadre: "",
            fixed: None,
            entry: HotspotEntry {
                text: wire::names::lines("reason", &request.reason, LONGEST)?.to_owned(),
                ..entry(HotspotAction::Exonerate, &request.evidence)?
            },
        };
        self.act(call, request, deed).await
    }

    async fn act<R: Message + Name>(&self, call: &Call, request: &R, deed: Deed<'_>) -> Result<Response<Hotspot>> {
        require_id(deed.request_id)?;
        let id = wire::hotspot::id("name", deed.name)?;
        let mut tx = match self.kit.db.write(call, deed.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = hotspot::hotspot_lock(&mut tx, id).await?;
        let row = row.ok_or_else(|| Error::not_found(deed.name))?;
        let before = one(&mut tx, row.clone()).await?;
        etag::check(deed.etag, &before.etag, deed.name)?;
        let mut entry = deed.entry;
        let action = wire::hotspot::action(&entry).ok_or_else(|| Error::internal("a deed without action"))?;
        let process = wire::hotspot::process(&row, &before.entries)?;
        let now = tx.now();
        let after = process
            .act(action, now)
            .map_err(|state| wire::hotspot::refused(deed.name, state))?;
        let judged_before = matches!(process.state(), State::Judged(_) | State::Exonerated);
        if matches!(action, Action::Triage(_)) && judged_before && entry.text.is_empty() {
            return Err(Error::required("text"));
        }
        if !deed.cadre.is_empty() {
            let cadre = wire::cadre::id("cadre", deed.cadre)?;
            let named = task_tenure::names_of(&mut tx, std::slice::from_ref(&cadre), dates::day_of(now)).await?;
            let (_, name) = named.first().ok_or_else(|| Error::not_found(deed.cadre))?;
            entry.person = Some(wire::task::person(&cadre, name));
        }
        if let Action::Triage(verdict) = action {
            withdraw(&mut tx, &before).await?;
            if verdict == Verdict::FixedSource {
                entry.fixed_source = self.remember(&mut tx, &row, deed.fixed).await?;
            }
        }
        entry.number = i32::try_from(before.entries.len() + 1).map_err(Error::internal)?;
        tx.principal().clone_into(&mut entry.recorder);
        entry.record_time = Some(dates::timestamp(now));
        let kept = EntryRow {
            hotspot_id: id,
            number: entry.number,
            division_code: row.division_code.clone(),
            state: wire::hotspot::state_name(wire::hotspot::state(after.state())),
            content: entry.encode_to_vec(),
            recorded_at: now,
        };
        hotspot_entry::entry_insert(&mut tx, &kept).await?;
        if process.state().counts() != after.state().counts() {
            let day = dates::day_of(row.observed_at);
            hotspot_count::recount(&self.kit.ids, &mut tx, &row.division_code, day).await?;
        }
        let division = row.division_code.clone();
        let hotspot = one(&mut tx, row).await?;
        let event = HotspotChanged {
            hotspot: Some(hotspot.clone()),
        };
        let verb = verb(action);
        tx.emit(&format!("hotspot.{verb}"), &division, &hotspot.name, &event);
        let change = Change::new(verb, &division, &hotspot.name).detail(kept.state);
        tx.finish(change, hotspot).await
    }

    /// Remembers the place as a fixed source, or takes the one that was suspected. Gives its resource name.
    async fn remember(&self, tx: &mut Tx, row: &HotspotRow, given: Option<&FixedSource>) -> Result<String> {
        let Some(given) = given else {
            let suspected = row.fixed_source_id.ok_or_else(|| Error::required("fixed_source"))?;
            return Ok(wire::hotspot::fixed_source_name(suspected));
        };
        if !(10..=5_000).contains(&given.radius_m) {
            return Err(Error::invalid("fixed_source.radius_m", given.radius_m, "10 to 5,000"));
        }
        let valid_from = dates::day_of(row.observed_at);
        let valid_until = dates::from_proto("fixed_source.valid_until", given.valid_until)?;
        if let Some(until) = valid_until.filter(|until| *until <= valid_from) {
            let rule = format!("a day after {valid_from}");
            return Err(Error::invalid("fixed_source.valid_until", until, rule));
        }
        let source = FixedSourceRow {
            fixed_source_id: self.kit.ids.next(),
            division_code: row.division_code.clone(),
            county_code: row.county_code.clone(),
            hotspot_id: row.hotspot_id,
            display_name: wire::names::text("fixed_source.display_name", &given.display_name, 100)?.to_owned(),
            longitude: row.longitude,
            latitude: row.latitude,
            radius_m: given.radius_m,
            valid_from,
            valid_until,
            matches: 0,
        };
        let (principal, now) = (tx.principal().to_owned(), tx.now());
        fixed_source::fixed_source_insert(tx, &source, &principal, now).await?;
        Ok(wire::hotspot::fixed_source_name(source.fixed_source_id))
    }
}

fn entry(action: HotspotAction, evidence: &[String]) -> Result<HotspotEntry> {
    wire::names::evidence("evidence", evidence)?;
    Ok(HotspotEntry {
        action: action.into(),
        evidence: evidence.to_vec(),
        ..HotspotEntry::default()
    })
}

/// Takes back the fixed source that the judgement in force made known: it never held.
async fn withdraw(tx: &mut Tx, hotspot: &Hotspot) -> Result<()> {
    let judged = hotspot
        .entries
        .iter()
        .rfind(|entry| entry.action() == HotspotAction::Triage);
    let Some(judged) = judged.filter(|entry| entry.verdict() == HotspotState::FixedSource) else {
        return Ok(());
    };
    let id = wire::hotspot::fixed_source_id("fixed_source", &judged.fixed_source).map_err(Error::internal)?;
    let source = fixed_source::fixed_source_get(tx, id).await?;
    let own = source.filter(|source| wire::hotspot::name(source.hotspot_id) == hotspot.name);
    if let Some(source) = own {
        fixed_source::fixed_source_end(tx, id, source.valid_from).await?;
    }
    Ok(())
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Acknowledge => "acknowledged",
        Action::Arrive => "arrived",
        Action::Triage(_) => "triaged",
        Action::Exonerate => "exonerated",
    }
}
