//! The tables of the national ledger of homesteads (宅基地台账): out with everything that the books say, and in again.

use proto::xiangtu::{
    homestead::v1::{
        Bill, GetParcelRequest, RecordVacatingRequest, Vacating, survey_service_client::SurveyServiceClient,
    },
    transfer::v1::{ExportRequest, ImportReport, export_response::Part, export_service_client::ExportServiceClient},
};

use crate::world::{COUNTY, FAR, SIBLING, VILLAGE, World, date, section, tariff, year_2024};

const HEADINGS: &str = "宗地代码,农户编号,村代码,宗地序号,宗地面积,批准面积,确权登记面积,超占面积,有偿使用面积,有偿使用费用,退出面积,退出补偿金额";

/// Approved and registered areas of some plots, as the national table writes them.
const APPROVED: &str = "宗地代码,农户编号,宗地面积,批准面积,确权登记面积,超占面积,有偿使用费用,备注
A1P1,A1,227.00,167.00,200.50,60.00,0.00,
A6P1,A6,187.00,,187.00,20.00,,老宅
A6P2,A6,40.00,,,40.00,,
A7P1,A7,,120.00,,,,未测
";

impl World {
    async fn table(&self, register: &str, as_of: (i32, i32, i32), disclosure: &str) -> Vec<String> {
        let request = ExportRequest {
            register: register.to_owned(),
            division: format!("divisions/{COUNTY}"),
            as_of: date(as_of.0, as_of.1, as_of.2),
            disclosure_reason: disclosure.to_owned(),
        };
        let mut client = ExportServiceClient::new(self.channel());
        let answer = client.export(self.request(request)).await;
        let mut stream = answer.expect("a file").into_inner();
        let mut text = Vec::new();
        while let Some(message) = stream.message().await.expect("a message") {
            if let Some(Part::Chunk(chunk)) = message.part {
                text.extend(chunk);
            }
        }
        let text = String::from_utf8(text).expect("UTF-8");
        text.lines().map(str::to_owned).collect()
    }
}

/// 2025 is billed, and A1 has given 10 m² back for 500 yuan.
async fn lived() -> World {
    let world = World::registered().await;
    let mut plan = section();
    plan.tariffs.push(tariff(2025));
    world.apply(plan).await.expect("applied");
    let mut run = year_2024();
    (run.from_date, run.until_date, run.due_date) = (date(2025, 1, 1), date(2026, 1, 1), date(2025, 12, 31));
    assert_eq!(world.bill(run).await.expect("billed").bill_count, 6);
    let vacating = Vacating {
        parcel: "parcels/A1P1".to_owned(),
        vacate_date: date(2025, 2, 28),
        vacated_dm2: 1_000,
        reward_fen: 50_000,
        resolution: "决议".to_owned(),
        evidence: vec!["验收表".to_owned()],
        ..Vacating::default()
    };
    let request = RecordVacatingRequest {
        vacating: Some(vacating),
        request_id: world.key(),
    };
    let mut client = SurveyServiceClient::new(world.channel());
    client.record_vacating(world.request(request)).await.expect("vacated");
    world
}

/// What the bills of a household ask, in yuan.
async fn asked(world: &World, household: &str) -> String {
    let bills = world.bills_of(household).await;
    let net = |bill: &Bill| bill.gross_fen - bill.credited_fen - bill.relief_fen - bill.further_relief_fen;
    let fen: i64 = bills.iter().map(net).sum();
    format!("{}.{:02}", fen / 100, fen % 100)
}

