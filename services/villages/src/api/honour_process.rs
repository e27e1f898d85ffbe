//! Carries an honour from nomination to grant, and away again.

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
    DecideHonourRequest, DismissObjectionRequest, EvaluateHonourRequest, Honour, HonourAction, HonourChanged,
    HonourEntry, HonourKind, HonourQuota, NominateHonourRequest, ObjectToHonourRequest, PublishHonourRequest,
    SetHonourQuotaRequest,
};
use time::{Date, Duration};
use tonic::Response;

use super::{
    division::require_id,
    honour::{HonourApi, with_entries},
    honour_figure, point_book,
    standing::require_division,
};
use crate::{
    store::{
        honour::{self, EntryRow, HonourRow},
        points::{self, Home},
    },
    wire,
};

const LONGEST: usize = 2_000;
/// Days for objections where a request gives none.
const USUAL_DAYS: i32 = 5;

/// What a request asks to be done.
struct Deed<'a> {
    name: &'a str,
    etag: &'a str,
    request_id: &'a str,
    entry: HonourEntry,
}

impl HonourApi {
    pub(super) async fn nominate(&self, call: &Call, request: &NominateHonourRequest) -> Result<Response<Honour>> {
        require_id(&request.request_id)?;
        let household = wire::household::id("household", &request.household)?;
        let kind = wire::honour::kind("kind", request.kind)?;
        let season = wire::honour::season("season", &request.season, self.kit.clock.today())?;
        let reason = wire::names::lines("reason", &request.reason, LONGEST)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let today = dates::day_of(tx.now());
        let home = standing_home(&mut tx, &household, today).await?;
        let id = self.kit.ids.next();
        let nominated = Honour {
            name: wire::honour::name(id),
            kind: request.kind,
            household: request.household.clone(),
            division: wire::division::name(&home.division_code),
            season: season.clone(),
            reason: reason.to_owned(),
            nominator: tx.principal().to_owned(),
            ..Honour::default()
        };
        let row = HonourRow {
            honour_id: id,
            household_id: household,
            division_code: home.division_code,
            kind: kind.to_owned(),
            season,
            content: nominated.encode_to_vec(),
            nominated_at: tx.now(),
        };
        if !honour::honour_insert(&mut tx, &row).await? {
            return Err(Error::exists(format!("{}: {kind} {}", request.household, row.season)));
        }
        let honour = wire::honour::honour(&row.content, Vec::new())?;
        finish(tx, &row.division_code, "nominate", honour).await
    }

    pub(super) async fn evaluate(&self, call: &Call, request: &EvaluateHonourRequest) -> Result<Response<Honour>> {
        if request.evidence.is_empty() {
            return Err(Error::required("evidence"));
        }
        wire::names::evidence("evidence", &request.evidence)?;
        let entry = HonourEntry {
            evidence: request.evidence.clone(),
            ..said(HonourAction::Evaluate, "finding", &request.finding)?
        };
        self.act(
            call,
            request,
            deed(&request.name, &request.etag, &request.request_id, entry),
        )
        .await
    }

    pub(super) async fn publish(&self, call: &Call, request: &PublishHonourRequest) -> Result<Response<Honour>> {
        let days = match request.publicity_days {
            0 => USUAL_DAYS,
            days @ 3..=30 => days,
            days => return Err(Error::invalid("publicity_days", days, "3 to 30, or 0 for 5")),
        };
        let end = self.kit.clock.today() + Duration::days(days.into());
        let entry = HonourEntry {
            action: HonourAction::Publish.into(),
            publicity_end_date: Some(dates::to_proto(end)),
            ..HonourEntry::default()
        };
        self.act(
            call,
            request,
            deed(&request.name, &request.etag, &request.request_id, entry),
        )
        .await
    }

    pub(super) async fn object(&self, call: &Call, request: &ObjectToHonourRequest) -> Result<Response<Honour>> {
        wire::names::evidence("evidence", &request.evidence)?;
        let entry = HonourEntry {
            evidence: request.evidence.clone(),
            ..said(HonourAction::Object, "statement", &request.statement)?
        };
        self.act(call, request, deed(&request.name, "", &request.request_id, entry))
            .await
    }

