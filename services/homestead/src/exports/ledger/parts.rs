//! What stands in the registers and the books of each plot of some households on a day.

use std::collections::BTreeMap;

use homestead_core::tariff::{Tariff, paid_for};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use crate::store::{
    ledger_table::{self, Fee, Plot},
    tariff,
};

/// A plot of a household.
#[derive(Debug)]
pub struct Part {
    pub plot: Plot,
    /// Whether the household has it on the day; false for what it gave back and no longer has.
    pub holds: bool,
    pub charged_dm2: i64,
    pub fee_fen: i64,
    pub vacated_dm2: i64,
    pub reward_fen: i64,
}

/// The plots of `households` on `day`. The fee of a household and the area that it pays for are shared among its plots by what lies
/// above the entitlement, so that the shares add up.
pub async fn parts(conn: &mut PgConnection, households: &[String], day: Date) -> Result<Vec<Part>> {
    let tariffs: BTreeMap<Uuid, Tariff> = tariff::tariff_all(conn)
        .await?
        .into_iter()
        .map(|stored| (stored.id, stored.tariff))
        .collect();
    let fees: BTreeMap<String, Fee> = ledger_table::fees(conn, households, day)
        .await?
        .into_iter()
        .map(|fee| (fee.household_id.clone(), fee))
        .collect();
    let vacated = ledger_table::vacated(conn, households, day).await?;
    let mut vacated: BTreeMap<_, _> = vacated
        .into_iter()
        .map(|one| ((one.household_id, one.parcel_id), (one.vacated_dm2, one.reward_fen)))
        .collect();
    let mut of: BTreeMap<String, Vec<Plot>> = BTreeMap::new();
    for plot in ledger_table::plots_of(conn, households, day).await? {
        of.entry(plot.household_id.clone()).or_default().push(plot);
    }
    let mut parts = Vec::new();
    for (household, mut plots) in of {
        plots.sort_by_key(|plot| plot.parcel_number);
        let areas: Vec<i64> = plots.iter().map(|plot| plot.over_dm2.unwrap_or(0)).collect();
        let (fee_fen, charged_dm2) = match fees.get(&household) {
            None => (0, 0),
            Some(fee) => {
                let tariff = tariffs.get(&fee.tariff_id);
                let tariff = tariff.ok_or_else(|| Error::internal("a bill without tariff"))?;
                (fee.fee_fen, paid_for(tariff, areas.iter().sum()))
            }
        };
        let (fees, charged) = (shares(fee_fen, &areas), shares(charged_dm2, &areas));
        for ((plot, fee_fen), charged_dm2) in plots.into_iter().zip(fees).zip(charged) {
            let key = (household.clone(), plot.parcel_id.clone());
            let (vacated_dm2, reward_fen) = vacated.remove(&key).unwrap_or_default();
            parts.push(Part {
                plot,
                holds: true,
                charged_dm2,
                fee_fen,
                vacated_dm2,
                reward_fen,
            });
        }
    }
    parts.extend(
        vacated
            .into_iter()
            .map(|((household_id, parcel_id), (vacated_dm2, reward_fen))| Part {
                plot: Plot {
                    parcel_id,
                    household_id,
                    division_code: String::new(),
                    parcel_number: 0,
                    area_dm2: None,
                    over_dm2: None,
                    approved_dm2: None,
                    registered_dm2: None,
                },
                holds: false,
                charged_dm2: 0,
                fee_fen: 0,
                vacated_dm2,
                reward_fen,
            }),
    );
    Ok(parts)
}

/// Shares of `whole` by `areas` that add up to it; where no area is left, the first plot has it all.
fn shares(whole: i64, areas: &[i64]) -> Vec<i64> {
    let all: i128 = areas.iter().copied().map(i128::from).sum();
    let mut upto = 0_i128;
    let mut given = 0;
    let share = |area: &i64| {
        upto += i128::from(*area);
        let until = match all {
            0 => whole,
            all => i64::try_from(i128::from(whole) * upto / all).unwrap_or(whole),
        };
        let share = until - given;
        given = until;
        share
    };
    areas.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shares_add_up(whole in 0..10_000_000_i64, areas in proptest::collection::vec(0..100_000_i64, 1..6)) {
            let shares = shares(whole, &areas);
            prop_assert_eq!(shares.iter().sum::<i64>(), whole);
            prop_assert!(shares.iter().all(|share| *share >= 0));
        }
    }
}
