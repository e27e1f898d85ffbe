//! Counts afterwards, from outside: what the ledger, the list and the receiver say against what was acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proto::xiangtu::homestead::v1::{
    ListPaymentsRequest, Payment, VerifyLedgerRequest, ledger_service_client::LedgerServiceClient,
    payment_service_client::PaymentServiceClient,
};
use tests::{Receiver, Suite, Table, village};

use crate::payers::Book;

/// How long a late repeat could take to come.
const SETTLED: Duration = Duration::from_secs(3);

/// Figures of a run.
#[derive(Default)]
pub struct Count {
    pub acknowledged: usize,
    pub failed: usize,
    /// Acknowledged payments that do not stand, and standing payments that nobody was told of.
    pub lost: Vec<String>,
    /// Payments that nobody made, and payments that were told twice.
    pub doubled: Vec<String>,
    pub notices: usize,
    pub attempts: usize,
}

impl Count {
    pub async fn of(suite: &Suite, receiver: &Receiver, book: &Book) -> Self {
        let posted = payments(suite).await;
        let mut count = Self {
            acknowledged: book.acknowledged.len(),
            failed: book.failed,
            ..Self::default()
        };
        for (name, payment) in &book.acknowledged {
            match posted.get(name) {
                Some(found) => assert_eq!(as_recorded(found), *payment, "stands as it was acknowledged"),
                None => count.lost.push(name.clone()),
            }
        }
        let extra = posted.keys().filter(|name| !book.acknowledged.contains_key(*name));
        count.doubled.extend(extra.cloned());
        receipts_have_no_gap(posted.values());
        the_ledger_agrees(suite, posted.len()).await;
        count.notices(receiver, &posted).await;
        count
    }

    /// At-least-once transport: a repeat carries the same id and the same words. One effect: one id a payment.
    async fn notices(&mut self, receiver: &Receiver, posted: &BTreeMap<String, Payment>) {
        receiver.distinct(posted.len()).await;
        tokio::time::sleep(SETTLED).await;
        let arrived = receiver.distinct(posted.len()).await;
        let mut told = BTreeSet::new();
        for (id, attempts) in &arrived {
            let body = &attempts[0].body;
            assert!(
                attempts.iter().all(|attempt| attempt.body == *body),
                "{id} says two things"
            );
            assert_eq!(body["type"], "payment.posted", "{body}");
            let subject = body["subject"].as_str().expect("what the notice is about").to_owned();
            if !posted.contains_key(&subject) || !told.insert(subject.clone()) {
                self.doubled.push(format!("{subject}, told as {id}"));
            }
        }
        self.lost
            .extend(posted.keys().filter(|name| !told.contains(*name)).cloned());
        self.notices = arrived.len();
        self.attempts = arrived.values().map(Vec::len).sum();
    }

    /// Prints the figures with what else a test measured, and keeps them.
    pub fn show(&self, name: &'static str, measured: &[(&str, String)]) {
        let counted = [
            ("acknowledged", self.acknowledged),
            ("failed attempts", self.failed),
            ("lost", self.lost.len()),
            ("doubled", self.doubled.len()),
            ("notices", self.notices),
            ("webhook attempts", self.attempts),
        ];
        let figures: Vec<(&str, String)> = measured
            .iter()
            .cloned()
            .chain(counted.map(|(what, figure)| (what, figure.to_string())))
            .collect();
        let columns: Vec<&str> = figures.iter().map(|(what, _)| *what).collect();
        let cells: Vec<String> = figures.iter().map(|(_, figure)| figure.clone()).collect();
        let mut table = Table::new(name, &columns);
        table.row(&cells);
        table.finish();
    }

    /// # Panics
    ///
    /// If anything was lost or doubled.
    pub fn is_exact(&self) {
        assert!(self.acknowledged > 0, "nobody paid");
        assert!(self.lost.is_empty(), "lost: {:?}", self.lost);
        assert!(self.doubled.is_empty(), "doubled: {:?}", self.doubled);
    }
}

/// A payment before it was undone, if it was.
fn as_recorded(payment: &Payment) -> Payment {
    Payment {
        reversal: String::new(),
        ..payment.clone()
    }
}

pub async fn payments(suite: &Suite) -> BTreeMap<String, Payment> {
    let mut client = PaymentServiceClient::new(suite.service("homestead").channel());
    let (mut posted, mut page_token) = (BTreeMap::new(), String::new());
    loop {
        let list = ListPaymentsRequest {
            division: village::COUNTY.into(),
            page_size: 1_000,
            page_token,
            ..ListPaymentsRequest::default()
        };
        let page = client
            .list_payments(suite.request("", list))
            .await
            .expect("a page")
            .into_inner();
        for payment in page.payments {
            let twice = posted.insert(payment.name.clone(), payment);
            assert!(twice.is_none(), "listed twice: {twice:?}");
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return posted;
        }
    }
}

pub fn receipts_have_no_gap<'a>(posted: impl Iterator<Item = &'a Payment>) {
    let mut receipts: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for payment in posted {
        let fresh = receipts
            .entry(&payment.division)
            .or_default()
            .insert(payment.receipt_number);
        assert!(
            fresh,
            "a second receipt {} of {}",
            payment.receipt_number, payment.division
        );
    }
    for (division, numbers) in receipts {
        assert!(
            numbers.iter().copied().eq((1..).take(numbers.len())),
            "{division}: {numbers:?}"
        );
    }
}

pub async fn the_ledger_agrees(suite: &Suite, payments: usize) {
    let verify = VerifyLedgerRequest {
        division: village::COUNTY.into(),
    };
    let recount = LedgerServiceClient::new(suite.service("homestead").channel())
        .verify_ledger(suite.request("", verify))
        .await
        .expect("a recount")
        .into_inner();
    assert!(recount.consistent, "{recount:?}");
    assert_eq!(
        usize::try_from(recount.receipt_count),
        Ok(payments),
        "one receipt a payment"
    );
}
