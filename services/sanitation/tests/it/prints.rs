//! Maps and drivers' sheets.

use proto::xiangtu::sanitation::v1::{
    GetPrintedManifestsRequest, GetRoutePlanMapRequest, PlanRoutesRequest, RoutePlan,
};
use tonic::{Code, Status};

use crate::{
    routing::{client, parts, planned, request},
    town::{STATION, TOWN, network, of_division, start, taken},
};

#[tokio::test]
async fn a_plan_is_drawn_and_its_sheets_are_printed() {
    let harness = start().await;
    network(&harness, TOWN).await;
    // Names from registers are texts, whatever they look like.
    let station = of_division("transfer_stations", TOWN).replace("仪封镇垃圾转运站", "仪封镇<b onload=x>站");
    taken(&harness, "transfer_stations", &station).await;
    let plan: RoutePlan = planned(
        &harness,
        PlanRoutesRequest {
            iteration_limit: 200,
            search_seconds: 60,
            ..request(TOWN, 1)
        },
    )
    .await;
    let (routes, _) = parts(&harness, &plan).await;
    let map = async |name: &str, station: &str, scope: &str| -> Result<String, Status> {
        let request = GetRoutePlanMapRequest {
            name: name.to_owned(),
            station: station.to_owned(),
        };
        let answer = client(&harness)
            .get_route_plan_map(harness.request(scope, request))
            .await?;
        Ok(answer.into_inner().svg)
    };
    let svg = map(&plan.name, "", TOWN).await.expect("a map");
    if let Ok(folder) = std::env::var("XIANGTU_PRINTS") {
        std::fs::write(format!("{folder}/map.svg"), &svg).expect("written");
    }
    let count = |text: &str, what: &str| text.matches(what).count();
    let totals = plan.totals.expect("sums");
    let stops = usize::try_from(totals.stop_count).expect("few");
    assert_eq!(count(&svg, " 千克</title></circle>"), stops);
    assert_eq!(
        count(&svg, " 千克</title></path>"),
        usize::try_from(totals.trip_count).expect("few")
    );
    assert!(svg.contains("生活垃圾收运路线图 2024年4月1日") && svg.contains("仪封镇&lt;b onload=x&gt;站"));
    assert!(svg.starts_with("<svg xmlns=") && !svg.contains("<b ") && !svg.contains("href") && !svg.contains("url("));
    let own = map(&plan.name, &format!("facilities/{STATION}"), TOWN)
        .await
        .expect("a map");
    assert_eq!(count(&own, " 千克</title></circle>"), stops);
    assert_eq!(
        map(&plan.name, "facilities/X", TOWN).await.expect_err("no part").code(),
        Code::NotFound
    );
    assert_eq!(
        map(&plan.name, "", "410225104").await.expect_err("a sibling").code(),
        Code::NotFound
    );

    let sheets = async |station: &str, vehicle: &str| -> Result<String, Status> {
        let request = GetPrintedManifestsRequest {
            name: plan.name.clone(),
            station: station.to_owned(),
            vehicle: vehicle.to_owned(),
        };
        let answer = client(&harness)
            .get_printed_manifests(harness.request(TOWN, request))
            .await?;
        Ok(answer.into_inner().html)
    };
    let html = sheets("", "").await.expect("sheets");
    if let Ok(folder) = std::env::var("XIANGTU_PRINTS") {
        std::fs::write(format!("{folder}/sheets.html"), &html).expect("written");
    }
    assert_eq!(count(&html, "<section>"), routes.len());
    assert_eq!(count(&html, "<h2>"), usize::try_from(totals.trip_count).expect("few"));
    assert_eq!(
        count(&html, "归集 CP"),
        usize::try_from(totals.relayed_count).expect("few")
    );
    assert!(html.contains("收运任务单") && html.contains("2024年4月1日（星期一）") && html.contains("驾驶员签字"));
    assert!(html.contains("仪封镇&lt;b onload=x&gt;站") && !html.contains("<b onload") && !html.contains("<script"));
    assert!(html.contains("size:A4") && !html.contains("href") && !html.contains("src="));
    let one = sheets("", &routes[0].vehicle).await.expect("a sheet");
    assert_eq!(count(&one, "<section>"), 1);
    for stop in routes[0].trips.iter().flat_map(|trip| &trip.stops) {
        assert!(one.contains(stop.collection_point.trim_start_matches("collectionPoints/")));
    }
    assert_eq!(
        sheets("", "vehicles/X").await.expect_err("no route").code(),
        Code::NotFound
    );
    assert_eq!(
        sheets("facilities/X", "").await.expect_err("no route").code(),
        Code::NotFound
    );
    harness.stop().await;
}
