#![doc = include_str!("../README.md")]

mod api;
mod assess;
mod book;
mod exports;
mod imports;
mod jobs;
mod known;
mod planning;
mod show;
mod signing;
mod store;
mod travel;
mod wire;

use kit::service::{Built, Service};
use sqlx::migrate::Migrator;

use travel::Travels;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The sanitation service.
pub fn service() -> Service {
    Service {
        name: "sanitation",
        migrations: &MIGRATIONS,
        build: |kit, env| {
            let travels = Travels::new(kit, env);
            api::serve(Built::new(), kit, &travels)
                .register(imports::Villages)
                .register(imports::TransferStations)
                .register(imports::Plants)
                .register(imports::CollectionPoints)
                .register(imports::Bins)
                .register(imports::Vehicles)
                .register(imports::RoadNodes)
                .register(imports::RoadEdges)
                .register(imports::Tares)
                .register(imports::Devices)
                .register(imports::Trips)
                .register(imports::TripStops)
                .register(imports::Transfers)
                .extract(exports::RoadNodes)
                .extract(exports::RoadEdges)
                .extract(exports::Tares)
                .extract(exports::Devices)
                .work(jobs::PlanHaulage::new(kit, travels.clone()))
                .work(jobs::PlanRoutes::new(kit, travels))
        },
    }
}