    pub(super) async fn dismiss(&self, call: &Call, request: &DismissObjectionRequest) -> Result<Response<Honour>> {
        let entry = HonourEntry {
            objection: request.objection,
            ..said(HonourAction::Dismiss, "reason", &request.reason)?
        };
        self.act(call, request, deed(&request.name, "", &request.request_id, entry))
            .await
    }

    pub(super) async fn decide(&self, call: &Call, request: &DecideHonourRequest) -> Result<Response<Honour>> {
        let decision = request.decision();
        if !matches!(
            decision,
            HonourAction::Grant | HonourAction::Reject | HonourAction::Revoke
        ) {
            return Err(Error::invalid(
                "decision",
                decision.as_str_name(),
                "GRANT, REJECT or REVOKE",
            ));
        }
        let entry = said(decision, "reason", &request.reason)?;
        self.act(
            call,
            request,
            deed(&request.name, &request.etag, &request.request_id, entry),
        )
        .await
    }

    async fn act<R: Message + Name>(&self, call: &Call, request: &R, deed: Deed<'_>) -> Result<Response<Honour>> {
        let id = wire::honour::id("name", deed.name)?;
        require_id(deed.request_id)?;
        let mut tx = match self.kit.db.write(call, deed.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = honour::honour_get(&mut tx, id).await?;
        let row = row.ok_or_else(|| Error::not_found(deed.name))?;
        let today = dates::day_of(tx.now());
        let village = village_of(&mut tx, call, &row.division_code, today).await?;
        honour::village_lock(&mut tx, &village).await?;
        let before = with_entries(&mut tx, std::slice::from_ref(&row)).await?.pop();
        let before = before.ok_or_else(|| Error::internal("an honour without content"))?;
        etag::check(deed.etag, &before.etag, deed.name)?;
        let mut entry = deed.entry;
        let after = wire::honour::process(&before)?
            .act(wire::honour::action(&entry)?, today)
            .map_err(|refused| wire::honour::refused(deed.name, refused))?;
        match entry.action() {
            HonourAction::Evaluate => entry.balance_points = balance(&mut tx, &row.household_id, today).await?,
            HonourAction::Grant => {
                standing_home(&mut tx, &row.household_id, today).await?;
                within_quota(&mut tx, &row, &village, today).await?;
            }
            _ => {}
        }
        entry.number = i32::try_from(before.entries.len() + 1).map_err(Error::internal)?;
        entry.entry_date = Some(dates::to_proto(today));
        tx.principal().clone_into(&mut entry.recorder);
        entry.record_time = Some(dates::timestamp(tx.now()));
        let kept = EntryRow {
            honour_id: id,
            number: entry.number,
            division_code: &row.division_code,
            state: wire::honour::state_name(wire::honour::state(after.state())),
            entry_date: today,
            content: entry.encode_to_vec(),
            recorded_at: tx.now(),
        };
        honour::entry_insert(&mut tx, &kept).await?;
        let action = entry.action();
        let counts = before.kind() == HonourKind::FiveBeautyCourtyard;
        if counts && matches!(action, HonourAction::Grant | HonourAction::Revoke) {
            honour_figure::record(&self.kit.ids, &mut tx, &village, today).await?;
        }
        let mut entries = before.entries;
        entries.push(entry);
        let honour = wire::honour::honour(&row.content, entries)?;
        let verb = action
            .as_str_name()
            .trim_start_matches("HONOUR_ACTION_")
            .to_ascii_lowercase();
        finish(tx, &row.division_code, &verb, honour).await
    }

    pub(super) async fn set_quota(
        &self,
        call: &Call,
        request: &SetHonourQuotaRequest,
    ) -> Result<Response<HonourQuota>> {
        require_id(&request.request_id)?;
        let quota = request.quota.as_ref().ok_or_else(|| Error::required("quota"))?;
        let village = wire::measurement::village("quota.division", &quota.division)?;
        let kind = wire::honour::kind("quota.kind", quota.kind)?;
        if villages_core::honour::season_start(&quota.season).is_none() {
            return Err(Error::invalid(
                "quota.season",
                &quota.season,
                "a season such as 2024-Q2",
            ));
        }
        if !(0..=10_000).contains(&quota.household_count) {
            return Err(Error::invalid(
                "quota.household_count",
                quota.household_count,
                "0 to 10,000",
            ));
        }
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let now = tx.now();
        require_division(&mut tx, &village, dates::day_of(now)).await?;
        honour::village_lock(&mut tx, &village).await?;
        honour::quota_insert(&mut tx, &village, kind, &quota.season, quota.household_count, now).await?;
        let detail = format!("{kind} {}: {}", quota.season, quota.household_count);
        let change = Change::new("set", &village, "honourQuotas").detail(detail);
        let quota = HonourQuota {
            division: wire::division::name(&village),
            ..quota.clone()
        };
        tx.finish(change, quota).await
    }
}

fn deed<'a>(name: &'a str, etag: &'a str, request_id: &'a str, entry: HonourEntry) -> Deed<'a> {
    Deed {
        name,
        etag,
        request_id,
        entry,
    }
}

