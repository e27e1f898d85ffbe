//! A solution as routes, roads left out and sums.

use arcs::{Reason, Solution, Step, Vehicle};
use sanitation_core::street::{self, Action, Kind, Segment, Stretch, Totals};
use sqlx::types::Json;
use uuid::Uuid;

use super::Streets;
use crate::store::street_plans::{StreetRoute, Uncovered};

/// A plan as it is kept.
#[derive(Debug, Default)]
pub struct StreetPlan {
    /// Routes by vehicle.
    pub routes: Vec<StreetRoute>,
    /// Roads with passes left out.
    pub uncovered: Vec<Uncovered>,
    /// Sums.
    pub totals: Totals,
}

impl Streets {
    /// The plan made of a solution.
    pub fn plan(&self, id: Uuid, solution: &Solution) -> StreetPlan {
        let mut plan = StreetPlan::default();
        for route in &solution.routes {
            let row = self.route(id, route);
            let is = |wanted: fn(&Action) -> bool| row.steps.iter().filter(|step| wanted(&step.action)).count();
            let sums = &mut plan.totals;
            sums.cost_fen += route.cost / 1_000;
            sums.worked_m += row.worked_m;
            sums.deadhead_m += row.deadhead_m;
            sums.duration_s += row.arrive_s - row.depart_s;
            sums.load_l += row.load_l;
            sums.vehicles += 1;
            sums.refills += count(is(|action| matches!(action, Action::Refill(_))));
            sums.passes += count(is(|action| matches!(action, Action::Work(_))));
            plan.routes.push(row);
        }
        plan.routes.sort_by(|a, b| a.vehicle_id.cmp(&b.vehicle_id));
        let early = self.early.iter().map(|early| (early.edge, early.reason, early.passes));
        let late = solution.unserved.iter().filter_map(|one| {
            let edge = self.roads.of(self.problem.spec().tasks[one.task].road)?;
            Some((edge, reason(one.reason), one.passes))
        });
        let mut left: Vec<(usize, &str, u32)> = early.chain(late).collect();
        left.sort_unstable();
        for (ordinal, (edge, reason, passes)) in (1..).zip(left) {
            let row = self.uncovered(id, ordinal, (edge, reason, passes));
            plan.totals.uncovered += i64::from(row.passes);
            plan.totals.uncovered_m += row.length_m;
            plan.uncovered.push(row);
        }
        plan
    }

    fn uncovered(&self, id: Uuid, ordinal: i32, (edge, reason, passes): (usize, &str, u32)) -> Uncovered {
        let road = &self.day.edges[edge];
        Uncovered {
            street_work_plan_id: id,
            ordinal,
            edge_id: road.edge_id.clone(),
            reason: reason.to_owned(),
            passes: i32::try_from(passes).unwrap_or(i32::MAX),
            length_m: metres(road.length_mm) * i64::from(passes),
            line: Json(self.roads.edge_line(&self.day, edge)),
        }
    }

    fn route(&self, id: Uuid, route: &arcs::Route) -> StreetRoute {
        let vehicle = &self.day.vehicles[self.vehicles[route.vehicle]];
        let stated = &self.problem.spec().vehicles[route.vehicle];
        let (steps, lines) = self.steps(route, stated);
        StreetRoute {
            street_work_plan_id: id,
            vehicle_id: vehicle.vehicle_id.clone(),
            division_code: vehicle.division_code.clone(),
            depot_id: vehicle.depot_id.clone(),
            depart_s: route.departure_s,
            arrive_s: route.arrival_s,
            worked_m: route.worked_m,
            deadhead_m: route.deadhead_m,
            load_l: route.load,
            steps: Json(steps),
            lines: Json(lines),
        }
    }

    fn steps(&self, route: &arcs::Route, vehicle: &Vehicle) -> (Vec<street::Step>, Vec<Stretch>) {
        let spec = self.problem.spec();
        let mut left_l = vehicle.capacity;
        let (mut steps, mut lines): (Vec<street::Step>, Vec<Stretch>) = (Vec::new(), Vec::new());
        for step in &route.steps {
            let (action, start_s, end_s) = match *step {
                Step::Drive {
                    road,
                    forward,
                    start_s,
                    end_s,
                } => {
                    draw(&mut lines, Kind::Drive, self.roads.line(road, forward));
                    let access = Action::Access(spec.roads[road].length_m.into());
                    let action = self.segment(road, forward).map_or(access, Action::Drive);
                    (action, start_s, end_s)
                }
                Step::Work {
                    task,
                    forward,
                    start_s,
                    end_s,
                    left,
                } => {
                    let road = spec.tasks[task].road;
                    draw(&mut lines, Kind::Work, self.roads.line(road, forward));
                    left_l = left;
                    let Some(segment) = self.segment(road, forward) else {
                        continue;
                    };
                    (Action::Work(segment), start_s, end_s)
                }
                Step::Refill { refill, start_s, end_s } => {
                    let at = self.roads.position(spec.refills[refill].node);
                    draw(&mut lines, Kind::Refill, vec![at]);
                    left_l = vehicle.capacity;
                    (Action::Refill(self.refills[refill].clone()), start_s, end_s)
                }
            };
            steps.push(street::Step {
                start_s,
                end_s,
                left_l,
                action,
            });
        }
        (steps, lines)
    }

    fn segment(&self, road: usize, forward: bool) -> Option<Segment> {
        let edge = &self.day.edges[self.roads.of(road)?];
        Some(Segment {
            edge: edge.edge_id.clone(),
            forward,
            length_m: metres(edge.length_mm),
        })
    }
}

/// Adds a line to the map, to the stretch before it if the same happens there.
fn draw(lines: &mut Vec<Stretch>, kind: Kind, line: Vec<[f64; 2]>) {
    match lines.last_mut() {
        Some(last) if last.kind == kind && kind != Kind::Refill => last.line.extend(line.into_iter().skip(1)),
        _ => lines.push(Stretch { kind, line }),
    }
}

/// As the engine has them: metres rounded up.
const fn metres(length_mm: i64) -> i64 {
    (length_mm + 999) / 1_000
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}

const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NoVehicle | Reason::NoWay => "no_way",
        Reason::TooMuch => "too_large",
        Reason::OutsideShifts => "shift",
        Reason::NoLoad => "no_refill",
        Reason::NoTime => "no_time",
        Reason::NotWorth => "not_worth",
    }
}
