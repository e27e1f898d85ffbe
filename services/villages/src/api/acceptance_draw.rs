//! Draws the sample of an inspection and assigns who makes it, and who does instead of whom.

use std::collections::HashMap;

use kit::{
    call::Call,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    Acceptance, AcceptanceAction, AcceptanceEntry, DrawAcceptanceSampleRequest, InspectionDraw, InspectionRecord,
    InspectionStratum, InspectionUnit, InspectorReplacement, ReplaceInspectorRequest, TaskPerson,
};
use tonic::Response;
use villages_core::{
    acceptance::{self as core, Action, Candidate, Household},
    digest,
    document::{Acceptance as Rules, Post},
};

use super::{
    acceptance::AcceptanceApi,
    acceptance_process::{About, By, Opened, Start},
    plan_load,
};
use crate::{
    store::{acceptance_inspection as inspection, lineage, task_tenure},
    wire::{self, acceptance_inspection as sheets},
};

/// Posts of those who inspect unless the request names candidates.
const INSPECTING: [Post; 3] = [Post::TownshipLeader, Post::SectionLeader, Post::StationedCadre];

/// Digits of a county and of a township in a village's code.
const COUNTY: usize = 6;
const TOWNSHIP: usize = 9;

impl AcceptanceApi {
    pub(super) async fn draw(
        &self,
        call: &Call,
        request: &DrawAcceptanceSampleRequest,
    ) -> Result<Response<Acceptance>> {
        let named = named(&request.candidates)?;
        let about = About {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            by: By::Plan,
        };
        let mut opened = match Opened::begin(self, call, request, about).await? {
            Start::Replay(first) => return Ok(Response::new(first)),
            Start::Fresh(opened) => opened,
        };
        opened.act(Action::Draw)?;
        let rules = plan_load::version(&mut opened.tx, &opened.plan).await?.plan.acceptance;
        let seed = format!("{:016x}{:016x}", self.kit.ids.seed(), self.kit.ids.seed());
        let mut draw = InspectionDraw {
            round: opened.process.rounds(),
            seed_digest: digest::hex(seed.as_bytes()),
            ..InspectionDraw::default()
        };
        sample(&mut opened, &rules, &seed, &mut draw).await?;
        draw.seed = seed;
        assign(&mut opened, &rules, named, &mut draw).await?;
        opened
            .conclude(AcceptanceEntry {
                action: AcceptanceAction::Draw.into(),
                draw: Some(draw),
                ..AcceptanceEntry::default()
            })
            .await
    }

    pub(super) async fn replace(&self, call: &Call, request: &ReplaceInspectorRequest) -> Result<Response<Acceptance>> {
        wire::cadre::id("inspector", &request.inspector)?;
        let text = wire::names::lines("reason", &request.reason, wire::acceptance::LONGEST)?.to_owned();
        let named = named(&request.candidates)?;
        let about = About {
            name: &request.name,
            etag: &request.etag,
            request_id: &request.request_id,
            by: By::Plan,
        };
        let mut opened = match Opened::begin(self, call, request, about).await? {
            Start::Replay(first) => return Ok(Response::new(first)),
            Start::Fresh(opened) => opened,
        };
        opened.act(Action::Replace)?;
        let drawn = sheets::latest_draw(&opened.acceptance);
        let (draw, _) = drawn.ok_or_else(|| Error::internal("a round without a sample"))?;
        let records = inspection::records_of(&mut opened.tx, opened.row.acceptance_id, draw.round).await?;
        let records: Vec<InspectionRecord> = records.iter().map(|it| sheets::record(it)).collect::<Result<_>>()?;
        let theirs = |unit: &&InspectionUnit| {
            let is_open = records.iter().all(|record| record.unit_number != unit.number);
            is_open && unit.inspector.as_ref().is_some_and(|it| it.cadre == request.inspector)
        };
        let left: Vec<&InspectionUnit> = draw.units.iter().filter(theirs).collect();
        let Some(first) = left.first() else {
            let message = format!("{} has nothing left to inspect", request.inspector);
            let zh = format!("{} 没有待检查的单元", request.inspector);
            return Err(Error::rule("NOT_ASSIGNED", &request.inspector, message, zh));
        };
        let seed = format!("{} {}", draw.seed, opened.acceptance.entries.len() + 1);
        let chosen = choose(&mut opened, named, 1, &seed).await?;
        for successor in &chosen.people {
            keep(&mut opened, draw.round, successor, left.len()).await?;
        }
        let replacement = InspectorReplacement {
            inspector: first.inspector.clone(),
            successor: chosen.people.into_iter().next(),
            unit_numbers: left.iter().map(|unit| unit.number).collect(),
            recused: chosen.recused,
        };
        opened
            .conclude(AcceptanceEntry {
                action: AcceptanceAction::Replace.into(),
                text,
                replacement: Some(replacement),
                ..AcceptanceEntry::default()
            })
            .await
    }
}

