//! A day of payments: a seeded part of the debtors pays, most of them in full.

use proto::xiangtu::homestead::v1::{
    BatchRecordPaymentsRequest, Bill, ListBillsRequest, Payment, PaymentMethod, RecordPaymentRequest,
    bill_service_client::BillServiceClient, payment_service_client::PaymentServiceClient,
    record_payment_result::Outcome,
};

use super::{COUNTY, Found, april, chance, request_id};
use crate::{
    client::Client,
    failure::{Failure, Result},
    progress::Progress,
    show::{Table, length, yuan},
};

/// Bills that are looked at.
const PAGES: usize = 6;
const BATCH: usize = 500;

/// Pays, and repeats one batch to show that nothing is paid twice.
pub async fn pay(client: &Client, progress: &Progress) -> Result<Found> {
    let bills = open_bills(client).await?;
    let payments: Vec<RecordPaymentRequest> = bills.iter().filter_map(payment).collect();
    let mut posted = Vec::new();
    for batch in payments.chunks(BATCH) {
        progress.part(posted.len(), payments.len());
        posted.extend(record(client, batch).await?);
    }
    if let Some(first) = payments.chunks(BATCH).next() {
        let again = record(client, first).await?;
        if posted.get(..again.len()) != Some(again.as_slice()) {
            return Err(Failure::new("a repeated payment was answered differently"));
        }
    }
    let sum: i64 = posted.iter().map(|payment| payment.amount_fen).sum();
    let advance: i64 = posted.iter().map(|payment| payment.advance_fen).sum();
    let mut table = Table::new("4 月 8 日缴费", &["项目", "数值"]);
    table.row(["笔数".to_owned(), length(posted.len())]);
    table.row(["金额（元）".to_owned(), yuan(sum)]);
    table.row(["转为预缴（元）".to_owned(), yuan(advance)]);
    let result = format!(
        "{} 笔，{} 元；重复提交一批，无一重复入账",
        length(posted.len()),
        yuan(sum)
    );
    Ok(Found::new(result, vec![table]).told("payment.posted", posted.len()))
}

async fn record(client: &Client, batch: &[RecordPaymentRequest]) -> Result<Vec<Payment>> {
    let mut payments = PaymentServiceClient::new(client.channel("homestead")?);
    let request = BatchRecordPaymentsRequest {
        requests: batch.to_vec(),
    };
    let response = payments
        .batch_record_payments(client.request(request))
        .await?
        .into_inner();
    response
        .results
        .into_iter()
        .map(|result| match result.outcome {
            Some(Outcome::Payment(payment)) => Ok(payment),
            Some(Outcome::Error(error)) => Err(Failure::new(format!("a payment was refused: {}", error.message))),
            None => Err(Failure::new("a payment was not answered")),
        })
        .collect()
}

async fn open_bills(client: &Client) -> Result<Vec<Bill>> {
    let mut service = BillServiceClient::new(client.channel("homestead")?);
    let mut bills = Vec::new();
    let mut page_token = String::new();
    for _ in 0..PAGES {
        let request = ListBillsRequest {
            division: COUNTY.to_owned(),
            page_size: 1_000,
            page_token,
            ..ListBillsRequest::default()
        };
        let page = service.list_bills(client.request(request)).await?.into_inner();
        bills.extend(page.bills);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(bills)
}

/// Of ten debtors four do not pay, four pay in full, one pays half and one pays 10 yuan too much.
fn payment(bill: &Bill) -> Option<RecordPaymentRequest> {
    let due = bill.gross_fen - bill.relief_fen;
    let amount_fen = match chance(&bill.household, 10) {
        0..=3 => return None,
        8 => due / 2,
        9 => due + 1_000,
        _ => due,
    };
    if amount_fen <= 0 {
        return None;
    }
    let request_id = request_id(&format!(
        "payment {} {}",
        bill.household,
        bill.from_date.map_or(0, |date| date.year)
    ));
    let payment = Payment {
        division: bill.division.clone(),
        household: bill.household.clone(),
        amount_fen,
        method: PaymentMethod::Mobile.into(),
        payment_date: Some(april(8)),
        document: format!("M{}", request_id.replace('-', "")),
        ..Payment::default()
    };
    Some(RecordPaymentRequest {
        payment: Some(payment),
        request_id,
        validate_only: false,
    })
}
