//! The journal as vouchers.

use proto::xiangtu::{
    homestead::v1::{
        AccountKind, EntryKind, ListVouchersRequest, Payment, PaymentMethod, Voucher, VoucherRules, VoucherSubject,
        voucher_service_client::VoucherServiceClient,
    },
    transfer::v1::{ExportRequest, export_response::Part, export_service_client::ExportServiceClient},
};

use crate::world::{COUNTY, FAR, VILLAGE, World, date, fields, payment, section};

impl World {
    pub async fn vouchers(&self, division: &str, month: Option<proto::google::r#type::Date>) -> Vec<Voucher> {
        let (mut vouchers, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListVouchersRequest {
                division: division.to_owned(),
                month,
                page_size: 3,
                page_token,
            };
            let mut client = VoucherServiceClient::new(self.channel());
            let page = client
                .list_vouchers(self.request(request))
                .await
                .expect("a page")
                .into_inner();
            vouchers.extend(page.vouchers);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return vouchers;
            }
        }
    }
}

#[tokio::test]
async fn every_entry_is_a_balanced_voucher() {
    let world = World::billed().await;
    world.pay(VILLAGE, "A1", 25_000).await.expect("with an advance");
    let cash = Payment {
        method: PaymentMethod::Cash.into(),
        collector: "cadres/K1".to_owned(),
        payment_date: date(2025, 2, 28),
        ..payment(VILLAGE, "A3", 500)
    };
    world.record(world.key(), cash).await.expect("paid");
    world.remit("K1", 300).await.expect("remitted");
    let vouchers = world.vouchers("", None).await;
    assert_eq!(vouchers.len(), 9);
    for voucher in &vouchers {
        let debit: i64 = voucher.lines.iter().map(|line| line.debit_fen).sum();
        let credit: i64 = voucher.lines.iter().map(|line| line.credit_fen).sum();
        assert!(
            debit > 0 && debit == credit && debit == voucher.amount_fen,
            "{voucher:?}"
        );
        assert!(!voucher.summary_zh.is_empty());
        for line in &voucher.lines {
            assert!((line.debit_fen == 0) != (line.credit_fen == 0), "{line:?}");
            assert!(
                !line.subject_code.is_empty() && !line.subject_name.is_empty(),
                "{line:?}"
            );
        }
    }
    let numbers: Vec<_> = vouchers
        .iter()
        .filter(|voucher| voucher.division.ends_with(VILLAGE))
        .map(|voucher| voucher.voucher_number)
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    let remitted = &vouchers[6];
    assert_eq!(remitted.kind(), EntryKind::Remittance);
    let lines: Vec<_> = remitted
        .lines
        .iter()
        .map(|line| {
            (
                line.subject_name.as_str(),
                line.holder.as_str(),
                line.debit_fen - line.credit_fen,
            )
        })
        .collect();
    assert_eq!(lines, [("银行存款", "", 300), ("库存现金", "cadres/K1", -300)]);
    let february = world.vouchers(VILLAGE, date(2025, 2, 1)).await;
    assert_eq!(
        february
            .iter()
            .map(|voucher| voucher.voucher_number)
            .collect::<Vec<_>>(),
        [6]
    );
    assert_eq!(world.vouchers(FAR, date(2025, 12, 1)).await, []);
    world.stop().await;
}

#[tokio::test]
async fn the_plan_names_subjects() {
    let world = World::planned().await;
    let subject = |account: AccountKind, code: &str, name: &str| VoucherSubject {
        account: account.into(),
        code: code.to_owned(),
        name: name.to_owned(),
    };
    let mut plan = section();
    plan.vouchers = Some(VoucherRules {
        subjects: vec![subject(AccountKind::Bank, "10201", "农商行基本户")],
    });
    world.apply(plan.clone()).await.expect("applied");
    world.pay(VILLAGE, "A1", 100).await.expect("paid");
    let vouchers = world.vouchers(VILLAGE, None).await;
    let names: Vec<_> = vouchers[0]
        .lines
        .iter()
        .map(|line| line.subject_name.as_str())
        .collect();
    assert_eq!(names, ["农商行基本户", "内部往来—预收宅基地有偿使用费"]);
    plan.vouchers = Some(VoucherRules {
        subjects: vec![
            subject(AccountKind::Unspecified, "101", "现金"),
            subject(AccountKind::Cash, "1", "现金"),
        ],
    });
    let refused = world.apply(plan.clone()).await.expect_err("unknown");
    assert_eq!(fields(&refused), ["section.vouchers.subjects[0].account"]);
    if let Some(rules) = &mut plan.vouchers {
        rules.subjects.remove(0);
    }
    let refused = world.apply(plan).await.expect_err("too short");
    assert_eq!(fields(&refused), ["section.vouchers.subjects[0].code"]);
    world.stop().await;
}

#[tokio::test]
async fn a_month_leaves_as_a_file() {
    let world = World::planned().await;
    for fen in 1..=250 {
        world.pay(VILLAGE, "A1", fen).await.expect("paid");
    }
    let request = ExportRequest {
        register: "vouchers".to_owned(),
        division: format!("divisions/{COUNTY}"),
        as_of: date(2025, 3, 31),
        disclosure_reason: String::new(),
    };
    let mut client = ExportServiceClient::new(world.channel());
    let mut stream = client
        .export(world.request(request))
        .await
        .expect("a file")
        .into_inner();
    let mut text = Vec::new();
    while let Some(message) = stream.message().await.expect("a message") {
        if let Some(Part::Chunk(chunk)) = message.part {
            text.extend(chunk);
        }
    }
    let text = String::from_utf8(text).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 2 * 250);
    assert_eq!(
        lines[0],
        "line_key,village_code,voucher_number,voucher_date,summary,subject_code,subject_name,detail,debit_yuan,credit_yuan,document"
    );
    assert_eq!(
        lines[500],
        format!(
            "{VILLAGE}/0000000250/0002,{VILLAGE},250,2025-03-01,\"收宅基地有偿使用费，收据 250 号\",11302,\
             内部往来—预收宅基地有偿使用费,A1,,2.50,bank 1"
        )
        .replace('"', "")
    );
    world.stop().await;
}