#[tokio::test]
async fn the_tables_say_what_registers_and_books_say() {
    let world = lived().await;
    let fee = asked(&world, "A1").await;
    assert_ne!(
        fee, "240.00",
        "the part given back is not charged to the end of the year"
    );
    let plots = world.table("parcel_ledger", (2025, 3, 1), "").await;
    let row = |id: &str, village: &str, rest: &str| format!("{id}P1,{id},{village},1,{rest}");
    assert_eq!(
        plots,
        [
            HEADINGS.to_owned(),
            // The first 30 m² of what lies above the entitlement are free.
            row("A1", VILLAGE, &format!("217.00,,,50.00,20.00,{fee},10.00,500.00")),
            row("A2", VILLAGE, "267.00,,,100.00,70.00,640.00,0.00,0.00"),
            // Half is remitted.
            row("A3", VILLAGE, "227.00,,,60.00,30.00,120.00,0.00,0.00"),
            // Disputed, so not billed.
            row("A4", VILLAGE, "227.00,,,60.00,0.00,0.00,0.00,0.00"),
            row("A5", VILLAGE, "160.50,,,0.00,0.00,0.00,0.00,0.00"),
            row("A6", VILLAGE, "187.00,,,20.00,10.00,80.00,0.00,0.00"),
            format!("A6P2,A6,{VILLAGE},2,40.00,,,40.00,20.00,160.00,0.00,0.00"),
            row("A7", VILLAGE, ",,,,0.00,0.00,0.00,0.00"),
            row("B1", SIBLING, "227.00,,,60.00,30.00,240.00,0.00,0.00"),
            row("B2", SIBLING, "227.00,,,60.00,30.00,240.00,0.00,0.00"),
            row("C1", FAR, "227.00,,,60.00,0.00,0.00,0.00,0.00"),
        ]
    );
    let homes = world.table("household_ledger", (2025, 3, 1), "").await;
    assert_eq!(
        homes[0],
        "农户编号,村代码,户主姓名_masked,宗地数,宗地面积,批准面积,确权登记面积,超占面积,有偿使用面积,有偿使用费用,退出面积,退出补偿金额"
    );
    assert_eq!(homes.len(), 11);
    assert!(!homes[6].contains("孙凤洋"), "{}", homes[6]);
    let disclosed = world.table("household_ledger", (2025, 3, 1), "年度报送").await;
    assert!(disclosed[0].contains(",户主姓名,"), "{}", disclosed[0]);
    assert_eq!(
        disclosed[1],
        format!("A1,{VILLAGE},赵水志,1,217.00,,,50.00,20.00,{fee},10.00,500.00")
    );
    assert_eq!(
        disclosed[6],
        format!("A6,{VILLAGE},孙凤洋,2,227.00,,,60.00,30.00,240.00,0.00,0.00")
    );
    // The evening before: nothing given back, and no bill issued.
    let before = world.table("parcel_ledger", (2025, 2, 27), "").await;
    assert_eq!(before[1], row("A1", VILLAGE, "227.00,,,60.00,0.00,0.00,0.00,0.00"));
    // Before the registers begin.
    assert_eq!(world.table("parcel_ledger", (2023, 12, 31), "").await, [HEADINGS]);
    world.stop().await;
}

#[tokio::test]
async fn what_leaves_comes_back_as_it_was() {
    let world = World::registered().await;
    let report = world.import("parcel_ledger", APPROVED).await;
    assert!(report.applied, "{:?}", report.errors);
    assert_eq!(
        (report.updated_count, report.unchanged_count, report.inserted_count),
        (3, 1, 0)
    );
    let parcel = async |id: &str| {
        let name = format!("parcels/{id}");
        let answer = world
            .parcels()
            .get_parcel(world.request(GetParcelRequest { name }))
            .await;
        answer.expect("a plot").into_inner()
    };
    let a1 = parcel("A1P1").await;
    assert_eq!(
        (a1.approved_dm2, a1.registered_dm2, a1.area_dm2),
        (Some(16_700), Some(20_050), Some(22_700))
    );
    assert_eq!(parcel("A7P1").await.approved_dm2, Some(12_000));
    let table = world.table("parcel_ledger", (2025, 3, 1), "").await;
    assert_eq!(
        table[1],
        format!("A1P1,A1,{VILLAGE},1,227.00,167.00,200.50,60.00,0.00,0.00,0.00,0.00")
    );
    let homes = world.table("household_ledger", (2025, 3, 1), "年度报送").await;
    assert_eq!(
        homes[6],
        format!("A6,{VILLAGE},孙凤洋,2,227.00,,187.00,60.00,0.00,0.00,0.00,0.00")
    );
    let again = world.import("parcel_ledger", &table.join("\n")).await;
    assert!(again.applied, "{:?}", again.errors);
    assert_eq!((again.updated_count, again.unchanged_count), (0, 11));
    assert_eq!(world.table("parcel_ledger", (2025, 3, 1), "").await, table);
    // The register of plots does not know these areas, and leaves them.
    let plots = world.import("homesteads", crate::world::HOMESTEADS).await;
    assert_eq!((plots.updated_count, plots.unchanged_count), (0, 11));
    assert_eq!(parcel("A1P1").await, a1);
    // Another area: what is over-occupied changes, and what was said before is kept.
    let changed = "宗地代码,农户编号,宗地面积,批准面积,确权登记面积,超占面积\nA1P1,A1,230.00,167.00,200.50,63.00\n";
    assert_eq!(world.import("parcel_ledger", changed).await.updated_count, 1);
    assert_eq!(parcel("A1P1").await.over_occupied_dm2, Some(6_300));
    let sql = "SELECT o.over_dm2, (SELECT count(*) FROM parcel_past p WHERE p.parcel_id = 'A1P1') FROM occupation o
               WHERE o.parcel_id = 'A1P1' AND o.superseded_at IS NULL ORDER BY o.from_on DESC LIMIT 1";
    let kept: (i64, i64) = sqlx::query_as(sql)
        .fetch_one(&mut world.owner().await)
        .await
        .expect("a row");
    assert_eq!(kept, (6_300, 2));
    world.stop().await;
}

