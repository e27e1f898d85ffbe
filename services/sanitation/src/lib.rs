#![doc = include_str!("../README.md")]

mod api;
mod assess;
mod book;
mod charged;
mod exports;
mod imports;
mod jobs;
mod known;
mod planning;
mod serve;
mod settle;
mod show;
mod signing;
mod sites;
mod store;
mod terminal;
mod travel;
mod wire;

use std::time::Duration;

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
            let every = env.range(
                "XIANGTU_DEADLINES_EVERY_S",
                60,
                1..=3_600,
                "seconds between looks at the deadlines of complaints and works orders",
            );
            let travels = Travels::new(kit, env);
            api::serve(Built::new(), kit, &travels)
                .register(imports::Villages)
                .register(imports::Facilities::TRANSFER_STATIONS)
                .register(imports::Facilities::PLANTS)
                .register(imports::Facilities::DEPOTS)
                .register(imports::Facilities::WATER_POINTS)
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
                .register(imports::RoadTasks)
                .register(imports::Tares)
                .register(imports::Devices)
                .register(imports::Trips)
                .register(imports::TripStops)
                .register(imports::Transfers)
                .register(imports::WaterFlows)
                .extract(exports::RoadNodes)
                .extract(exports::RoadEdges)
                .extract(exports::RoadTasks)
                .extract(exports::Tares)
                .extract(exports::ComplianceReports { kit: kit.clone() })
                .extract(exports::Contracts)
                .extract(exports::Crews)
                .extract(exports::Facilities::DEPOTS)
                .extract(exports::Devices)
                .extract(exports::Hamlets)
                .extract(exports::ProposedPoints::REQUIRED)
                .extract(exports::ProposedPoints::FULL_MARKS)
                .extract(exports::ProposedBins::REQUIRED)
                .extract(exports::ProposedBins::FULL_MARKS)
                .extract(exports::WaterFlows)
                .extract(exports::Facilities::WATER_POINTS)
                .extract(exports::Workers {
                    crypt: kit.crypt.clone(),
                })
                .job("complaints", Duration::from_secs(every), |kit| async move {
                    jobs::complaints::watch(&kit).await
                })
                .job("works", Duration::from_secs(every), |kit| async move {
                    jobs::works::watch(&kit).await
                })
                .work(jobs::PlanHaulage::new(kit, travels.clone()))
                .work(jobs::PlanRoutes::new(kit, travels.clone()))
                .work(jobs::PlanStreetWork::new(kit))
                .work(jobs::PlanWeek::new(kit, travels))
        },
    }
}