/// Ids of the candidates that a request names.
fn named(candidates: &[String]) -> Result<Vec<String>> {
    wire::names::at_most("candidates", candidates, 500)?;
    let named = candidates.iter().enumerate();
    named
        .map(|(at, name)| wire::cadre::id(&format!("candidates[{at}]"), name))
        .collect()
}

/// Draws the households and lists what is inspected: households first, by group, then what is counted at the village.
async fn sample(opened: &mut Opened, rules: &Rules, seed: &str, draw: &mut InspectionDraw) -> Result<()> {
    let (mut by_household, mut as_a_whole): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for claim in &opened.acceptance.claims {
        let list = if claim.by_household {
            &mut by_household
        } else {
            &mut as_a_whole
        };
        if !list.contains(&claim.indicator) {
            list.push(claim.indicator.clone());
        }
    }
    if !by_household.is_empty() {
        let today = opened.today();
        let villages = lineage::lineage_merged_into(&mut opened.tx, &opened.row.division_code, today, None).await?;
        let frame = inspection::frame(&mut opened.tx, &villages, today).await?;
        let frame: Vec<Household> = frame
            .into_iter()
            .map(|row| Household {
                id: row.household_id,
                stratum: row.group_code.unwrap_or_default(),
            })
            .collect();
        if frame.is_empty() {
            let village = &opened.acceptance.division;
            let message = format!("{village} has no households on the register to inspect");
            return Err(Error::rule(
                "NO_HOUSEHOLDS",
                village,
                message,
                "该村没有登记农户，无法抽样",
            ));
        }
        let drawn = core::draw(&frame, size(rules, frame.len())?, seed);
        draw.household_count = wire::rating::small(frame.len());
        draw.sample_count = wire::rating::small(drawn.households.len());
        draw.strata = drawn
            .strata
            .iter()
            .map(|stratum| InspectionStratum {
                group: group(&stratum.code),
                household_count: wire::rating::small(stratum.size),
                sample_count: wire::rating::small(stratum.drawn),
            })
            .collect();
        draw.units = drawn
            .households
            .iter()
            .map(|household| InspectionUnit {
                household: format!("households/{}", household.id),
                group: group(&household.stratum),
                indicators: by_household.clone(),
                ..InspectionUnit::default()
            })
            .collect();
    }
    draw.units
        .extend(as_a_whole.into_iter().map(|indicator| InspectionUnit {
            indicators: vec![indicator],
            ..InspectionUnit::default()
        }));
    for (number, unit) in (1..).zip(&mut draw.units) {
        unit.number = number;
    }
    Ok(())
}

fn group(code: &str) -> String {
    if code.is_empty() {
        String::new()
    } else {
        wire::division::name(code)
    }
}

/// Households to inspect of a village: as many as the plan says, or as its tolerated error asks for.
fn size(rules: &Rules, households: usize) -> Result<usize> {
    if rules.sample_household_count > 0 {
        return usize::try_from(rules.sample_household_count).map_err(Error::internal);
    }
    let error = rules.tolerated_error_permille.unwrap_or(Rules::USUAL_ERROR_PERMILLE);
    let (error, confidence) = (u32::try_from(error), u32::try_from(rules.confidence_permille));
    let (error, confidence) = (error.map_err(Error::internal)?, confidence.map_err(Error::internal)?);
    let households = u32::try_from(households).map_err(Error::internal)?;
    usize::try_from(core::sample_size(households, confidence, error)).map_err(Error::internal)
}

/// Deals the units out to inspectors who are not concerned.
async fn assign(opened: &mut Opened, rules: &Rules, named: Vec<String>, draw: &mut InspectionDraw) -> Result<()> {
    let wanted = usize::try_from(rules.inspector_count)
        .map_err(Error::internal)?
        .min(draw.units.len());
    let chosen = choose(opened, named, wanted, &draw.seed).await?;
    for (unit, inspector) in draw.units.iter_mut().zip(chosen.people.iter().cycle()) {
        unit.inspector = Some(inspector.clone());
    }
    for inspector in &chosen.people {
        let is_theirs = |unit: &&InspectionUnit| unit.inspector.as_ref() == Some(inspector);
        let units = draw.units.iter().filter(is_theirs).count();
        keep(opened, draw.round, inspector, units).await?;
    }
    draw.recused = chosen.recused;
    Ok(())
}

