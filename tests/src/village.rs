//! Villages whose households owe something, made through the public API.

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use prost::Message as _;
use proto::{
    google::{longrunning::operation, r#type::Date},
    xiangtu::{
        homestead::v1::{
            ApplyPlanRequest, BillingRun, EntitlementRule, Payment, PaymentMethod, PlanSection, RecordPaymentRequest,
            RunBillingRequest, Tariff, TariffBand, TariffMode, billing_run_service_client::BillingRunServiceClient,
            plan_service_client::PlanServiceClient,
        },
        notifications::v1::{
            self as notices, Channel, CreateEndpointRequest, Endpoint, PlanTemplate, Rule, RuleAudience,
            TemplateContent, Variable, VariableType, endpoint_service_client::EndpointServiceClient,
        },
        operation::v1::{GetOperationRequest, operation_service_client::OperationServiceClient},
    },
};

use crate::{Suite, import};

/// County of the village.
pub const COUNTY: &str = "410225";
/// What each household owes: 100 m² over at 8 yuan.
pub const FEE_FEN: i64 = 80_000;

/// A date of 2024.
pub fn date(month: i32, day: i32) -> Date {
    Date { year: 2024, month, day }
}

/// Code of the village of the n-th household: households are dealt out over 200 villages in 10 townships.
pub fn village(n: usize) -> String {
    let place = n % 200;
    format!("{COUNTY}{}{}", 104 + place / 20, 201 + place % 20)
}

/// Id of the n-th household.
pub fn household(n: usize) -> String {
    format!("{}01{n:05}", village(n))
}

/// Registers so many households in `homestead`, each with 100 m² too much, applies a tariff and bills the year.
///
/// # Panics
///
/// If a step is refused.
pub async fn bill(suite: &Suite, households: usize) {
    let mut cadres = String::from("cadre_id,name,post,org_code\n");
    let villages: BTreeSet<String> = (0..households).map(village).collect();
    for code in villages {
        let _ = writeln!(cadres, "C{code},赵{code},village_secretary,{code}");
    }
    let mut people = String::from("household_id,village_code,head_name,low_income\n");
    let mut plots = String::from(
        "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed,cadre_id\n",
    );
    for n in 0..households {
        let id = household(n);
        let _ = writeln!(people, "{id},{},王{n},0", village(n));
        let _ = writeln!(plots, "{id}P1,{id},1,267.00,167,100.00,1999_on,extension,occupied,1,0,");
    }
    for (register, csv) in [("cadres", cadres), ("households", people), ("homesteads", plots)] {
        let report = import(suite, "homestead", register, COUNTY, "2024-01-01", csv.as_bytes())
            .await
            .expect("a report");
        assert!(report.applied, "{report:?}");
    }
    tariff(suite).await;
    let run = run_billing(suite, &RunBillingRequest::default()).await;
    assert_eq!(run.bill_count, i64::try_from(households).expect("few"), "{run:?}");
}

/// Applies the tariff: 8 yuan for each m² too much.
///
/// # Panics
///
/// If it is refused.
pub async fn tariff(suite: &Suite) {
    let section = PlanSection {
        entitlement_rules: vec![EntitlementRule {
            division: COUNTY.into(),
            entitled_dm2: 16_700,
            ..EntitlementRule::default()
        }],
        tariffs: vec![Tariff {
            division: COUNTY.into(),
            effective_date: Some(date(1, 1)),
            mode: TariffMode::Marginal.into(),
            bands: vec![TariffBand {
                from_dm2: 0,
                to_dm2: None,
                price_fen_per_m2: 800,
                recovery: false,
            }],
            resolution: "2023-1".into(),
            legal_basis: "《土地管理法》第六十二条".into(),
            ..Tariff::default()
        }],
        ..PlanSection::default()
    };
    let apply = ApplyPlanRequest {
        division: COUNTY.into(),
        section: Some(section),
        effective_date: Some(date(1, 1)),
        request_id: "0197a3c0-7c1e-7000-8000-0000000000a1".into(),
    };
    PlanServiceClient::new(suite.service("homestead").channel())
        .apply_plan(suite.request("", apply))
        .await
        .expect("a plan");
}

/// Bills the year as `asked`, of the whole county and with an id of its own unless it says otherwise.
///
/// # Panics
///
/// If it fails.
pub async fn run_billing(suite: &Suite, asked: &RunBillingRequest) -> BillingRun {
    let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
    let run = RunBillingRequest {
        division: or(&asked.division, COUNTY),
        from_date: Some(date(1, 1)),
        until_date: Some(Date {
            year: 2025,
            month: 1,
            day: 1,
        }),
        due_date: Some(date(3, 31)),
        request_id: or(&asked.request_id, "0197a3c0-7c1e-7000-8000-0000000000a2"),
        ..asked.clone()
    };
    let operation = BillingRunServiceClient::new(suite.service("homestead").channel())
        .run_billing(suite.request("", run))
        .await
        .expect("started");
    let response = finish(suite, "homestead", &operation.into_inner().name).await;
    BillingRun::decode(response.as_slice()).expect("a billing run")
}

/// Waits for an operation to succeed and answers its response, encoded.
///
/// # Panics
///
/// If it fails or takes more than ten minutes.
pub async fn finish(suite: &Suite, service: &str, name: &str) -> Vec<u8> {
    let mut client = OperationServiceClient::new(suite.service(service).channel());
    for _ in 0..6_000 {
        let request = suite.request("", GetOperationRequest { name: name.to_owned() });
        let operation = client.get_operation(request).await.expect("an operation").into_inner();
        if operation.done {
            match operation.result {
                Some(operation::Result::Response(response)) => return response.value,
                other => panic!("{other:?}"),
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} does not end");
}

/// A payment of the n-th household.
pub fn payment(n: usize, amount_fen: i64, request_id: &str) -> RecordPaymentRequest {
    let payment = Payment {
        household: format!("households/{}", household(n)),
        division: format!("divisions/{}", village(n)),
        amount_fen,
        method: PaymentMethod::Bank.into(),
        document: request_id.to_owned(),
        payment_date: Some(date(3, 4)),
        ..Payment::default()
    };
    RecordPaymentRequest {
        payment: Some(payment),
        request_id: request_id.to_owned(),
        validate_only: false,
    }
}

/// Sends every posted payment to a webhook at `url`.
///
/// # Panics
///
/// If it is refused.
pub async fn notify_payments(suite: &Suite, url: &str) {
    let channel = suite.service("notifications").channel();
    let template = PlanTemplate {
        id: "payment".into(),
        display_name: "缴费到账".into(),
        variables: vec![Variable {
            name: "amount_fen".into(),
            r#type: VariableType::MoneyFen.into(),
            ..Variable::default()
        }],
        contents: vec![TemplateContent {
            language: "zh-Hans".into(),
            title: "到账".into(),
            body: "{{amount_fen}}元".into(),
        }],
    };
    let rule = Rule {
        id: "payment".into(),
        event_type: "payment.posted".into(),
        template: "payment".into(),
        audience: Some(RuleAudience::default()),
        channels: vec![Channel::Webhook.into()],
        ..Rule::default()
    };
    let section = notices::PlanSection {
        templates: vec![template],
        rules: vec![rule],
        ..notices::PlanSection::default()
    };
    let apply = notices::ApplyPlanRequest {
        division: format!("divisions/{COUNTY}"),
        section: Some(section),
        effective_date: Some(date(1, 1)),
        request_id: "0197a3c0-7c1e-7000-8000-0000000000a3".into(),
        ..notices::ApplyPlanRequest::default()
    };
    let mut plans = notices::plan_service_client::PlanServiceClient::new(channel.clone());
    plans.apply_plan(suite.request("", apply)).await.expect("a plan");
    let endpoint = Endpoint {
        division: format!("divisions/{COUNTY}"),
        display_name: "到账".into(),
        url: url.to_owned(),
        topics: vec!["payment.posted".into()],
        secret: "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".into(),
        ..Endpoint::default()
    };
    let create = CreateEndpointRequest {
        endpoint: Some(endpoint),
        request_id: "0197a3c0-7c1e-7000-8000-0000000000a4".into(),
        validate_only: false,
    };
    EndpointServiceClient::new(channel)
        .create_endpoint(suite.request("", create))
        .await
        .expect("an endpoint");
}
