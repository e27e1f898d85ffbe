//! The county's registers: every village and cadre of the real lists, and a seeded population above its entitlement.

use std::{collections::BTreeMap, fmt::Write as _, fs::File, io::Read as _, path::Path};

use flate2::read::GzDecoder;
use proto::xiangtu::transfer::v1::{
    ImportHeader, ImportRequest, import_request::Part, import_service_client::ImportServiceClient,
};
use time::{Date, macros::date};

use super::recount::Home;
use crate::world::{COUNTY, World};

/// Since when the registers hold.
pub const BEGIN: Date = date!(2024 - 01 - 01);
/// Entitlement of a household in 0.01 m².
const QUOTA: i64 = 16_700;
/// Households above their entitlement, unless `YEAR_HOUSEHOLDS` says otherwise; the whole county has some 95,000.
const HOUSEHOLDS: u64 = 4_000;

/// A number below `most` that follows from words alone: what people do must not depend on the run.
pub fn lot(words: &[&str], most: u64) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % most
}

/// A number from 0 to below `most`.
pub fn small(words: &[&str], most: i64) -> i64 {
    i64::try_from(lot(words, most.unsigned_abs())).expect("small")
}

fn rows(name: &str) -> Vec<BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/data/lankao/{name}.csv.gz"));
    let mut text = String::new();
    GzDecoder::new(File::open(path).expect("a list of the county"))
        .read_to_string(&mut text)
        .expect("text");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
    let header: Vec<String> = lines.next().expect("a header").collect();
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

/// Cadres of each village.
pub type Cadres = BTreeMap<String, Vec<String>>;

/// The population, in order of village, and the cadres.
pub fn population() -> (Vec<Home>, Cadres) {
    let mut cadres = Cadres::new();
    for row in rows("cadres") {
        cadres
            .entry(row["org_code"].clone())
            .or_default()
            .push(row["cadre_id"].clone());
    }
    let wanted = std::env::var("YEAR_HOUSEHOLDS").ok().and_then(|text| text.parse().ok());
    let wanted: u64 = wanted.unwrap_or(HOUSEHOLDS);
    let counts = rows("register_counts");
    let count = |row: &BTreeMap<String, String>| row["households"].parse::<u64>().expect("a number");
    let all: u64 = counts.iter().map(count).sum();
    let mut homes = Vec::new();
    for row in &counts {
        let village = &row["village_code"];
        let own = &cadres[village];
        for number in 1..=(count(row) * wanted).div_ceil(all).max(2) {
            let id = format!("{village}{number:04}");
            let cadre = own[usize::try_from(lot(&[&id, "cadre"], own.len() as u64)).expect("few")].clone();
            homes.push(home(id, village, cadre));
        }
    }
    (homes, cadres)
}

fn home(id: String, village: &str, cadre: String) -> Home {
    let over = match lot(&[&id, "size"], 100) {
        0..=9 => 1 + small(&[&id, "over"], 3_000),
        10..=54 => 3_001 + small(&[&id, "over"], 4_000),
        55..=84 => 7_001 + small(&[&id, "over"], 5_000),
        _ => 12_001 + small(&[&id, "over"], 10_000),
    };
    let surveyed = lot(&[&id, "surveyed"], 60) > 0;
    Home {
        village: village.to_owned(),
        cadre,
        shared: lot(&[&id, "shared"], 20) > 0,
        low_income: lot(&[&id, "low"], 20) == 0,
        area: surveyed.then_some(QUOTA + over),
        disputed: lot(&[&id, "disputed"], 50) == 0,
        areas: vec![(0, if surveyed { over } else { 0 })],
        id,
        ..Home::default()
    }
}

impl Home {
    /// The plot is as large as the entitlement and what is above it.
    pub fn remeasure(&mut self) {
        self.area = Some(QUOTA + self.over());
    }
}

/// Name of a household's only plot.
pub fn parcel(home: &Home) -> String {
    format!("parcels/{}P1", home.id)
}

fn m2(dm2: i64) -> String {
    format!("{}.{:02}", dm2 / 100, dm2 % 100)
}

/// Imports a file of any size for the county.
pub async fn take(world: &World, register: &str, from: Date, file: &str) {
    let header = ImportHeader {
        register: register.to_owned(),
        division: COUNTY.to_owned(),
        effective_date: from.to_string(),
        ..ImportHeader::default()
    };
    let chunks = file
        .as_bytes()
        .chunks(64 * 1024)
        .map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts: Vec<ImportRequest> = std::iter::once(Part::Header(header))
        .chain(chunks)
        .map(|part| ImportRequest { part: Some(part) })
        .collect();
    let mut client = ImportServiceClient::new(world.channel());
    let report = client.import(world.request(tokio_stream::iter(parts))).await;
    let report = report.expect(register).into_inner();
    assert!(report.applied, "{register}: {:?}", report.errors);
}

/// The register of the plots of these households.
pub fn plots<'a>(homes: impl IntoIterator<Item = &'a Home>) -> String {
    let mut text =
        "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed\n".to_owned();
    for home in homes {
        let id = &home.id;
        let area = home.area.map(m2).unwrap_or_default();
        let over = home.area.map(|_| m2(home.over())).unwrap_or_default();
        let disputed = u8::from(home.disputed);
        writeln!(
            text,
            "{id}P1,{id},1,{area},167,{over},1999_on,extension,occupied,1,{disputed}"
        )
        .expect("a line");
    }
    text
}

/// Imports the county's registers.
pub async fn settle(world: &World, homes: &[Home]) {
    const HEADS: [&str; 6] = ["赵水志", "李梅保", "萧花水", "张超连", "杨艳成", "孙凤洋"];
    let mut households = "household_id,village_code,head_name,low_income\n".to_owned();
    let mut portfolios = "household_id,cadre_id\n".to_owned();
    for home in homes {
        let (id, village) = (&home.id, &home.village);
        let head = HEADS[usize::try_from(lot(&[id, "head"], 6)).expect("few")];
        writeln!(households, "{id},{village},{head},{}", u8::from(home.low_income)).expect("a line");
        if home.shared {
            writeln!(portfolios, "{id},{}", home.cadre).expect("a line");
        }
    }
    let cadres = rows("cadres")
        .iter()
        .fold("cadre_id,name,post,org_code\n".to_owned(), |mut text, row| {
            let (id, name, post, of) = (&row["cadre_id"], &row["name"], &row["post"], &row["org_code"]);
            writeln!(text, "{id},{name},{post},{of}").expect("a line");
            text
        });
    for (register, file) in [
        ("households", &households),
        ("cadres", &cadres),
        ("homesteads", &plots(homes)),
        ("portfolios", &portfolios),
    ] {
        take(world, register, BEGIN, file).await;
    }
}
