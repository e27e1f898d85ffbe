//! `PaymentService`.

pub(super) mod post;
mod reverse;

use std::sync::Arc;

use homestead_core::waterfall::allocate;
use kit::{
    call::Call,
    dates,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    BatchRecordPaymentsRequest, BatchRecordPaymentsResponse, GetPaymentRequest, ListPaymentsRequest,
    ListPaymentsResponse, Payment, PaymentAllocation, PaymentReversal, RecordPaymentRequest, ReversePaymentRequest,
    payment_service_server::PaymentService,
};
use tonic::{Request, Response, Status};

use crate::{
    cashier::Cashier,
    jobs::rules,
    store::{
        account::{self, Bill},
        household, payment,
    },
    wire::{
        self, names,
        payment::{Stated, request_id, stated},
    },
};

/// Records, undoes and reads payments.
pub struct PaymentApi {
    pub kit: Kit,
    pub cashier: Arc<Cashier>,
}

/// Most payments of one batch.
const MOST: usize = 1_000;

const FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::text("collector", "collector"),
    Field::date("payment_date", "effective_on"),
    Field::int("amount_fen", "amount_fen"),
];

#[tonic::async_trait]
impl PaymentService for PaymentApi {
    async fn record_payment(&self, request: Request<RecordPaymentRequest>) -> Result<Response<Payment>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let id = request_id(&request.request_id)?;
        let stated = stated("payment", request.payment.as_ref(), self.kit.clock.today())?;
        if request.validate_only {
            return Ok(Response::new(self.preview(&call, &stated).await?));
        }
        let posting = self.posting(&call, id, &stated);
        let posted = self.cashier.post(posting, call.deadline).await?;
        Ok(Response::new(post::answer(id, &stated, posted)?))
    }

    async fn batch_record_payments(
        &self,
        request: Request<BatchRecordPaymentsRequest>,
    ) -> Result<Response<BatchRecordPaymentsResponse>, Status> {
        let call = Call::of(&request)?;
        let requests = &request.get_ref().requests;
        if requests.is_empty() || requests.len() > MOST {
            return Err(Error::invalid("requests", format!("{} payments", requests.len()), "1–1,000 payments").into());
        }
        Ok(Response::new(BatchRecordPaymentsResponse {
            results: self.batch(&call, requests).await,
        }))
    }

    async fn reverse_payment(
        &self,
        request: Request<ReversePaymentRequest>,
    ) -> Result<Response<PaymentReversal>, Status> {
        let call = Call::of(&request)?;
        self.reverse(&call, request.get_ref()).await
    }

    async fn get_payment(&self, request: Request<GetPaymentRequest>) -> Result<Response<Payment>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(wire::payment::read(
            self.paid(&call, &request.get_ref().name).await?,
        )))
    }

    async fn list_payments(
        &self,
        request: Request<ListPaymentsRequest>,
    ) -> Result<Response<ListPaymentsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let on = dates::from_proto("payment_date", request.payment_date)?;
        let day = on.map(|day| day.to_string()).unwrap_or_default();
        let query = [division.as_str(), &request.filter, &day];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPayments", &query)?;
        let after = page.after.as_deref().map(names::numbered).transpose()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = payment::payment_list(&mut tx, &division, &filter, on, after, page.size + 1).await;
        let (rows, next_page_token) = page.close(rows.map_err(Error::from)?, |row| {
            format!("{}/{}", row.division_code, row.receipt_number)
        });
        let payments = rows.into_iter().map(wire::payment::read).collect();
        Ok(Response::new(ListPaymentsResponse {
            payments,
            next_page_token,
        }))
    }
}

impl PaymentApi {
    async fn paid(&self, call: &Call, name: &str) -> Result<payment::Payment> {
        let id = names::found_uid("payments", name)?;
        let mut tx = self.kit.db.read(call).await?;
        payment::payment_get(&mut tx, id)
            .await?
            .ok_or_else(|| Error::not_found(name))
    }

    /// What posting would do now, without doing it.
    async fn preview(&self, call: &Call, stated: &Stated) -> Result<Payment> {
        let mut tx = self.kit.db.read(call).await?;
        let household = household::household_get(&mut tx, &stated.household_id).await?;
        if household.is_none_or(|household| household.division_code != stated.division_code) {
            return Err(Error::not_found(names::of("households", &stated.household_id)));
        }
        let bills = account::bills_open(&mut tx, &stated.household_id).await?;
        let open: Vec<_> = bills.iter().map(Bill::open).collect();
        let order = rules::waterfall(&mut tx, self.kit.clock.today(), &stated.division_code).await?;
        let allocation = allocate(&order, stated.amount_fen, &open, stated.bill_id);
        let allocations = allocation
            .parts
            .into_iter()
            .map(|(bill, amount_fen)| PaymentAllocation {
                bill: names::of("bills", bill),
                amount_fen,
            });
        Ok(Payment {
            allocations: allocations.collect(),
            advance_fen: allocation.rest_fen,
            ..wire::payment::wire(stated)
        })
    }
}
