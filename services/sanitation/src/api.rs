//! The gRPC services; no SQL.

mod bins;
mod collection_points;
mod comparison;
mod complaints;
mod compliance;
mod contracts;
mod crews;
mod demand;
mod devices;
mod facilities;
mod hamlets;
mod hand_overs;
mod haulage_plans;
mod list;
mod mass_balances;
mod plans;
mod positions;
mod print;
mod replan;
mod route_plans;
mod routes;
mod service_areas;
mod service_qualities;
mod signing_keys;
mod siting;
mod stop_events;
mod street_work_plans;
mod trips;
mod vehicles;
mod week_plans;
mod workers;
mod works_orders;

use kit::{Kit, service::Built};
use proto::xiangtu::sanitation::v1::{
    bin_service_server::BinServiceServer, collection_point_service_server::CollectionPointServiceServer,
    complaint_service_server::ComplaintServiceServer, compliance_service_server::ComplianceServiceServer,
    contract_service_server::ContractServiceServer, crew_service_server::CrewServiceServer,
    demand_service_server::DemandServiceServer, device_service_server::DeviceServiceServer,
    facility_service_server::FacilityServiceServer, hamlet_service_server::HamletServiceServer,
    hand_over_service_server::HandOverServiceServer, haulage_plan_service_server::HaulagePlanServiceServer,
    mass_balance_service_server::MassBalanceServiceServer, plan_service_server::PlanServiceServer,
    position_service_server::PositionServiceServer, route_plan_service_server::RoutePlanServiceServer,
    service_area_service_server::ServiceAreaServiceServer, service_quality_service_server::ServiceQualityServiceServer,
    signing_key_service_server::SigningKeyServiceServer, siting_service_server::SitingServiceServer,
    stop_event_service_server::StopEventServiceServer, street_work_plan_service_server::StreetWorkPlanServiceServer,
    trip_service_server::TripServiceServer, vehicle_service_server::VehicleServiceServer,
    week_plan_service_server::WeekPlanServiceServer, worker_service_server::WorkerServiceServer,
    works_order_service_server::WorksOrderServiceServer,
};
use time::Date;

use crate::travel::Travels;

/// The handlers of every service of the package.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
    travels: Travels,
}

impl Api {
    /// The day that is planned where none is named.
    fn tomorrow(&self) -> Date {
        let today = self.kit.clock.today();
        today.next_day().unwrap_or(today)
    }
}

/// Adds all services.
pub fn serve(built: Built, kit: &Kit, travels: &Travels) -> Built {
    let api = Api {
        kit: kit.clone(),
        travels: travels.clone(),
    };
    built
        .grpc(FacilityServiceServer::new(api.clone()))
        .grpc(ServiceAreaServiceServer::new(api.clone()))
        .grpc(CollectionPointServiceServer::new(api.clone()))
        .grpc(BinServiceServer::new(api.clone()))
        .grpc(VehicleServiceServer::new(api.clone()))
        .grpc(ContractServiceServer::new(api.clone()))
        .grpc(CrewServiceServer::new(api.clone()))
        .grpc(WorkerServiceServer::new(api.clone()))
        .grpc(DeviceServiceServer::new(api.clone()))
        .grpc(HamletServiceServer::new(api.clone()))
        .grpc(SitingServiceServer::new(api.clone()))
        .grpc(ComplaintServiceServer::new(api.clone()))
        .grpc(ComplianceServiceServer::new(api.clone()))
        .grpc(DemandServiceServer::new(api.clone()))
        .grpc(PositionServiceServer::new(api.clone()))
        .grpc(RoutePlanServiceServer::new(api.clone()))
        .grpc(HaulagePlanServiceServer::new(api.clone()))
        .grpc(StreetWorkPlanServiceServer::new(api.clone()))
        .grpc(StopEventServiceServer::new(api.clone()))
        .grpc(WeekPlanServiceServer::new(api.clone()))
        .grpc(TripServiceServer::new(api.clone()))
        .grpc(HandOverServiceServer::new(api.clone()))
        .grpc(ServiceQualityServiceServer::new(api.clone()))
        .grpc(SigningKeyServiceServer::new(api.clone()))
        .grpc(MassBalanceServiceServer::new(api.clone()))
        .grpc(WorksOrderServiceServer::new(api.clone()))
        .grpc(PlanServiceServer::new(api))
}
