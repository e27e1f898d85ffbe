//! Which grids do not fit together.
//!
//! Large grids share no area with one another, nor do the small grids of one large grid; a small grid lies in its large grid on
//! every day of its own. Shared borders are drawn point by point: a point of one border may lie in the middle of a piece of the
//! other only if it lies exactly on it.

use std::collections::HashMap;

use time::Date;

use super::{Bounds, Point, Shape, relate, sweep::meeting};

/// A grid over a time.
#[derive(Debug, Clone, Copy)]
pub struct Grid<'a> {
    /// Code.
    pub code: &'a str,
    /// Code of the large grid; empty for a large grid.
    pub parent: &'a str,
    /// Its area.
    pub shape: &'a Shape,
    /// First day.
    pub from: Date,
    /// First day on which it no longer holds.
    pub until: Option<Date>,
    /// It is being drawn; the others are known to fit together.
    pub drawn: bool,
}

/// What does not fit; grids by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// Two grids share area.
    Overlap {
        /// A grid that is being drawn.
        grid: usize,
        /// The other.
        other: usize,
        /// About where.
        at: Point,
    },
    /// A small grid reaches out of its large grid.
    Leaves {
        /// The small grid.
        grid: usize,
        /// About where.
        at: Point,
    },
    /// A small grid has no large grid from this day on.
    Orphan {
        /// The small grid.
        grid: usize,
        /// First day without.
        from: Date,
    },
}

/// Everything that does not fit, one misfit a pair.
pub fn misfits(grids: &[Grid<'_>]) -> Vec<Misfit> {
    let mut found = Vec::new();
    let mut large: HashMap<&str, Vec<&Grid<'_>>> = HashMap::new();
    for grid in grids.iter().filter(|grid| grid.parent.is_empty()) {
        large.entry(grid.code).or_default().push(grid);
    }
    for (at, grid) in grids.iter().enumerate().filter(|(_, grid)| !grid.parent.is_empty()) {
        let parents = large.get(grid.parent).map_or(&[][..], Vec::as_slice);
        found.extend(within(at, grid, parents));
    }
    let boxes: Vec<Bounds> = grids.iter().map(|grid| grid.shape.bounds()).collect();
    for (first, second) in meeting(&boxes) {
        let (a, b) = (&grids[first], &grids[second]);
        let beside = a.parent == b.parent && a.code != b.code && shares_day(a, b);
        if !beside || !(a.drawn || b.drawn) {
            continue;
        }
        if let Some(at) = relate(a.shape, b.shape).overlap() {
            let (grid, other) = if b.drawn { (second, first) } else { (first, second) };
            found.push(Misfit::Overlap { grid, other, at });
        }
    }
    found
}

fn within(at: usize, grid: &Grid<'_>, parents: &[&Grid<'_>]) -> Option<Misfit> {
    let mut parents: Vec<&&Grid<'_>> = parents.iter().filter(|parent| shares_day(grid, parent)).collect();
    parents.sort_by_key(|parent| parent.from);
    // Up to which day the large grid is known without a gap; `None` for good.
    let mut covered = Some(grid.from);
    for parent in &parents {
        if covered.is_some_and(|day| parent.from <= day) {
            covered = parent.until;
        }
    }
    let gap = covered.filter(|day| grid.until.is_none_or(|until| *day < until));
    if let Some(from) = gap {
        return Some(Misfit::Orphan { grid: at, from });
    }
    let mut tried = parents.iter().filter(|parent| parent.drawn || grid.drawn);
    let leaves = tried.find_map(|parent| relate(grid.shape, parent.shape).leaves());
    leaves.map(|place| Misfit::Leaves { grid: at, at: place })
}

fn shares_day(a: &Grid<'_>, b: &Grid<'_>) -> bool {
    let before = |until: Option<Date>, from: Date| until.is_some_and(|until| until <= from);
    !before(a.until, b.from) && !before(b.until, a.from)
}
