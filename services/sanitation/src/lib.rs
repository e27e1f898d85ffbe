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
mod sites;
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
                .register(imports::Depots)
                .register(imports::WaterPoints)
                .register(imports::CollectionPoints)
                .register(imports::Bins)
                .register(imports::Hamlets)
                .register(imports::Vehicles)
                .register(imports::Contracts)
                .register(imports::Crews)
                .register(imports::Workers {
                    crypt: kit.crypt.clone(),
                })
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
                .extract(exports::ComplianceReports { kit: kit.clone() })
                .extract(exports::Contracts)
                .extract(exports::Crews)
                .extract(exports::Depots)
                .extract(exports::Devices)
                .extract(exports::Hamlets)
                .extract(exports::ProposedPoints::REQUIRED)
                .extract(exports::ProposedPoints::FULL_MARKS)
                .extract(exports::ProposedBins::REQUIRED)
                .extract(exports::ProposedBins::FULL_MARKS)
                .extract(exports::WaterPoints)
                .extract(exports::Workers {
                    crypt: kit.crypt.clone(),
                })
                .work(jobs::PlanRoutes::new(kit, travels))
        },
    }
}
