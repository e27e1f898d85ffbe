//! What the points of a division are planned to bring on a day.

use std::collections::{BTreeSet, HashMap};

use kit::{
    Kit,
    error::{Error, Result},
};
use time::Date;

use crate::{
    assess::township,
    known::known,
    planning::{Due, dues},
    store::points::Point,
};

/// The planned loads of points that more is known of than the register states.
pub async fn dues_of(kit: &Kit, points: &[Point], date: Date) -> Result<HashMap<String, Due>> {
    let townships: BTreeSet<String> = points
        .iter()
        .map(|point| township(&point.division_code).to_owned())
        .collect();
    let townships: Vec<String> = townships.into_iter().collect();
    let known = known(kit, &townships, date).await?;
    let dues = tokio::task::spawn_blocking(move || dues(&known, date));
    dues.await.map_err(Error::internal)
}
