//! A year of Lankao: billed, paid for by a seeded population, dunned and closed. The books are what an independent recount
//! says, to the fen, and every household's statement explains itself.
//!
//! Every village and cadre of the county takes part. Of its 95,000 households above their entitlement, of whom some 70,000 are
//! billed, as many take part as a few minutes allow; `YEAR_HOUSEHOLDS=95000` lets all of them.

mod books;
mod counter;
mod days;
mod fee;
mod office;
mod people;
mod pursuit;
mod recount;
mod register;
mod reread;
mod statement;
mod turns;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset, macros::date};

use tonic::transport::Endpoint;

use self::{
    days::Tally,
    people::Act,
    pursuit::Posted,
    recount::Home,
    register::{Cadres, population},
};
use crate::world::World;

/// The county, what is known of it, and what the test did.
pub struct Lankao {
    world: World,
    homes: Vec<Home>,
    cadres: Cadres,
    /// Villages that have a book.
    books: BTreeSet<String>,
    /// Day, village, cadre, fen.
    remitted: Vec<(Date, String, String, i64)>,
    /// The same of what cadres paid to households.
    handed_out: Vec<(Date, String, String, i64)>,
    /// Up to the last closed day of each village that closes days.
    tallies: BTreeMap<String, Tally>,
    days_closed: usize,
    posted: Vec<Posted>,
    /// Last day of the closed period.
    closed: Option<Date>,
    watch: Watch,
}

/// Tells how long each step takes.
pub struct Watch(Instant);

impl Watch {
    pub fn step(&mut self, what: &str) {
        eprintln!("{:>7} ms  {what}", self.0.elapsed().as_millis());
        self.0 = Instant::now();
    }
}

/// When notices were drafted that are served, and the day; the same of mediations.
const SERVED: [Date; 2] = [date!(2025 - 05 - 20), date!(2025 - 05 - 22)];
const MEDIATED: [Date; 2] = [date!(2025 - 08 - 20), date!(2025 - 08 - 25)];
/// Debtors are posted.
const POSTED: Date = date!(2025 - 07 - 22);
/// The register is read again.
const REREAD: Date = date!(2025 - 09 - 01);
/// Days that are closed by themselves.
const COUNTED: [Date; 7] = [
    people::EARLY,
    people::MARCH,
    people::OBJECTED,
    people::HANDED_OUT,
    people::DECIDED,
    REREAD,
    people::REWARDED,
];

