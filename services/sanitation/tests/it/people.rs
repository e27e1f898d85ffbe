//! Contracts, crews, workers, depots and water points: registers in and out, and phones that few may see.

use kit::testing::Harness;
use proto::xiangtu::{
    sanitation::v1::{
        DiscloseWorkerRequest, FacilityKind, GetContractRequest, GetCrewRequest, GetFacilityRequest, GetWorkerRequest,
        ListContractsRequest, ListCrewsRequest, ListWorkersRequest, PriceBasis, WorkKind, WorkerRole,
        contract_service_client::ContractServiceClient, crew_service_client::CrewServiceClient,
        facility_service_client::FacilityServiceClient, worker_service_client::WorkerServiceClient,
    },
    transfer::v1::ImportReport,
};
use tonic::Code;

use crate::town::{self, COUNTY, STATION, TOWN, import, network, start, taken};

const CONTRACTS: &str =
    "contract_id,division_code,contractor,credit_code,scope,price_basis,price_yuan,bond_yuan,starts_on,ends_on";
const CREWS: &str = "crew_id,division_code,name,kind,contract_id";
const WORKERS: &str = "worker_id,division_code,name,role,area,crew_id,phone,since,until";
const VILLAGE: &str = "410225108200";

fn contracts() -> String {
    format!(
        "{CONTRACTS}\nK1,{COUNTY},兰考洁净环卫有限公司,91410225MA40000001,collection|cleaning,household_year,28.50,500000.00,2024-01-01,2026-12-31\n"
    )
}

fn crews() -> String {
    format!("{CREWS}\nC1,{TOWN},仪封一班,cleaning,K1\nC2,{TOWN},仪封自管班,collection,\n")
}

fn workers() -> String {
    format!(
        "{WORKERS}\nW1,{VILLAGE},王桂英,cleaner,一至三组,C1,13800001111,2023-05-01,\n\
         W2,{TOWN},赵立民,supervisor,,,13900002222,2024-01-01,2024-12-31\n"
    )
}

async fn people(harness: &Harness) -> Vec<ImportReport> {
    network(harness, TOWN).await;
    vec![
        taken(harness, "contracts", &contracts()).await,
        taken(harness, "crews", &crews()).await,
        taken(harness, "workers", &workers()).await,
    ]
}

#[tokio::test]
async fn registers_come_in_again_and_out_without_effect() {
    let harness = start().await;
    let reports = people(&harness).await;
    assert_eq!(
        reports.iter().map(|report| report.inserted_count).collect::<Vec<_>>(),
        [1, 2, 2]
    );
    for report in people(&harness).await {
        assert_eq!(
            (report.inserted_count, report.updated_count),
            (0, 0),
            "{}",
            report.register
        );
    }
    let depots =
        format!("depot_id,division_code,name,open,close,lng,lat\nD1,{TOWN},仪封停车场,00:00,24:00,114.95,34.78\n");
    let water = format!(
        "water_point_id,division_code,name,capacity_t_day,open,close,lng,lat\nWP1,{TOWN},黄河取水点,120.500,05:00,21:00,114.95,34.79\n"
    );
    for (register, file) in [("depots", &depots), ("water_points", &water)] {
        assert_eq!(taken(&harness, register, file).await.inserted_count, 1);
        assert_eq!(taken(&harness, register, file).await.unchanged_count, 1);
        assert_eq!(
            town::export(&harness, COUNTY, register, "").await.expect("a file"),
            **file
        );
    }
    for (register, file) in [("contracts", contracts()), ("crews", crews()), ("workers", workers())] {
        let reason = if register == "workers" { "年度核对" } else { "" };
        let exported = town::export(&harness, COUNTY, register, reason).await.expect("a file");
        assert_eq!(exported, file);
    }
    let get = |id: &str| {
        let name = format!("facilities/{id}");
        harness.request(TOWN, GetFacilityRequest { name })
    };
    let mut facilities = FacilityServiceClient::new(harness.channel.clone());
    let depot = facilities.get_facility(get("D1")).await.expect("a depot").into_inner();
    assert_eq!((depot.kind(), depot.capacity_kg_per_day), (FacilityKind::Depot, 0));
    let water = facilities
        .get_facility(get("WP1"))
        .await
        .expect("a water point")
        .into_inner();
    assert_eq!(
        (water.kind(), water.capacity_kg_per_day),
        (FacilityKind::WaterPoint, 120_500)
    );
    let stolen = depots.replace("D1", STATION);
    let report = import(&harness, "depots", &stolen).await;
    assert_eq!(
        (report.applied, report.errors[0].reason.as_str()),
        (false, "OTHER_KIND")
    );
    harness.stop().await;
}

