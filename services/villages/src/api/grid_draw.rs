//! Draws grids: all of a request holds from one date on, or nothing.

use std::collections::{HashMap, HashSet};

use kit::{
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    division::{Division as Code, Level},
    error::{Error, Result, Violation},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{DrawGridsRequest, DrawGridsResponse, GridDrawn};
use time::Date;
use tonic::Response;
use villages_core::grid::{
    Shape,
    arrange::{Grid, Misfit, misfits},
};

use super::{division::require_id, drawing, grid::GridApi};
use crate::{
    store::{
        bulletin_clock,
        grid::{self, GridRow, NewGrid},
        place,
    },
    wire::{self, grid::Drawn, shape::text},
};

/// What is to hold from a date on.
struct Plan {
    date: Date,
    drawn: Vec<Drawn>,
    ended: Vec<String>,
}

impl GridApi {
    pub(super) async fn draw(&self, call: &Call, request: &DrawGridsRequest) -> Result<Response<DrawGridsResponse>> {
        require_id(&request.request_id)?;
        let within = Code::parse("division", &request.division)?;
        let county = within
            .at(Level::County)
            .map_or_else(|| within.code().to_owned(), Code::into_code);
        let plan = self.plan(request, &within)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        grid::grids_lock(&mut tx, &county).await?;
        let known = plan.concerned(&mut tx, &county).await?;
        let fresh = plan.changed(&known)?;
        plan.check_divisions(&mut tx).await?;
        plan.check_fit(&known)?;
        let codes: HashSet<&str> = known.iter().map(|row| row.grid_code.as_str()).collect();
        let revised = fresh.iter().filter(|grid| codes.contains(grid.code.as_str())).count();
        let count = |grids: usize| i32::try_from(grids).unwrap_or(i32::MAX);
        let response = DrawGridsResponse {
            created_count: count(fresh.len() - revised),
            revised_count: count(revised),
            unchanged_count: count(plan.drawn.len() - fresh.len()),
            ended_count: count(plan.ended.len()),
        };
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(response));
        }
        plan.keep(&mut tx, &known, &fresh).await?;
        let detail = format!("{} drawn, {} ended from {}", fresh.len(), plan.ended.len(), plan.date);
        let change = Change::new("draw_grids", within.code(), &within.name()).detail(detail);
        tx.finish(change, response).await
    }

    fn plan(&self, request: &DrawGridsRequest, within: &Code) -> Result<Plan> {
        let shifted = wire::shape::is_shifted("coordinate_system", request.coordinate_system)?;
        let given = request.grids.iter().enumerate();
        let given = given.map(|(at, grid)| wire::grid::drawn(&format!("grids[{at}]"), grid, within, shifted));
        let ended = request.ended.iter().enumerate();
        let ended = ended.map(|(at, name)| wire::grid::code(&format!("ended[{at}]"), name));
        let (drawn, ended) = drawing::read("grids", given, |grid: &Drawn| &grid.code, ended)?;
        Ok(Plan {
            date: self.kit.day("effective_date", request.effective_date)?,
            drawn,
            ended,
        })
    }
}

impl Plan {
    fn codes(&self) -> Vec<&str> {
        let drawn = self.drawn.iter().map(|grid| grid.code.as_str());
        drawn.chain(self.ended.iter().map(String::as_str)).collect()
    }

    /// Everything that holds from the date on and has to do with the plan.
    async fn concerned(&self, tx: &mut Tx, county: &str) -> Result<Vec<GridRow>> {
        let parents = self.drawn.iter().map(|grid| grid.parent.as_str());
        let codes: Vec<&str> = self
            .codes()
            .into_iter()
            .chain(parents)
            .filter(|code| !code.is_empty())
            .collect();
        let boxes: Vec<_> = self
            .drawn
            .iter()
            .map(|grid| wire::shape::box_row(grid.shape.bounds()))
            .collect();
        Ok(grid::grids_concerned(tx, county, &codes, &boxes, self.date).await?)
    }

    /// The grids that do not hold as drawn already. What changes later already is not changed before.
    fn changed(&self, known: &[GridRow]) -> Result<Vec<&Drawn>> {
        let of = |code: &str| {
            known
                .iter()
                .filter(move |row| row.grid_code == code)
                .collect::<Vec<_>>()
        };
        for code in self.codes() {
            if let Some(later) = of(code)
                .iter()
                .find(|row| row.valid_from > self.date || row.valid_until.is_some())
            {
                let when = later.valid_until.unwrap_or(later.valid_from);
                return Err(Error::rule(
                    "GRID_CHANGES_LATER",
                    wire::grid::name(code),
                    format!("{} changes on {when} already", wire::grid::name(code)),
                    format!("该网格自 {when} 起已有变更"),
                ));
            }
        }
        if let Some(unknown) = self.ended.iter().find(|code| of(code).is_empty()) {
            return Err(Error::not_found(wire::grid::name(unknown)));
        }
        let mut changed = Vec::new();
        for (at, grid) in self.drawn.iter().enumerate() {
            let field = |name: &str| format!("grids[{at}].{name}");
            let Some(row) = of(&grid.code).first().copied() else {
                wire::grid::new_code(&field("code"), grid)?;
                changed.push(grid);
                continue;
            };
            if row.parent_code.is_empty() != grid.parent.is_empty() {
                return Err(Error::invalid(
                    field("size"),
                    &grid.code,
                    "the size that the grid began with",
                ));
            }
            let same = row.division_code == grid.division
                && row.parent_code == grid.parent
                && row.display_name == grid.display_name
                && row.boundary == grid.boundary.encode_to_vec();
            if !same {
                changed.push(grid);
            }
        }
        Ok(changed)
    }

