#![doc = include_str!("../README.md")]

mod api;
mod bookkeeping;
mod cashier;
mod exports;
mod imports;
mod jobs;
mod store;
mod wire;

use std::{sync::Arc, time::Duration};

use kit::{
    config::Env,
    service::{Built, Kit, Service},
};
use proto::xiangtu::homestead::v1::{
    adjustment_service_server::AdjustmentServiceServer, ageing_service_server::AgeingServiceServer,
    bank_statement_service_server::BankStatementServiceServer, bill_service_server::BillServiceServer,
    billing_run_service_server::BillingRunServiceServer, book_close_service_server::BookCloseServiceServer,
    cash_service_server::CashServiceServer, collection_service_server::CollectionServiceServer,
    correction_service_server::CorrectionServiceServer, dunning_service_server::DunningServiceServer,
    instalment_service_server::InstalmentServiceServer, ledger_service_server::LedgerServiceServer,
    objection_service_server::ObjectionServiceServer, parcel_service_server::ParcelServiceServer,
    payment_service_server::PaymentServiceServer, pending_payment_service_server::PendingPaymentServiceServer,
    plan_service_server::PlanServiceServer, portfolio_service_server::PortfolioServiceServer,
    public_notice_service_server::PublicNoticeServiceServer, report_service_server::ReportServiceServer,
    survey_service_server::SurveyServiceServer, tariff_service_server::TariffServiceServer,
    voucher_service_server::VoucherServiceServer,
};
use sqlx::migrate::Migrator;

use bookkeeping::keys;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The homestead service.
pub fn service() -> Service {
    Service {
        name: "homestead",
        migrations: &MIGRATIONS,
        build,
    }
}

