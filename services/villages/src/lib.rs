#![doc = include_str!("../README.md")]

mod api;
mod exports;
mod imports;
mod jobs;
mod record;
mod store;
mod wire;
mod words;

use kit::{
    Kit,
    config::Env,
    service::{Built, Service},
};
use proto::xiangtu::villages::v1::{
    acceptance_service_server::AcceptanceServiceServer, area_service_server::AreaServiceServer,
    assessment_service_server::AssessmentServiceServer, blocker_service_server::BlockerServiceServer,
    branch_service_server::BranchServiceServer, bulletin_service_server::BulletinServiceServer,
    cadre_service_server::CadreServiceServer, case_service_server::CaseServiceServer,
    change_request_service_server::ChangeRequestServiceServer, division_service_server::DivisionServiceServer,
    grid_service_server::GridServiceServer, honour_service_server::HonourServiceServer,
    hotspot_service_server::HotspotServiceServer, household_service_server::HouseholdServiceServer,
    ladder_service_server::LadderServiceServer, measurement_service_server::MeasurementServiceServer,
    plan_service_server::PlanServiceServer, point_rules_service_server::PointRulesServiceServer,
    point_service_server::PointServiceServer, rating_service_server::RatingServiceServer,
    showcase_service_server::ShowcaseServiceServer, task_service_server::TaskServiceServer,
};

use jobs::intake::{Intake, SOURCES};

/// Its schema.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service.
pub fn service() -> Service {
    Service {
        name: "villages",
        migrations: &MIGRATIONS,
        build,
    }
}

fn build(kit: &Kit, _env: &mut Env) -> Built {
    let mut built = Built::new()
        .register(imports::Divisions { ids: kit.ids.clone() })
        .register(imports::DivisionList { ids: kit.ids.clone() })
        .register(imports::DivisionChanges { ids: kit.ids.clone() })
        .register(imports::Villages)
        .register(imports::Groups { ids: kit.ids.clone() })
        .register(imports::Households {
            crypt: kit.crypt.clone(),
        })
        .register(imports::Cadres {
            crypt: kit.crypt.clone(),
            ids: kit.ids.clone(),
        })
        .register(imports::VillageIndicators { ids: kit.ids.clone() })
        .extract(exports::Divisions)
        .extract(exports::Villages)
        .extract(exports::Groups)
        .extract(exports::Households {
            crypt: kit.crypt.clone(),
        })
        .extract(exports::Cadres {
            crypt: kit.crypt.clone(),
        })
        .grpc(AreaServiceServer::new(api::area::AreaApi { kit: kit.clone() }))
        .grpc(AssessmentServiceServer::new(api::assessment::AssessmentApi {
            kit: kit.clone(),
        }))
        .grpc(BlockerServiceServer::new(api::blocker::BlockerApi { kit: kit.clone() }))
        .grpc(BranchServiceServer::new(api::branch::BranchApi { kit: kit.clone() }))
        .grpc(AcceptanceServiceServer::new(api::acceptance::AcceptanceApi {
            kit: kit.clone(),
        }))
        .grpc(BulletinServiceServer::new(api::bulletin::BulletinApi {
            kit: kit.clone(),
        }))
        .grpc(CadreServiceServer::new(api::cadre::CadreApi { kit: kit.clone() }))
        .grpc(CaseServiceServer::new(api::case::CaseApi { kit: kit.clone() }))
        .grpc(ChangeRequestServiceServer::new(api::change_request::ChangeRequestApi {
            kit: kit.clone(),
        }))
        .grpc(DivisionServiceServer::new(api::division::DivisionApi {
            kit: kit.clone(),
        }))
        .grpc(GridServiceServer::new(api::grid::GridApi { kit: kit.clone() }))
        .grpc(HotspotServiceServer::new(api::hotspot::HotspotApi { kit: kit.clone() }))
        .grpc(HonourServiceServer::new(api::honour::HonourApi { kit: kit.clone() }))
        .grpc(HouseholdServiceServer::new(api::household::HouseholdApi {
            kit: kit.clone(),
        }))
        .grpc(LadderServiceServer::new(api::ladder::LadderApi { kit: kit.clone() }))
        .grpc(MeasurementServiceServer::new(api::measurement::MeasurementApi {
            kit: kit.clone(),
        }))
        .grpc(PlanServiceServer::new(api::plan::PlanApi { kit: kit.clone() }))
        .grpc(PointRulesServiceServer::new(api::point_rules::PointRulesApi {
            kit: kit.clone(),
        }))
        .grpc(PointServiceServer::new(api::points::PointApi { kit: kit.clone() }))
        .grpc(RatingServiceServer::new(api::rating::RatingApi { kit: kit.clone() }))
        .grpc(ShowcaseServiceServer::new(api::showcase::ShowcaseApi {
            kit: kit.clone(),
        }))
        .grpc(TaskServiceServer::new(api::task::TaskApi { kit: kit.clone() }));
    for source in SOURCES {
        built = built.consume(source, Intake { ids: kit.ids.clone() });
    }
    built
}
