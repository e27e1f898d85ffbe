//! Nobody reaches beyond the own division: what lies outside does not exist.

use proto::xiangtu::homestead::v1::{
    AgeingGroup, AnswerHandOverRequest, AssessEntitlementRequest, BatchRecordPaymentsRequest, GetAccountRequest,
    GetAgeingReportRequest, GetBillRequest, GetBillingRunRequest, GetEntryRequest, GetParcelRequest, GetPaymentRequest,
    GetPortfolioRequest, GetStatementRequest, ListBillsRequest, ListEntriesRequest, ListParcelsRequest,
    ListPaymentsRequest, OfferHandOverRequest, RecordPaymentRequest, ReversePaymentRequest, RunBillingRequest,
    VerifyLedgerRequest,
};
use tonic::{Code, Response, Status};

use crate::world::{COUNTY, SIBLING, VILLAGE, World, payment, year_2024};

fn hidden<T>(answer: Result<Response<T>, Status>, what: &str) {
    match answer {
        Ok(_) => panic!("{what} was answered"),
        Err(error) => assert_eq!(error.code(), Code::NotFound, "{what}: {error:?}"),
    }
}

#[tokio::test]
async fn resources_of_a_sibling_do_not_exist() {
    let world = World::billed().await;
    let paid = world.pay(VILLAGE, "A1", 100).await.expect("paid").name;
    let bill = world.bills_of("A1").await.remove(0);
    let offer = OfferHandOverRequest {
        name: "portfolios/A1".to_owned(),
        to_cadre: "cadres/K2".to_owned(),
        reason: "调整".to_owned(),
        request_id: world.key(),
    };
    let offered = world
        .portfolios()
        .offer_hand_over(world.request(offer.clone()))
        .await
        .expect("offered")
        .into_inner()
        .name;
    let entry = paid.replace("payments/", "entries/");
    let ask = |name: &str| name.to_owned();
    macro_rules! hidden {
        ($client:ident, $method:ident, $request:expr) => {
            hidden(
                world.$client().$method(world.request_in(SIBLING, $request)).await,
                stringify!($method),
            );
        };
    }
    hidden!(
        parcels,
        get_parcel,
        GetParcelRequest {
            name: ask("parcels/A1P1")
        }
    );
    hidden!(
        parcels,
        assess_entitlement,
        AssessEntitlementRequest {
            household: ask("households/A1"),
            as_of: None
        }
    );
    hidden!(bills, get_bill, GetBillRequest { name: bill.name });
    hidden!(
        billing_runs,
        get_billing_run,
        GetBillingRunRequest { name: bill.billing_run }
    );
    hidden!(payments, get_payment, GetPaymentRequest { name: paid.clone() });
    hidden!(
        payments,
        reverse_payment,
        ReversePaymentRequest {
            name: paid,
            request_id: world.key(),
            reason: ask("误"),
            cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
            effective_date: None,
        }
    );
    hidden!(
        ledger,
        get_account,
        GetAccountRequest {
            name: ask("households/A1/account")
        }
    );
    hidden!(
        ledger,
        get_statement,
        GetStatementRequest {
            household: ask("households/A1"),
            ..GetStatementRequest::default()
        }
    );
    hidden!(ledger, get_entry, GetEntryRequest { name: entry });
    hidden!(
        portfolios,
        get_portfolio,
        GetPortfolioRequest {
            name: ask("portfolios/A1")
        }
    );
    hidden!(
        portfolios,
        offer_hand_over,
        OfferHandOverRequest {
            request_id: world.key(),
            ..offer
        }
    );
    hidden!(
        portfolios,
        answer_hand_over,
        AnswerHandOverRequest {
            name: offered,
            accept: Some(true),
            request_id: world.key()
        }
    );
    world.stop().await;
}

