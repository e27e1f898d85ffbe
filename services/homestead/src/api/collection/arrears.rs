//! The work list.

use std::collections::BTreeMap;

use kit::{call::Call, error::Result};
use proto::xiangtu::homestead::v1::{ArrearsCase, ListArrearsRequest, ListArrearsResponse};

use super::CollectionApi;
use crate::{
    jobs::rules,
    store::{
        arrears::{self, Case, Debtors},
        limitation,
    },
    wire::{
        arrears::{case, key, page_key},
        limitation::Interruptions,
        names,
    },
};

impl CollectionApi {
    /// Reckons when which bills are barred, and lets the database put the debtors in order.
    pub(super) async fn arrears(&self, call: &Call, request: &ListArrearsRequest) -> Result<ListArrearsResponse> {
        let division = crate::api::division("division", &request.division)?;
        let cadre = if request.cadre.is_empty() {
            ""
        } else {
            names::id("cadres", "cadre", &request.cadre)?
        };
        let query = [division.as_str(), cadre];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListArrears", &query)?;
        let after = page.after.as_deref().map(key).transpose()?;
        let today = self.kit.clock.today();
        let debtors = Debtors {
            division: &division,
            cadre,
            day: today,
        };
        let mut tx = self.kit.db.snapshot(call).await?;
        let interruptions = Interruptions::new(limitation::interruptions_overdue(&mut tx, &debtors).await?);
        let barred = interruptions.dates(arrears::due_dates(&mut tx, &debtors).await?);
        let cases = arrears::cases(&mut tx, &debtors, &barred, after, page.size + 1).await?;
        let (cases, next_page_token) = page.close(cases, page_key);
        let households: Vec<&str> = cases.iter().map(|case| case.household_id.as_str()).collect();
        let histories = arrears::histories(&mut tx, &households).await?;
        let histories: BTreeMap<&str, _> = histories.iter().map(|row| (row.household_id.as_str(), row)).collect();
        let rules = rules::dunning(&mut tx, today).await?;
        let told = |row: Case| -> ArrearsCase {
            let history = histories.get(row.household_id.as_str()).copied();
            let steps = rules::holding(&rules, &row.division_code).map(Vec::as_slice);
            case(row, history, steps)
        };
        Ok(ListArrearsResponse {
            arrears: cases.into_iter().map(told).collect(),
            next_page_token,
        })
    }
}
