//! How two route plans differ.

use kit::{
    call::Call,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{CompareRoutePlansRequest, CompareRoutePlansResponse};
use sanitation_core::comparison::compare;

use super::{Api, route_plans::existing, routes::ALL};
use crate::{
    store::{
        route_plans::{RoutePlan, route_plan_get, route_plan_in_force},
        routes::{route_list, unserved_list},
    },
    wire::{self, names},
};

/// By how much an arrival has to differ where the request says 0.
pub(super) const USUAL_SHIFT_S: i64 = 300;

pub(super) async fn run(
    api: &Api,
    call: &Call,
    request: &CompareRoutePlansRequest,
) -> Result<CompareRoutePlansResponse> {
    let shift_s = match request.shift_s {
        0 => USUAL_SHIFT_S,
        shift_s if (1..=86_400).contains(&shift_s) => shift_s.into(),
        shift_s => return Err(Error::invalid("shift_s", shift_s, "0 (meaning 300) to 86,400")),
    };
    let query = [request.name.as_str(), request.base.as_str(), &shift_s.to_string()];
    let page = api
        .kit
        .pages
        .open(request.page_size, &request.page_token, "CompareRoutePlans", &query)?;
    let mut tx = api.kit.db.snapshot(call).await?;
    let (id, plan) = existing(&mut tx, &request.name).await?;
    let base = match request.base.as_str() {
        "" => {
            let in_force = route_plan_in_force(&mut tx, &plan.division_code, plan.date).await?;
            in_force.ok_or_else(|| no_plan_in_force(&plan))?
        }
        name => {
            let uid = names::reference("base", name, "routePlans")?.parse().ok();
            let found = match uid {
                Some(uid) => route_plan_get(&mut tx, uid).await?,
                None => None,
            };
            let found = found.ok_or_else(|| Error::not_found(name))?;
            if found.division_code != plan.division_code {
                let rule = format!("a plan of {}", names::division(&plan.division_code));
                return Err(Error::invalid("base", name, rule));
            }
            found
        }
    };
    let routes = route_list(&mut tx, id, 0, ALL).await?;
    let left = unserved_list(&mut tx, id, "", ALL).await?;
    let base_routes = route_list(&mut tx, base.route_plan_id, 0, ALL).await?;
    let base_left = unserved_list(&mut tx, base.route_plan_id, "", ALL).await?;
    let found = compare(
        &wire::comparison::side(&base_routes, &base_left),
        &wire::comparison::side(&routes, &left),
        shift_s,
    );
    let after = page.after.as_deref().unwrap_or_default();
    let begin = found.changes.partition_point(|change| change.point <= after);
    let limit = usize::try_from(page.size + 1).unwrap_or(usize::MAX);
    let changes = found.changes[begin..].iter().take(limit).collect();
    let (changes, next_page_token) = page.close(changes, |change| change.point.to_owned());
    Ok(CompareRoutePlansResponse {
        comparison: Some(wire::comparison::comparison(&base, &plan, &found, changes.into_iter())),
        next_page_token,
    })
}

fn no_plan_in_force(plan: &RoutePlan) -> Error {
    Error::rule(
        "NO_PLAN_IN_FORCE",
        names::route_plan(plan.route_plan_id),
        "no plan is in force for its division and day: name the plan to compare it with",
        "该区划当日没有生效的方案：请指定要比较的方案",
    )
}
