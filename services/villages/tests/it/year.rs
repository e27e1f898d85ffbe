//! A year of the real county, week by week: its ledger is what an independent recount says.

mod discipline;
mod pace;
mod people;
mod plan;
mod recount;
mod standing;
mod turns;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use proto::xiangtu::villages::v1::{
    AssessmentLedger, Bulletin, GetAssessmentLedgerRequest, LadderMeasure, LadderStepState, PersonAccount,
};
use time::{Date, Duration, Time, UtcOffset, macros::date};

use self::{
    discipline::Docket,
    people::{County, lot},
    plan::PILOTS,
    recount::{Account, Stage},
    turns::{Examined, Merger},
    work::target,
};
use crate::{
    calls::get_assessment_ledger,
    county::LANKAO,
    township::{apply, code, division, identical, issue},
};

/// Monday of the first of the 52 weeks.
const FIRST: Date = date!(2024 - 01 - 01);
/// Thursday: half of a week's working days for one, half for the other.
const HAND_OVER: Date = date!(2024 - 03 - 14);
/// Friday: most of the week is still the old secretary's.
const MERGER: Date = date!(2024 - 06 - 14);
/// Monday of the week in which straw burns.
const FIRES: Date = date!(2024 - 09 - 23);
const INSPECTIONS: Date = date!(2024 - 12 - 02);
const DECISIONS: Date = date!(2024 - 12 - 16);

#[derive(Default)]
struct Year {
    dockets: Vec<Docket>,
    bulletins: Vec<Bulletin>,
    late: Vec<work::Report>,
    merger: Option<Merger>,
    examined: Vec<Examined>,
}

#[tokio::test]
async fn the_ledger_of_a_year_of_lankao_is_what_an_independent_recount_says() {
    let mut county = County::begin().await;
    apply(&county.harness, plan::section()).await.expect("valid");
    county.assign().await;
    let mut year = Year::default();
    for week in 0..52 {
        year.pass(&mut county, FIRST + Duration::weeks(week)).await;
    }
    set(&county, date!(2025 - 01 - 02), 9);
    year.say(&mut county, date!(2024 - 12 - 31)).await;
    year.check_merger(&county).await;

    let ledger = ledger(&county, None).await;
    assert_eq!(
        (ledger.as_of, ledger.plan_version),
        (plan::wire(date!(2024 - 12 - 31)), 1)
    );
    year.check_persons(&county, &ledger);
    check_villages(&county, &ledger);
    // Verified in one sweep, with everything that was learned since.
    assert_eq!(
        year.bulletins
            .iter()
            .filter(|it| it.division == division(LANKAO))
            .count(),
        52
    );
    for bulletin in &year.bulletins {
        assert!(
            identical(&county.harness, bulletin).await,
            "{} {}",
            bulletin.week,
            bulletin.division
        );
    }
    // Steps go on, and the ledger of that instant stays what it was.
    set(&county, date!(2025 - 02 - 10), 9);
    for docket in &mut year.dockets {
        county.carry_on(docket, date!(2025 - 02 - 10)).await;
    }
    assert_ne!(self::ledger(&county, None).await.persons, ledger.persons);
    assert_eq!(self::ledger(&county, ledger.known_at).await, ledger);
    county.harness.stop().await;
}

/// Lets the clock stand at an hour of a day in Shanghai.
fn set(county: &County, day: Date, hour: u8) {
    let offset = UtcOffset::from_hms(8, 0, 0).expect("an offset");
    let time = Time::from_hms(hour, 0, 0).expect("an hour");
    county.harness.kit.clock.set(day.with_time(time).assume_offset(offset));
}

async fn ledger(county: &County, known_at: Option<prost_types::Timestamp>) -> AssessmentLedger {
    let request = GetAssessmentLedgerRequest {
        division: division(LANKAO),
        year: 2024,
        known_at,
    };
    get_assessment_ledger(&county.harness, LANKAO, request)
        .await
        .expect("a ledger")
}

