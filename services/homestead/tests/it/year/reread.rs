//! In mid-year the register comes once more, with other areas of some plots; every bill that was wrong since is put right.

use std::collections::BTreeMap;

use kit::dates::to_proto;
use proto::xiangtu::homestead::v1::{
    Correction, ListCorrectionsRequest, ReassessBillsRequest, ReassessmentRun,
    correction_service_client::CorrectionServiceClient,
};
use time::{Date, macros::date};

use super::{
    Lankao,
    fee::fee,
    register::{lot, plots, take},
    turns::{correct, percent},
};
use crate::world::COUNTY;

/// From which day on the register says so, and how many days of the year are before it.
const FROM: (Date, i64) = (date!(2025 - 08 - 01), 212);
/// Last day to pay what it adds.
const DUE: Date = date!(2025 - 10 - 31);

type Areas = Vec<(i64, i64)>;

/// Households put right, fen added and taken off after relief.
fn outcome(run: &ReassessmentRun) -> (i64, i64, i64) {
    assert_eq!(run.correction_count, run.household_count);
    (run.household_count, run.added_fen, run.credited_fen)
}

impl Lankao {
    /// What the register says now, by household.
    fn remeasured(&self) -> BTreeMap<usize, Areas> {
        let billed = self.homes.iter().enumerate().filter(|(_, home)| !home.bills.is_empty());
        let measured = billed.filter_map(|(at, home)| {
            let share = match lot(&[&home.id, "reread"], 60) {
                0 => 50,
                1 => 90,
                2 => 125,
                _ => return None,
            };
            let over = percent(home.over(), share);
            let mut areas = home.areas.clone();
            areas.push((FROM.1, over));
            (over != home.over()).then_some((at, areas))
        });
        measured.collect()
    }

    /// Takes the register in, looks at what follows, lets it follow, and once more in vain.
    pub async fn reread(&mut self, day: Date) {
        let now = self.remeasured();
        let mut rows = plots([]);
        let mut expected = (0, 0, 0);
        for (at, areas) in &now {
            let home = &self.homes[*at];
            let mut read = home.clone();
            read.areas.clone_from(areas);
            read.remeasure();
            rows.push_str(plots([&read]).split_once('\n').expect("a header").1);
            let net = home.asks(fee(areas, home.low_income)) - home.asked();
            expected = (expected.0 + 1, expected.1 + net.max(0), expected.2 + (-net).max(0));
        }
        assert!(expected.1 > 0 && expected.2 > 0, "{expected:?}");
        take(&self.world, "homesteads", FROM.0, &rows).await;
        let (_, dry) = self.reassess(true).await;
        assert_eq!(outcome(&dry), expected);
        self.watch.step("register read again, looked at");
        let (cause, run) = self.reassess(false).await;
        assert_eq!(outcome(&run), expected);
        self.watch.step("bills put right");
        let (_, again) = self.reassess(false).await;
        assert_eq!(outcome(&again), (0, 0, 0));

        let mut corrections = self.corrections(&cause).await;
        for (at, areas) in now {
            let home = &mut self.homes[at];
            let own = corrections.remove(&home.id).unwrap_or_default();
            correct(home, day, DUE, areas, &own);
            home.remeasure();
        }
        assert!(corrections.is_empty(), "{corrections:?}");
    }

    /// Name of the operation, and what it came to.
    async fn reassess(&self, validate_only: bool) -> (String, ReassessmentRun) {
        let request = ReassessBillsRequest {
            division: COUNTY.to_owned(),
            due_date: Some(to_proto(DUE)),
            request_id: self.world.key(),
            validate_only,
            max_added_fen: None,
        };
        let mut client = CorrectionServiceClient::new(self.world.channel());
        let operation = client.reassess_bills(self.world.request(request)).await;
        let operation = operation.expect("started").into_inner();
        let name = operation.name.clone();
        (name, self.world.wait(operation).await.expect("put right"))
    }

    /// Corrections that follow from a cause, by household.
    async fn corrections(&self, cause: &str) -> BTreeMap<String, Vec<Correction>> {
        let (mut found, mut page_token): (BTreeMap<String, Vec<Correction>>, _) = (BTreeMap::new(), String::new());
        loop {
            let request = ListCorrectionsRequest {
                page_size: 1_000,
                page_token,
                filter: format!("cause = \"{cause}\""),
                ..ListCorrectionsRequest::default()
            };
            let mut client = CorrectionServiceClient::new(self.world.channel());
            let page = client.list_corrections(self.world.request(request)).await;
            let page = page.expect("listed").into_inner();
            for correction in page.corrections {
                let household = correction.household.trim_start_matches("households/").to_owned();
                found.entry(household).or_default().push(correction);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return found;
            }
        }
    }
}
