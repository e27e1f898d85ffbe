//! PostgreSQL brought back from a backup and its log, as after a lost disk; a power cut leaves the same: the log as far as
//! it was on disk.

use std::time::Duration;

use proto::xiangtu::homestead::v1::{
    AgeingGroup, AgeingReport, GetAgeingReportRequest, Payment, RecordPaymentRequest,
    ageing_service_client::AgeingServiceClient, payment_service_client::PaymentServiceClient,
};
use tests::{OwnStores, SERVICES, Suite, Table, village};

use crate::{
    backup::{Backup, Moment},
    count, own_suite,
    payers::Payers,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_is_in_every_restore_to_a_later_moment() {
    let (mut stores, mut suite, _receiver) = own_suite("restore").await;
    let mut backup = Backup::begin(&stores).await;
    let payers = Payers::start(&suite);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let early = payers.finish().await.acknowledged;
    let (quiet, owed) = (backup.moment().await, ageing(&suite).await);

    let payers = Payers::start(&suite);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let meanwhile = payers.look(|book| book.acknowledged.clone());
    let busy = backup.moment().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let late = payers.finish().await.acknowledged;
    backup.end().await;
    assert!(!early.is_empty() && !meanwhile.is_empty() && late.len() > meanwhile.len());

    restore(&mut stores, &mut suite, &backup, &quiet).await;
    assert_eq!(
        count::payments(&suite).await,
        early,
        "all that was paid by then, and nothing else"
    );
    assert_eq!(ageing(&suite).await, owed, "the report of then");
    count::the_ledger_agrees(&suite, early.len()).await;

    restore(&mut stores, &mut suite, &backup, &busy).await;
    let kept = count::payments(&suite).await;
    for (name, payment) in early.iter().chain(&meanwhile) {
        assert_eq!(kept.get(name), Some(payment), "acknowledged before the moment");
    }
    assert!(kept.len() < early.len() + late.len(), "the moment was before the end");

    // Whoever has the keys of what came after brings everything back, once.
    for (name, payment) in early.iter().chain(&late) {
        let again = pay_again(&suite, payment).await;
        assert_eq!(
            again.post_time == payment.post_time,
            kept.contains_key(name),
            "{again:?}"
        );
    }
    let all = count::payments(&suite).await;
    assert_eq!(all.len(), early.len() + late.len());
    count::receipts_have_no_gap(all.values());
    count::the_ledger_agrees(&suite, all.len()).await;
    show(&[early.len(), meanwhile.len(), late.len(), kept.len(), all.len()]);
}

/// Everything is stopped, Redis emptied of what is not true yet, PostgreSQL brought back, everything started.
async fn restore(stores: &mut OwnStores, suite: &mut Suite, backup: &Backup, moment: &Moment) {
    for name in SERVICES {
        suite.service_mut(name).kill();
    }
    stores.kill_redis().await;
    stores.forget_redis();
    backup.restore(stores, moment).await;
    for name in SERVICES {
        suite.service_mut(name).start().await;
    }
}

async fn ageing(suite: &Suite) -> AgeingReport {
    let of = GetAgeingReportRequest {
        as_of: Some(village::date(12, 31)),
        group_by: AgeingGroup::Village.into(),
        ..GetAgeingReportRequest::default()
    };
    AgeingServiceClient::new(suite.service("homestead").channel())
        .get_ageing_report(suite.request(village::COUNTY, of))
        .await
        .expect("a report")
        .into_inner()
}

/// Sends what was acknowledged as `payment` once more.
async fn pay_again(suite: &Suite, payment: &Payment) -> Payment {
    let request = RecordPaymentRequest {
        payment: Some(Payment {
            household: payment.household.clone(),
            division: payment.division.clone(),
            amount_fen: payment.amount_fen,
            method: payment.method,
            document: payment.document.clone(),
            payment_date: payment.payment_date,
            ..Payment::default()
        }),
        request_id: payment.document.clone(),
        validate_only: false,
    };
    PaymentServiceClient::new(suite.service("homestead").channel())
        .record_payment(suite.request("", request))
        .await
        .expect("paid")
        .into_inner()
}

fn show(counted: &[usize; 5]) {
    let columns = [
        "acknowledged at rest",
        "under way by the moment",
        "after it in all",
        "restored",
        "sent again, all",
    ];
    let mut table = Table::new("chaos-restore", &columns);
    table.row(&counted.map(|figure| figure.to_string()));
    table.finish();
}
