//! What sanitation and homestead know of a village reaches its figures, and nobody is asked for it.

use std::time::Duration;

use kit::{clock::Clock, id::Ids};
use prost_reflect::{DynamicMessage, Value};
use proto::xiangtu::homestead::v1::payment_service_client::PaymentServiceClient;
use serde_json::{Value as Json, json};
use tests::{Suite, import, lankao, village};

const COUNTY: &str = "410225";
/// Where [`village::bill`] puts its first household.
const TOWN: &str = "410225104";
const VILLAGE: &str = "410225104201";

/// The figures of the village: indicator, numerator, denominator.
fn figures(answer: &DynamicMessage) -> Vec<(String, i64, i64)> {
    let field = |message: &DynamicMessage, name: &str| message.get_field_by_name(name).expect(name).into_owned();
    let list = field(answer, "measurements");
    let rows = list.as_list().expect("a list").iter().filter_map(Value::as_message);
    rows.map(|row| {
        let number = |name: &str| field(row, name).as_i64().expect("a number");
        let indicator = field(row, "indicator").as_str().expect("text").to_owned();
        (indicator, number("numerator"), number("denominator"))
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn bins_and_arrears_of_a_village_are_known_without_asking() {
    let variables = [("XIANGTU_COLLECTION_EVERY_S", "1")];
    let suite = Suite::start_only(&["villages", "sanitation", "homestead"], &variables).await;
    let ids = Ids::random(Clock::system());
    let token = suite.token(&["*"], COUNTY);
    let call = async |service: &str, method: &str, mut request: Json| {
        request["request_id"] = json!(ids.next().to_string());
        let answer = suite.ask(service, method, &request, &token).await;
        answer.unwrap_or_else(|status| panic!("{method}: {status:?}"))
    };
    let divisions = format!("code,name\n{COUNTY},兰考县\n{TOWN},桐乡街道办事处\n{VILLAGE},一村\n");
    let bin = format!(
        "bin_id,village_code,volume_l,sealed,households_served,lng,lat,cp_id\n\
         B1,{VILLAGE},240,1,8,114.865512,34.951951,\n"
    );
    for (service, register, csv) in [
        ("villages", "divisions", divisions),
        ("sanitation", "villages", lankao("villages", |line| line.contains(TOWN))),
        ("sanitation", "bins", bin),
    ] {
        let report = import(&suite, service, register, COUNTY, "2024-01-01", csv.as_bytes())
            .await
            .expect(register);
        assert!(report.applied, "{register}: {report:?}");
    }
    call(
        "sanitation",
        "ComplianceService.AssessCompliance",
        json!({"division": TOWN}),
    )
    .await;
    village::bill(&suite, 1).await;
    let payment = village::payment(0, 20_000, &ids.next().to_string());
    PaymentServiceClient::new(suite.service("homestead").channel())
        .record_payment(suite.request("", payment))
        .await
        .expect("paid");

    let asked = json!({"division": VILLAGE, "filter": "source = \"SYSTEM\""});
    let mut found = Vec::new();
    for _ in 0..300 {
        let answer = suite
            .ask("villages", "MeasurementService.ListMeasurements", &asked, &token)
            .await
            .expect("a list");
        found = figures(&answer);
        let of = |origin: &str| found.iter().find(|it| it.0 == origin).map(|it| (it.1, it.2));
        // 100 m² over at 8 yuan are 80,000 fen.
        if of("homestead.arrears") == Some((20_000, 80_000)) && of("sanitation.sealed_bins") == Some((1, 1)) {
            let (stand, required) = of("sanitation.bins").expect("assessed with the others");
            assert!(stand == 1 && required > 1, "{found:?}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("after half a minute only {found:?}");
}
