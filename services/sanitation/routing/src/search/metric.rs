//! Distances and times between nodes, as fast as the size allows.

use crate::control::GoOn;
use crate::travel::{Point, Road, arc_m, line_m, unit};
use crate::{Spec, Travel};

/// Largest number of nodes for which tables are built (16 MiB for each).
const TABLE: usize = 2_048;

/// A node that stands for the end of a route without an end place.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// Travel between nodes; a node is a place in a certain role.
pub(crate) enum Metric<'p> {
    /// Row-major tables; `seconds` is empty where no time matters.
    Table {
        nodes: usize,
        metres: Vec<u32>,
        seconds: Vec<u32>,
        /// Whether each way is as long and as quick as the way back.
        symmetric: bool,
    },
    /// Plane coordinates.
    Planar { points: Vec<Point>, road: Road },
    /// Positions on the unit sphere.
    Sphere { points: Vec<[f64; 3]>, road: Road },
    /// The caller's matrix, by place.
    Given { places: Vec<u32>, travel: &'p Travel },
}

impl<'p> Metric<'p> {
    /// The metric between nodes at the given places; none when told to stop.
    pub(crate) fn new(spec: &'p Spec, places: &[u32], clocked: bool, go_on: GoOn<'_>) -> Option<Self> {
        let travel = &spec.travel;
        if places.len() <= TABLE {
            let mut table = |value: &dyn Fn(usize, usize) -> i64| -> Option<Vec<u32>> {
                let mut cells = Vec::with_capacity(places.len() * places.len());
                for &from in places {
                    let row = places.iter().map(|&to| value(from as usize, to as usize));
                    cells.extend(row.map(|value| u32::try_from(value).unwrap_or(u32::MAX)));
                    go_on().then_some(())?;
                }
                Some(cells)
            };
            let metres = table(&|from, to| travel.distance_m(from, to))?;
            let seconds = if clocked {
                table(&|from, to| travel.duration_s(from, to))?
            } else {
                Vec::new()
            };
            return Some(Self::Table {
                nodes: places.len(),
                symmetric: is_symmetric(places.len(), &metres) && (!clocked || is_symmetric(places.len(), &seconds)),
                metres,
                seconds,
            });
        }
        Some(match travel {
            Travel::Matrix { .. } => Self::Given {
                places: places.to_vec(),
                travel,
            },
            Travel::Planar { points, road } => Self::Planar {
                points: places.iter().map(|&place| points[place as usize]).collect(),
                road: *road,
            },
            Travel::GreatCircle { points, road } => Self::Sphere {
                points: places.iter().map(|&place| unit(points[place as usize])).collect(),
                road: *road,
            },
        })
    }

    /// Whether each way is as long and as quick as the way back.
    pub(crate) const fn is_symmetric(&self) -> bool {
        match self {
            Self::Table { symmetric, .. } => *symmetric,
            Self::Planar { .. } | Self::Sphere { .. } => true,
            Self::Given { .. } => false,
        }
    }

    /// The two nodes in the order in which a table is read fastest when `to` is the same many times over.
    #[inline]
    pub(crate) const fn towards(&self, from: u32, to: u32) -> (u32, u32) {
        match self {
            Self::Table { symmetric: true, .. } => (to, from),
            _ => (from, to),
        }
    }

    /// Metres from one node to another.
    #[inline]
    pub(crate) fn metres(&self, from: u32, to: u32) -> u32 {
        if to == NOWHERE {
            return 0;
        }
        let (from, to) = (from as usize, to as usize);
        match self {
            Self::Table { nodes, metres, .. } => metres[from * nodes + to],
            Self::Planar { points, road } => road.stretched(line_m(points[from], points[to])),
            Self::Sphere { points, road } => road.stretched(arc_m(points[from], points[to])),
            Self::Given { places, travel } => {
                u32::try_from(travel.distance_m(places[from] as usize, places[to] as usize)).unwrap_or(u32::MAX)
            }
        }
    }

    /// Seconds from one node to another, read fastest when `to` is the same many times over.
    #[inline]
    pub(crate) fn seconds_into(&self, from: u32, to: u32) -> i64 {
        let (from, to) = self.towards(from, to);
        self.seconds(from, to)
    }

    /// Seconds from one node to another.
    #[inline]
    pub(crate) fn seconds(&self, from: u32, to: u32) -> i64 {
        if to == NOWHERE {
            return 0;
        }
        match self {
            Self::Table { nodes, seconds, .. } => i64::from(seconds[from as usize * nodes + to as usize]),
            Self::Planar { road, .. } | Self::Sphere { road, .. } => road.driving_s(i64::from(self.metres(from, to))),
            Self::Given { places, travel } => {
                travel.duration_s(places[from as usize] as usize, places[to as usize] as usize)
            }
        }
    }
}

fn is_symmetric(nodes: usize, table: &[u32]) -> bool {
    (0..nodes).all(|a| (0..a).all(|b| table[a * nodes + b] == table[b * nodes + a]))
}
