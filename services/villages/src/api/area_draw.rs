//! Draws contracted areas: all of a request holds from one date on, or nothing.

use std::collections::{HashMap, HashSet};

use kit::{
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    division::{Division as Code, Level},
    error::{Error, Result, Violation},
};
use proto::xiangtu::villages::v1::{AreaDrawn, DrawAreasRequest, DrawAreasResponse};
use time::Date;
use tonic::Response;
use villages_core::area::overlaps;

use super::{area::AreaApi, area_tree::county, division::require_id, drawing};
use crate::{
    store::{
        area::{self, AreaRow},
        bulletin_clock, place, task_tenure,
    },
    wire,
};

/// What is to hold from a date on.
struct Plan {
    date: Date,
    drawn: Vec<AreaRow>,
    ended: Vec<String>,
}

impl AreaApi {
    pub(super) async fn draw(&self, call: &Call, request: &DrawAreasRequest) -> Result<Response<DrawAreasResponse>> {
        require_id(&request.request_id)?;
        let within = Code::parse("division", &request.division)?;
        if within.level() < Level::County {
            return Err(Error::invalid(
                "division",
                &request.division,
                "a county or one below it",
            ));
        }
        let mut plan = self.plan(request, &within)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let county = county(within.code())?;
        area::areas_lock(&mut tx, &county).await?;
        let known = area::areas_ahead(&mut tx, &county, plan.date).await?;
        plan.name_leaders(&mut tx).await?;
        plan.check_members(&mut tx, &known).await?;
        let fresh = plan.changed(&known, &within)?;
        let before: HashMap<&str, &AreaRow> = known.iter().map(|row| (row.area_code.as_str(), row)).collect();
        let revised = fresh.iter().filter(|row| before.contains_key(row.area_code.as_str()));
        let revised = revised.count();
        let count = |areas: usize| i32::try_from(areas).unwrap_or(i32::MAX);
        let response = DrawAreasResponse {
            created_count: count(fresh.len() - revised),
            revised_count: count(revised),
            unchanged_count: count(plan.drawn.len() - fresh.len()),
            ended_count: count(plan.ended.len()),
        };
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(response));
        }
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        let closed = fresh.iter().map(|row| row.area_code.as_str());
        let closed: Vec<&str> = closed.chain(plan.ended.iter().map(String::as_str)).collect();
        area::areas_end(&mut tx, &closed, plan.date, now).await?;
        area::areas_begin(&mut tx, &fresh, now).await?;
        let ended = plan.ended.iter().filter_map(|code| before.get(code.as_str()));
        let ended = ended.map(|row| AreaRow {
            valid_until: Some(plan.date),
            ..(*row).clone()
        });
        for row in fresh.iter().cloned().chain(ended) {
            state(&mut tx, &row);
        }
        let detail = format!("{} drawn, {} ended from {}", fresh.len(), plan.ended.len(), plan.date);
        let change = Change::new("draw_areas", within.code(), &within.name()).detail(detail);
        tx.finish(change, response).await
    }

    fn plan(&self, request: &DrawAreasRequest, within: &Code) -> Result<Plan> {
        let date = self.kit.day("effective_date", request.effective_date)?;
        let given = request.areas.iter().enumerate();
        let given = given.map(|(at, area)| wire::area::drawn(&format!("areas[{at}]"), area, within, date));
        let ended = request.ended.iter().enumerate();
        let ended = ended.map(|(at, name)| wire::area::code(&format!("ended[{at}]"), name));
        let (drawn, ended) = drawing::read("areas", given, |area: &AreaRow| &area.area_code, ended)?;
        Ok(Plan { date, drawn, ended })
    }
}

impl Plan {
    async fn name_leaders(&mut self, tx: &mut Tx) -> Result<()> {
        let ids: Vec<String> = self.drawn.iter().map(|row| row.leader_id.clone()).collect();
        let names: HashMap<String, String> = task_tenure::names_of(tx, &ids, self.date).await?.into_iter().collect();
        for row in self.drawn.iter_mut().filter(|row| !row.leader_id.is_empty()) {
            let name = names.get(&row.leader_id);
            let name = name.ok_or_else(|| {
                let cadre = wire::cadre::name(&row.leader_id);
                Error::not_found(format!("{cadre} on {}", self.date))
            })?;
            row.leader_name.clone_from(name);
        }
        Ok(())
    }

