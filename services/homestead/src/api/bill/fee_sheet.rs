//! The sheet that explains a household's fee of a year.

use std::cmp::min;

use homestead_core::span::Span;
use kit::{
    call::Call,
    db::Tx,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{FeeSheet, FeeSheetBill, GetFeeSheetRequest};
use time::Date;

use super::{BillApi, explained, interruptions};
use crate::{
    api::{assessment::assess, year},
    store::{
        account, discount,
        household::{self, Household},
        parcel,
        tariff::StoredTariff,
    },
    wire::{self, fee_sheet, names},
};

impl BillApi {
    pub(super) async fn fee_sheet(&self, call: &Call, request: &GetFeeSheetRequest) -> Result<FeeSheet> {
        let missing = || Error::not_found(&request.household);
        let id = names::found("households", &request.household).map_err(|_| missing())?;
        let span = year(request.year)?;
        let mut tx = self.kit.db.snapshot(call).await?;
        let household = household::household_get(&mut tx, id).await?.ok_or_else(missing)?;
        let plots = parcel::parcels_of(&mut tx, id).await?;
        let last = span.until().previous_day().unwrap_or(span.until());
        let day = min(last, self.kit.clock.today());
        let entitlements = assess(&mut tx, &household, &plots, day).await?.lines;
        let (bills, tariffs) = bills(&mut tx, &household, span, self.kit.clock.today()).await?;
        let sheet = FeeSheet {
            household: Some(wire::ledger::household(&self.kit.crypt, &household)?),
            year: request.year,
            parcels: plots.into_iter().map(wire::parcel::parcel).collect(),
            entitlements: entitlements.unwrap_or_default(),
            tariffs: tariffs.iter().map(wire::tariff::tariff).collect(),
            bills,
            ..FeeSheet::default()
        };
        Ok(fee_sheet::complete(sheet))
    }
}

/// The bills of a year, explained, and the tariffs that they quote.
async fn bills(
    tx: &mut Tx,
    household: &Household,
    span: Span,
    today: Date,
) -> Result<(Vec<FeeSheetBill>, Vec<StoredTariff>)> {
    let (mut bills, mut tariffs) = (Vec::new(), Vec::<StoredTariff>::new());
    let mut rows = account::bills_of(tx, &household.household_id).await?;
    rows.retain(|row| span.from() <= row.from_on && row.from_on < span.until());
    let interruptions = interruptions(tx, &rows).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let granted = discount::granted_of(tx, &ids).await?;
    for row in rows {
        let (tariff, explanation) = explained(tx, &row).await?;
        let offer = (today, granted.contains(&row.id));
        bills.push(fee_sheet::bill(
            &row,
            &tariff.tariff,
            explanation,
            &interruptions,
            offer,
        ));
        if tariffs.iter().all(|known| known.id != tariff.id) {
            tariffs.push(tariff);
        }
    }
    Ok((bills, tariffs))
}
