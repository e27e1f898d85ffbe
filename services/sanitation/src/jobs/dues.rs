//! What the points of a division are planned to bring on a day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kit::{
    Kit,
    error::{Error, Result},
};
use time::Date;

use crate::{
    assess::township,
    book::Book,
    known::{Known, known},
    planning::{Due, Sorted, dues, sorted},
    store::points::Point,
};

/// The townships of points with what was weighed before a day.
pub(super) async fn known_of(kit: &Kit, points: &[Point], date: Date) -> Result<BTreeMap<String, Known>> {
    let townships: BTreeSet<String> = points
        .iter()
        .map(|point| township(&point.division_code).to_owned())
        .collect();
    let townships: Vec<String> = townships.into_iter().collect();
    known(kit, &townships, date).await
}

/// The points that sort, and the planned loads of calls of which more is known than the register states.
pub(super) async fn dues_of(kit: &Kit, points: &[Point], date: Date) -> Result<(Sorted, HashMap<String, Due>)> {
    let known = known_of(kit, points, date).await?;
    let dues = tokio::task::spawn_blocking(move || {
        let sorted = sorted(&known);
        let dues = dues(&known, &sorted, date);
        (sorted, dues)
    });
    dues.await.map_err(Error::internal)
}

/// The quantile that a division's loads are planned for, per mille; `None`: what the register declares.
pub(super) fn quantile_of(book: &Book, division: &str, declared: bool) -> Option<i32> {
    let quantile = book.norms(division).demand.quantile_permille;
    i32::try_from(quantile).ok().filter(|_| !declared)
}
