//! How well points, villages and townships were served over some days.

use std::collections::{BTreeMap, HashMap};

use kit::error::Result;
use sanitation_core::quality::{Point, Quality, treated_kg};
use sqlx::PgConnection;
use time::{Date, Duration};

use crate::{
    book::Book,
    store::quality::{Passed, Served, passed, points_served, weighed_at},
};

/// The farthest that a collection before the period reaches into it, days: the longest interval that a plan section may state.
const LEAD_DAYS: i64 = 31;

/// The points of a division with how well each was served.
pub async fn served(
    conn: &mut PgConnection,
    division: &str,
    (from, to): (Date, Date),
) -> Result<Vec<(Served, Quality)>> {
    let lead = from.saturating_sub(Duration::days(LEAD_DAYS));
    let points = points_served(conn, division, lead, (from, to)).await?;
    let book = Book::read(conn, division, to).await?;
    let quality = |served: Served| {
        let point = Point {
            owed: served.owed,
            missed: served.missed,
            late: served.late,
            kg: served.kg,
            collected_on: &served.collected_on,
        };
        let interval = book.norms(&served.division_code).frequency.residual_interval_days;
        let found = Quality::of(point, (from, to), interval);
        (served, found)
    };
    Ok(points.into_iter().map(quality).collect())
}

/// Sums by a prefix of the division's code of so many digits.
pub fn by_division(points: &[(Served, Quality)], digits: usize) -> BTreeMap<String, Quality> {
    let mut sums: BTreeMap<String, Quality> = BTreeMap::new();
    for (served, found) in points {
        let code = served.division_code.get(..digits).unwrap_or(&served.division_code);
        *sums.entry(code.to_owned()).or_default() += *found;
    }
    sums
}

/// Kilograms treated and weighed of what each village gave, by village.
pub async fn treated(
    conn: &mut PgConnection,
    division: &str,
    period: (Date, Date),
) -> Result<BTreeMap<String, (i64, i64)>> {
    let passed: HashMap<String, Passed> = passed(conn, period)
        .await?
        .into_iter()
        .map(|row| (row.township.clone(), row))
        .collect();
    let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for row in weighed_at(conn, division, period).await? {
        let (treated, weighed) = sums.entry(row.village).or_default();
        let part = passed.get(&row.township);
        *treated += part.map_or(0, |it| treated_kg(row.kg, it.treated_kg, it.received_kg));
        *weighed += row.kg;
    }
    Ok(sums)
}
