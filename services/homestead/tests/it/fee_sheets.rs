use proto::xiangtu::homestead::v1::{FeeSheet, GetFeeSheetRequest, ReliefClass, TariffBand};
use tonic::{Code, Status};

use crate::discounts::a_tenth;
use crate::world::{HOUSEHOLDS, VILLAGE, World, date, fields, section, tariff, year_2024};

async fn sheet(world: &World, household: &str, year: i32) -> Result<FeeSheet, Status> {
    let request = GetFeeSheetRequest {
        household: household.to_owned(),
        year,
    };
    world
        .bills()
        .get_fee_sheet(world.request(request))
        .await
        .map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_sheet_states_everything_and_is_ready_to_print() {
    let world = World::registered().await;
    let mut plan = section();
    plan.tariffs[0].resolution_date = date(2023, 12, 20);
    plan.tariffs[0].discount = Some(a_tenth());
    world.apply(plan).await.expect("applied");
    world.bill(year_2024()).await.expect("billed");
    world.pay(VILLAGE, "A3", 2_000).await.expect("paid");
    let sheet = sheet(&world, "households/A3", 2024).await.expect("a sheet");
    let household = sheet.household.clone().expect("a household");
    assert_eq!(
        (household.head_name_masked.as_str(), household.relief_class()),
        ("萧**", ReliefClass::LowIncome)
    );
    assert_eq!((sheet.parcels.len(), sheet.entitlements.len()), (1, 1));
    assert_eq!(sheet.entitlements[0].rule_path, "entitlement_rules[0]");
    let [bill] = sheet.bills.as_slice() else {
        panic!("one bill: {sheet:?}")
    };
    // Issued on 1 March 2025.
    assert_eq!(bill.discount_date, date(2025, 3, 31));
    assert_eq!(
        (
            sheet.gross_fen,
            sheet.relief_fen,
            sheet.net_fen,
            sheet.paid_fen,
            sheet.outstanding_fen
        ),
        (24_000, 12_000, 12_000, 2_000, 10_000)
    );
    assert_eq!((sheet.discount_fen, sheet.recovered_dm2), (1_200, 0));
    let name = &bill
        .bill
        .as_ref()
        .expect("a bill")
        .explanation
        .as_ref()
        .expect("explained")
        .tariff;
    assert_eq!(*name, sheet.tariffs[0].name);
    assert_eq!(
        sheet.text_zh,
        [
            "宅基地有偿使用费收费明细告知书（2024 年度）",
            "农户：萧**（编号 A3）　所在村：410225001213",
            "困难类别：低保户",
            "一、宅基地登记情况",
            "第 1 宗：实测 227.00 ㎡，法定面积标准 167.00 ㎡，超占 60.00 ㎡",
            "二、按面积标准核定",
            "第 1 宗：标准 167.00 ㎡，超占 60.00 ㎡（适用：通用标准）",
            "三、收费标准",
            "自 2024年1月1日 起执行；决议文号：兰考县〔2023〕7号（2023年12月20日）；法律依据：《土地管理法》第六十二条",
            "四、收费明细",
            "第 1 笔：2024年1月1日 至 2024年12月31日，超占 60.00 ㎡；2025年3月1日 出账，缴费期限 2024年12月31日",
            "　　超占 60.00 ㎡ 中免费面积 30.00 ㎡",
            "　　分段：30.00 ㎡ × 8.00 元/㎡·年 = 240.00 元",
            "　　低保户减免 1/2：-120.00 元",
            "　　出账后 30 日内一次性缴清可优惠 1/10：12.00 元",
            "　　应缴 120.00 元，已缴 20.00 元，尚欠 100.00 元",
            "　　优惠缴清期限 2025年3月31日",
            "五、合计",
            "应收 240.00 元，减免 120.00 元，应缴 120.00 元，已缴 20.00 元，尚欠 100.00 元",
            "按期一次性缴清共可少缴 12.00 元",
        ]
    );
    world.stop().await;
}

#[tokio::test]
async fn every_bill_of_the_year_is_on_it_and_none_of_another() {
    let world = World::registered().await;
    let mut plan = section();
    let mut later = tariff(2024);
    later.effective_date = date(2024, 7, 1);
    later.bands[2] = TariffBand {
        from_dm2: 10_000,
        recovery: true,
        ..TariffBand::default()
    };
    later.bands.truncate(3);
    plan.tariffs.push(later);
    world.apply(plan).await.expect("applied");
    world.bill(year_2024()).await.expect("billed");
    let mut next = year_2024();
    (next.from_date, next.until_date) = (date(2025, 1, 1), date(2026, 1, 1));
    (next.issue_date, next.due_date) = (None, date(2025, 12, 31));
    world.bill(next).await.expect("billed");
    let both = sheet(&world, "households/A2", 2024).await.expect("a sheet");
    let spans: Vec<_> = both
        .bills
        .iter()
        .map(|bill| bill.bill.as_ref().map(|bill| bill.from_date))
        .collect();
    assert_eq!(spans, [Some(date(2024, 1, 1)), Some(date(2024, 7, 1))]);
    assert_eq!(both.tariffs.len(), 2);
    assert_eq!(both.net_fen, 64_000);
    let one = sheet(&world, "households/A2", 2025).await.expect("a sheet");
    assert_eq!((one.bills.len(), one.tariffs.len(), one.net_fen), (1, 1, 64_000));
    let none = sheet(&world, "households/A5", 2024).await.expect("a sheet");
    assert!(none.bills.is_empty() && none.text_zh.iter().any(|line| line == "本年度没有账单。"));
    world.stop().await;
}

#[tokio::test]
async fn a_sheet_of_nobody_does_not_exist() {
    let world = World::billed().await;
    for household in ["households/none", "A1", ""] {
        let missing = sheet(&world, household, 2024).await.expect_err("missing");
        assert_eq!(missing.code(), Code::NotFound, "{household}");
    }
    let outside = GetFeeSheetRequest {
        household: "households/A1".to_owned(),
        year: 2024,
    };
    let outside = world
        .bills()
        .get_fee_sheet(world.request_in("410225104", outside))
        .await;
    assert_eq!(outside.expect_err("outside").code(), Code::NotFound);
    for year in [0, 2_100] {
        let refused = sheet(&world, "households/A1", year).await.expect_err("no year");
        assert_eq!(fields(&refused), ["year"]);
    }
    let text = sheet(&world, "households/A1", 2024)
        .await
        .expect("a sheet")
        .text_zh
        .join("");
    let name = HOUSEHOLDS
        .lines()
        .nth(1)
        .and_then(|row| row.split(',').nth(3))
        .expect("a name");
    assert!(!text.contains(name));
    world.stop().await;
}

#[tokio::test]
async fn a_discount_is_offered_only_while_it_can_be_earned() {
    let world = World::registered().await;
    let mut plan = section();
    plan.tariffs[0].discount = Some(a_tenth());
    world.apply(plan).await.expect("applied");
    world.bill(year_2024()).await.expect("billed");
    let offer = async |household: &str| {
        let sheet = sheet(&world, household, 2024).await.expect("a sheet");
        let printed = sheet
            .text_zh
            .iter()
            .any(|line| line.contains("优惠") || line.contains("少缴"));
        assert_eq!(printed, sheet.bills[0].discount_date.is_some(), "{:?}", sheet.text_zh);
        (sheet.bills[0].discount_date, sheet.discount_fen)
    };
    assert_eq!(offer("households/A1").await, (date(2025, 3, 31), 2_400));
    // Paid less the discount, and granted.
    world.pay(VILLAGE, "A1", 21_600).await.expect("paid");
    while world.standing("A1").await != (0, 0) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(offer("households/A1").await, (None, 0));
    world
        .harness
        .kit
        .clock
        .set(time::macros::datetime!(2025-03-31 04:00 UTC));
    assert_eq!(offer("households/A6").await, (date(2025, 3, 31), 2_400));
    world
        .harness
        .kit
        .clock
        .set(time::macros::datetime!(2025-04-01 04:00 UTC));
    assert_eq!(offer("households/A6").await, (None, 0));
    world.stop().await;
}