#[tokio::test]
async fn bad_rows_are_named() {
    let harness = start().await;
    people(&harness).await;
    let contract = |cells: &str| format!("{CONTRACTS}\nK2,{TOWN},某公司,{cells}\n");
    let cases = [
        (
            "contracts",
            contract("1234,cleaning,year,1,0,2024-01-01,2024-12-31"),
            "credit_code",
            "BAD_CREDIT_CODE",
        ),
        (
            "contracts",
            contract(",gardening,year,1,0,2024-01-01,2024-12-31"),
            "scope",
            "UNKNOWN_KIND",
        ),
        (
            "contracts",
            contract(",cleaning,hour,1,0,2024-01-01,2024-12-31"),
            "price_basis",
            "UNKNOWN_KIND",
        ),
        (
            "contracts",
            contract(",cleaning,year,1.005,0,2024-01-01,2024-12-31"),
            "price_yuan",
            "OUT_OF_RANGE",
        ),
        (
            "contracts",
            contract(",cleaning,year,1,-5,2024-01-01,2024-12-31"),
            "bond_yuan",
            "OUT_OF_RANGE",
        ),
        (
            "contracts",
            contract(",cleaning,year,1,0,2024-01-02,2024-01-01"),
            "ends_on",
            "WRONG_ORDER",
        ),
        (
            "crews",
            format!("{CREWS}\nC3,{TOWN},班,cleaning,NONE\n"),
            "contract_id",
            "UNKNOWN_CONTRACT",
        ),
        (
            "crews",
            format!("{CREWS}\nC3,410226,班,cleaning,\n"),
            "division_code",
            "OUTSIDE_DIVISION",
        ),
        (
            "workers",
            format!("{WORKERS}\nW3,{TOWN},李,boss,,,,2024-01-01,\n"),
            "role",
            "UNKNOWN_KIND",
        ),
        (
            "workers",
            format!("{WORKERS}\nW3,{TOWN},李,cleaner,,,12a,2024-01-01,\n"),
            "phone",
            "BAD_PHONE",
        ),
        (
            "workers",
            format!("{WORKERS}\nW3,{TOWN},李,cleaner,,NONE,,2024-01-01,\n"),
            "crew_id",
            "UNKNOWN_CREW",
        ),
        (
            "workers",
            format!("{WORKERS}\nW3,{TOWN},李,cleaner,,,,2024-01-02,2024-01-01\n"),
            "until",
            "WRONG_ORDER",
        ),
    ];
    for (register, file, column, reason) in cases {
        let report = import(&harness, register, &file).await;
        let error = &report.errors[0];
        assert_eq!(
            (report.applied, error.line, error.column.as_str(), error.reason.as_str()),
            (false, 2, column, reason),
            "{file}"
        );
        assert!(!error.value.contains("12a"), "a phone is not repeated");
    }
    harness.stop().await;
}