/// An hour of a day in Shanghai.
pub fn at(day: Date, hour: u8) -> OffsetDateTime {
    let offset = UtcOffset::from_hms(8, 0, 0).expect("an offset");
    day.with_time(Time::from_hms(hour, 0, 0).expect("an hour"))
        .assume_offset(offset)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_of_lankao_balances_and_explains_itself() {
    let mut lankao = Lankao::begin().await;
    lankao.bill().await;
    let mut days: BTreeMap<Date, Vec<(usize, Act)>> = BTreeMap::new();
    for (at, home) in lankao
        .homes
        .iter()
        .enumerate()
        .filter(|(_, home)| !home.bills.is_empty())
    {
        for (day, act) in people::acts(home) {
            days.entry(day).or_default().push((at, act));
        }
    }
    let mut day = date!(2025 - 01 - 03);
    while day < date!(2026 - 01 - 01) {
        lankao.pass(day, days.remove(&day).unwrap_or_default()).await;
        day += Duration::DAY;
    }
    assert!(days.is_empty());
    lankao.end().await;
    lankao.world.stop().await;
}

impl Lankao {
    async fn begin() -> Self {
        let mut watch = Watch(Instant::now());
        let world = World::empty().await;
        world.harness.kit.clock.set(at(office::ISSUED, 10));
        let (homes, cadres) = population();
        register::settle(&world, &homes).await;
        watch.step("registers");
        Self {
            books: homes.iter().map(|home| home.village.clone()).collect(),
            world,
            homes,
            cadres,
            remitted: Vec::new(),
            handed_out: Vec::new(),
            tallies: BTreeMap::new(),
            days_closed: 0,
            posted: Vec::new(),
            closed: None,
            watch,
        }
    }

    /// Opens another connection: the service lets none live longer than some minutes, and the test repeats no call that was cut
    /// off with its connection.
    fn reconnect(&mut self) {
        let endpoint = Endpoint::from_shared(self.world.harness.url()).expect("a URL");
        self.world.harness.channel = endpoint.connect_lazy();
    }

    /// One day, on most of which nothing happens.
    async fn pass(&mut self, day: Date, acts: Vec<(usize, Act)>) {
        let month_end = day.month() != (day + Duration::DAY).month();
        let dunning = day.day() == 20 && day > date!(2025 - 04 - 01);
        let closing = matches!(day.day(), 5 | 8) && day > date!(2025 - 02 - 01);
        let visits = matches!((day.month(), day.day()), (Month::July | Month::November, 12));
        let pursuit = [SERVED[1], MEDIATED[1], POSTED, REREAD].contains(&day);
        if acts.is_empty() && !(month_end || dunning || closing || visits || pursuit) {
            return;
        }
        self.world.harness.kit.clock.set(at(day, 10));
        if !acts.is_empty() {
            let count = acts.len();
            self.turn(day, acts).await;
            self.watch.step(&format!("{day} {count} acts"));
        }
        if closing {
            let everybody = day.day() == 8;
            self.remit(day, everybody).await;
            self.watch.step(&format!("{day} remittances"));
            // The day before this month began.
            let end = day - Duration::days(i64::from(day.day()));
            if self.closed < Some(end) {
                self.close(end).await;
                self.watch.step(&format!("{day} books closed"));
            }
        }
        if visits {
            self.visit(day).await;
            self.watch.step(&format!("{day} visits"));
        }
        if pursuit {
            self.pursue(day).await;
        }
        self.settled(day).await;
        self.watch.step(&format!("{day} jobs"));
        if COUNTED.contains(&day) {
            self.close_day(day).await;
            self.watch.step(&format!("{day} day closed"));
        }
        if dunning {
            self.dun(day).await;
            self.watch.step(&format!("{day} dunning"));
        }
        if month_end {
            self.reconnect();
            self.world.recount().await;
            self.watch.step(&format!("{day} recount"));
        }
    }

    /// What is done about debtors and bills on one day of the year alone.
    async fn pursue(&mut self, day: Date) {
        let what = if day == SERVED[1] {
            self.serve(day, SERVED[0]).await;
            "notices served"
        } else if day == POSTED {
            self.post(day).await;
            "debtors posted"
        } else if day == MEDIATED[1] {
            self.mediate(day, MEDIATED[0]).await;
            "mediation"
        } else {
            self.reread(day).await;
            "register read again"
        };
        self.watch.step(&format!("{day} {what}"));
    }

    /// The last evening, and the first days of the year after.
    async fn end(&mut self) {
        let (june, december) = (date!(2025 - 06 - 30), date!(2025 - 12 - 31));
        self.remit(december, true).await;
        self.close_day(december).await;
        self.check_days().await;
        self.watch.step("days closed");
        self.check_ageing(december).await;
        self.watch.step("ageing, today");
        self.world.harness.kit.clock.set(at(date!(2026 - 01 - 06), 10));
        self.close(december).await;
        self.watch.step("year closed");
        self.check_journal().await;
        self.watch.step("the journal");
        self.check_ageing(december).await;
        self.check_ageing(june).await;
        self.watch.step("ageing, past");
        self.check_arrears(june, december).await;
        self.watch.step("roll rates and curve");
        self.check_posted().await;
        self.watch.step("what was posted");
        self.check_years().await;
        self.watch.step("year reports");
        self.reconnect();
        self.check_statements().await;
        self.reconnect();
        self.watch.step("statements");
        self.world.sealed().await;
        self.watch.step("sealed and recounted");
    }
}