impl Year {
    /// One week, from Monday to the Monday after, on which its bulletin is issued.
    async fn pass(&mut self, county: &mut County, monday: Date) {
        for at in 0..7 {
            let today = monday + Duration::days(at);
            set(county, today, 18);
            county.tell_troubles(today).await;
            if at == 2 {
                county.report(std::mem::take(&mut self.late)).await;
            }
            if at == 5 {
                let (now, later) = county.reports(today);
                county.report(now).await;
                self.late = later;
            }
            self.turn(county, today).await;
            if today.month() != (today + Duration::DAY).month() && today.month() != time::Month::December {
                self.say(county, today).await;
            }
        }
        let next = monday + Duration::WEEK;
        set(county, next, 9);
        self.issue(county, next).await;
        self.dockets.extend(county.take_up(next).await);
        for docket in &mut self.dockets {
            county.carry_on(docket, next).await;
        }
        self.dockets.retain(|docket| !docket.is_done());
    }

    /// What happens on this day only.
    async fn turn(&mut self, county: &mut County, today: Date) {
        match today {
            day if day == HAND_OVER + Duration::DAY => {
                let some = |village: &&String| lot(&[village, "hand-over"], 20) == 0;
                let villages: Vec<String> = county.told.villages.keys().filter(some).cloned().collect();
                for village in villages {
                    let resident = county.told.residents[&village].clone();
                    county.hand_over(&village, &resident, HAND_OVER, today).await;
                }
            }
            day if day == MERGER - Duration::WEEK => {
                let merger = county.merger(MERGER);
                county.honour(&merger.source).await;
                self.merger = Some(merger);
            }
            MERGER => county.merge(self.merger.as_ref().expect("a merger"), today).await,
            day if day == FIRES + Duration::DAY => county.burn().await,
            INSPECTIONS => self.examined = county.examine(today).await,
            DECISIONS => county.certify(&self.examined).await,
            _ => {}
        }
    }

    /// Lets villages say what they have by the last day of a month; who was inspected says nothing any more.
    async fn say(&self, county: &mut County, date: Date) {
        let mut said: BTreeMap<String, BTreeMap<&'static str, i64>> = BTreeMap::new();
        for (village, first) in &county.first {
            if self.examined.iter().any(|it| it.village == *village) {
                continue;
            }
            let own = county.told.tasks.values().filter(|task| task.village == *village);
            let done: BTreeMap<&str, i64> = own.map(|task| (task.work.indicator, task.done(date))).collect();
            let months = i64::from(u8::from(date.month()));
            let value = |(indicator, first): (&&'static str, &i64)| {
                let drift = i64::try_from(lot(&[village, indicator], 5)).expect("few") * months;
                let value = match (*indicator, done.get(indicator)) {
                    ("d_grade_houses", _) => (first - drift).max(0),
                    (_, Some(done)) => first + done,
                    (_, None) => (first + drift).min(1_000),
                };
                (*indicator, value)
            };
            said.insert(village.clone(), first.iter().map(value).collect());
        }
        county.say(&said, date).await;
    }

    /// Issues the county's bulletin; around the merger the pilot town issues its own, now before the county, now after it.
    async fn issue(&mut self, county: &mut County, today: Date) {
        let sunday = today - Duration::DAY;
        let (year, number, _) = sunday.to_iso_week_date();
        let week = format!("{year}-W{number:02}");
        let order: &[&str] = match number {
            22..=27 if number % 2 == 0 => &[PILOTS[0], LANKAO],
            22..=27 => &[LANKAO, PILOTS[0]],
            _ => &[LANKAO],
        };
        let expected = county.told.week(sunday, today);
        for of in order {
            let bulletin = issue(&county.harness, of, &week).await.expect("issued");
            let misses = bulletin.misses.iter().map(|miss| {
                let person = miss.person.as_ref().expect("a person");
                (miss.task.clone(), person.cadre.clone())
            });
            let mut expected = expected.clone();
            expected.retain(|task, _| county.told.tasks[task].village.starts_with(of));
            assert_eq!(misses.collect::<BTreeMap<_, _>>(), expected, "{of} {week}");
            assert_eq!(bulletin.misses.len(), expected.len());
            self.bulletins.push(bulletin);
        }
    }

    async fn check_merger(&self, county: &County) {
        let merger = self.merger.as_ref().expect("a merger");
        county.check_honours(merger).await;
        let of_source = |task: &&recount::Task| task.village == merger.source;
        let leaders: BTreeSet<&str> = county
            .told
            .tasks
            .values()
            .filter(of_source)
            .map(|task| task.leaders.last().expect("one").1.as_str())
            .collect();
        assert!(
            leaders.contains(county.secretaries[&merger.target].as_str()),
            "{leaders:?}"
        );
    }