#[tokio::test]
async fn a_division_outside_is_refused_before_the_handler() {
    let world = World::billed().await;
    let record = |village: &str| RecordPaymentRequest {
        payment: Some(payment(village, "A1", 1)),
        request_id: world.key(),
        validate_only: false,
    };
    macro_rules! hidden {
        ($client:ident, $method:ident, $request:expr) => {
            hidden(
                world.$client().$method(world.request_in(SIBLING, $request)).await,
                stringify!($method),
            );
        };
    }
    hidden!(payments, record_payment, record(VILLAGE));
    let requests = vec![record(SIBLING), record(VILLAGE)];
    hidden!(payments, batch_record_payments, BatchRecordPaymentsRequest { requests });
    for division in [VILLAGE, COUNTY, "410225001", "410226"] {
        let division = division.to_owned();
        hidden!(
            billing_runs,
            run_billing,
            RunBillingRequest {
                division: division.clone(),
                request_id: world.key(),
                ..year_2024()
            }
        );
        hidden!(
            ledger,
            verify_ledger,
            VerifyLedgerRequest {
                division: division.clone()
            }
        );
        let group_by = AgeingGroup::Village.into();
        hidden!(
            ageing,
            get_ageing_report,
            GetAgeingReportRequest {
                division,
                group_by,
                as_of: None
            }
        );
    }
    assert_eq!(world.standing("A1").await, (24_000, 0));
    world.stop().await;
}

#[tokio::test]
async fn the_ledger_itself_holds_callers_to_their_division() {
    let world = World::billed().await;
    // A household of the sibling village under the own village's name, and the other way round.
    let cross = |village: &str, household: &str| RecordPaymentRequest {
        payment: Some(payment(village, household, 1)),
        request_id: world.key(),
        validate_only: false,
    };
    let one = world.request_in(SIBLING, cross(SIBLING, "A1"));
    hidden(world.payments().record_payment(one).await, "record_payment");
    let preview = RecordPaymentRequest {
        validate_only: true,
        ..cross(SIBLING, "A1")
    };
    hidden(
        world
            .payments()
            .record_payment(world.request_in(SIBLING, preview))
            .await,
        "preview",
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn lists_leave_out_what_lies_outside() {
    let world = World::billed().await;
    world.pay(VILLAGE, "A1", 100).await.expect("paid");
    let own = format!("divisions/{SIBLING}");
    let parcels = world
        .parcels()
        .list_parcels(world.request_in(SIBLING, ListParcelsRequest::default()))
        .await;
    assert!(
        parcels
            .expect("listed")
            .into_inner()
            .parcels
            .iter()
            .all(|plot| plot.division == own)
    );
    let bills = world
        .bills()
        .list_bills(world.request_in(SIBLING, ListBillsRequest::default()))
        .await;
    let bills = bills.expect("listed").into_inner().bills;
    assert!(bills.len() == 2 && bills.iter().all(|bill| bill.division == own));
    let payments = world
        .payments()
        .list_payments(world.request_in(SIBLING, ListPaymentsRequest::default()))
        .await;
    assert!(payments.expect("listed").into_inner().payments.is_empty());
    let entries = world
        .ledger()
        .list_entries(world.request_in(SIBLING, ListEntriesRequest::default()))
        .await;
    assert_eq!(entries.expect("listed").into_inner().entries.len(), 2);
    let group_by = AgeingGroup::Village.into();
    let report = GetAgeingReportRequest {
        group_by,
        ..GetAgeingReportRequest::default()
    };
    let report = world
        .ageing()
        .get_ageing_report(world.request_in(SIBLING, report))
        .await
        .expect("a report")
        .into_inner();
    assert_eq!(
        report.rows.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(),
        [own.as_str()]
    );
    let recount = world
        .ledger()
        .verify_ledger(world.request_in(SIBLING, VerifyLedgerRequest::default()))
        .await;
    let recount = recount.expect("a recount").into_inner();
    assert_eq!(
        (recount.consistent, recount.book_count, recount.entry_count),
        (true, 1, 2)
    );
    world.stop().await;
}
