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
    assessment_service_client::AssessmentServiceClient {
        get_assessment_ledger(GetAssessmentLedgerRequest) -> AssessmentLedger;
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
    area_service_client::AreaServiceClient {
        get_area(GetAreaRequest) -> Area;
        list_areas(ListAreasRequest) -> ListAreasResponse;
        draw_areas(DrawAreasRequest) -> DrawAreasResponse;
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
        end_assignment(EndAssignmentRequest) -> Assignment;
        get_cadre(GetCadreRequest) -> Cadre;
        list_assignments(ListAssignmentsRequest) -> ListAssignmentsResponse;
        list_cadres(ListCadresRequest) -> ListCadresResponse;
        assign_households(AssignHouseholdsRequest) -> AssignHouseholdsResponse;
    }
    household_service_client::HouseholdServiceClient {
        get_household(GetHouseholdRequest) -> Household;
        list_households(ListHouseholdsRequest) -> ListHouseholdsResponse;
        list_household_lineage(ListHouseholdLineageRequest) -> ListHouseholdLineageResponse;
        register_household(RegisterHouseholdRequest) -> Household;
        change_household_head(ChangeHouseholdHeadRequest) -> Household;
        move_household(MoveHouseholdRequest) -> Household;
        split_household(SplitHouseholdRequest) -> SplitHouseholdResponse;
        merge_households(MergeHouseholdsRequest) -> MergeHouseholdsResponse;
        end_household(EndHouseholdRequest) -> HouseholdLineageEdge;
    }
    point_rules_service_client::PointRulesServiceClient {
        apply_point_rules(ApplyPointRulesRequest) -> PointRules;
        get_point_rules(GetPointRulesRequest) -> PointRules;
        find_point_rules(FindPointRulesRequest) -> PointRules;
        list_point_rules(ListPointRulesRequest) -> ListPointRulesResponse;
        create_point_goods(CreatePointGoodsRequest) -> PointGoods;
        stock_point_goods(StockPointGoodsRequest) -> PointGoods;
        list_point_goods(ListPointGoodsRequest) -> ListPointGoodsResponse;
    }
    point_service_client::PointServiceClient {
        get_point_account(GetPointAccountRequest) -> PointAccount;
        list_point_entries(ListPointEntriesRequest) -> ListPointEntriesResponse;
        get_point_league(GetPointLeagueRequest) -> PointLeague;
        award_points(AwardPointsRequest) -> PointEntry;
        batch_award_points(BatchAwardPointsRequest) -> BatchAwardPointsResponse;
        adjust_points(AdjustPointsRequest) -> PointEntry;
        redeem_points(RedeemPointsRequest) -> PointEntry;
        reverse_point_entry(ReversePointEntryRequest) -> PointEntry;
        move_point_account(MovePointAccountRequest) -> MovePointAccountResponse;
    }
    honour_service_client::HonourServiceClient {
        get_honour(GetHonourRequest) -> Honour;
        list_honours(ListHonoursRequest) -> ListHonoursResponse;
        nominate_honour(NominateHonourRequest) -> Honour;
        evaluate_honour(EvaluateHonourRequest) -> Honour;
        publish_honour(PublishHonourRequest) -> Honour;
        object_to_honour(ObjectToHonourRequest) -> Honour;
        dismiss_objection(DismissObjectionRequest) -> Honour;
        decide_honour(DecideHonourRequest) -> Honour;
        set_honour_quota(SetHonourQuotaRequest) -> HonourQuota;
        record_one_yuan(RecordOneYuanRequest) -> RecordOneYuanResponse;
        list_one_yuan_payments(ListOneYuanPaymentsRequest) -> ListOneYuanPaymentsResponse;
        get_one_yuan_share(GetOneYuanShareRequest) -> OneYuanShare;
    }
    showcase_service_client::ShowcaseServiceClient {
        get_showcase(GetShowcaseRequest) -> Showcase;
        list_showcases(ListShowcasesRequest) -> ListShowcasesResponse;
        nominate_showcase(NominateShowcaseRequest) -> Showcase;
        approve_showcase(ApproveShowcaseRequest) -> Showcase;
        withdraw_showcase(WithdrawShowcaseRequest) -> Showcase;
        appoint_publicity_group(AppointPublicityGroupRequest) -> PublicityGroup;
    }
    branch_service_client::BranchServiceClient {
        assess_branch(AssessBranchRequest) -> BranchAssessment;
        list_branch_assessments(ListBranchAssessmentsRequest) -> ListBranchAssessmentsResponse;
        record_red_point(RecordRedPointRequest) -> RedPoint;
        reverse_red_point(ReverseRedPointRequest) -> RedPoint;
        list_red_points(ListRedPointsRequest) -> ListRedPointsResponse;
        sum_red_points(SumRedPointsRequest) -> SumRedPointsResponse;
    }
    acceptance_service_client::AcceptanceServiceClient {
        get_acceptance(GetAcceptanceRequest) -> Acceptance;
        list_acceptances(ListAcceptancesRequest) -> ListAcceptancesResponse;
        apply_for_acceptance(ApplyForAcceptanceRequest) -> Acceptance;
        open_acceptances(OpenAcceptancesRequest) -> OpenAcceptancesResponse;
        draw_acceptance_sample(DrawAcceptanceSampleRequest) -> Acceptance;
        get_inspection_sheet(GetInspectionSheetRequest) -> InspectionSheet;
        record_inspection(RecordInspectionRequest) -> InspectionRecord;
        replace_inspector(ReplaceInspectorRequest) -> Acceptance;
        close_inspection(CloseInspectionRequest) -> Acceptance;
        publicise_acceptance(PubliciseAcceptanceRequest) -> Acceptance;
        lodge_objection(LodgeObjectionRequest) -> Acceptance;
        answer_objection(AnswerObjectionRequest) -> Acceptance;
        decide_acceptance(DecideAcceptanceRequest) -> Acceptance;
        withdraw_acceptance(WithdrawAcceptanceRequest) -> Acceptance;
        revoke_acceptance(RevokeAcceptanceRequest) -> Acceptance;
    }
    measurement_service_client::MeasurementServiceClient {
        batch_record_measurements(BatchRecordMeasurementsRequest) -> BatchRecordMeasurementsResponse;
        record_measurement(RecordMeasurementRequest) -> Measurement;
        list_measurements(ListMeasurementsRequest) -> ListMeasurementsResponse;
        list_burdens(ListBurdensRequest) -> ListBurdensResponse;
    }
    case_service_client::CaseServiceClient {
        get_case(GetCaseRequest) -> FalsificationCase;
        list_cases(ListCasesRequest) -> ListCasesResponse;
        open_case(OpenCaseRequest) -> FalsificationCase;
        explain_case(ExplainCaseRequest) -> FalsificationCase;
        decide_case(DecideCaseRequest) -> FalsificationCase;
    }
    division_service_client::DivisionServiceClient {
        rename_division(RenameDivisionRequest) -> Division;
        merge_divisions(MergeDivisionsRequest) -> MergeDivisionsResponse;
        split_division(SplitDivisionRequest) -> SplitDivisionResponse;
    }
}
