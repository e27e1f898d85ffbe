//! Register `vouchers`: the lines of the vouchers of one month, for the township's agency accounting.

use homestead_core::money::yuan;
use kit::{
    dates,
    error::{Error, Result},
    export::{Column, Export, Extract, Layout},
};
use proto::xiangtu::homestead::v1::Voucher;
use sqlx::PgConnection;

use crate::{
    api::voucher::{month_of, of_month},
    store::plan,
    wire::{names, plan::Funds, voucher::voucher},
};

/// Lines of vouchers of the month of the export's day.
pub struct Vouchers;

/// Vouchers on one page; most have two or four lines.
const PAGE: i64 = 200;

const LAYOUT: Layout = Layout {
    name: "vouchers",
    permission: "homestead.vouchers.read",
    disclosure: None,
    columns: &[
        Column::plain("line_key"),
        Column::plain("village_code"),
        Column::plain("voucher_number"),
        Column::plain("voucher_date"),
        Column::plain("summary"),
        Column::plain("subject_code"),
        Column::plain("subject_name"),
        Column::plain("detail"),
        Column::plain("debit_yuan"),
        Column::plain("credit_yuan"),
        Column::plain("document"),
    ],
};

#[tonic::async_trait]
impl Extract for Vouchers {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        // A page ends with a whole voucher, so the line of the key does not matter.
        let after = after
            .map(names::key)
            .transpose()?
            .map(|(voucher, _)| names::numbered(voucher));
        let funds = Funds::of(plan::plans_in_force(conn, export.as_of).await?)?;
        let entries = of_month(
            conn,
            export.division.code(),
            &month_of(export.as_of),
            after.transpose()?,
            PAGE,
        )
        .await?;
        let mut lines = Vec::with_capacity(entries.len() * 4);
        for entry in entries {
            add(voucher(&funds, entry), &mut lines)?;
        }
        Ok(lines)
    }
}

/// Adds a row for each line; keys of rows are in byte order.
fn add(voucher: Voucher, rows: &mut Vec<Vec<String>>) -> Result<()> {
    let village = voucher.division.strip_prefix("divisions/").unwrap_or_default();
    let date = dates::required("voucher_date", voucher.voucher_date)?;
    for (at, line) in voucher.lines.into_iter().enumerate() {
        let amount = |fen: i64| if fen == 0 { String::new() } else { yuan(fen) };
        let detail = line.holder.split_once('/').map_or("", |(_, id)| id);
        let at = u32::try_from(at + 1).map_err(Error::internal)?;
        rows.push(vec![
            format!("{village}/{:010}/{at:04}", voucher.voucher_number),
            village.to_owned(),
            voucher.voucher_number.to_string(),
            date.to_string(),
            voucher.summary_zh.clone(),
            line.subject_code,
            line.subject_name,
            detail.to_owned(),
            amount(line.debit_fen),
            amount(line.credit_fen),
            voucher.document.clone(),
        ]);
    }
    Ok(())
}
