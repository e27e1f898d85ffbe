//! An officer who records batches that hold a payment twice, undoes payments and grants relief, whatever happens.

use std::{collections::BTreeMap, time::Duration};

use kit::{clock::Clock, id::Ids};
use proto::xiangtu::homestead::v1::{
    BatchRecordPaymentsRequest, Bill, GrantReliefRequest, ListBillsRequest, Payment, ReversalCause,
    ReversePaymentRequest, adjustment_service_client::AdjustmentServiceClient, bill_service_client::BillServiceClient,
    payment_service_client::PaymentServiceClient, record_payment_result::Outcome,
};
use tests::{village, with_token};
use tonic::transport::Channel;

use crate::{HOUSEHOLDS, insist::insist, office::Open};

const PAUSE: Duration = Duration::from_millis(60);

/// What was acknowledged.
#[derive(Default)]
pub struct Deeds {
    pub payments: BTreeMap<String, Payment>,
    /// Payments undone, and the entries of what was remitted.
    pub undone: Vec<String>,
    pub reliefs: Vec<String>,
}

pub struct Officer {
    pub channel: Channel,
    pub token: String,
}

impl Officer {
    /// Works until the office closes.
    pub async fn work(self, open: Open) -> Deeds {
        let ids = Ids::random(Clock::system());
        let key = || ids.next().to_string();
        let (mut deeds, mut n) = (Deeds::default(), 0);
        while open.now() {
            let [one, other] = self.batch(n % HOUSEHOLDS, [key(), key()]).await;
            if n % 2 == 0 {
                self.undo(&one.name, key()).await;
                deeds.undone.push(one.name.clone());
            }
            if n % 3 == 0 {
                deeds.reliefs.push(self.relieve(n % HOUSEHOLDS, key()).await);
            }
            for payment in [one, other] {
                let known = deeds.payments.insert(payment.name.clone(), payment);
                assert!(known.is_none(), "acknowledged twice: {known:?}");
            }
            n += 1;
            tokio::time::sleep(PAUSE).await;
        }
        deeds
    }

    /// Two payments of a household, the first of them twice in one call.
    async fn batch(&self, household: usize, [one, other]: [String; 2]) -> [Payment; 2] {
        let [one, other] = [one, other].map(|key| village::payment(household, 2, &key));
        let batch = BatchRecordPaymentsRequest {
            requests: vec![one.clone(), one, other],
        };
        loop {
            let call = || async {
                PaymentServiceClient::new(self.channel.clone())
                    .batch_record_payments(with_token(&self.token, batch.clone()))
                    .await
            };
            let results = insist(call, || ()).await.results;
            // A result of its own for each: those that met an outage are sent again with the rest.
            let payments: Option<Vec<Payment>> = results
                .into_iter()
                .map(|result| match result.outcome {
                    Some(Outcome::Payment(payment)) => Some(payment),
                    _ => None,
                })
                .collect();
            if let Some(payments) = payments {
                let [one, same, other] = <[Payment; 3]>::try_from(payments).expect("a result for each");
                assert_eq!(one, same, "one key is one payment");
                return [one, other];
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn undo(&self, name: &str, request_id: String) {
        let request = ReversePaymentRequest {
            name: name.to_owned(),
            request_id,
            reason: "登记有误".into(),
            cause: ReversalCause::Mistake.into(),
            effective_date: None,
        };
        let call = || async {
            PaymentServiceClient::new(self.channel.clone())
                .reverse_payment(with_token(&self.token, request.clone()))
                .await
        };
        let first = insist(call, || ()).await;
        assert_eq!(insist(call, || ()).await, first, "undone once");
    }

    /// Remits 1 fen of a household's first bill, and answers the entry.
    async fn relieve(&self, household: usize, request_id: String) -> String {
        let list = ListBillsRequest {
            filter: format!("household = {}", village::household(household)),
            ..ListBillsRequest::default()
        };
        let call = || async {
            BillServiceClient::new(self.channel.clone())
                .list_bills(with_token(&self.token, list.clone()))
                .await
        };
        let bills = insist(call, || ()).await.bills;
        let owed = |bill: &&Bill| bill.outstanding_fen > 0;
        let request = GrantReliefRequest {
            bill: bills.iter().find(owed).expect("a bill").name.clone(),
            amount_fen: Some(1),
            resolution: "兰考县〔2025〕3号".into(),
            effective_date: None,
            request_id,
        };
        let call = || async {
            AdjustmentServiceClient::new(self.channel.clone())
                .grant_relief(with_token(&self.token, request.clone()))
                .await
        };
        let first = insist(call, || ()).await;
        assert_eq!(insist(call, || ()).await, first, "remitted once");
        first.name
    }
}
