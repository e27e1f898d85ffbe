//! A small county: what tests start from, and short ways to call.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kit::testing::{Harness, Setup};
use prost::Message;
use proto::{
    google::{
        longrunning::{Operation, operation::Result as Outcome},
        r#type::Date,
    },
    xiangtu::{
        homestead::v1::{
            Account, ApplyPlanRequest, Bill, BillingRun, DunningRules, DunningStage, DunningStep, EntitlementRule,
            GetAccountRequest, ListBillsRequest, OccupationPeriod, Payment, PaymentMethod, PlanSection,
            RecordPaymentRequest, ReliefClass, RunBillingRequest, Tariff, TariffBand, TariffMode, TariffRelief,
            VerifyLedgerRequest, VerifyLedgerResponse, ageing_service_client::AgeingServiceClient,
            bill_service_client::BillServiceClient, billing_run_service_client::BillingRunServiceClient,
            collection_service_client::CollectionServiceClient, dunning_service_client::DunningServiceClient,
            ledger_service_client::LedgerServiceClient, objection_service_client::ObjectionServiceClient,
            parcel_service_client::ParcelServiceClient, payment_service_client::PaymentServiceClient,
            plan_service_client::PlanServiceClient, portfolio_service_client::PortfolioServiceClient,
            public_notice_service_client::PublicNoticeServiceClient, tariff_service_client::TariffServiceClient,
        },
        operation::v1::{GetOperationRequest, operation_service_client::OperationServiceClient},
        transfer::v1::{
            ImportHeader, ImportReport, ImportRequest, import_request::Part, import_service_client::ImportServiceClient,
        },
        r#type::v1::Ratio,
    },
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt as _;
use uuid::Uuid;

pub const COUNTY: &str = "410225";
/// A village with cadres; most households live here.
pub const VILLAGE: &str = "410225001213";
/// The village beside it.
pub const SIBLING: &str = "410225001214";
/// A village of another township, without cadres.
pub const FAR: &str = "410225104201";

pub const HOUSEHOLDS: &str = "household_id,village_code,group_code,head_name,registered_persons,low_income
A1,410225001213,41022500121301,赵水志,4,0
A2,410225001213,41022500121301,李梅保,5,0
A3,410225001213,41022500121301,萧花水,4,1
A4,410225001213,41022500121301,张超连,2,0
A5,410225001213,41022500121301,杨艳成,1,0
A6,410225001213,41022500121301,孙凤洋,2,0
A7,410225001213,41022500121301,刘才明,5,0
B1,410225001214,41022500121401,王礼孝,3,0
B2,410225001214,41022500121401,王瑞军,3,0
C1,410225104201,41022510420101,孙富富,3,0
";

pub const CADRES: &str = "cadre_id,name,post,org_code,phone
K1,陈涛琴,village_secretary,410225001213,12056033312
K2,韩敏,grid_worker,410225001213,12016687648
L1,郭海强,village_secretary,410225001214,12052072250
T1,蒋梅伟,township_leader,410225001000,12035861188
";

/// Over-occupied: A1 60 m², A2 100 m², A3 60 m² (low income), A4 60 m² disputed, A5 nothing, A6 20 + 40 m² on two plots with
/// different cadres, A7 not surveyed, B1 60 m², B2 60 m² without cadre, C1 60 m² in a village without cadres.
pub const HOMESTEADS: &str =
    "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed,cadre_id
A1P1,A1,1,227.00,167,60.00,1999_on,extension,occupied,1,0,K1
A2P1,A2,1,267.00,167,100.00,1987_1998,history,occupied,1,0,K1
A3P1,A3,1,227.00,167,60.00,1999_on,extension,occupied,0,0,K2
A4P1,A4,1,227.00,167,60.00,1999_on,extension,occupied,0,1,K2
A5P1,A5,1,160.50,167,0.00,1999_on,,idle,1,0,
A6P1,A6,1,187.00,167,20.00,1999_on,extension,occupied,1,0,K1
A6P2,A6,2,40.00,167,40.00,1999_on,multi_parcel,ruin,1,0,K2
A7P1,A7,1,,167,,1999_on,,occupied,0,0,
B1P1,B1,1,227.00,167,60.00,1999_on,extension,occupied,1,0,L1
B2P1,B2,1,227.00,167,60.00,1999_on,extension,occupied,1,0,
C1P1,C1,1,227.00,167,60.00,1999_on,extension,occupied,1,0,
";

/// A service with its clock at noon of 1 March 2025 in Shanghai.
pub struct World {
    pub harness: Harness,
    keys: AtomicU64,
    /// The last token of an officer: of which moment and division. To sign one takes longer than most calls.
    pass: Mutex<Option<(OffsetDateTime, String, String)>>,
}

impl World {
    /// Nothing imported.
    pub async fn empty() -> Self {
        Self::hurried(&[]).await
    }

    /// Nothing imported, with these settings at 1 second too.
    pub async fn hurried(settings: &[&str]) -> Self {
        let usual = [
            "XIANGTU_COLLECTION_EVERY_S",
            "XIANGTU_CASH_EVERY_S",
            "XIANGTU_SEAL_EVERY_S",
            "XIANGTU_INSTALMENTS_EVERY_S",
            "XIANGTU_DISCOUNTS_EVERY_S",
        ];
        Self::paced(usual.iter().chain(settings), "1").await
    }

    /// Billed as usual, while no job writes by itself.
    pub async fn still() -> Self {
        let jobs = [
            "COLLECTION",
            "CASH",
            "SEAL",
            "ROOT",
            "RECOUNT",
            "INSTALMENTS",
            "DISCOUNTS",
        ];
        let jobs = jobs.map(|job| format!("XIANGTU_{job}_EVERY_S"));
        let world = Self::paced(jobs.iter(), "3600").await;
        world.register().await;
        world.apply(section()).await.expect("applied");
        world.bill(year_2024()).await.expect("billed");
        world
    }

    async fn paced<'a, S: AsRef<str> + 'a>(settings: impl Iterator<Item = &'a S>, seconds: &str) -> Self {
        Self::set(settings.map(|name| (name.as_ref(), seconds))).await
    }

    /// Nothing imported, with these settings.
    pub async fn set<'a>(settings: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let setup = Setup {
            now: Some(datetime!(2025-03-01 04:00 UTC)),
            variables: settings
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        };
        Self {
            harness: Harness::with(homestead::service(), setup).await,
            keys: AtomicU64::new(1),
            pass: Mutex::new(None),
        }
    }

    /// All registers imported.
    pub async fn registered() -> Self {
        let world = Self::empty().await;
        world.register().await;
        world
    }

    /// Registers and the plan.
    pub async fn planned() -> Self {
        let world = Self::registered().await;
        world.apply(section()).await.expect("applied");
        world
    }

    /// The year 2024 is billed; A1, A6, B1 and B2 owe 24,000 fen, A2 64,000, A3 12,000.
    pub async fn billed() -> Self {
        let world = Self::planned().await;
        let run = world.bill(year_2024()).await.expect("billed");
        assert_eq!(run.bill_count, 6, "{run:?}");
        world
    }

    /// Imports all registers.
    pub async fn register(&self) {
        for (register, file) in [
            ("households", HOUSEHOLDS),
            ("cadres", CADRES),
            ("homesteads", HOMESTEADS),
            ("portfolios", HOMESTEADS),
        ] {
            let report = self.import(register, file).await;
            assert!(report.applied, "{register}: {:?}", report.errors);
        }
    }

    /// A request id never used before in this test.
    pub fn key(&self) -> String {
        self.uid().to_string()
    }

    pub fn uid(&self) -> Uuid {
        Uuid::from_u128(
            0x0197_0000_0000_7000_8000_0000_0000_0000 + u128::from(self.keys.fetch_add(1, Ordering::Relaxed)),
        )
    }

    /// `message` of an officer of the county.
    pub fn request<M>(&self, message: M) -> Request<M> {
        self.request_in(COUNTY, message)
    }

    /// `message` of an officer of `division`, with a token of the day at which the clock stands.
    pub fn request_in<M>(&self, division: &str, message: M) -> Request<M> {
        let now = self.harness.kit.clock.now();
        let mut pass = self.pass.lock().expect("nobody panics here");
        let held = pass.take().filter(|(at, of, _)| (*at, of.as_str()) == (now, division));
        let (.., token) = pass.insert(held.unwrap_or_else(|| {
            let hour = Duration::from_hours(1);
            let token = self.harness.mint.mint("officer", &["*"], division, hour, now);
            (now, division.to_owned(), token.expect("a token"))
        }));
        self.harness.request_with(token, message)
    }

    /// `message` of another officer of the county.
    pub fn request_by<M>(&self, subject: &str, message: M) -> Request<M> {
        let now = self.harness.kit.clock.now();
        let token = self
            .harness
            .mint
            .mint(subject, &["*"], COUNTY, Duration::from_hours(1), now);
        self.harness.request_with(&token.expect("a token"), message)
    }

    pub async fn import(&self, register: &str, file: &str) -> ImportReport {
        self.import_as(COUNTY, register, file).await.expect("a report")
    }

    pub async fn import_as(&self, division: &str, register: &str, file: &str) -> Result<ImportReport, Status> {
        let header = ImportHeader {
            register: register.to_owned(),
            division: division.to_owned(),
            effective_date: "2024-01-01".to_owned(),
            ..ImportHeader::default()
        };
        let parts: Vec<ImportRequest> = [Part::Header(header), Part::Chunk(file.as_bytes().to_vec())]
            .map(|part| ImportRequest { part: Some(part) })
            .into();
        let request = self.request_in(division, tokio_stream::iter(parts));
        let mut client = ImportServiceClient::new(self.harness.channel.clone());
        client.import(request).await.map(tonic::Response::into_inner)
    }

    pub async fn apply(&self, section: PlanSection) -> Result<proto::xiangtu::homestead::v1::Plan, Status> {
        let request = ApplyPlanRequest {
            division: COUNTY.to_owned(),
            section: Some(section),
            effective_date: date(2024, 1, 1),
            request_id: self.key(),
        };
        self.plans()
            .apply_plan(self.request(request))
            .await
            .map(tonic::Response::into_inner)
    }

    /// Runs billing and waits.
    pub async fn bill(&self, request: RunBillingRequest) -> Result<BillingRun, Status> {
        let request = RunBillingRequest {
            request_id: self.key(),
            ..request
        };
        let operation = self
            .billing_runs()
            .run_billing(self.request(request))
            .await?
            .into_inner();
        self.wait(operation).await
    }

    /// Waits for an operation and unpacks its response.
    pub async fn wait<R: Message + Default>(&self, mut operation: Operation) -> Result<R, Status> {
        while !operation.done {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let request = self.request(GetOperationRequest { name: operation.name });
            operation = OperationServiceClient::new(self.channel())
                .get_operation(request)
                .await?
                .into_inner();
        }
        match operation.result {
            Some(Outcome::Response(any)) => Ok(R::decode(any.value.as_slice()).expect("the response type")),
            Some(Outcome::Error(error)) => {
                let details = Message::encode_to_vec(&error);
                Err(Status::with_details(
                    Code::from_i32(error.code),
                    error.message,
                    details.into(),
                ))
            }
            None => panic!("done without result"),
        }
    }

    pub async fn pay(&self, village: &str, household: &str, amount_fen: i64) -> Result<Payment, Status> {
        self.record(self.key(), payment(village, household, amount_fen)).await
    }

    pub async fn record(&self, request_id: String, payment: Payment) -> Result<Payment, Status> {
        let request = RecordPaymentRequest {
            payment: Some(payment),
            request_id,
            validate_only: false,
        };
        self.payments()
            .record_payment(self.request(request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub async fn account(&self, household: &str) -> Account {
        let name = format!("households/{household}/account");
        self.ledger()
            .get_account(self.request(GetAccountRequest { name }))
            .await
            .expect("an account")
            .into_inner()
    }

    /// What a household owes and has in advance.
    pub async fn standing(&self, household: &str) -> (i64, i64) {
        let account = self.account(household).await;
        (account.outstanding_fen, account.advance_fen)
    }

    pub async fn bills_of(&self, household: &str) -> Vec<Bill> {
        let request = ListBillsRequest {
            filter: format!("household = {household}"),
            ..ListBillsRequest::default()
        };
        self.bills()
            .list_bills(self.request(request))
            .await
            .expect("bills")
            .into_inner()
            .bills
    }

    pub async fn verify(&self) -> VerifyLedgerResponse {
        self.ledger()
            .verify_ledger(self.request(VerifyLedgerRequest::default()))
            .await
            .expect("a recount")
            .into_inner()
    }

    /// Recounts and insists that everything agrees.
    pub async fn recount(&self) -> VerifyLedgerResponse {
        let recount = self.verify().await;
        assert!(recount.consistent, "{:?}", recount.findings);
        recount
    }

    /// Waits until every entry is sealed.
    pub async fn sealed(&self) {
        loop {
            let recount = self.recount().await;
            if recount.sealed_entry_count == recount.entry_count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A connection of the database's owner, whom nothing holds back.
    pub async fn owner(&self) -> PgConnection {
        PgConnection::connect(&self.harness.database.superuser_url())
            .await
            .expect("a connection")
    }

    /// Changes the tables as nobody but their owner with all guards off could.
    pub async fn behind_the_back(&self, sql: &str) {
        let sql = format!("BEGIN; SET LOCAL session_replication_role = replica; {sql}; COMMIT");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut self.owner().await)
            .await
            .expect("changed");
    }

    pub fn channel(&self) -> Channel {
        self.harness.channel.clone()
    }

    pub fn payments(&self) -> PaymentServiceClient<Channel> {
        PaymentServiceClient::new(self.channel())
    }

    pub fn ledger(&self) -> LedgerServiceClient<Channel> {
        LedgerServiceClient::new(self.channel())
    }

    pub fn bills(&self) -> BillServiceClient<Channel> {
        BillServiceClient::new(self.channel())
    }

    pub fn billing_runs(&self) -> BillingRunServiceClient<Channel> {
        BillingRunServiceClient::new(self.channel())
    }

    pub fn plans(&self) -> PlanServiceClient<Channel> {
        PlanServiceClient::new(self.channel())
    }

    pub fn tariffs(&self) -> TariffServiceClient<Channel> {
        TariffServiceClient::new(self.channel())
    }

    pub fn parcels(&self) -> ParcelServiceClient<Channel> {
        ParcelServiceClient::new(self.channel())
    }

    pub fn ageing(&self) -> AgeingServiceClient<Channel> {
        AgeingServiceClient::new(self.channel())
    }

    pub fn portfolios(&self) -> PortfolioServiceClient<Channel> {
        PortfolioServiceClient::new(self.channel())
    }

    pub fn dunning(&self) -> DunningServiceClient<Channel> {
        DunningServiceClient::new(self.channel())
    }

    pub fn collection(&self) -> CollectionServiceClient<Channel> {
        CollectionServiceClient::new(self.channel())
    }

    pub fn objections(&self) -> ObjectionServiceClient<Channel> {
        ObjectionServiceClient::new(self.channel())
    }

    pub fn public_notices(&self) -> PublicNoticeServiceClient<Channel> {
        PublicNoticeServiceClient::new(self.channel())
    }

    pub async fn stop(self) {
        self.harness.stop().await;
    }
}

pub fn payment(village: &str, household: &str, amount_fen: i64) -> Payment {
    Payment {
        division: format!("divisions/{village}"),
        household: format!("households/{household}"),
        amount_fen,
        method: PaymentMethod::Bank.into(),
        document: "bank 1".to_owned(),
        ..Payment::default()
    }
}

/// First 30 m² free, 30–60 m² 8 yuan, 60–100 10, 100–150 12, more 15; half for low income.
pub fn tariff(year: i32) -> Tariff {
    let edges = [3_000, 6_000, 10_000, 15_000];
    let bands = [800, 1_000, 1_200, 1_500]
        .iter()
        .enumerate()
        .map(|(at, price)| TariffBand {
            from_dm2: edges[at],
            to_dm2: edges.get(at + 1).copied(),
            price_fen_per_m2: *price,
            recovery: false,
        });
    Tariff {
        division: COUNTY.to_owned(),
        effective_date: date(year, 1, 1),
        mode: TariffMode::Marginal.into(),
        free_allowance_dm2: 3_000,
        bands: bands.collect(),
        reliefs: vec![TariffRelief {
            class: ReliefClass::LowIncome.into(),
            remitted: Some(Ratio {
                numerator: 1,
                denominator: 2,
            }),
        }],
        resolution: "兰考县〔2023〕7号".to_owned(),
        legal_basis: "《土地管理法》第六十二条".to_owned(),
        ..Tariff::default()
    }
}

pub fn section() -> PlanSection {
    let step = |stage: DunningStage, overdue_days, cooling_off_days| DunningStep {
        stage: stage.into(),
        overdue_days,
        cooling_off_days,
        minimum_fen: 1_000,
    };
    PlanSection {
        entitlement_rules: vec![
            EntitlementRule {
                division: COUNTY.to_owned(),
                entitled_dm2: 16_700,
                single_plot: true,
                ..EntitlementRule::default()
            },
            EntitlementRule {
                division: COUNTY.to_owned(),
                periods: vec![OccupationPeriod::OccupationPeriod1987To1998.into()],
                entitled_dm2: 20_000,
                single_plot: true,
                ..EntitlementRule::default()
            },
        ],
        tariffs: vec![tariff(2024)],
        dunning: Some(DunningRules {
            steps: vec![step(DunningStage::Reminder, 7, 0), step(DunningStage::Notice, 30, 14)],
        }),
        ..PlanSection::default()
    }
}

pub fn year_2024() -> RunBillingRequest {
    RunBillingRequest {
        division: COUNTY.to_owned(),
        from_date: date(2024, 1, 1),
        until_date: date(2025, 1, 1),
        due_date: date(2024, 12, 31),
        ..RunBillingRequest::default()
    }
}

pub fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// The stable reason of an error.
pub fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

/// The fields that an error names.
pub fn fields(status: &Status) -> Vec<String> {
    let violations = status
        .get_details_bad_request()
        .map(|bad| bad.field_violations)
        .unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}
