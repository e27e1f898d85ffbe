//! Splits and merges households, and lists how they descend from one another.

use std::collections::BTreeSet;

use kit::{
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    HouseholdChanged, ListHouseholdLineageRequest, ListHouseholdLineageResponse, MergeHouseholdsRequest,
    MergeHouseholdsResponse, SplitHouseholdRequest, SplitHouseholdResponse,
};
use tonic::Response;
use villages_core::timeline::{Amended, Aspect};

use super::{
    division::{optional_code, require_id},
    division_change::done,
    household::HouseholdApi,
    household_life::{basis, change, emit},
    household_timeline::{begin, check, courtyards, keep, open, require_own_number, require_place, restate},
    timeline::Timeline,
};
use crate::{
    store::{
        bulletin_clock, carer,
        household::HouseholdRow,
        household_life::{self as life, EdgeQuery, EdgeRow},
    },
    wire::{self, household_life as shape},
};

const MOST_SOURCES: usize = 20;

impl HouseholdApi {
    pub(super) async fn split(
        &self,
        call: &Call,
        request: &SplitHouseholdRequest,
    ) -> Result<Response<SplitHouseholdResponse>> {
        require_id(&request.request_id)?;
        let id = wire::household::id("name", &request.name)?;
        let date = dates::required("effective_date", request.effective_date)?;
        let basis = basis(&request.basis)?;
        let fresh = self.kit.ids.next().to_string();
        let new = shape::registration(&self.kit.crypt, request.registration.as_ref(), fresh, date)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        life::households_lock(&mut tx).await?;
        let timeline = open(&mut tx, call, &id, date).await?;
        check(&request.etag, timeline.standing()?)?;
        timeline.require_lasting()?;
        require_place(&mut tx, &new.division_code, new.group_code.as_deref(), date).await?;
        require_own_number(&mut tx, call, new.id_number_blind.as_deref(), &new.household_id, date).await?;
        let before = timeline.standing()?.clone();
        let leaving = new.registered_person_count;
        if !(1..before.registered_person_count).contains(&leaving) {
            let most = before.registered_person_count - 1;
            let rule = format!("1 to {most}: somebody must stay in the old household");
            return Err(Error::invalid("registration.registered_person_count", leaving, rule));
        }
        let amended = counted(&timeline, -leaving, -new.resident_person_count)?;
        carer::carers_lock(&mut tx, &[id.clone(), new.household_id.clone()]).await?;
        let villages = courtyards(&mut tx, call, &[&before.division_code, &new.division_code], date).await?;
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        let remaining = keep(&mut tx, &timeline, &amended, date, now).await?;
        let created = begin(&mut tx, &new, now).await?;
        let heir = (created.household_id.as_str(), created.division_code.as_str());
        carer::carer_inherit(&mut tx, &id, heir, date, now).await?;
        let edge = EdgeRow {
            id: self.kit.ids.next(),
            household_id: id,
            division_code: before.division_code,
            successor_id: Some(created.household_id.clone()),
            successor_division: Some(created.division_code.clone()),
            kind: "SPLIT".to_owned(),
            effective_date: date,
            end_reason: None,
            basis: basis.to_owned(),
        };
        life::edges_insert(&mut tx, std::slice::from_ref(&edge), now).await?;
        restate(&self.kit.ids, &mut tx, &villages).await?;
        let edge = shape::edge(&edge);
        let event = HouseholdChanged {
            edges: vec![edge.clone()],
            ..shape::changed(&remaining, date)
        };
        emit(&mut tx, "split", &event);
        emit(&mut tx, "registered", &shape::changed(&created, date));
        let response = SplitHouseholdResponse {
            remaining: Some(wire::household::masked(&self.kit.crypt, &remaining)?),
            created: Some(wire::household::masked(&self.kit.crypt, &created)?),
            edge: Some(edge),
        };
        done(tx, request.validate_only, change("split", &remaining, basis), response).await
    }