#[tokio::test]
async fn people_are_read_in_their_division() {
    let harness = start().await;
    people(&harness).await;
    let mut contracts = ContractServiceClient::new(harness.channel.clone());
    let get = |scope: &str| {
        let name = "contracts/K1".to_owned();
        harness.request(scope, GetContractRequest { name })
    };
    let contract = contracts
        .get_contract(get(COUNTY))
        .await
        .expect("a contract")
        .into_inner();
    assert_eq!((contract.price_fen, contract.bond_fen), (2_850, 50_000_000));
    assert_eq!(contract.price_basis(), PriceBasis::HouseholdYear);
    assert_eq!(
        contract.scope().collect::<Vec<_>>(),
        [WorkKind::Collection, WorkKind::Cleaning]
    );
    assert!(
        contracts.get_contract(get(TOWN)).await.is_ok(),
        "the county's contract is carried out in the township"
    );
    let error = contracts
        .get_contract(get("410226"))
        .await
        .expect_err("of another county");
    assert_eq!(error.code(), Code::NotFound);
    let request = ListContractsRequest {
        filter: "end_date >= 2026-01-01".to_owned(),
        ..ListContractsRequest::default()
    };
    let listed = contracts
        .list_contracts(harness.request(COUNTY, request))
        .await
        .expect("contracts");
    assert_eq!(listed.into_inner().contracts.len(), 1);

    let mut crews = CrewServiceClient::new(harness.channel.clone());
    let get = |scope: &str| {
        let name = "crews/C1".to_owned();
        harness.request(scope, GetCrewRequest { name })
    };
    let crew = crews.get_crew(get(TOWN)).await.expect("a crew").into_inner();
    assert_eq!(
        (crew.kind(), crew.contract.as_str()),
        (WorkKind::Cleaning, "contracts/K1")
    );
    assert_eq!(
        crews.get_crew(get("410225104")).await.expect_err("of a sibling").code(),
        Code::NotFound
    );
    let request = ListCrewsRequest {
        filter: "contract = K1".to_owned(),
        ..ListCrewsRequest::default()
    };
    let listed = crews.list_crews(harness.request(TOWN, request)).await.expect("crews");
    assert_eq!(listed.into_inner().crews.len(), 1);
    harness.stop().await;
}

#[tokio::test]
async fn phones_are_masked_sealed_and_disclosed_with_a_reason() {
    let harness = start().await;
    people(&harness).await;
    let mut workers = WorkerServiceClient::new(harness.channel.clone());
    let get = |scope: &str| {
        let name = "workers/W1".to_owned();
        harness.request(scope, GetWorkerRequest { name })
    };
    let worker = workers.get_worker(get(VILLAGE)).await.expect("a worker").into_inner();
    assert_eq!(
        (worker.role(), worker.phone.as_str()),
        (WorkerRole::Cleaner, "138****1111")
    );
    assert_eq!((worker.area.as_str(), worker.crew.as_str()), ("一至三组", "crews/C1"));
    assert_eq!(
        workers
            .get_worker(get("410225104"))
            .await
            .expect_err("of a sibling")
            .code(),
        Code::NotFound
    );
    let request = ListWorkersRequest {
        filter: "role = supervisor".to_owned(),
        ..ListWorkersRequest::default()
    };
    let listed = workers
        .list_workers(harness.request(TOWN, request))
        .await
        .expect("workers");
    let listed = listed.into_inner().workers;
    assert_eq!((listed.len(), listed[0].phone.as_str()), (1, "139****2222"));

    let stored = "SELECT count(*) FROM workers WHERE encode(phone, 'escape') LIKE '%1380000%'";
    assert_eq!(town::count(&harness, stored).await, 0, "phones are sealed");
    let masked = town::export(&harness, COUNTY, "workers", "").await.expect("a file");
    assert!(
        masked.contains("phone_masked") && masked.contains("138****1111"),
        "{masked}"
    );

    let mut disclose = async |reason: &str| {
        let request = DiscloseWorkerRequest {
            name: "workers/W1".to_owned(),
            reason: reason.to_owned(),
        };
        workers.disclose_worker(harness.request(TOWN, request)).await
    };
    assert_eq!(disclose("").await.expect_err("why?").code(), Code::InvalidArgument);
    let shown = disclose("投诉回访").await.expect("a phone").into_inner();
    assert_eq!(shown.phone, "13800001111");
    let audited = "SELECT count(*) FROM kit.audit WHERE action = 'disclose' AND detail = '投诉回访'";
    assert_eq!(town::count(&harness, audited).await, 1);
    // A changed phone is a change; the same one, sealed anew, is none.
    let changed = workers_with("13800003333");
    assert_eq!(taken(&harness, "workers", &changed).await.updated_count, 1);
    assert_eq!(taken(&harness, "workers", &changed).await.unchanged_count, 2);
    assert_eq!(
        disclose("投诉回访").await.expect("a phone").into_inner().phone,
        "13800003333"
    );
    harness.stop().await;
}

fn workers_with(phone: &str) -> String {
    workers().replace("13800001111", phone)
}
