//! Making postings of requests, and answers of outcomes.

use kit::{
    call::Call,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{
    Payment, RecordPaymentRequest, RecordPaymentResult, record_payment_result::Outcome,
};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::PaymentApi;
use crate::{
    store::posting::{Posted, Posting},
    wire::{
        self, names,
        payment::{Stated, cadre, request_id, stated},
        posting::Teller,
    },
};

impl PaymentApi {
    pub(super) fn posting(&self, call: &Call, id: Uuid, stated: &Stated) -> Posting {
        let today = self.kit.clock.today();
        wire::posting::posting(&Teller::of(call), id, stated, self.kit.ids.next(), today)
    }

    /// Queues all payments of a batch and collects what became of each.
    pub(super) async fn batch(&self, call: &Call, requests: &[RecordPaymentRequest]) -> Vec<RecordPaymentResult> {
        let mut queued = Vec::with_capacity(requests.len());
        for (at, request) in requests.iter().enumerate() {
            queued.push(self.enqueue(call, at, request).await);
        }
        let mut results = Vec::with_capacity(requests.len());
        for one in queued {
            let outcome = match one {
                Ok((id, stated, answer)) => finished(answer)
                    .await
                    .and_then(|posted| self::answer(id, &stated, posted)),
                Err(error) => Err(error),
            };
            let outcome = match outcome {
                Ok(payment) => Outcome::Payment(payment),
                Err(error) => Outcome::Error(error.into()),
            };
            results.push(RecordPaymentResult { outcome: Some(outcome) });
        }
        results
    }

    async fn enqueue(
        &self,
        call: &Call,
        at: usize,
        request: &RecordPaymentRequest,
    ) -> Result<(Uuid, Stated, oneshot::Receiver<Result<Posted>>)> {
        let id = request_id(&request.request_id)?;
        let path = format!("requests[{at}].payment");
        let stated = stated(&path, request.payment.as_ref(), self.kit.clock.today())?;
        let answer = self
            .cashier
            .queue(self.posting(call, id, &stated), call.deadline)
            .await?;
        Ok((id, stated, answer))
    }
}

async fn finished(answer: oneshot::Receiver<Result<Posted>>) -> Result<Posted> {
    answer
        .await
        .map_err(|_| Error::unavailable("the payment writer", "it stopped"))?
}

/// The answer to one payment, or why it was refused.
pub(in crate::api) fn answer(id: Uuid, stated: &Stated, posted: Posted) -> Result<Payment> {
    match posted.outcome {
        0 | 1 => Ok(wire::payment::posted(id, stated, posted)),
        2 => Err(reused(id)),
        3 => Err(Error::not_found(names::of("households", &stated.household_id))),
        4 => Err(Error::not_found(
            stated.bill_id.map(|bill| names::of("bills", bill)).unwrap_or_default(),
        )),
        5 => Err(Error::not_found(cadre(&stated.collector))),
        other => Err(Error::internal(format!("the ledger answered {other}"))),
    }
}

fn reused(id: Uuid) -> Error {
    Error::invalid_because(
        "REQUEST_ID_REUSED",
        "request_id",
        id,
        "not used before with another request body",
    )
}
