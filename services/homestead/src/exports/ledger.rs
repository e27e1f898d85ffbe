//! Registers `household_ledger` and `parcel_ledger`: the tables of the national ledger of homesteads (宅基地台账), with its own
//! headings, as of the export's day.

mod parts;

use homestead_core::{area::m2, money::yuan};
use kit::{
    crypt::{Crypt, mask},
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
};
use sqlx::PgConnection;

use crate::{store::ledger_table, wire::ledger::HEAD_NAME};
use parts::{Part, parts};

/// One row a household.
pub struct HouseholdLedger {
    /// Opens the names of heads.
    pub crypt: Crypt,
}

/// One row a plot.
pub struct ParcelLedger;

const OF_HOUSEHOLDS: Layout = Layout {
    name: "household_ledger",
    permission: "homestead.parcels.read",
    disclosure: Some("homestead.households.disclose"),
    columns: &[
        Column::plain("农户编号"),
        Column::plain("村代码"),
        Column::personal("户主姓名"),
        Column::plain("宗地数"),
        Column::plain("宗地面积"),
        Column::plain("批准面积"),
        Column::plain("确权登记面积"),
        Column::plain("超占面积"),
        Column::plain("有偿使用面积"),
        Column::plain("有偿使用费用"),
        Column::plain("退出面积"),
        Column::plain("退出补偿金额"),
    ],
};

const OF_PARCELS: Layout = Layout {
    name: "parcel_ledger",
    permission: "homestead.parcels.read",
    disclosure: None,
    columns: &[
        Column::plain("宗地代码"),
        Column::plain("农户编号"),
        Column::plain("村代码"),
        Column::plain("宗地序号"),
        Column::plain("宗地面积"),
        Column::plain("批准面积"),
        Column::plain("确权登记面积"),
        Column::plain("超占面积"),
        Column::plain("有偿使用面积"),
        Column::plain("有偿使用费用"),
        Column::plain("退出面积"),
        Column::plain("退出补偿金额"),
    ],
};

#[tonic::async_trait]
impl Extract for HouseholdLedger {
    fn layout(&self) -> &'static Layout {
        &OF_HOUSEHOLDS
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let homes = ledger_table::homes(conn, export.division.code(), after, PAGE).await?;
        let ids: Vec<String> = homes.iter().map(|home| home.household_id.clone()).collect();
        let parts = parts(conn, &ids, export.as_of).await?;
        let mut rows = Vec::with_capacity(homes.len());
        for home in homes {
            let head = self.crypt.open(HEAD_NAME, &home.head_name)?;
            let of = || parts.iter().filter(|part| part.plot.household_id == home.household_id);
            let mut row = vec![
                home.household_id.clone(),
                home.division_code.clone(),
                if export.disclosed {
                    head.expose().clone()
                } else {
                    mask::name(head.expose())
                },
                of().filter(|part| part.holds).count().to_string(),
            ];
            row.extend(figures(of));
            rows.push(row);
        }
        Ok(rows)
    }
}

#[tonic::async_trait]
impl Extract for ParcelLedger {
    fn layout(&self) -> &'static Layout {
        &OF_PARCELS
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let mut after = after.map(str::to_owned);
        loop {
            let ids = ledger_table::plot_ids(conn, export.division.code(), after.as_deref(), PAGE).await?;
            let Some(last) = ids.last() else {
                return Ok(Vec::new());
            };
            // A fee is shared among all plots of a household, whatever page they stand on.
            let mut households: Vec<String> = ledger_table::plots(conn, &ids, export.as_of)
                .await?
                .into_iter()
                .map(|plot| plot.household_id)
                .collect();
            households.sort_unstable();
            households.dedup();
            let mut parts = parts(conn, &households, export.as_of).await?;
            parts.retain(|part| part.holds && ids.binary_search(&part.plot.parcel_id).is_ok());
            if !parts.is_empty() {
                parts.sort_by(|one, other| one.plot.parcel_id.cmp(&other.plot.parcel_id));
                return Ok(parts.iter().map(row).collect());
            }
            // None of them was known on that day; later ones may have been.
            after = Some(last.clone());
        }
    }
}

fn row(part: &Part) -> Vec<String> {
    let mut row = vec![
        part.plot.parcel_id.clone(),
        part.plot.household_id.clone(),
        part.plot.division_code.clone(),
        part.plot.parcel_number.to_string(),
    ];
    row.extend(figures(|| std::iter::once(part)));
    row
}

/// The columns that both tables share, added up; what nothing is known of stays empty.
fn figures<'a, I: Iterator<Item = &'a Part>>(parts: impl Fn() -> I) -> [String; 8] {
    let known = |get: fn(&Part) -> Option<i64>| parts().filter_map(get).reduce(|sum, one| sum + one);
    let area = |get: fn(&Part) -> Option<i64>| known(get).map(m2).unwrap_or_default();
    let sum = |get: fn(&Part) -> i64| parts().map(get).sum::<i64>();
    [
        area(|part| part.plot.area_dm2),
        area(|part| part.plot.approved_dm2),
        area(|part| part.plot.registered_dm2),
        area(|part| part.plot.over_dm2),
        m2(sum(|part| part.charged_dm2)),
        yuan(sum(|part| part.fee_fen)),
        m2(sum(|part| part.vacated_dm2)),
        yuan(sum(|part| part.reward_fen)),
    ]
}
