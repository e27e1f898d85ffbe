//! `BillService`.

mod fee_sheet;

use homestead_core::{span::Span, tariff::explain};
use kit::{
    call::Call,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    Bill, FeeExplanation, FeeSheet, GetBillRequest, GetFeeSheetRequest, ListBillsRequest, ListBillsResponse,
    bill_service_server::BillService,
};
use tonic::{Request, Response, Status};

use crate::{
    store::{
        account, limitation,
        tariff::{self, StoredTariff},
    },
    wire::{
        self,
        limitation::Interruptions,
        names,
        tariff::{class, explanation},
    },
};

/// Reads bills.
pub struct BillApi {
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::date("due_date", "due_on"),
    Field::int("outstanding_fen", "outstanding_fen"),
];

#[tonic::async_trait]
impl BillService for BillApi {
    async fn get_bill(&self, request: Request<GetBillRequest>) -> Result<Response<Bill>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let id = names::found_uid("bills", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = account::bill_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        let (_, explanation) = explained(&mut tx, &row).await?;
        let interruptions = interruptions(&mut tx, std::slice::from_ref(&row)).await?;
        Ok(Response::new(Bill {
            explanation,
            ..wire::bill::bill(&row, &interruptions)
        }))
    }

    async fn list_bills(&self, request: Request<ListBillsRequest>) -> Result<Response<ListBillsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListBills", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = account::bill_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        let interruptions = interruptions(&mut tx, &rows).await?;
        let bills = rows.iter().map(|row| wire::bill::bill(row, &interruptions)).collect();
        Ok(Response::new(ListBillsResponse { bills, next_page_token }))
    }

    async fn get_fee_sheet(&self, request: Request<GetFeeSheetRequest>) -> Result<Response<FeeSheet>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.fee_sheet(&call, request.get_ref()).await?))
    }
}

/// What interrupts the limitation of these bills.
async fn interruptions(tx: &mut kit::db::Tx, rows: &[account::Bill]) -> Result<Interruptions> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    Ok(Interruptions::new(limitation::interruptions(tx, &ids).await?))
}

/// The tariff that a bill quotes, which cannot change any more, and how the bill follows from it; what adds to another
/// follows from its correction instead.
async fn explained(tx: &mut kit::db::Tx, row: &account::Bill) -> Result<(StoredTariff, Option<FeeExplanation>)> {
    let stored = tariff::tariff_get(tx, row.tariff_id)
        .await?
        .ok_or_else(|| Error::internal("a bill without tariff"))?;
    if row.corrects.is_some() {
        return Ok((stored, None));
    }
    let span = Span::new(row.from_on, row.until_on).ok_or_else(|| Error::internal("a bill without days"))?;
    let class = class(row.relief_class.map(i32::from).unwrap_or_default());
    let explained =
        explain(&stored.tariff, row.over_dm2, class, span).ok_or_else(|| Error::internal("a fee beyond all bounds"))?;
    if (explained.charge.gross_fen, explained.charge.relief_fen) != (row.gross_fen, row.relief_fen) {
        return Err(Error::internal(format!(
            "bill {} does not follow from its tariff",
            row.id
        )));
    }
    let explanation = explanation(&stored, row.over_dm2, span, explained);
    Ok((stored, Some(explanation)))
}
