//! Ten counties of 25 villages, each village with a grid and somebody on duty, and a million hotspots of the years before.

use std::fmt::Write as _;

use kit::{clock::Clock, id::Ids};
use proto::{
    google::r#type::LatLng,
    xiangtu::villages::v1::{
        DrawGridsRequest, DutyShift, Grid, GridBoundary, GridPolygon, GridRing, GridSize, ReplaceRosterRequest,
        TaskPerson, grid_service_client::GridServiceClient,
    },
};
use tests::{Suite, import};

/// How many counties there are.
pub const COUNTIES: usize = 10;
/// Hotspots on record.
const RECORDS: u32 = 1_000_000;
/// Width of a county in degrees, and of a village.
const WIDTH: f64 = 1.0;
const VILLAGE: f64 = 0.2;

/// Code of the n-th county.
pub fn county(n: usize) -> String {
    format!("4201{:02}", n + 1)
}

/// Somebody who answers in the n-th county.
pub fn cadre(n: usize) -> String {
    format!("cadres/C{}101201", county(n))
}

/// South-west corner of the n-th county in degrees.
pub fn corner(n: usize) -> (f64, f64) {
    (105.0 + f64::from(u32::try_from(n).expect("few")), 30.0)
}

/// Registers the counties, their villages, who answers there, and their grids with somebody on duty for this month.
pub async fn county_registers(suite: &Suite) {
    for n in 0..COUNTIES {
        let county = county(n);
        let mut divisions = format!("code,name\n{county},县\n{county}101,镇\n");
        let mut cadres = String::from("cadre_id,name,post,org_code\n");
        for village in 201..226 {
            let _ = writeln!(divisions, "{county}101{village},第{village}村");
            let _ = writeln!(
                cadres,
                "C{county}101{village},赵{village},village_secretary,{county}101{village}"
            );
        }
        for (register, file) in [("divisions", divisions), ("cadres", cadres)] {
            let report = import(suite, "villages", register, &county, "2024-01-01", file.as_bytes())
                .await
                .expect("a report");
            assert!(report.applied, "{report:?}");
        }
        grids(suite, n).await;
    }
}

async fn grids(suite: &Suite, n: usize) {
    let ids = Ids::random(Clock::system());
    let mut client = GridServiceClient::new(suite.service("villages").channel());
    let (county, (west, south)) = (county(n), corner(n));
    let large = format!("{county}101-1");
    let mut grids = vec![square(&large, "", &format!("{county}101"), (west, south), WIDTH)];
    let mut smalls = Vec::new();
    for at in 0..25_u32 {
        let village = format!("{county}101{}", 201 + at);
        let corner = (west + f64::from(at % 5) * VILLAGE, south + f64::from(at / 5) * VILLAGE);
        let small = format!("{village}-1");
        grids.push(square(&small, &large, &village, corner, VILLAGE));
        smalls.push((small, format!("cadres/C{village}")));
    }
    let request = DrawGridsRequest {
        division: format!("divisions/{county}"),
        effective_date: Some(tests::village::date(1, 1)),
        grids,
        request_id: ids.next().to_string(),
        ..DrawGridsRequest::default()
    };
    client.draw_grids(suite.request("", request)).await.expect("drawn");
    let now = Clock::system().now().unix_timestamp();
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let (from, until) = (at(now - 86_400), at(now + 86_400 * 30));
    for (grid, cadre) in smalls {
        let shift = DutyShift {
            person: Some(TaskPerson {
                cadre,
                ..TaskPerson::default()
            }),
            start_time: from,
            end_time: until,
            ..DutyShift::default()
        };
        let request = ReplaceRosterRequest {
            grid: format!("grids/{grid}"),
            start_time: from,
            end_time: until,
            shifts: vec![shift],
            request_id: ids.next().to_string(),
        };
        client
            .replace_roster(suite.request("", request))
            .await
            .expect("on duty");
    }
}

fn square(code: &str, parent: &str, division: &str, (west, south): (f64, f64), width: f64) -> Grid {
    let (east, north) = (west + width, south + width);
    let corners = [
        (west, south),
        (east, south),
        (east, north),
        (west, north),
        (west, south),
    ];
    let points = corners.map(|(longitude, latitude)| LatLng { latitude, longitude });
    Grid {
        code: code.to_owned(),
        display_name: format!("网格{code}"),
        size: if parent.is_empty() {
            GridSize::Large
        } else {
            GridSize::Small
        }
        .into(),
        division: format!("divisions/{division}"),
        parent: if parent.is_empty() {
            String::new()
        } else {
            format!("grids/{parent}")
        },
        boundary: Some(GridBoundary {
            polygons: vec![GridPolygon {
                outer: Some(GridRing { points: points.into() }),
                holes: Vec::new(),
            }],
        }),
        ..Grid::default()
    }
}

/// Fills in hotspots of the last three years, each seen once, answered, reached and judged.
pub fn statements() -> Vec<String> {
    vec![
        format!(
            "INSERT INTO hotspots (hotspot_id, division_code, county_code, grid_code, large_grid_code, cadre_id, cadre_name,
                 location_rule, duty, longitude, latitude, observed_at, source, external_id, raised_at)
             SELECT gen_random_uuid(), c || '101' || (201 + n % 25), c, c || '101' || (201 + n % 25) || '-1', c || '101-1',
                 'C' || c || '101201', '赵201', 'GRID', '', 1050000000 + n % {COUNTIES} * 10000000 + n * 7919::bigint % 10000000,
                 300000000 + n * 104729::bigint % 10000000, t, 'SATELLITE', 'old-' || n, t
             FROM (SELECT n, '4201' || lpad((n % {COUNTIES} + 1)::text, 2, '0') AS c, now() - interval '8 days' - n * interval '94 seconds' AS t
                   FROM generate_series(1, {RECORDS}) n) r"
        ),
        "INSERT INTO hotspot_sightings (sighting_id, hotspot_id, division_code, county_code, source, external_id, longitude,
             latitude, observed_at, note, reporter, recorded_at)
         SELECT gen_random_uuid(), hotspot_id, division_code, county_code, source, external_id, longitude, latitude, observed_at,
             '', 'bench', raised_at FROM hotspots WHERE external_id LIKE 'old-%'"
            .to_owned(),
        "INSERT INTO hotspot_entries (hotspot_id, number, division_code, state, content, recorded_at)
         SELECT hotspot_id, number, division_code, (ARRAY['ACKNOWLEDGED', 'ARRIVED', 'FALSE'])[number], '', raised_at
         FROM hotspots, generate_series(1, 3) number WHERE external_id LIKE 'old-%'"
            .to_owned(),
    ]
}