    pub(super) async fn merge(
        &self,
        call: &Call,
        request: &MergeHouseholdsRequest,
    ) -> Result<Response<MergeHouseholdsResponse>> {
        require_id(&request.request_id)?;
        let target = wire::household::id("target", &request.target)?;
        let sources = sources(&request.sources, &target)?;
        let date = dates::required("effective_date", request.effective_date)?;
        let basis = basis(&request.basis)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        life::households_lock(&mut tx).await?;
        let timeline = open(&mut tx, call, &target, date).await?;
        check(&request.etag, timeline.standing()?)?;
        timeline.require_lasting()?;
        let mut ending = Vec::with_capacity(sources.len());
        let (mut registered, mut resident) = (0, 0);
        for source in &sources {
            let source = open(&mut tx, call, source, date).await?;
            let amended = source.ended()?;
            registered += source.standing()?.registered_person_count;
            resident += source.standing()?.resident_person_count;
            ending.push((source, amended));
        }
        let amended = counted(&timeline, registered, resident)?;
        let mut touched = vec![timeline.standing()?.division_code.clone()];
        for (source, _) in &ending {
            touched.push(source.standing()?.division_code.clone());
        }
        let touched: Vec<&str> = touched.iter().map(String::as_str).collect();
        let locked = [sources.as_slice(), std::slice::from_ref(&target)].concat();
        carer::carers_lock(&mut tx, &locked).await?;
        let villages = courtyards(&mut tx, call, &touched, date).await?;
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        let into = keep(&mut tx, &timeline, &amended, date, now).await?;
        let mut edges = Vec::with_capacity(ending.len());
        for (source, amended) in &ending {
            let before = source.standing()?;
            keep(&mut tx, source, amended, date, now).await?;
            carer::carer_inherit(&mut tx, &before.household_id, (&target, &into.division_code), date, now).await?;
            carer::carer_follow(&mut tx, &before.household_id, None, (date, None), now).await?;
            edges.push(EdgeRow {
                id: self.kit.ids.next(),
                household_id: before.household_id.clone(),
                division_code: before.division_code.clone(),
                successor_id: Some(target.clone()),
                successor_division: Some(into.division_code.clone()),
                kind: "MERGED".to_owned(),
                effective_date: date,
                end_reason: None,
                basis: basis.to_owned(),
            });
        }
        life::edges_insert(&mut tx, &edges, now).await?;
        restate(&self.kit.ids, &mut tx, &villages).await?;
        let edges: Vec<_> = edges.iter().map(shape::edge).collect();
        let event = HouseholdChanged {
            edges: edges.clone(),
            ..shape::changed(&into, date)
        };
        emit(&mut tx, "merged", &event);
        let response = MergeHouseholdsResponse {
            target: Some(wire::household::masked(&self.kit.crypt, &into)?),
            edges,
        };
        done(tx, request.validate_only, change("merge", &into, basis), response).await
    }

    pub(super) async fn lineage(
        &self,
        call: &Call,
        request: &ListHouseholdLineageRequest,
    ) -> Result<ListHouseholdLineageResponse> {
        let household = match request.household.as_str() {
            "" => String::new(),
            name => wire::household::id("household", name)?,
        };
        let division = optional_code("division", &request.division)?;
        let from = dates::from_proto("effective_from", request.effective_from)?;
        let until = dates::from_proto("effective_until", request.effective_until)?;
        let query = [
            household.as_str(),
            division.as_str(),
            &format!("{from:?}"),
            &format!("{until:?}"),
        ];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListHouseholdLineage", &query)?;
        let list = EdgeQuery {
            household: &household,
            division: &division,
            from,
            until,
            after: page.after.as_deref().map(wire::names::day_and_id).transpose()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = life::edges_list(&mut tx, &list).await?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{} {}", row.effective_date, row.id));
        Ok(ListHouseholdLineageResponse {
            edges: rows.iter().map(shape::edge).collect(),
            next_page_token,
        })
    }
}

/// 1 to [`MOST_SOURCES`] different households, none of them the target.
fn sources(names: &[String], target: &str) -> Result<Vec<String>> {
    if !(1..=MOST_SOURCES).contains(&names.len()) {
        let rule = format!("1 to {MOST_SOURCES} households");
        return Err(Error::invalid("sources", names.len(), rule));
    }
    let mut seen = BTreeSet::from([target.to_owned()]);
    let mut ids = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let field = format!("sources[{at}]");
        let id = wire::household::id(&field, name)?;
        if !seen.insert(id.clone()) {
            return Err(Error::invalid(
                field,
                name,
                "a household named once, other than the target",
            ));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// What persons who come or go make of a household, each count until it is known to change next.
fn counted(timeline: &Timeline<HouseholdRow>, registered: i32, resident: i32) -> Result<Amended<HouseholdRow>> {
    timeline.amended(&[
        Aspect {
            same: |one, other| one.registered_person_count == other.registered_person_count,
            set: &|row| row.registered_person_count += registered,
        },
        Aspect {
            same: |one, other| one.resident_person_count == other.resident_person_count,
            set: &|row| row.resident_person_count = (row.resident_person_count + resident).max(0),
        },
    ])
}
