//! Where a place lies, and who answers for it at an instant.

use kit::{dates, db::Tx, error::Result};
use proto::xiangtu::villages::v1::{Duty, LocationRule};
use time::{Date, OffsetDateTime};
use villages_core::grid::{
    Point,
    duty::{POSTS, answerable, seat},
};

use crate::{
    store::{
        grid::{self, GridRow},
        place::{self, VillageRow},
        roster, task_tenure,
    },
    wire,
};

/// How far the nearest village may be.
const NEAR_M: i64 = 20_000;

/// Where a place lies.
struct Located {
    division: String,
    rule: LocationRule,
    small: Option<GridRow>,
    large: Option<GridRow>,
}

/// Where a place inside `division` lies at an instant, and who answers for it.
pub(super) async fn find(tx: &mut Tx, division: &str, place: Point, at: OffsetDateTime) -> Result<Duty> {
    let day = dates::day_of(at);
    let Located {
        division,
        rule,
        small,
        large,
    } = locate(tx, division, place, day).await?;
    let codes: Vec<&str> = small.iter().chain(&large).map(|grid| grid.grid_code.as_str()).collect();
    let shifts = roster::shifts_within(tx, &codes, at, at + time::Duration::MICROSECOND).await?;
    let posts: Vec<&str> = POSTS.iter().map(|post| post.as_str()).collect();
    let holders = task_tenure::holders(tx, &division, &posts, day).await?;
    let on_duty = |grid: &Option<GridRow>| {
        let grid = grid.as_ref()?;
        let shift = shifts.iter().find(|shift| shift.grid_code == grid.grid_code)?;
        Some(wire::task::person(&shift.cadre_id, &shift.display_name))
    };
    let (duty_rule, person) = answerable(on_duty(&small), on_duty(&large), |post| {
        let seat = seat(&division, post)?;
        let holds = |holder: &&task_tenure::Holder| holder.division_code == seat && holder.post == post.as_str();
        let holder = holders.iter().find(holds)?;
        Some(wire::task::person(&holder.cadre_id, &holder.display_name))
    });
    let smallest = small.as_ref().or(large.as_ref());
    Ok(Duty {
        division: wire::division::name(&division),
        location_rule: rule.into(),
        grid: smallest.map_or_else(String::new, |grid| wire::grid::name(&grid.grid_code)),
        grid_display_name: smallest.map(|grid| grid.display_name.clone()).unwrap_or_default(),
        large_grid: large.map_or_else(String::new, |grid| wire::grid::name(&grid.grid_code)),
        person,
        duty_rule: wire::grid::duty_rule(duty_rule).into(),
    })
}

async fn locate(tx: &mut Tx, division: &str, place: Point, day: Date) -> Result<Located> {
    let candidates = grid::grids_at(tx, division, wire::shape::columns(place)?, day).await?;
    let mut holding = Vec::new();
    for row in candidates {
        if wire::shape::kept(&row.boundary)?.0.contains(place) {
            holding.push(row);
        }
    }
    let small = holding.iter().find(|grid| !grid.parent_code.is_empty()).cloned();
    let large = holding.into_iter().find(|grid| match &small {
        Some(small) => grid.grid_code == small.parent_code,
        None => grid.parent_code.is_empty(),
    });
    if let Some(hangs_on) = small.as_ref().or(large.as_ref()).map(|grid| grid.division_code.clone())
        && let Some(found) = inside(tx, division, &hangs_on, place, day).await?
    {
        return Ok(Located {
            division: found,
            rule: LocationRule::Grid,
            small,
            large,
        });
    }
    let near = nearest(tx, division, place, day).await?;
    Ok(Located {
        rule: near
            .as_ref()
            .map_or(LocationRule::CallerDivision, |_| LocationRule::NearestVillage),
        division: near.unwrap_or_else(|| division.to_owned()),
        small: None,
        large: None,
    })
}

/// The village of a place in a grid that hangs on `code`, or that division itself where no village is known. A grid may still
/// hang on a division that was merged or split: then on what it went into, the nearest of several. `None` if nothing of that
/// lies inside `division`.
async fn inside(tx: &mut Tx, division: &str, code: &str, place: Point, day: Date) -> Result<Option<String>> {
    let there = !place::names_on(tx, &[code], day).await?.is_empty();
    let among = if there {
        vec![code.to_owned()]
    } else {
        place::successors(tx, code, day).await?
    };
    let mut among: Vec<String> = among.into_iter().filter(|code| code.starts_with(division)).collect();
    let only = match among.as_slice() {
        [] => return Ok(None),
        [only] => only.clone(),
        _ => {
            let villages = villages(tx, division, place, day).await?;
            let of = |village: &VillageRow| {
                among
                    .iter()
                    .position(|code| village.division_code.starts_with(code.as_str()))
            };
            let found = closest(villages.iter().filter(|village| of(village).is_some()), place);
            among.swap_remove(found.and_then(of).unwrap_or(0))
        }
    };
    if only.len() >= 12 {
        return Ok(Some(only));
    }
    Ok(nearest(tx, &only, place, day).await?.or(Some(only)))
}

async fn nearest(tx: &mut Tx, division: &str, place: Point, day: Date) -> Result<Option<String>> {
    let villages = villages(tx, division, place, day).await?;
    Ok(closest(villages.iter(), place).map(|village| village.division_code.clone()))
}

async fn villages(tx: &mut Tx, division: &str, place: Point, day: Date) -> Result<Vec<VillageRow>> {
    let around = place.around(NEAR_M);
    let corner = |corner| {
        let degrees = wire::shape::degrees(corner);
        (degrees.longitude, degrees.latitude)
    };
    Ok(place::villages_between(tx, division, corner(around.low), corner(around.high), day).await?)
}

/// The nearest village that is near enough; of equals the one with the smaller code.
fn closest<'a>(villages: impl Iterator<Item = &'a VillageRow>, place: Point) -> Option<&'a VillageRow> {
    let distance = |village: &VillageRow| {
        let at = Point {
            x: wire::shape::units(village.longitude),
            y: wire::shape::units(village.latitude),
        };
        at.distance_m(place)
    };
    villages
        .map(|village| (distance(village), village))
        .filter(|(metres, _)| *metres <= NEAR_M)
        .min_by_key(|(metres, village)| (*metres, village.division_code.as_str()))
        .map(|(_, village)| village)
}
