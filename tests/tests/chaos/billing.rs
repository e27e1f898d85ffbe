//! Somebody who bills whatever happens: one week after the other, with several runs for each.

use std::{collections::BTreeMap, time::Duration};

use kit::{clock::Clock, id::Ids};
use prost::Message as _;
use proto::{
    google::{
        longrunning::{Operation, operation},
        r#type::Date,
    },
    xiangtu::{
        homestead::v1::{BillingRun, RunBillingRequest, billing_run_service_client::BillingRunServiceClient},
        operation::v1::{GetOperationRequest, operation_service_client::OperationServiceClient},
    },
};
use tests::{village, with_token};
use tonic::transport::Channel;

use crate::{HOUSEHOLDS, insist::insist, office::Open};

/// What the runs of a week came to: its first day, and the net amount that a dry run foresaw.
pub type Billed = BTreeMap<(i32, i32, i32), i64>;

/// Bills weeks.
pub struct Biller {
    pub channel: Channel,
    pub token: String,
    /// The first of the weeks, and how many to go on by.
    pub first: usize,
    pub step: usize,
}

impl Biller {
    /// Bills until the office closes.
    pub async fn work(self, open: Open) -> Billed {
        let ids = Ids::random(Clock::system());
        let mut billed = Billed::new();
        let mut week = self.first;
        while open.now() {
            let key = || ids.next().to_string();
            let terms = terms(week);
            let dry = RunBillingRequest {
                validate_only: true,
                ..terms.clone()
            };
            let dry = self.run(dry, key()).await;
            let expected = i64::try_from(HOUSEHOLDS).expect("few");
            assert_eq!(dry.bill_count, expected, "{dry:?}");
            let net_fen = dry.gross_fen - dry.relief_fen;
            // The county and one of its townships at once; the township's bills are in the one or the other.
            let township = RunBillingRequest {
                division: village::village(week)[..9].to_owned(),
                ..terms.clone()
            };
            let (whole, part) = tokio::join!(self.run(terms.clone(), key()), self.run(township, key()));
            assert_eq!(whole.bill_count + part.bill_count, expected, "{whole:?} {part:?}");
            let issued_fen = whole.gross_fen - whole.relief_fen + part.gross_fen - part.relief_fen;
            assert_eq!(issued_fen, net_fen, "the runs bill what the dry run foresaw");
            let again = self.run(terms.clone(), key()).await;
            assert_eq!(
                (again.bill_count, again.already_billed_count),
                (0, expected),
                "{again:?}"
            );
            billed.insert(day(terms.from_date), net_fen);
            week += self.step;
        }
        billed
    }

    /// Starts a run, asking twice, and waits for it as long as it takes.
    async fn run(&self, request: RunBillingRequest, request_id: String) -> BillingRun {
        let request = RunBillingRequest { request_id, ..request };
        let start = || async {
            BillingRunServiceClient::new(self.channel.clone())
                .run_billing(with_token(&self.token, request.clone()))
                .await
        };
        let operation: Operation = insist(start, || ()).await;
        let name = operation.name;
        assert_eq!(insist(start, || ()).await.name, name, "one request is one run");
        loop {
            let get = || async {
                OperationServiceClient::new(self.channel.clone())
                    .get_operation(with_token(&self.token, GetOperationRequest { name: name.clone() }))
                    .await
            };
            let operation = insist(get, || ()).await;
            if operation.done {
                let Some(operation::Result::Response(response)) = operation.result else {
                    panic!("{operation:?}");
                };
                return BillingRun::decode(response.value.as_slice()).expect("a billing run");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Six days of the n-th week, so that February has them: four weeks a month, from 2025 on.
fn terms(n: usize) -> RunBillingRequest {
    let number = |n: usize| i32::try_from(n).expect("small");
    let from = Date {
        year: 2025 + number(n / 48),
        month: number(n / 4 % 12) + 1,
        day: number(n % 4) * 7 + 1,
    };
    let until = Date {
        day: from.day + 6,
        ..from
    };
    RunBillingRequest {
        division: village::COUNTY.into(),
        from_date: Some(from),
        until_date: Some(until),
        due_date: Some(until),
        ..RunBillingRequest::default()
    }
}

/// A date that can be put in order.
pub fn day(date: Option<Date>) -> (i32, i32, i32) {
    let date = date.expect("a date");
    (date.year, date.month, date.day)
}
