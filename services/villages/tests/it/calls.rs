//! The methods under test as functions: who asks inside which division, and the message.

use kit::testing::Harness;
use proto::xiangtu::villages::v1;
use tonic::{Response, Status};

use crate::county::Asks as _;

macro_rules! calls {
    ($($module:ident::$client:ident { $($method:ident($request:ident) -> $response:ident;)+ })+) => {$($(
        pub async fn $method(harness: &Harness, scope: &str, request: v1::$request) -> Result<v1::$response, Status> {
            v1::$module::$client::new(harness.channel.clone())
                .$method(harness.ask(scope, request))
                .await
                .map(Response::into_inner)
        }
    )+)+};
}

calls! {
    plan_service_client::PlanServiceClient {
        validate_plan(ValidatePlanRequest) -> ValidatePlanResponse;
        diff_plan(DiffPlanRequest) -> DiffPlanResponse;
        apply_plan(ApplyPlanRequest) -> Plan;
        get_plan(GetPlanRequest) -> Plan;
        list_plans(ListPlansRequest) -> ListPlansResponse;
    }
    rating_service_client::RatingServiceClient {
        rate_villages(RateVillagesRequest) -> RateVillagesResponse;
        get_rating(GetRatingRequest) -> Rating;
        list_ratings(ListRatingsRequest) -> ListRatingsResponse;
        get_league_table(GetLeagueTableRequest) -> LeagueTable;
        simulate_ratings(SimulateRatingsRequest) -> SimulateRatingsResponse;
        select_villages_for_tier(SelectVillagesForTierRequest) -> SelectVillagesForTierResponse;
    }
    task_service_client::TaskServiceClient {
        generate_tasks(GenerateTasksRequest) -> GenerateTasksResponse;
        get_task(GetTaskRequest) -> Task;
        list_tasks(ListTasksRequest) -> ListTasksResponse;
        reassign_task(ReassignTaskRequest) -> Task;
        report_progress(ReportProgressRequest) -> Progress;
        batch_report_progress(BatchReportProgressRequest) -> BatchReportProgressResponse;
        get_meeting_sheet(GetMeetingSheetRequest) -> MeetingSheet;
    }
    blocker_service_client::BlockerServiceClient {
        report_blocker(ReportBlockerRequest) -> Blocker;
        end_blocker(EndBlockerRequest) -> Blocker;
        refuse_blocker(RefuseBlockerRequest) -> Blocker;
        get_blocker(GetBlockerRequest) -> Blocker;
        list_blockers(ListBlockersRequest) -> ListBlockersResponse;
    }
    bulletin_service_client::BulletinServiceClient {
        issue_bulletin(IssueBulletinRequest) -> Bulletin;
        verify_bulletin(VerifyBulletinRequest) -> VerifyBulletinResponse;
        get_bulletin(GetBulletinRequest) -> Bulletin;
        list_bulletins(ListBulletinsRequest) -> ListBulletinsResponse;
    }
    ladder_service_client::LadderServiceClient {
        get_ladder_step(GetLadderStepRequest) -> LadderStep;
        list_ladder_steps(ListLadderStepsRequest) -> ListLadderStepsResponse;
        serve_ladder_step(ServeLadderStepRequest) -> LadderStep;
        defend_ladder_step(DefendLadderStepRequest) -> LadderStep;
        decide_ladder_step(DecideLadderStepRequest) -> LadderStep;
        appeal_ladder_step(AppealLadderStepRequest) -> LadderStep;
        decide_ladder_appeal(DecideLadderAppealRequest) -> LadderStep;
    }
    grid_service_client::GridServiceClient {
        get_grid(GetGridRequest) -> Grid;
        list_grids(ListGridsRequest) -> ListGridsResponse;
        draw_grids(DrawGridsRequest) -> DrawGridsResponse;
        replace_roster(ReplaceRosterRequest) -> ReplaceRosterResponse;
        list_duty_shifts(ListDutyShiftsRequest) -> ListDutyShiftsResponse;
        find_duty(FindDutyRequest) -> Duty;
    }
    hotspot_service_client::HotspotServiceClient {
        get_hotspot(GetHotspotRequest) -> Hotspot;
        list_hotspots(ListHotspotsRequest) -> ListHotspotsResponse;
        report_hotspot(ReportHotspotRequest) -> Hotspot;
        acknowledge_hotspot(AcknowledgeHotspotRequest) -> Hotspot;
        arrive_at_hotspot(ArriveAtHotspotRequest) -> Hotspot;
        triage_hotspot(TriageHotspotRequest) -> Hotspot;
        exonerate_hotspot(ExonerateHotspotRequest) -> Hotspot;
        list_grid_statistics(ListGridStatisticsRequest) -> ListGridStatisticsResponse;
        list_fixed_sources(ListFixedSourcesRequest) -> ListFixedSourcesResponse;
        end_fixed_source(EndFixedSourceRequest) -> FixedSource;
    }
    cadre_service_client::CadreServiceClient {
        assign_post(AssignPostRequest) -> Assignment;
    }
    measurement_service_client::MeasurementServiceClient {
        batch_record_measurements(BatchRecordMeasurementsRequest) -> BatchRecordMeasurementsResponse;
        record_measurement(RecordMeasurementRequest) -> Measurement;
        list_measurements(ListMeasurementsRequest) -> ListMeasurementsResponse;
    }
    division_service_client::DivisionServiceClient {
        rename_division(RenameDivisionRequest) -> Division;
        merge_divisions(MergeDivisionsRequest) -> MergeDivisionsResponse;
    }
}