    /// Every account of the ledger, and no other, is what the recount comes to.
    fn check_persons(&self, county: &County, ledger: &AssessmentLedger) {
        let misses = self.bulletins.iter().flat_map(|bulletin| &bulletin.misses);
        let named: BTreeMap<&str, (Date, String)> = misses
            .map(|miss| {
                let week = Date::parse(
                    &format!("{}-1", miss.week),
                    time::macros::format_description!(
                        "[year base:iso_week]-W[week_number repr:iso]-[weekday repr:monday]"
                    ),
                )
                .expect("a week");
                (miss.name.as_str(), (week, miss.task.clone()))
            })
            .collect();
        let told: BTreeMap<&str, Account> = county
            .told
            .persons
            .iter()
            .map(|(cadre, it)| (cadre.as_str(), it.account()))
            .collect();
        let accounts: BTreeMap<&str, Account> = ledger
            .persons
            .iter()
            .map(|it| {
                (
                    it.person.as_ref().expect("a person").cadre.as_str(),
                    account(it, &named),
                )
            })
            .collect();
        assert_eq!(ledger.persons.len(), accounts.len());
        assert_eq!(accounts.keys().collect::<Vec<_>>(), told.keys().collect::<Vec<_>>());
        for (cadre, account) in accounts {
            assert_eq!(account, told[cadre], "{cadre}");
        }
        let stages: BTreeSet<String> = told
            .values()
            .flat_map(|it| &it.steps)
            .map(|step| format!("{} {:?}", step.0, step.2))
            .collect();
        for lived in [
            "first Reversed",
            "first Dropped",
            "fourth Approved",
            "second Upheld",
            "third Appealed",
            "overdue Approved",
            "key_work Served",
        ] {
            assert!(stages.contains(lived), "{lived}: {stages:?}");
        }
    }
}

fn account(person: &PersonAccount, named: &BTreeMap<&str, (Date, String)>) -> Account {
    let mut account = Account {
        weeks: usize::try_from(person.missed_week_count).expect("few"),
        misses: person.misses.iter().map(|name| named[name.as_str()].clone()).collect(),
        measures: person
            .measures
            .iter()
            .map(|it| (it.measure, usize::try_from(it.count).expect("few")))
            .collect(),
        fen: person.deduction_fen,
        steps: Vec::new(),
    };
    for step in &person.steps {
        let stage = match step.state() {
            LadderStepState::Served => Stage::Served,
            LadderStepState::Approved => Stage::Approved,
            LadderStepState::Dropped => Stage::Dropped,
            LadderStepState::Appealed => Stage::Appealed,
            LadderStepState::Upheld => Stage::Upheld,
            LadderStepState::Reversed => Stage::Reversed,
            LadderStepState::Drafted | LadderStepState::Unspecified => Stage::Drafted,
        };
        let drafted = kit::dates::from_proto("draft_date", step.draft_date)
            .expect("a date")
            .expect("a date");
        account
            .steps
            .push((step.display_name.clone(), drafted, stage, step.deduction_fen));
        assert_ne!(step.measure(), LadderMeasure::Unspecified);
    }
    account.misses.sort();
    account.steps.sort_by_key(|step| (step.1, step.0.clone()));
    account
}

fn check_villages(county: &County, ledger: &AssessmentLedger) {
    let villages = county.told.villages.iter().map(|(code, it)| (code, it, target(code).0));
    let told = standing::places(villages);
    let stated: Vec<standing::Line> = ledger
        .villages
        .iter()
        .map(|it| standing::Line {
            village: code(&it.division).to_owned(),
            rank: usize::try_from(it.rank).expect("a place"),
            tier: plan::TIERS
                .into_iter()
                .map(|(code, ..)| code)
                .find(|code| *code == it.tier)
                .unwrap_or(""),
            score_milli: it.score_milli,
            on_target: it.on_target,
        })
        .collect();
    assert_eq!(stated.len(), 462, "463 less the one that went");
    assert_eq!(stated, told);
}