/// Keeps how much somebody inspects in a round.
async fn keep(opened: &mut Opened, round: i32, inspector: &TaskPerson, units: usize) -> Result<()> {
    let id = wire::cadre::id("inspector", &inspector.cadre).map_err(Error::internal)?;
    let (acceptance, village) = (opened.row.acceptance_id, opened.row.division_code.clone());
    let units = i64::from(wire::rating::small(units));
    inspection::inspector_insert(&mut opened.tx, (acceptance, round), &village, &id, units).await?;
    Ok(())
}

/// Who inspects, and which candidates may not, as resource names.
struct Chosen {
    people: Vec<TaskPerson>,
    recused: Vec<String>,
}

/// Chooses `wanted` of the candidates by a seed, of those who are not concerned and have not inspected the village.
async fn choose(opened: &mut Opened, named: Vec<String>, wanted: usize, seed: &str) -> Result<Chosen> {
    let mut candidates = candidates(opened, named).await?;
    let ids: Vec<String> = candidates.keys().cloned().collect();
    let (village, today) = (opened.row.division_code.clone(), opened.today());
    let township = village.get(..TOWNSHIP).unwrap_or(&village);
    let mut recused = inspection::concerned(&mut opened.tx, township, &ids, today).await?;
    recused.extend(earlier(&opened.acceptance).filter(|id| candidates.contains_key(id)));
    recused.sort_unstable();
    recused.dedup();
    let loads = inspection::loads(&mut opened.tx, &opened.plan, opened.acceptance.year, &ids).await?;
    let loads: HashMap<String, i64> = loads.into_iter().collect();
    let free: Vec<Candidate> = ids
        .into_iter()
        .filter(|id| !recused.contains(id))
        .map(|id| Candidate {
            load: loads.get(&id).copied().unwrap_or(0),
            id,
        })
        .collect();
    let found = free.len();
    let Some(chosen) = core::choose(free, wanted, seed) else {
        let message = format!(
            "{wanted} inspectors are needed, {found} of {} candidates are not concerned",
            candidates.len()
        );
        let zh = format!(
            "需要 {wanted} 名检查人员，{} 名候选人中仅 {found} 名无需回避",
            candidates.len()
        );
        return Err(Error::rule("NO_INSPECTOR", &opened.acceptance.name, message, zh));
    };
    Ok(Chosen {
        people: chosen.iter().filter_map(|id| candidates.remove(id)).collect(),
        recused: recused.iter().map(|id| wire::cadre::name(id)).collect(),
    })
}

/// Candidates by id: those named, or everybody of the county in an inspecting post.
async fn candidates(opened: &mut Opened, named: Vec<String>) -> Result<HashMap<String, TaskPerson>> {
    let today = opened.today();
    let county = opened.row.division_code.get(..COUNTY).unwrap_or_default().to_owned();
    let people: Vec<(String, String)> = if named.is_empty() {
        let posts = INSPECTING.map(Post::as_str);
        let holders = task_tenure::holders(&mut opened.tx, &county, &posts, today).await?;
        holders.into_iter().map(|it| (it.cadre_id, it.display_name)).collect()
    } else {
        let people = task_tenure::names_of(&mut opened.tx, &named, today).await?;
        if let Some(unknown) = named.iter().find(|id| !people.iter().any(|(known, _)| known == *id)) {
            return Err(Error::not_found(wire::cadre::name(unknown)));
        }
        people
    };
    let person = |(id, name): (String, String)| {
        let person = wire::task::person(&id, &name);
        (id, person)
    };
    Ok(people.into_iter().map(person).collect())
}

/// Whoever inspected, or was to, does not inspect again.
pub(super) fn earlier(acceptance: &Acceptance) -> impl Iterator<Item = String> {
    let entries = acceptance.entries.iter();
    let inspectors = entries.flat_map(|entry| {
        let drawn = entry.draw.iter().flat_map(|draw| &draw.units);
        let drawn = drawn.filter_map(|unit| unit.inspector.as_ref());
        drawn.chain(entry.replacement.iter().filter_map(|it| it.successor.as_ref()))
    });
    inspectors.filter_map(|person| wire::cadre::id("inspector", &person.cadre).ok())
}
