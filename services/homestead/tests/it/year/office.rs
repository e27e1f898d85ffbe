//! What the county's offices do: billing, the bank's statement, closing, dunning, waiting for the service's jobs.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use kit::dates::to_proto;
use proto::xiangtu::{
    homestead::v1::{
        Bill, BillingRun, CloseBooksRequest, DraftDunningNoticesRequest, DunningRun, DunningStage, DunningStep,
        ListBillsRequest, ListStatementLinesRequest, PlanSection, ReconcileStatementsRequest, RecordVisitRequest,
        ResolveStatementLineRequest, RunBillingRequest, StatementReconciliation, TariffDiscount, VisitOutcome,
        WaterfallKey, WaterfallRules, bank_statement_service_client::BankStatementServiceClient,
        book_close_service_client::BookCloseServiceClient, resolve_statement_line_request::Resolution,
    },
    r#type::v1::Ratio,
};
use sqlx::Connection as _;
use time::{Date, macros::date};
use tonic::Code;

use super::{
    Lankao,
    fee::IN_TIME,
    people::{Act, How},
    recount::{
        Home, Pledge,
        standing::{Dunned, STEPS, VISIT},
    },
    register::{BEGIN, lot, take},
    turns::{amount, payment},
};
use crate::world::{COUNTY, date as wire, reason, section, tariff};

pub const ISSUED: Date = date!(2025 - 01 - 02);
pub const DUE: Date = date!(2025 - 03 - 31);

fn plan() -> PlanSection {
    let discount = TariffDiscount {
        share: Some(Ratio {
            numerator: 1,
            denominator: 10,
        }),
        within_days: i32::try_from(IN_TIME).expect("few"),
    };
    let mut plan = section();
    plan.tariffs = vec![tariff(2025)];
    plan.tariffs[0].discount = Some(discount);
    let stages = (1..).zip(STEPS).map(|(stage, (overdue, cooling, least))| DunningStep {
        stage: DunningStage::try_from(stage).expect("a stage").into(),
        overdue_days: i32::try_from(overdue).expect("few"),
        cooling_off_days: i32::try_from(cooling).expect("few"),
        minimum_fen: least,
    });
    plan.waterfall = Some(WaterfallRules {
        keys: vec![WaterfallKey::AgreementFirst.into(), WaterfallKey::DueDate.into()],
        ignore_named_bill: false,
    });
    plan.dunning.as_mut().expect("rules").steps = stages.collect();
    plan
}

/// What a dunning run should come to: notices by step, overdue fen, objecting, disputed, waiting.
type Dunning = (BTreeMap<i32, i64>, i64, i64, i64, i64);

impl Lankao {
    /// Bills the year: looked at first, then done, and nothing the second time.
    pub async fn bill(&mut self) {
        self.world.apply(plan()).await.expect("applied");
        let year = |validate_only| RunBillingRequest {
            division: COUNTY.to_owned(),
            from_date: wire(2025, 1, 1),
            until_date: wire(2026, 1, 1),
            due_date: Some(to_proto(DUE)),
            validate_only,
            ..RunBillingRequest::default()
        };
        let charged = |home: &&Home| !home.disputed && home.fee().gross > 0;
        let count = i64::try_from(self.homes.iter().filter(charged).count()).expect("few");
        let (gross, relief) = self.homes.iter().filter(charged).fold((0, 0), |(gross, relief), home| {
            (gross + home.fee().gross, relief + home.fee().relief)
        });
        let sums = |run: &BillingRun| (run.bill_count, run.gross_fen, run.relief_fen, run.parked_count);
        let dry = self.world.bill(year(true)).await.expect("looked at");
        assert_eq!(sums(&dry), (count, gross, relief, 0), "{:?}", dry.problems);
        self.watch.step("billing, dry");
        let run = self.world.bill(year(false)).await.expect("billed");
        assert_eq!(sums(&run), sums(&dry));
        self.watch.step("billing");
        let again = self.world.bill(year(false)).await.expect("billed again");
        assert_eq!((again.bill_count, again.already_billed_count), (0, count));
        self.watch.step("billing, again");
        let names: BTreeMap<String, String> = self
            .bills("")
            .await
            .into_iter()
            .map(|bill| (bill.household.trim_start_matches("households/").to_owned(), bill.name))
            .collect();
        for home in self
            .homes
            .iter_mut()
            .filter(|home| !home.disputed && home.fee().gross > 0)
        {
            home.bill(ISSUED, DUE, &names[&home.id], home.fee());
        }
        self.watch.step("all bills listed");
    }

