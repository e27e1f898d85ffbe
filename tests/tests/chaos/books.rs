//! The books afterwards: bills against what dry runs foresaw, the journal by number, and its chain with and without the service.

use std::{collections::BTreeMap, time::Duration};

use proto::xiangtu::homestead::v1::{
    Bill, GetEntryRequest, GetPaymentRequest, ListBillsRequest, VerifyLedgerRequest, VerifyLedgerResponse,
    bill_service_client::BillServiceClient, ledger_service_client::LedgerServiceClient,
    payment_service_client::PaymentServiceClient,
};
use tests::{Suite, Table, village, xiangtu};

use crate::{
    HOUSEHOLDS,
    billing::{Billed, day},
    officer::Deeds,
};

/// What was counted, as text.
pub type Counted = [(&'static str, String); 4];

/// Prints what was counted, and keeps it.
pub fn show(name: &'static str, counted: &Counted) {
    let columns = counted.each_ref().map(|(what, _)| *what);
    let mut table = Table::new(name, &columns);
    table.row(&counted.each_ref().map(|(_, figure)| figure.clone()));
    table.finish();
}

/// Holds the books against what was acknowledged.
///
/// # Panics
///
/// If anything does not agree.
pub async fn check(suite: &Suite, payments: usize, deeds: &Deeds, billed: &Billed) -> Counted {
    let bills = bills(suite).await;
    let mut weeks: BTreeMap<_, BTreeMap<&str, i64>> = BTreeMap::new();
    for bill in &bills {
        let week = weeks.entry(day(bill.from_date)).or_default();
        let twice = week.insert(&bill.household, bill.gross_fen - bill.relief_fen);
        assert!(twice.is_none(), "billed twice: {bill:?}");
    }
    // The year that everybody owed from the beginning.
    weeks.remove(&(2024, 1, 1));
    let issued: Billed = weeks.iter().map(|(day, week)| (*day, week.values().sum())).collect();
    assert_eq!(issued, *billed, "every week as its dry run foresaw");
    assert!(weeks.values().all(|week| week.len() == HOUSEHOLDS));

    for name in &deeds.undone {
        let get = suite.request("", GetPaymentRequest { name: name.clone() });
        let mut client = PaymentServiceClient::new(suite.service("homestead").channel());
        let payment = client.get_payment(get).await.expect("kept").into_inner();
        assert!(!payment.reversal.is_empty(), "{name} stands again");
    }
    for name in &deeds.reliefs {
        let get = suite.request("", GetEntryRequest { name: name.clone() });
        let mut client = LedgerServiceClient::new(suite.service("homestead").channel());
        client.get_entry(get).await.expect("kept");
    }
    let recount = sealed(suite).await;
    let entries = bills.len() + payments + deeds.undone.len() + deeds.reliefs.len();
    assert_eq!(
        usize::try_from(recount.entry_count),
        Ok(entries),
        "nothing else was entered"
    );
    verify_offline(suite).await;
    [
        ("weeks billed", billed.len().to_string()),
        ("bills", bills.len().to_string()),
        ("undone", deeds.undone.len().to_string()),
        ("entries, all sealed", entries.to_string()),
    ]
}

async fn bills(suite: &Suite) -> Vec<Bill> {
    let mut client = BillServiceClient::new(suite.service("homestead").channel());
    let (mut bills, mut page_token) = (Vec::new(), String::new());
    loop {
        let list = ListBillsRequest {
            division: village::COUNTY.into(),
            page_size: 1_000,
            page_token,
            ..ListBillsRequest::default()
        };
        let page = client
            .list_bills(suite.request("", list))
            .await
            .expect("a page")
            .into_inner();
        bills.extend(page.bills);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return bills;
        }
    }
}

/// The recount once everything is sealed; it walks along every chain.
async fn sealed(suite: &Suite) -> VerifyLedgerResponse {
    for _ in 0..60 {
        let recount = LedgerServiceClient::new(suite.service("homestead").channel())
            .verify_ledger(suite.request("", VerifyLedgerRequest::default()))
            .await
            .expect("a recount")
            .into_inner();
        assert!(recount.consistent, "{:?}", recount.findings);
        if recount.sealed_entry_count == recount.entry_count {
            return recount;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("the journal is not sealed");
}

async fn verify_offline(suite: &Suite) {
    let file = suite.folder().join("ledger.bin");
    let file = file.to_str().expect("a path");
    let verify = ["ledger", "verify", file, "--any-key"];
    for arguments in [&["ledger", "export", file][..], &verify[..]] {
        let output = xiangtu(suite, "", arguments).await;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}