    /// Whether the members are there, each in one area of its tree from the date on.
    async fn check_members(&mut self, tx: &mut Tx, known: &[AreaRow]) -> Result<()> {
        let members: Vec<&str> = self.drawn.iter().flat_map(codes).collect();
        let found = place::names_on(tx, &members, self.date).await?;
        let found: HashSet<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
        if let Some(missing) = members.iter().find(|code| !found.contains(*code)) {
            let missing = wire::division::name(missing);
            return Err(Error::not_found(format!("{missing} on {}", self.date)));
        }
        let touched: HashSet<&str> = self.codes().collect();
        let beside = known.iter().filter(|row| !touched.contains(row.area_code.as_str()));
        let all: Vec<&AreaRow> = self.drawn.iter().chain(beside).collect();
        let trees: HashSet<&str> = self.drawn.iter().map(|row| row.tree.as_str()).collect();
        let mut wrong = Vec::new();
        for tree in trees {
            let places = all.iter().enumerate().filter(|(_, row)| row.tree == tree);
            let places: Vec<(usize, usize)> = places
                .flat_map(|(area, row)| (0..row.members.len()).map(move |member| (area, member)))
                .collect();
            let code = |(area, member): (usize, usize)| all[area].members[member].as_str();
            let divisions: Vec<&str> = places.iter().map(|place| code(*place)).collect();
            wrong.extend(overlaps(&divisions).into_iter().filter_map(|(outer, inner)| {
                let (outer, inner) = (places[outer], places[inner]);
                // Versions of areas beside may follow one another.
                let at = [inner, outer].into_iter().find(|(area, _)| *area < self.drawn.len())?;
                let other = if at == inner { outer } else { inner };
                let rule = format!(
                    "in one area of a tree; {} lies in {}",
                    wire::division::name(code(other)),
                    wire::area::name(&all[other.0].area_code)
                );
                let path = format!("areas[{}].members[{}]", at.0, at.1);
                Some(Violation::new(path, code(at), rule))
            }));
        }
        if !wrong.is_empty() {
            wrong.sort_by(|a, b| a.field.cmp(&b.field));
            return Err(Error::invalid_many(wrong));
        }
        for row in &mut self.drawn {
            row.members.sort_unstable();
        }
        Ok(())
    }

    /// The areas that do not hold as drawn already. What changes later already is not changed before.
    fn changed(&self, known: &[AreaRow], within: &Code) -> Result<Vec<AreaRow>> {
        let of = |code: &str| {
            let versions = known.iter().filter(move |row| row.area_code == code);
            versions.collect::<Vec<_>>()
        };
        for code in self.codes() {
            let later = |row: &&&AreaRow| row.valid_from > self.date || row.valid_until.is_some();
            if let Some(later) = of(code).iter().find(later) {
                let (when, name) = (later.valid_until.unwrap_or(later.valid_from), wire::area::name(code));
                let message = format!("{name} changes on {when} already");
                return Err(Error::rule(
                    "AREA_CHANGES_LATER",
                    name,
                    message,
                    format!("该片区自 {when} 起已有变更"),
                ));
            }
        }
        let mine = |code: &str| {
            of(code)
                .first()
                .is_some_and(|row| row.division_code.starts_with(within.code()))
        };
        if let Some(unknown) = self.ended.iter().find(|code| !mine(code)) {
            return Err(Error::not_found(wire::area::name(unknown)));
        }
        let mut changed = Vec::new();
        for (at, area) in self.drawn.iter().enumerate() {
            let field = |name: &str| format!("areas[{at}].{name}");
            let Some(row) = of(&area.area_code).first().copied() else {
                wire::area::new_code(&field("code"), area)?;
                changed.push(area.clone());
                continue;
            };
            if !mine(&area.area_code) {
                return Err(Error::not_found(wire::area::name(&area.area_code)));
            }
            if row.tree != area.tree {
                let rule = format!("{}, the tree that the area began in", row.tree);
                return Err(Error::invalid(field("tree"), &area.tree, rule));
            }
            let same = row.division_code == area.division_code
                && row.display_name == area.display_name
                && row.members == area.members
                && row.leader_id == area.leader_id;
            if !same {
                changed.push(area.clone());
            }
        }
        Ok(changed)
    }

    fn codes(&self) -> impl Iterator<Item = &str> {
        let drawn = self.drawn.iter().map(|row| row.area_code.as_str());
        drawn.chain(self.ended.iter().map(String::as_str))
    }
}

fn codes(row: &AreaRow) -> impl Iterator<Item = &str> {
    row.members.iter().map(String::as_str)
}

fn state(tx: &mut Tx, row: &AreaRow) {
    let mut area = wire::area::area(row, codes(row));
    area.etag.clear();
    let name = area.name.clone();
    tx.emit("area.drawn", &row.division_code, &name, &AreaDrawn { area: Some(area) });
}