/// Areas of some households, as the national table writes them.
const TOTALS: &str = "农户编号,村代码,户主姓名,宗地数,宗地面积,批准面积,确权登记面积,超占面积,有偿使用费用,备注
A1,410225001213,赵水志,1,230.00,167.00,200.50,63.00,0.00,
A6,410225001213,孙凤洋,2,227.00,,,60.00,,老宅
A7,410225001213,,1,,120.00,,,,未测
";

#[tokio::test]
async fn totals_of_a_household_state_its_only_plot() {
    let world = World::registered().await;
    let report = world.import("household_ledger", TOTALS).await;
    assert!(report.applied, "{:?}", report.errors);
    let counts = |report: &ImportReport| (report.inserted_count, report.updated_count, report.unchanged_count);
    assert_eq!(counts(&report), (0, 2, 1));
    let plots = world.table("parcel_ledger", (2025, 3, 1), "").await;
    assert_eq!(
        plots[1],
        format!("A1P1,A1,{VILLAGE},1,230.00,167.00,200.50,63.00,0.00,0.00,0.00,0.00")
    );
    assert_eq!(plots[8], format!("A7P1,A7,{VILLAGE},1,,120.00,,,0.00,0.00,0.00,0.00"));
    // What is charged follows, and what was said before is kept.
    let sql = "SELECT o.over_dm2, (SELECT count(*) FROM parcel_past p WHERE p.parcel_id = 'A1P1') FROM occupation o
               WHERE o.parcel_id = 'A1P1' AND o.superseded_at IS NULL ORDER BY o.from_on DESC LIMIT 1";
    let kept: (i64, i64) = sqlx::query_as(sql)
        .fetch_one(&mut world.owner().await)
        .await
        .expect("a row");
    assert_eq!(kept, (6_300, 1));
    // What leaves comes back and changes nothing, whether names are disclosed or not.
    for disclosure in ["年度报送", ""] {
        let table = world.table("household_ledger", (2025, 3, 1), disclosure).await;
        let again = world.import("household_ledger", &table.join("\n")).await;
        assert!(again.applied, "{:?}", again.errors);
        assert_eq!(counts(&again), (0, 0, 10));
        assert_eq!(world.table("household_ledger", (2025, 3, 1), disclosure).await, table);
        assert_eq!(world.table("parcel_ledger", (2025, 3, 1), "").await, plots);
    }
    world.stop().await;
}