    async fn check_divisions(&self, tx: &mut Tx) -> Result<()> {
        let divisions: HashSet<&str> = self.drawn.iter().map(|grid| grid.division.as_str()).collect();
        let divisions: Vec<&str> = divisions.into_iter().collect();
        let found = place::names_on(tx, &divisions, self.date).await?;
        let found: HashSet<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
        let missing = self.drawn.iter().find(|grid| !found.contains(grid.division.as_str()));
        match missing {
            None => Ok(()),
            Some(grid) => Err(Error::not_found(format!(
                "{} on {}",
                wire::division::name(&grid.division),
                self.date
            ))),
        }
    }

    /// Whether everything that holds from the date on fits together.
    fn check_fit(&self, known: &[GridRow]) -> Result<()> {
        let touched: HashSet<&str> = self.codes().into_iter().collect();
        let others: Vec<&GridRow> = known
            .iter()
            .filter(|row| !touched.contains(row.grid_code.as_str()))
            .collect();
        let shapes = others.iter().map(|row| Ok(wire::shape::kept(&row.boundary)?.0));
        let shapes: Vec<Shape> = shapes.collect::<Result<_>>()?;
        let drawn = self.drawn.iter().map(|grid| Grid {
            code: &grid.code,
            parent: &grid.parent,
            shape: &grid.shape,
            from: self.date,
            until: None,
            drawn: true,
        });
        let beside = others.iter().zip(&shapes).map(|(row, shape)| Grid {
            code: &row.grid_code,
            parent: &row.parent_code,
            shape,
            from: row.valid_from.max(self.date),
            until: row.valid_until,
            drawn: false,
        });
        let all: Vec<Grid<'_>> = drawn.chain(beside).collect();
        let found = misfits(&all);
        let parted = found.iter().find_map(|misfit| match misfit {
            Misfit::Orphan { grid, .. } if !all[*grid].drawn => Some(all[*grid]),
            _ => None,
        });
        if let Some(part) = parted {
            let (large, small) = (wire::grid::name(part.parent), wire::grid::name(part.code));
            return Err(Error::rule(
                "GRID_HAS_PARTS",
                &large,
                format!("{large} still has {small}; end it or give it to another large grid too"),
                format!("{large} 内仍有小网格 {small}"),
            ));
        }
        let wrong: Vec<Violation> = found.iter().map(|misfit| violation(&all, *misfit, self.date)).collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid_many(wrong))
        }
    }

    async fn keep(&self, tx: &mut Tx, known: &[GridRow], fresh: &[&Drawn]) -> Result<()> {
        let ending: Vec<&str> = fresh.iter().map(|grid| grid.code.as_str()).collect();
        let ending: Vec<&str> = ending
            .into_iter()
            .chain(self.ended.iter().map(String::as_str))
            .collect();
        let now = bulletin_clock::recorded_at(tx).await?;
        grid::grids_end(tx, &ending, self.date, now).await?;
        let begun: Vec<NewGrid<'_>> = fresh
            .iter()
            .map(|grid| NewGrid {
                grid_code: &grid.code,
                division_code: &grid.division,
                parent_code: &grid.parent,
                display_name: &grid.display_name,
                boundary: grid.boundary.encode_to_vec(),
                bounds: wire::shape::box_row(grid.shape.bounds()),
            })
            .collect();
        grid::grids_begin(tx, &begun, self.date, now).await?;
        let before: HashMap<&str, &GridRow> = known.iter().map(|row| (row.grid_code.as_str(), row)).collect();
        for grid in fresh {
            let began = GridRow {
                id: 0,
                grid_code: grid.code.clone(),
                division_code: grid.division.clone(),
                parent_code: grid.parent.clone(),
                display_name: grid.display_name.clone(),
                boundary: Vec::new(),
                valid_from: self.date,
                valid_until: None,
            };
            state(tx, &began);
        }
        for code in &self.ended {
            if let Some(row) = before.get(code.as_str()) {
                let ended = GridRow {
                    valid_until: Some(self.date),
                    ..(*row).clone()
                };
                state(tx, &ended);
            }
        }
        Ok(())
    }
}

fn state(tx: &mut Tx, row: &GridRow) {
    let mut grid = wire::grid::grid(row, None);
    grid.etag.clear();
    let name = grid.name.clone();
    tx.emit("grid.drawn", &row.division_code, &name, &GridDrawn { grid: Some(grid) });
}

/// A misfit at the grid of the request that it is about.
fn violation(all: &[Grid<'_>], misfit: Misfit, date: Date) -> Violation {
    let name = |at: usize| wire::grid::name(all[at].code);
    match misfit {
        Misfit::Overlap { grid, other, at } => Violation::new(
            format!("grids[{grid}].boundary"),
            all[grid].code,
            format!("no area shared with {}, as near {}", name(other), text(at)),
        ),
        Misfit::Leaves { grid, at } if all[grid].drawn => Violation::new(
            format!("grids[{grid}].boundary"),
            all[grid].code,
            format!(
                "inside {}, which it leaves near {}",
                wire::grid::name(all[grid].parent),
                text(at)
            ),
        ),
        Misfit::Leaves { grid, at } => {
            let parent = all
                .iter()
                .position(|it| it.drawn && it.code == all[grid].parent)
                .unwrap_or(0);
            Violation::new(
                format!("grids[{parent}].boundary"),
                all[parent].code,
                format!("around {}, which it leaves out near {}", name(grid), text(at)),
            )
        }
        Misfit::Orphan { grid, from } => Violation::new(
            format!("grids[{grid}].parent"),
            all[grid].parent,
            format!("a large grid in force on {} and later", from.max(date)),
        ),
    }
}