    /// All bills of the county, page by page.
    pub async fn bills(&self, filter: &str) -> Vec<Bill> {
        let (mut bills, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListBillsRequest {
                page_size: 1_000,
                page_token,
                filter: filter.to_owned(),
                ..ListBillsRequest::default()
            };
            let page = self.world.bills().list_bills(self.world.request(request)).await;
            let page = page.expect("listed").into_inner();
            bills.extend(page.bills);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return bills;
            }
        }
    }

    /// Lets the bank's statement of a day tell of payments, and of charges that are nobody's.
    pub async fn statements(&mut self, day: Date, acts: &[(usize, Act)]) {
        let world = &self.world;
        let mut file = "village_code,bank_reference,booked_on,amount_yuan,remark\n".to_owned();
        let mut told = Vec::new();
        for (at, act) in acts {
            let home = &self.homes[*at];
            let (sum, mark, remark) = match act {
                Act::Transfer(sum) => (*sum, 'T', home.id.clone()),
                Act::Confirmed(sum) => (*sum, 'R', String::new()),
                Act::Nameless(sum) => (*sum, 'N', "有偿使用费".to_owned()),
                _ => continue,
            };
            let (fen, reference) = (amount(home, sum), format!("{mark}{}", home.id));
            writeln!(
                file,
                "{},{reference},{day},{}.{:02},{remark}",
                home.village,
                fen / 100,
                fen % 100
            )
            .expect("a line");
            told.push((*at, mark, fen, reference));
        }
        let villages: Vec<&String> = self.cadres.keys().filter(|code| self.books.contains(*code)).collect();
        for village in villages.iter().step_by(10) {
            writeln!(file, "{village},FEE-{day},{day},-12.00,手续费").expect("a line");
        }
        let mut seen = Vec::new();
        for (at, _, fen, reference) in told.iter().filter(|(_, mark, ..)| *mark == 'R') {
            let recorded = proto::xiangtu::homestead::v1::Payment {
                document: reference.clone(),
                ..payment(&self.homes[*at], day, *fen, How::Bank)
            };
            seen.push((*at, world.record(world.key(), recorded).await.expect("recorded")));
        }
        take(world, "bank_statements", BEGIN, &file).await;
        let request = ReconcileStatementsRequest {
            division: COUNTY.to_owned(),
            request_id: world.key(),
        };
        let mut client = BankStatementServiceClient::new(world.channel());
        let operation = client
            .reconcile_statements(world.request(request))
            .await
            .expect("started");
        let done: StatementReconciliation = world.wait(operation.into_inner()).await.expect("reconciled");
        let of = |mark| told.iter().filter(move |(_, it, ..)| *it == mark);
        let count = |mark| i64::try_from(of(mark).count()).expect("few");
        assert_eq!(
            (
                done.matched_count,
                done.posted_count,
                done.open_count,
                done.proposed_count
            ),
            (count('R'), count('T'), count('N'), 0)
        );
        assert_eq!(done.posted_fen, of('T').map(|(_, _, fen, _)| fen).sum::<i64>());
        for (at, payment) in seen {
            self.paid(at, day, &payment);
        }
        let names = self.lines(&told).await;
        for (at, mark, fen, reference) in told.iter().filter(|(_, mark, ..)| *mark != 'R') {
            let mut name = names[reference].1.clone();
            if *mark == 'N' {
                name = self.resolve(&names[reference].0, &self.homes[*at].id).await;
            }
            self.homes[*at].pay(day, *fen, 2, &name);
        }
    }

    /// Name and entry of each line, by reference.
    async fn lines(&self, told: &[(usize, char, i64, String)]) -> BTreeMap<String, (String, String)> {
        let mut client = BankStatementServiceClient::new(self.world.channel());
        let (mut names, mut page_token) = (BTreeMap::new(), String::new());
        loop {
            let request = ListStatementLinesRequest {
                page_size: 1_000,
                page_token,
                ..ListStatementLinesRequest::default()
            };
            let page = client
                .list_statement_lines(self.world.request(request))
                .await
                .expect("listed")
                .into_inner();
            names.extend(
                page.lines
                    .into_iter()
                    .map(|line| (line.bank_reference, (line.name, line.entry))),
            );
            page_token = page.next_page_token;
            if page_token.is_empty() {
                assert!(names.len() >= told.len());
                return names;
            }
        }
    }

    async fn resolve(&self, line: &str, household: &str) -> String {
        let request = ResolveStatementLineRequest {
            name: line.to_owned(),
            bill: String::new(),
            payment_date: None,
            request_id: self.world.key(),
            resolution: Some(Resolution::Household(format!("households/{household}"))),
        };
        let mut client = BankStatementServiceClient::new(self.world.channel());
        client
            .resolve_statement_line(self.world.request(request))
            .await
            .expect("resolved")
            .into_inner()
            .entry
    }

    /// Closes all books; refused while cash of the period is in somebody's hands.
    pub async fn close(&mut self, end: Date) {
        let held = !self.in_hand().is_empty();
        let request = CloseBooksRequest {
            division: COUNTY.to_owned(),
            end_date: Some(to_proto(end)),
            request_id: self.world.key(),
        };
        let mut client = BookCloseServiceClient::new(self.world.channel());
        match client.close_books(self.world.request(request)).await {
            Ok(closed) => {
                assert!(!held, "cash of {end} is in hand");
                let books = i64::try_from(self.books.len()).expect("few");
                assert_eq!(closed.into_inner().closed_count, books);
                self.closed = Some(end);
            }
            Err(refusal) => {
                assert!(held, "{refusal:?}");
                assert_eq!(
                    (refusal.code(), reason(&refusal).as_str()),
                    (Code::FailedPrecondition, "BOOKS_NOT_READY")
                );
            }
        }
    }

    /// Takes every debtor to its next step; the recount says whom, and to which.
    pub async fn dun(&mut self, day: Date) {
        let mut expected: Dunning = Dunning::default();
        for home in &mut self.homes {
            match home.dun(day) {
                Dunned::NothingOverdue => {}
                Dunned::Objecting => expected.2 += 1,
                Dunned::Disputed => expected.3 += 1,
                Dunned::Waiting => expected.4 += 1,
                Dunned::Step(step, fen) => {
                    *expected.0.entry(step).or_default() += 1;
                    expected.1 += fen;
                }
            }
        }
        let request = DraftDunningNoticesRequest {
            division: COUNTY.to_owned(),
            as_of: Some(to_proto(day)),
            request_id: self.world.key(),
            validate_only: false,
        };
        let operation = self
            .world
            .dunning()
            .draft_dunning_notices(self.world.request(request))
            .await;
        let run: DunningRun = self
            .world
            .wait(operation.expect("started").into_inner())
            .await
            .expect("drafted");
        let steps = run.stages.iter().map(|it| (it.stage, it.notice_count)).collect();
        assert_eq!(
            (
                steps,
                run.overdue_fen,
                run.objection_count,
                run.disputed_count,
                run.waiting_count
            ),
            expected,
            "{day}"
        );
    }

    /// Four of five households that are to be visited are, by day; at night nobody is.
    pub async fn visit(&mut self, day: Date) {
        let due = |home: &&mut Home| home.dunned.is_some_and(|(step, _)| step == VISIT) && home.owed() > 0;
        let going: Vec<&mut Home> = self
            .homes
            .iter_mut()
            .filter(due)
            .filter(|home| lot(&[&home.id, "home"], 5) > 0)
            .collect();
        let world = &self.world;
        let request = |home: &Home, hour: u8| RecordVisitRequest {
            household: format!("households/{}", home.id),
            cadre: format!("cadres/{}", home.cadre),
            visit_time: Some(kit::dates::timestamp(super::at(day, hour))),
            outcome: VisitOutcome::Refused.into(),
            promise_date: None,
            promise_fen: 0,
            text: String::new(),
            request_id: world.key(),
        };
        if let Some(home) = going.first() {
            let by_night = world.collection().record_visit(world.request(request(home, 5))).await;
            assert_eq!(reason(&by_night.expect_err("at night")), "NIGHT_CONTACT");
        }
        stream::iter(going)
            .for_each_concurrent(32, |home| {
                home.visited = Some(day);
                let request = world.request(request(home, 9));
                async move { drop(world.collection().record_visit(request).await.expect("visited")) }
            })
            .await;
    }

    /// Waits until the service's jobs have seen everything of the day: discounts and agreements.
    pub async fn settled(&mut self, day: Date) {
        for home in &mut self.homes {
            home.follow(day);
        }
        let due: BTreeMap<String, Date> = self
            .homes
            .iter()
            .filter(|home| home.agreement.as_ref().is_some_and(|it| it.state == Pledge::Active))
            .map(|home| (home.id.clone(), home.bills[0].due_on(day)))
            .collect();
        let mut conn = sqlx::PgConnection::connect(&self.world.harness.database.superuser_url())
            .await
            .expect("a connection");
        let began = Instant::now();
        loop {
            let behind = "SELECT count(*) FROM book b LEFT JOIN discount_looked l USING (division_code) WHERE b.entries > coalesce(l.entries, 0)";
            let behind: i64 = sqlx::query_scalar(behind).fetch_one(&mut conn).await.expect("a count");
            // Reads all bills, so not before the rest is done.
            if behind == 0 {
                let deferred = "SELECT household_id, due_on FROM bill WHERE original_due_on IS NOT NULL";
                let deferred: Vec<(String, Date)> = sqlx::query_as(deferred).fetch_all(&mut conn).await.expect("bills");
                if deferred.into_iter().collect::<BTreeMap<_, _>>() == due {
                    return;
                }
            }
            assert!(
                began.elapsed() < Duration::from_mins(10),
                "{day}: {behind} behind, or agreements not followed"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
