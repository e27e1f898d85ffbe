#![doc = include_str!("../README.md")]

mod api;
mod cashier;
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
    ageing_service_server::AgeingServiceServer, bill_service_server::BillServiceServer,
    billing_run_service_server::BillingRunServiceServer, collection_service_server::CollectionServiceServer,
    dunning_service_server::DunningServiceServer, ledger_service_server::LedgerServiceServer,
    objection_service_server::ObjectionServiceServer, parcel_service_server::ParcelServiceServer,
    payment_service_server::PaymentServiceServer, plan_service_server::PlanServiceServer,
    portfolio_service_server::PortfolioServiceServer, public_notice_service_server::PublicNoticeServiceServer,
    tariff_service_server::TariffServiceServer,
};
use sqlx::migrate::Migrator;

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
    let cashier = cashier::Cashier::start(&url, kit.clock.clone())
        .map_err(|error| env.mistake(format!("XIANGTU_DATABASE_URL: {error}")));
    let Ok(cashier) = cashier else { return Built::new() };
    let kit = kit.clone();
    let collecting = kit.clone();
    Built::new()
        .register(imports::households::Households {
            crypt: kit.crypt.clone(),
        })
        .register(imports::cadres::Cadres {
            crypt: kit.crypt.clone(),
        })
        .register(imports::homesteads::Homesteads)
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
            cashier: Arc::new(cashier),
        }))
        .grpc(LedgerServiceServer::new(api::ledger::LedgerApi { kit: kit.clone() }))
        .grpc(AgeingServiceServer::new(api::ageing::AgeingApi { kit: kit.clone() }))
        .grpc(PortfolioServiceServer::new(api::portfolio::PortfolioApi {
            kit: kit.clone(),
        }))
        .grpc(DunningServiceServer::new(api::dunning::DunningApi { kit: kit.clone() }))
        .grpc(CollectionServiceServer::new(api::collection::CollectionApi {
            kit: kit.clone(),
        }))
        .grpc(ObjectionServiceServer::new(api::objection::ObjectionApi {
            kit: kit.clone(),
        }))
        .grpc(PublicNoticeServiceServer::new(api::public_notice::PublicNoticeApi {
            kit: kit.clone(),
        }))
        .work(jobs::billing::BillingWork { kit: kit.clone() })
        .work(jobs::dunning::DunningWork { kit })
        .job("state_collection", Duration::from_secs(every), move |_stop| {
            let kit = collecting.clone();
            async move {
                if let Err(error) = jobs::collection::state(&kit).await {
                    tracing::warn!(%error, "statement of what villages collected waits");
                }
            }
        })
}
