//! Townships with everything that forecasts learn from.

use std::collections::{BTreeMap, HashMap};

use kit::{Kit, error::Result};
use sanitation_core::{
    demand::{Collection, KitchenBins, KitchenShare, Point, Township, Village, Weighed, together},
    norms::Norms,
};
use time::{Date, Duration};

use crate::{
    assess::township,
    book::Book,
    store::{
        bins::bins_sorting,
        demand::{areas_of_townships, collected_by_day},
        points::points_of_townships,
    },
};

/// A township with its norms.
pub struct Known {
    /// Its villages with their weighings.
    pub township: Township,
    /// Its norms.
    pub norms: Norms,
}

impl Known {
    /// How much of each sorting point's waste is kitchen waste, by the id of the point.
    pub fn kitchen_shares(&self) -> impl Iterator<Item = (&str, KitchenBins, KitchenShare)> {
        self.township.villages.iter().flat_map(|village| {
            let shares = village.kitchen_shares(self.norms.waste.kitchen_permille);
            let points = village.points.iter().zip(shares);
            points.filter_map(|(point, share)| Some((point.id.as_str(), point.kitchen?, share?)))
        })
    }
}

/// Reads townships by code, with what was weighed before `until` and the norms in force on it.
///
/// Not inside the caller's division: what a village is expected to bring does not depend on who asks. Callers show of it what
/// lies in their division.
pub async fn known(kit: &Kit, townships: &[String], until: Date) -> Result<BTreeMap<String, Known>> {
    let mut tx = kit.db.system("demand").await?;
    let mut found = BTreeMap::new();
    let (mut longest, county) = (0, common(townships));
    let book = Book::read(&mut tx, county, until).await?;
    for code in townships {
        let norms = book.norms(code).clone();
        longest = longest.max(norms.demand.history_days);
        let township = Township::default();
        found.insert(code.clone(), Known { township, norms });
    }
    let mut villages: BTreeMap<String, Village> = BTreeMap::new();
    let village = |code: &str, residents| Village {
        code: code.to_owned(),
        residents,
        points: Vec::new(),
        collections: Vec::new(),
        kitchen: Weighed::default(),
    };
    for area in areas_of_townships(&mut tx, townships).await? {
        let entry = village(&area.division_code, area.resident_count);
        villages.insert(area.division_code, entry);
    }
    let mut sorting: HashMap<String, KitchenBins> = HashMap::new();
    for row in bins_sorting(&mut tx, townships).await? {
        let bins = KitchenBins {
            bins: row.bins,
            litres: row.litres,
            other_l: row.other_l,
        };
        sorting.insert(row.point_id, bins);
    }
    for point in points_of_townships(&mut tx, townships).await? {
        let code = point.division_code.get(..12).unwrap_or(&point.division_code);
        let entry = villages.entry(code.to_owned()).or_insert_with(|| village(code, 0));
        entry.points.push(Point {
            kitchen: sorting.get(&point.point_id).copied(),
            id: point.point_id,
            daily_g: point.daily_g,
            bins: point.bin_count.into(),
        });
    }
    let first = until.saturating_sub(Duration::days(longest));
    let mut kitchen: HashMap<String, Vec<Collection>> = HashMap::new();
    for row in collected_by_day(&mut tx, townships, first, until).await? {
        let taken = Collection {
            day: row.date,
            kg: row.net_kg,
        };
        if row.kitchen {
            kitchen.entry(row.village).or_default().push(taken);
        } else if let Some(village) = villages.get_mut(&row.village) {
            village.collections.push(taken);
        }
    }
    for (code, taken) in kitchen {
        if let Some(village) = villages.get_mut(&code) {
            let rest = std::mem::take(&mut village.collections);
            (village.collections, village.kitchen) = together(rest, &taken);
        }
    }
    for (code, village) in villages {
        if let Some(known) = found.get_mut(township(&code)) {
            known.township.villages.push(village);
        }
    }
    Ok(found)
}

/// What the codes begin with alike.
fn common(codes: &[String]) -> &str {
    let Some(first) = codes.first() else { return "" };
    let alike = |code: &String| first.bytes().zip(code.bytes()).take_while(|(a, b)| a == b).count();
    &first[..codes.iter().map(alike).min().unwrap_or(0)]
}