#[tokio::test]
async fn a_total_that_cannot_be_true_is_told_by_row_and_heading() {
    let world = World::registered().await;
    let header = "农户编号,村代码,户主姓名,宗地数,宗地面积,批准面积,确权登记面积,超占面积\n";
    let before = world.table("household_ledger", (2025, 3, 1), "年度报送").await;
    let told = async |division: &str, rows: &str| {
        let report = world
            .import_as(division, "household_ledger", &format!("{header}{rows}"))
            .await;
        let report = report.expect("a report");
        assert!(!report.applied);
        let errors = report.errors.into_iter();
        errors
            .map(|error| (error.line, error.column, error.value, error.reason, error.message))
            .collect::<Vec<_>>()
    };
    let error = |line, column: &str, value: &str, reason: &str, message: &str| {
        let [column, value, reason, message] = [column, value, reason, message].map(str::to_owned);
        (line, column, value, reason, message)
    };
    let v = VILLAGE;
    let rows = format!(
        "A1,{v},赵水志,1,227.00,,,227.01\nA2,41022500121301,,1,267.00,,,100.00\nA3,{v},,x,227.00,,,60.00\nA5,{v},,1,160.50,,,\n"
    );
    let malformed = told(COUNTY, &rows).await;
    let malformed: Vec<_> = malformed
        .iter()
        .map(|(line, column, _, reason, _)| (*line, column.as_str(), reason.as_str()))
        .collect();
    assert_eq!(
        malformed,
        [
            (2, "超占面积", "OVER_EXCEEDS_AREA"),
            (3, "村代码", "BAD_CODE"),
            (4, "宗地数", "OUT_OF_RANGE"),
            (5, "超占面积", "MISSING_VALUE"),
        ]
    );
    let known = format!("A1,{v},赵水志,1,227.00,167.00,,60.00\n");
    let rows = format!(
        "{known}{known}Z9,{v},,1,1.00,,,0.00\nB1,{v},,1,227.00,,,60.00\nA2,{v},李四,1,267.00,,,100.00\nA3,{v},,2,227.00,,,60.00\n\
         A6,{v},,2,227.01,,,60.00\n"
    );
    assert_eq!(
        told(COUNTY, &rows).await,
        [
            error(3, "农户编号", "A1", "DUPLICATE", "stands in the file more than once"),
            error(
                4,
                "农户编号",
                "Z9",
                "UNKNOWN_HOUSEHOLD",
                "a household imported before with register households"
            ),
            error(
                5,
                "村代码",
                v,
                "OTHER_VILLAGE",
                &format!("{SIBLING}, where the household is known")
            ),
            error(
                6,
                "户主姓名",
                "***",
                "OTHER_HEAD",
                "the name that register households states; import that first if it has changed"
            ),
            error(
                7,
                "宗地数",
                "2",
                "OTHER_PLOTS",
                "1, the plots that register homesteads states"
            ),
            error(
                8,
                "宗地面积",
                "227.01",
                "OTHER_TOTAL",
                "227.00, the sum of its 2 plots; state the areas of each plot with register parcel_ledger"
            ),
        ]
    );
    // Nobody learns of a household elsewhere.
    let foreign = told(SIBLING, &known).await;
    assert_eq!(
        (foreign[0].0, foreign[0].3.as_str()),
        (2, "UNKNOWN_HOUSEHOLD"),
        "{foreign:?}"
    );
    assert_eq!(world.table("household_ledger", (2025, 3, 1), "年度报送").await, before);
    world.stop().await;
}

#[tokio::test]
async fn mistakes_are_told_by_row_and_heading() {
    let world = World::registered().await;
    let header = "宗地代码,农户编号,宗地面积,批准面积,确权登记面积,超占面积,有偿使用费用\n";
    let told = async |rows: &str| {
        let report = world.import("parcel_ledger", &format!("{header}{rows}")).await;
        assert!(!report.applied);
        let errors = report.errors.into_iter();
        errors
            .map(|error| (error.line, error.column, error.reason))
            .collect::<Vec<_>>()
    };
    let error = |line, column: &str, reason: &str| (line, column.to_owned(), reason.to_owned());
    assert_eq!(
        told("A1P1,A1,227.005,,,60.00,\nA2P1,A2,267.00,x,,100.00,\nA3P1,A3,60.00,,,60.01,\nA5P1,A5,160.50,,,,\nA6P1,A6,187.00,,,20.00,1.234\n").await,
        [
            error(2, "宗地面积", "TOO_FINE"),
            error(3, "批准面积", "BAD_AREA"),
            error(4, "超占面积", "OVER_EXCEEDS_AREA"),
            error(5, "超占面积", "MISSING_VALUE"),
            error(6, "有偿使用费用", "BAD_AMOUNT"),
        ]
    );
    let known = "A1P1,A1,227.00,167.00,,60.00,\n";
    assert_eq!(
        told(&format!(
            "{known}{known}A9P1,A9,1.00,,,0.00,\nA2P1,A1,267.00,,,100.00,\n"
        ))
        .await,
        [
            error(3, "宗地代码", "DUPLICATE"),
            error(4, "宗地代码", "UNKNOWN_PARCEL"),
            error(5, "农户编号", "OTHER_HOUSEHOLD"),
        ]
    );
    let foreign = world
        .import_as(SIBLING, "parcel_ledger", &format!("{header}{known}"))
        .await
        .expect("a report");
    assert_eq!(foreign.errors.len(), 1, "{foreign:?}");
    let report = world
        .import_as(COUNTY, "parcel_ledger", "宗地代码,农户编号\nA1P1,A1\n")
        .await;
    assert_eq!(
        crate::world::reason(&report.expect_err("columns are missing")),
        "MISSING_COLUMN"
    );
    assert!(
        world.table("parcel_ledger", (2025, 3, 1), "").await[1].contains(",227.00,,,60.00,"),
        "nothing changed"
    );
    world.stop().await;
}