fn said(action: HonourAction, field: &str, text: &str) -> Result<HonourEntry> {
    Ok(HonourEntry {
        action: action.into(),
        text: wire::names::lines(field, text, LONGEST)?.to_owned(),
        ..HonourEntry::default()
    })
}

/// The village that answers for an honour now: where the household is registered, or what took that village in. Figures are
/// those of that village, so who does not see it does not decide.
async fn village_of(tx: &mut Tx, call: &Call, code: &str, today: Date) -> Result<String> {
    let governing = points::governing(tx, &[code], &[today]).await?.pop();
    let village = governing.map_or_else(|| code.to_owned(), |at| at.governed);
    if village.starts_with(&call.caller.scope) {
        return Ok(village);
    }
    let name = wire::division::name(code);
    let message = format!("{name} went into {}", wire::division::name(&village));
    Err(Error::rule(
        "DIVISION_ENDED",
        name,
        message,
        "该村已并入他村，请由上级办理",
    ))
}

async fn balance(tx: &mut Tx, household: &str, today: Date) -> Result<i64> {
    let book = point_book::read(tx, &[household.to_owned()]).await?.remove(household);
    let book = book.ok_or_else(|| Error::not_found(wire::household::name(household)))?;
    Ok(book.as_of(today)?.balance())
}

/// The household, provided that it is on the register today.
async fn standing_home(tx: &mut Tx, household: &str, today: Date) -> Result<Home> {
    let home = points::homes(tx, &[household.to_owned()], today).await?.pop();
    let home = home.ok_or_else(|| Error::not_found(wire::household::name(household)))?;
    if home.stands(today) {
        Ok(home)
    } else {
        Err(wire::points::household_ended(household, today))
    }
}

async fn within_quota(tx: &mut Tx, row: &HonourRow, village: &str, today: Date) -> Result<()> {
    let Some(quota) = honour::quota_get(tx, village, &row.kind, &row.season).await? else {
        return Ok(());
    };
    let figures = honour::figures(tx, village, today, &row.kind, Some(&row.season)).await?;
    if figures.honoured < i64::from(quota) {
        return Ok(());
    }
    let name = wire::division::name(village);
    let message = format!(
        "the quota of {quota} of {name} for {} {} is filled",
        row.kind, row.season
    );
    Err(Error::rule(
        "HONOUR_QUOTA",
        name,
        message,
        format!("本村 {} 名额 {quota} 户已满", row.season),
    ))
}

async fn finish(mut tx: Tx, code: &str, verb: &str, honour: Honour) -> Result<Response<Honour>> {
    let event = HonourChanged {
        honour: Some(honour.clone()),
    };
    tx.emit("honour.changed", code, &honour.name, &event);
    tx.finish(Change::new(verb, code, &honour.name), honour).await
}
