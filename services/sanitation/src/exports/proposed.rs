//! Registers `proposed_points` and `proposed_bins`, each also `_full_marks`: what the proposals add and change, in the columns of
//! `collection_points` and `bins`, so that they can be imported once it stands. Points go before bins. Rows come by village.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
};
use sanitation_core::{norms::Norms, siting::Proposed};
use sqlx::PgConnection;

use super::{clock, thousandths};
use crate::{
    book::Book,
    sites::{Aim, Sited, Standing, USUAL_BINS_PER_POINT},
    store::{
        areas::{Area, areas_of},
        bins::bin_get,
        points::point_get,
    },
};

/// Villages that are reckoned at once.
const AT_ONCE: usize = 50;
/// Litres of a new bin.
const VOLUME_L: i64 = 240;

/// Points that are new or get more bins.
pub struct ProposedPoints(Level);
/// Bins that are new or change their point.
pub struct ProposedBins(Level);

/// The number of bins aimed at, with the register's layout.
struct Level {
    full_marks: bool,
    layout: &'static Layout,
}

const fn layout(name: &'static str, columns: &'static [Column]) -> Layout {
    Layout {
        name,
        permission: "sanitation.siting.read",
        disclosure: None,
        columns,
    }
}

const POINT_COLUMNS: &[Column] = &[
    Column::plain("cp_id"),
    Column::plain("village_code"),
    Column::plain("kind"),
    Column::plain("capacity_l"),
    Column::plain("bins"),
    Column::plain("daily_kg"),
    Column::plain("access_max_gross_t"),
    Column::plain("window_open"),
    Column::plain("window_close"),
    Column::plain("lng"),
    Column::plain("lat"),
];
const BIN_COLUMNS: &[Column] = &[
    Column::plain("bin_id"),
    Column::plain("village_code"),
    Column::plain("group_code"),
    Column::plain("volume_l"),
    Column::plain("sealed"),
    Column::plain("households_served"),
    Column::plain("lng"),
    Column::plain("lat"),
    Column::plain("cp_id"),
    Column::plain("stream"),
];
const POINTS: Layout = layout("proposed_points", POINT_COLUMNS);
const POINTS_FULL_MARKS: Layout = layout("proposed_points_full_marks", POINT_COLUMNS);
const BINS: Layout = layout("proposed_bins", BIN_COLUMNS);
const BINS_FULL_MARKS: Layout = layout("proposed_bins_full_marks", BIN_COLUMNS);

impl ProposedPoints {
    /// For the fewest bins allowed.
    pub const REQUIRED: Self = Self(Level::new(false, &POINTS));
    /// For full marks.
    pub const FULL_MARKS: Self = Self(Level::new(true, &POINTS_FULL_MARKS));
}

impl ProposedBins {
    /// For the fewest bins allowed.
    pub const REQUIRED: Self = Self(Level::new(false, &BINS));
    /// For full marks.
    pub const FULL_MARKS: Self = Self(Level::new(true, &BINS_FULL_MARKS));
}

#[tonic::async_trait]
impl Extract for ProposedPoints {
    fn layout(&self) -> &'static Layout {
        self.0.layout
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let stands = match after {
            Some(id) => point_get(conn, id).await?.map(|point| point.division_code),
            None => None,
        };
        self.0.page(conn, export, (after, stands), points).await
    }
}

#[tonic::async_trait]
impl Extract for ProposedBins {
    fn layout(&self) -> &'static Layout {
        self.0.layout
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let stands = match after {
            Some(id) => bin_get(conn, id).await?.map(|bin| bin.division_code),
            None => None,
        };
        self.0.page(conn, export, (after, stands), bins).await
    }
}

impl Level {
    const fn new(full_marks: bool, layout: &'static Layout) -> Self {
        Self { full_marks, layout }
    }