fn build(kit: &Kit, env: &mut Env) -> Built {
    let url = env.required("XIANGTU_DATABASE_URL", "postgres:// URL of the serving role");
    let every = env.range(
        "XIANGTU_COLLECTION_EVERY_S",
        900,
        1..=86_400,
        "seconds between statements of what villages collected",
    );
    let watch = env.range(
        "XIANGTU_CASH_EVERY_S",
        900,
        1..=86_400,
        "seconds between looks at cash in hand and at announced payments",
    );
    let seal_every = env.range(
        "XIANGTU_SEAL_EVERY_S",
        10,
        1..=3_600,
        "seconds between rounds of sealing the journal",
    );
    let recount_every = env.range(
        "XIANGTU_RECOUNT_EVERY_S",
        86_400,
        1..=604_800,
        "seconds between recounts of all books",
    );
    let root_every = env.range(
        "XIANGTU_ROOT_EVERY_S",
        3_600,
        1..=86_400,
        "seconds between signed roots over all books of a county",
    );
    let instalments_every = env.range(
        "XIANGTU_INSTALMENTS_EVERY_S",
        300,
        1..=86_400,
        "seconds between looks at agreements on instalments",
    );
    let discounts_every = env.range(
        "XIANGTU_DISCOUNTS_EVERY_S",
        900,
        1..=86_400,
        "seconds between looks at bills that earn the discount of their tariff",
    );
    let cashier = cashier::Cashier::start(&url, kit.clock.clone())
        .map_err(|error| env.mistake(format!("XIANGTU_DATABASE_URL: {error}")));
    let retired = env.text(
        keys::RETIRED,
        "",
        "public keys in hexadecimal, separated by commas, with which the ledger was signed before",
    );
    let keys = keys::Keys::new(kit, &retired).map_err(|error| env.mistake(error));
    let (Ok(cashier), Ok(keys)) = (cashier.map(Arc::new), keys) else {
        return Built::new();
    };
    let kit = kit.clone();
    Built::new()
        .register(imports::households::Households {
            crypt: kit.crypt.clone(),
        })
        .register(imports::cadres::Cadres {
            crypt: kit.crypt.clone(),
        })
        .register(imports::homesteads::Homesteads)
        .register(imports::parcel_ledger::ParcelLedger)
        .register(imports::household_ledger::HouseholdLedger {
            crypt: kit.crypt.clone(),
        })
        .register(imports::bank_statements::BankStatements {
            crypt: kit.crypt.clone(),
        })
        .register(imports::portfolios::Portfolios)
        .register(imports::recusals::Recusals)
        .grpc(ParcelServiceServer::new(api::parcel::ParcelApi { kit: kit.clone() }))
        .grpc(TariffServiceServer::new(api::tariff::TariffApi { kit: kit.clone() }))
        .grpc(PlanServiceServer::new(api::plan::PlanApi { kit: kit.clone() }))
        .grpc(BillingRunServiceServer::new(api::billing_run::BillingRunApi {
            kit: kit.clone(),
        }))
        .grpc(BillServiceServer::new(api::bill::BillApi { kit: kit.clone() }))
        .grpc(PaymentServiceServer::new(api::payment::PaymentApi {
            kit: kit.clone(),
            cashier: cashier.clone(),
        }))
        .grpc(PendingPaymentServiceServer::new(
            api::pending_payment::PendingPaymentApi {
                kit: kit.clone(),
                cashier: cashier.clone(),
            },
        ))
        .grpc(BankStatementServiceServer::new(api::bank_statement::BankStatementApi {
            kit: kit.clone(),
            cashier: cashier.clone(),
        }))
        .grpc(AdjustmentServiceServer::new(api::adjustment::AdjustmentApi {
            kit: kit.clone(),
        }))
        .grpc(SurveyServiceServer::new(api::survey::SurveyApi { kit: kit.clone() }))
        .grpc(CorrectionServiceServer::new(api::correction::CorrectionApi {
            kit: kit.clone(),
        }))
        .grpc(LedgerServiceServer::new(api::ledger::LedgerApi {
            kit: kit.clone(),
            keys: keys.clone(),
        }))
        .grpc(AgeingServiceServer::new(api::ageing::AgeingApi { kit: kit.clone() }))
        .grpc(ReportServiceServer::new(api::report::ReportApi { kit: kit.clone() }))
        .grpc(PortfolioServiceServer::new(api::portfolio::PortfolioApi {
            kit: kit.clone(),
        }))
        .grpc(DunningServiceServer::new(api::dunning::DunningApi { kit: kit.clone() }))
        .grpc(CollectionServiceServer::new(api::collection::CollectionApi {
            kit: kit.clone(),
        }))
        .grpc(InstalmentServiceServer::new(api::instalment::InstalmentApi {
            kit: kit.clone(),
        }))
        .grpc(ObjectionServiceServer::new(api::objection::ObjectionApi {
            kit: kit.clone(),
        }))
        .grpc(PublicNoticeServiceServer::new(api::public_notice::PublicNoticeApi {
            kit: kit.clone(),
        }))
        .grpc(VoucherServiceServer::new(api::voucher::VoucherApi { kit: kit.clone() }))
        .extract(exports::vouchers::Vouchers)
        .extract(exports::ledger::HouseholdLedger {
            crypt: kit.crypt.clone(),
        })
        .extract(exports::ledger::ParcelLedger)
        .grpc(CashServiceServer::new(api::cash::CashApi { kit: kit.clone() }))
        .grpc(BookCloseServiceServer::new(api::book_close::BookCloseApi {
            kit: kit.clone(),
        }))
        .work(jobs::billing::BillingWork { kit: kit.clone() })
        .work(jobs::reassessment::ReassessmentWork { kit: kit.clone() })
        .work(jobs::dunning::DunningWork { kit: kit.clone() })
        .work(jobs::reconcile::ReconcileWork { kit, cashier })
        .job("seal", Duration::from_secs(seal_every), |kit| async move {
            jobs::seal::seal(&kit).await
        })
        .job("roots", Duration::from_secs(root_every), |kit| async move {
            jobs::roots::make(&kit).await
        })
        .job("recount", Duration::from_secs(recount_every), move |kit| {
            let keys = keys.clone();
            async move { jobs::recount::recount(&kit, &keys).await }
        })
        .job("state_collection", Duration::from_secs(every), |kit| async move {
            jobs::collection::state(&kit).await
        })
        .job("state_cash", Duration::from_secs(watch), |kit| async move {
            jobs::cash::state(&kit).await
        })
        .job(
            "instalments",
            Duration::from_secs(instalments_every),
            |kit| async move { jobs::instalments::follow_all(&kit).await },
        )
        .job("discounts", Duration::from_secs(discounts_every), |kit| async move {
            jobs::discounts::grant_all(&kit).await
        })
        .job(
            "expire_pending_payments",
            Duration::from_secs(watch),
            |kit| async move { jobs::pending::expire(&kit).await },
        )
}
