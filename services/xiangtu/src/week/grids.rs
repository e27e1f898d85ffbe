//! The straw-burning ban of one township: its grids, who is on duty, and a hotspot from the sighting to the judgement.

use prost_types::Timestamp;
use proto::{
    google::r#type::LatLng,
    xiangtu::villages::v1::{
        AcknowledgeHotspotRequest, ArriveAtHotspotRequest, DrawGridsRequest, DutyShift, Grid, GridBoundary,
        GridPolygon, GridRing, GridSize, Hotspot, HotspotSource, HotspotState, ReplaceRosterRequest,
        ReportHotspotRequest, TaskPerson, TriageHotspotRequest, grid_service_client::GridServiceClient,
        hotspot_service_client::HotspotServiceClient,
    },
};

use super::{Found, TOWNSHIP, april, division, people, request_id};
use crate::{
    client::Client,
    failure::{Failure, Result},
    show::Table,
};

/// The area of the township, degrees: west, east, south, north.
const AREA: (f64, f64, f64, f64) = (114.80, 114.96, 34.88, 35.03);
/// Where its western grid meets the eastern one.
const MIDDLE: f64 = 114.87;
/// A field of the western grid.
const FIELD: LatLng = LatLng {
    longitude: 114.834,
    latitude: 34.918,
};
/// Midnight of 8 April 2024 in Shanghai.
const MIDNIGHT: i64 = 1_712_505_600;
/// How long the roster is made for, seconds.
const WEEK_S: i64 = 7 * 86_400;

/// Draws the grids, puts a person on duty in each, and lets a camera see a fire.
pub async fn run(client: &Client) -> Result<Found> {
    let [large, west, east] = ["1", "1-01", "1-02"].map(|number| format!("{TOWNSHIP}-{number}"));
    let request = DrawGridsRequest {
        division: division(TOWNSHIP),
        effective_date: Some(april(1)),
        grids: vec![
            grid(&large, "谷营镇大网格", "", (AREA.0, AREA.1)),
            grid(&west, "谷营镇西片", &large, (AREA.0, MIDDLE)),
            grid(&east, "谷营镇东片", &large, (MIDDLE, AREA.1)),
        ],
        request_id: request_id("grids"),
        ..DrawGridsRequest::default()
    };
    let mut grids = GridServiceClient::new(client.channel("villages")?);
    grids.draw_grids(client.request(request)).await?;
    let workers = people::holding(client, TOWNSHIP, "GRID_WORKER", 2).await?;
    for (code, worker) in [&west, &east].into_iter().zip(&workers) {
        let request = ReplaceRosterRequest {
            grid: format!("grids/{code}"),
            start_time: instant(MIDNIGHT),
            end_time: instant(MIDNIGHT + WEEK_S),
            shifts: vec![DutyShift {
                person: Some(TaskPerson {
                    cadre: worker.clone(),
                    ..TaskPerson::default()
                }),
                start_time: instant(MIDNIGHT),
                end_time: instant(MIDNIGHT + WEEK_S),
                ..DutyShift::default()
            }],
            request_id: request_id(&format!("roster {code}")),
        };
        grids.replace_roster(client.request(request)).await?;
    }
    let judged = follow(client).await?;
    let duty = judged.duty.clone().unwrap_or_default();
    let person = duty.person.unwrap_or_default();
    if Some(&person.cadre) != workers.first() {
        return Err(Failure::new(format!("the hotspot went to {:?}", person.cadre)));
    }
    let mut table = Table::new("火点处置", &["网格", "值班员", "响应（秒）", "到场（秒）", "研判"]);
    table.row([
        duty.grid_display_name,
        person.display_name.clone(),
        seconds(judged.acknowledge_s),
        seconds(judged.arrive_s),
        "误报，不计入".to_owned(),
    ]);
    let result = format!("3 个网格各有其人，1 个火点通知值班员{}并研判", person.display_name);
    Ok(Found::new(result, vec![table]).told("hotspot.raised", 1))
}

/// A camera sees smoke; whoever is on duty answers, arrives, and finds a cooking fire.
async fn follow(client: &Client) -> Result<Hotspot> {
    let mut hotspots = HotspotServiceClient::new(client.channel("villages")?);
    let sighting = ReportHotspotRequest {
        division: division(TOWNSHIP),
        position: Some(FIELD),
        source: HotspotSource::Camera.into(),
        external_id: "camera-7 2024-04-08".to_owned(),
        request_id: request_id("hotspot"),
        ..ReportHotspotRequest::default()
    };
    let name = hotspots
        .report_hotspot(client.request(sighting))
        .await?
        .into_inner()
        .name;
    let answer = AcknowledgeHotspotRequest {
        name: name.clone(),
        request_id: request_id("hotspot acknowledged"),
        ..AcknowledgeHotspotRequest::default()
    };
    hotspots.acknowledge_hotspot(client.request(answer)).await?;
    let arrival = ArriveAtHotspotRequest {
        name: name.clone(),
        evidence: vec!["现场照片 1".to_owned()],
        request_id: request_id("hotspot reached"),
        ..ArriveAtHotspotRequest::default()
    };
    hotspots.arrive_at_hotspot(client.request(arrival)).await?;
    let judgement = TriageHotspotRequest {
        name,
        verdict: HotspotState::False.into(),
        text: "农户室外做饭，已提醒".to_owned(),
        evidence: vec!["现场照片 1".to_owned()],
        request_id: request_id("hotspot judged"),
        ..TriageHotspotRequest::default()
    };
    Ok(hotspots.triage_hotspot(client.request(judgement)).await?.into_inner())
}

fn grid(code: &str, display_name: &str, parent: &str, (west, east): (f64, f64)) -> Grid {
    let corner = |longitude, latitude| LatLng { longitude, latitude };
    let (south, north) = (AREA.2, AREA.3);
    let points = vec![
        corner(west, south),
        corner(east, south),
        corner(east, north),
        corner(west, north),
        corner(west, south),
    ];
    let outer = Some(GridRing { points });
    let (size, parent) = if parent.is_empty() {
        (GridSize::Large, String::new())
    } else {
        (GridSize::Small, format!("grids/{parent}"))
    };
    Grid {
        code: code.to_owned(),
        display_name: display_name.to_owned(),
        size: size.into(),
        division: division(TOWNSHIP),
        parent,
        boundary: Some(GridBoundary {
            polygons: vec![GridPolygon {
                outer,
                holes: Vec::new(),
            }],
        }),
        ..Grid::default()
    }
}

fn instant(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn seconds(after: Option<i64>) -> String {
    after.map(|seconds| seconds.to_string()).unwrap_or_default()
}
