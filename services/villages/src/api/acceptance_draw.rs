//! Draws the sample of an inspection and assigns who makes it.

use std::collections::HashMap;

use kit::{
    call::Call,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    Acceptance, AcceptanceAction, AcceptanceEntry, DrawAcceptanceSampleRequest, InspectionDraw, InspectionStratum,
    InspectionUnit, TaskPerson,
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
    wire,
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
        wire::names::at_most("candidates", &request.candidates, 500)?;
        let named = request.candidates.iter().enumerate();
        let named: Vec<String> = named
            .map(|(at, name)| wire::cadre::id(&format!("candidates[{at}]"), name))
            .collect::<Result<_>>()?;
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
    let candidates = candidates(opened, named).await?;
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
    let wanted = usize::try_from(rules.inspector_count)
        .map_err(Error::internal)?
        .min(draw.units.len());
    let found = free.len();
    let Some(chosen) = core::choose(free, wanted, &draw.seed) else {
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
    for (unit, inspector) in draw.units.iter_mut().zip(chosen.iter().cycle()) {
        unit.inspector = candidates.get(inspector).cloned();
    }
    let of = |inspector: &String| {
        let name = wire::cadre::name(inspector);
        let is_theirs = |unit: &&InspectionUnit| unit.inspector.as_ref().is_some_and(|it| it.cadre == name);
        i64::from(wire::rating::small(draw.units.iter().filter(is_theirs).count()))
    };
    let units: Vec<i64> = chosen.iter().map(of).collect();
    draw.recused = recused.iter().map(|id| wire::cadre::name(id)).collect();
    let (id, round) = (opened.row.acceptance_id, draw.round);
    inspection::inspectors_insert(&mut opened.tx, id, round, &village, &chosen, &units).await?;
    Ok(())
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

/// Whoever inspected in an earlier round does not inspect again.
pub(super) fn earlier(acceptance: &Acceptance) -> impl Iterator<Item = String> {
    let draws = acceptance.entries.iter().filter_map(|entry| entry.draw.as_ref());
    let inspectors = draws
        .flat_map(|draw| &draw.units)
        .filter_map(|unit| unit.inspector.as_ref());
    inspectors.filter_map(|person| wire::cadre::id("inspector", &person.cadre).ok())
}
