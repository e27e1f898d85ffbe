//! The county on the first day of the year: its registers, its figures, its people.

use std::{collections::BTreeMap, fmt::Write as _};

use kit::testing::Harness;
use proto::{google::r#type::LatLng, xiangtu::villages::v1::MeasurementSource};
use time::{Date, macros::datetime};

use super::{
    plan::INDICATORS,
    recount::Recount,
    standing::{Fact, Village},
};
use crate::county::{empty, import, list};

/// Who leads the county, and who decides where the first may not.
const LEADERS: &str =
    "county-leader,周明,county_leader,410225000000,\ncounty-second,吴兰,county_leader,410225000000,\n";

/// Households whose number begins with the village, in the villages that are inspected or merged.
const HOUSEHOLDS: usize = 24;

/// What is known of the county's people and places.
pub struct County {
    pub harness: Harness,
    pub told: Recount,
    /// Secretary of each village.
    pub secretaries: BTreeMap<String, String>,
    pub positions: BTreeMap<String, LatLng>,
    /// What each village said on the first day; empty cells left out.
    pub first: BTreeMap<String, BTreeMap<&'static str, i64>>,
}

/// A number below `most` that follows from words alone: who keeps pace must not depend on the run.
pub fn lot(words: &[&str], most: u64) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % most
}

/// Whether villages of this number are rated: residents' and villagers' committees.
fn is_rated(village: &str) -> bool {
    village[9..]
        .parse::<u16>()
        .is_ok_and(|number| (1..=399).contains(&number))
}

fn rows(name: &str) -> Vec<BTreeMap<String, String>> {
    let text = String::from_utf8(list(name)).expect("text");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
    let header: Vec<String> = lines.next().expect("a header").collect();
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

async fn take(harness: &Harness, register: &str, file: &[u8]) {
    let report = import(harness, register, file).await.expect(register);
    assert!(report.applied, "{register}: {report:?}");
}

impl County {
    /// The real county on Monday 1 January 2024, nine o'clock in Shanghai.
    pub async fn begin() -> Self {
        let harness = empty().await;
        harness.kit.clock.set(datetime!(2024-01-01 01:00 UTC));
        take(&harness, "divisions", &list("divisions")).await;
        take(&harness, "villages", &list("villages")).await;
        take(&harness, "cadres", &[list("cadres"), LEADERS.into()].concat()).await;
        let (mut secretaries, mut residents) = (BTreeMap::new(), BTreeMap::new());
        for row in rows("cadres") {
            let cadre = format!("cadres/{}", row["cadre_id"]);
            match row["post"].as_str() {
                "village_secretary" => secretaries.insert(row["org_code"].clone(), cadre),
                "stationed_cadre" => residents.insert(row["org_code"].clone(), cadre),
                _ => None,
            };
        }
        let degrees = |text: &str| text.parse().expect("degrees");
        let position = |row: &BTreeMap<String, String>| LatLng {
            latitude: degrees(&row["lat"]),
            longitude: degrees(&row["lng"]),
        };
        let mut county = Self {
            harness,
            told: Recount {
                residents,
                ..Recount::default()
            },
            secretaries,
            positions: rows("villages")
                .iter()
                .map(|row| (row["code"].clone(), position(row)))
                .collect(),
            first: first_figures(),
        };
        let first = county.first.clone();
        county.say(&first, time::macros::date!(2024 - 01 - 01)).await;
        county
    }

    /// Registers households in some villages.
    pub async fn settle(&self, villages: &[&str]) {
        let mut file = "household_id,village_code,head_name,registered_persons,resident_persons,status,low_income,\
                        sewage_connected,five_beauty\n"
            .to_owned();
        for village in villages {
            for number in 1..=HOUSEHOLDS {
                writeln!(file, "{village}-{number},{village},赵水志,4,3,resident,0,1,0").expect("a line");
            }
        }
        take(&self.harness, "households", file.as_bytes()).await;
    }

    /// Lets villages say their figures of a day, in one file.
    pub async fn say(&mut self, figures: &BTreeMap<String, BTreeMap<&'static str, i64>>, date: Date) {
        let said: Vec<&str> = INDICATORS
            .map(|(code, ..)| code)
            .into_iter()
            .filter(|code| *code != "bins")
            .collect();
        let column = |code: &&str| match *code {
            "d_grade_houses" => (*code).to_owned(),
            share => format!("{share}_pct"),
        };
        let mut file = format!(
            "village_code,period,{}\n",
            said.iter().map(column).collect::<Vec<_>>().join(",")
        );
        for (village, figures) in figures {
            let cell = |code: &&str| match (*code, figures.get(code)) {
                (_, None) => String::new(),
                ("d_grade_houses", Some(count)) => count.to_string(),
                (_, Some(permille)) => format!("{}.{}", permille / 10, permille % 10),
            };
            let cells: Vec<String> = said.iter().map(cell).collect();
            writeln!(file, "{village},{date},{}", cells.join(",")).expect("a line");
        }
        take(&self.harness, "village_indicators", file.as_bytes()).await;
        for (village, figures) in figures {
            let known = self.told.villages.entry(village.clone()).or_default();
            for (indicator, value) in figures {
                known.learn(indicator, fact(date, MeasurementSource::SelfReport, *value));
            }
        }
    }

    /// What was told of a village.
    pub fn village(&mut self, code: &str) -> &mut Village {
        self.told.villages.get_mut(code).expect("a village")
    }
}

/// A figure as the recount takes it.
pub fn fact(date: Date, source: MeasurementSource, value: i64) -> Fact {
    Fact {
        date,
        inspected: source == MeasurementSource::Inspection,
        value,
    }
}

/// The figures of the county's list, in tenths of a percent or houses.
fn first_figures() -> BTreeMap<String, BTreeMap<&'static str, i64>> {
    let number = |cell: &str| -> Option<i64> { cell.replace('.', "").parse().ok() };
    let mut first = BTreeMap::new();
    for row in rows("village_indicators") {
        let value = |code: &'static str| {
            let cell = row.get(code).or_else(|| row.get(&format!("{code}_pct")))?;
            Some((code, number(cell)?))
        };
        if is_rated(&row["village_code"]) {
            let figures = INDICATORS.into_iter().filter_map(|(code, ..)| value(code)).collect();
            first.insert(row["village_code"].clone(), figures);
        }
    }
    first
}