    /// The rows after the one whose id is `after`; it is of the village `stands`, or its id tells its village.
    async fn page(
        &self,
        conn: &mut PgConnection,
        export: &Export,
        (after, stands): (Option<&str>, Option<String>),
        rows: fn(&Sited, &Norms) -> Vec<Vec<String>>,
    ) -> Result<Vec<Vec<String>>> {
        let of_new = || after.and_then(|id| id.get(2..14)).map(str::to_owned);
        let village = stands.or_else(of_new).unwrap_or_default();
        let areas = areas_of(conn, export.division.code()).await?;
        let areas: Vec<Area> = areas.into_iter().filter(|area| area.division_code >= village).collect();
        let mut book = Book::read(conn, export.division.code(), export.as_of).await?;
        let (mut found, mut skipping) = (Vec::new(), after);
        for areas in areas.chunks(AT_ONCE) {
            let standing = Standing::read(conn, areas, |code| book.norms(code)).await?;
            let (areas, aim) = (areas.to_vec(), self.aim());
            let work = move || {
                let sited = standing.propose(areas, aim, |code| book.norms(code));
                let lines = sited
                    .iter()
                    .flat_map(|one| rows(one, book.norms(&one.area.division_code)));
                let lines: Vec<Vec<String>> = lines.collect();
                (book, lines)
            };
            let lines;
            (book, lines) = tokio::task::spawn_blocking(work)
                .await
                .map_err(kit::error::Error::internal)?;
            for line in lines {
                match skipping {
                    Some(id) if line.first().is_some_and(|first| first == id) => skipping = None,
                    Some(_) => {}
                    None => found.push(line),
                }
            }
            if found.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
        found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
        Ok(found)
    }

    fn aim(&self) -> Aim {
        Aim {
            full_marks: self.full_marks,
            most_bins: USUAL_BINS_PER_POINT,
        }
    }
}

fn points(sited: &Sited, norms: &Norms) -> Vec<Vec<String>> {
    let (area, ids) = (&sited.area, sited.point_ids());
    let window = sited
        .points
        .first()
        .map_or((18_000, 36_000), |point| (point.window_opens_s, point.window_closes_s));
    let mut rows = Vec::new();
    for (site, id) in sited.proposal.sites.iter().zip(ids) {
        let known = site.point.and_then(|index| sited.points.get(index));
        let bins = all_bins(site);
        let households: i64 = site.served.iter().map(|served| served.households).sum();
        let daily_g = || {
            let residents = area.resident_count * households / area.household_count.max(1);
            residents * norms.waste.usual_g_per_person_day()
        };
        let row = match known {
            Some(_) if site.new_bins == 0 => continue,
            Some(point) => vec![
                id,
                area.division_code.clone(),
                point.kind.clone(),
                (point.capacity_l + site.new_bins * VOLUME_L).to_string(),
                (i64::from(point.bin_count) + site.new_bins).to_string(),
                thousandths(point.daily_g),
                point.access_max_gross_kg.map(thousandths).unwrap_or_default(),
                clock(point.window_opens_s),
                clock(point.window_closes_s),
                point.lng.to_string(),
                point.lat.to_string(),
            ],
            None => vec![
                id,
                area.division_code.clone(),
                "bin_group".to_owned(),
                (bins * VOLUME_L).max(VOLUME_L).to_string(),
                bins.to_string(),
                thousandths(daily_g()),
                String::new(),
                clock(window.0),
                clock(window.1),
                site.position.lng.to_string(),
                site.position.lat.to_string(),
            ],
        };
        rows.push(row);
    }
    rows
}

fn bins(sited: &Sited, _norms: &Norms) -> Vec<Vec<String>> {
    let code = &sited.area.division_code;
    let taken: std::collections::HashSet<&str> = sited.bins.iter().map(|bin| bin.bin_id.as_str()).collect();
    let numbered = (1..).map(|number| format!("NB{code}{number:04}"));
    let mut free = numbered.filter(|id| !taken.contains(id.as_str()));
    let mut rows = Vec::new();
    for (site, point) in sited.proposal.sites.iter().zip(sited.point_ids()) {
        for bin in sited.joining(site, &point) {
            rows.push(vec![
                bin.bin_id.clone(),
                code.clone(),
                bin.group_code.clone(),
                bin.volume_l.to_string(),
                u8::from(bin.sealed).to_string(),
                bin.households_served_count.to_string(),
                bin.lng.to_string(),
                bin.lat.to_string(),
                point.clone(),
                bin.stream.clone(),
            ]);
        }
        let households: i64 = site.served.iter().map(|served| served.households).sum();
        let all = all_bins(site);
        for id in free.by_ref().take(usize::try_from(site.new_bins).unwrap_or(0)) {
            rows.push(vec![
                id,
                code.clone(),
                String::new(),
                VOLUME_L.to_string(),
                "1".to_owned(),
                ((households + all - 1) / all.max(1)).to_string(),
                site.position.lng.to_string(),
                site.position.lat.to_string(),
                point.clone(),
                String::new(),
            ]);
        }
    }
    rows
}

/// Bins that stand at a site once the proposal is carried out.
fn all_bins(site: &Proposed) -> i64 {
    i64::try_from(site.bins.len()).unwrap_or(i64::MAX) + site.new_bins
}
