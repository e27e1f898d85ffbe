//! Random streams of commands, each held against the model.

mod adjusting;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kit::dates::to_proto;
use proto::xiangtu::homestead::v1::{
    BatchRecordPaymentsRequest, Payment, PlanSection, RecordPaymentRequest, ReversePaymentRequest, WaterfallKey,
    WaterfallRules, record_payment_result::Outcome,
};
use tonic::{Code, Status};

use crate::{
    model::{By, Ends, Model, Paid, Rule, plot::registered},
    world::{SIBLING, VILLAGE, World, date, payment, reason, section, tariff, year_2024},
};

const COMMANDS: usize = 150;
const HOUSEHOLDS: [(&str, &str); 6] = [
    ("A1", VILLAGE),
    ("A2", VILLAGE),
    ("A3", VILLAGE),
    ("A6", VILLAGE),
    ("B1", SIBLING),
    ("B2", SIBLING),
];

/// SplitMix64: the same numbers from the same seed, everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(bound).expect("small")).expect("small")
    }

    /// From 0 to `most`.
    fn number(&mut self, most: i64) -> i64 {
        let most = usize::try_from(most).expect("small");
        i64::try_from(self.below(most + 1)).expect("small")
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn amount(&mut self) -> i64 {
        // Often small, sometimes a whole debt or more.
        let bound = [50, 5_000, 40_000][self.below(3)];
        1 + i64::try_from(self.below(bound)).expect("small")
    }
}

struct Stream {
    world: World,
    model: Model,
    dice: Dice,
    year: i32,
    /// Announced payments by name, and the ids of those that were confirmed.
    pending: VecDeque<(String, &'static str, &'static str, i64)>,
    confirmed: BTreeSet<String>,
}

/// A payment to ask for.
#[derive(Clone)]
struct Ask {
    id: String,
    village: String,
    household: String,
    amount_fen: i64,
    named: Option<String>,
}

impl Ask {
    fn wire(&self) -> Payment {
        Payment {
            bill: self.named.clone().unwrap_or_default(),
            ..payment(&self.village, &self.household, self.amount_fen)
        }
    }
}

impl Stream {
    async fn start(seed: u64) -> Self {
        let world = World::registered().await;
        world.apply(plan(&Rule::default())).await.expect("applied");
        let mut model = Model::default();
        for (household, village) in HOUSEHOLDS {
            model.homes.insert(household.to_owned(), village.to_owned());
            let (first_m2, others_m2) = match household {
                "A2" => (100, 0),
                "A6" => (20, 40),
                _ => (60, 0),
            };
            model.plots.insert(household.to_owned(), registered(first_m2));
            model.others_m2.insert(household.to_owned(), others_m2);
        }
        model.halved.insert("A3".to_owned());
        Self {
            world,
            model,
            dice: Dice(seed),
            year: 2015,
            pending: VecDeque::new(),
            confirmed: BTreeSet::new(),
        }
    }

    fn ask(&mut self) -> Ask {
        let (household, village) = *self.dice.pick(&HOUSEHOLDS);
        let mut ask = Ask {
            id: self.world.key(),
            village: village.to_owned(),
            household: household.to_owned(),
            amount_fen: self.dice.amount(),
            named: None,
        };
        match self.dice.below(12) {
            0 => ask.village = String::from(if village == VILLAGE { SIBLING } else { VILLAGE }),
            1 => ask.household = String::from("nobody"),
            2 | 3 => {
                let bills = self.model.bills.get(household).cloned().unwrap_or_default();
                if !bills.is_empty() {
                    ask.named = Some(self.dice.pick(&bills).name.clone());
                }
            }
            4 | 5 => {
                let known: Vec<_> = self
                    .model
                    .paid
                    .iter()
                    .filter(|(id, _)| !self.confirmed.contains(*id))
                    .map(|(id, paid)| (id.clone(), paid.clone()))
                    .collect();
                if !known.is_empty() {
                    let (id, paid) = self.dice.pick(&known).clone();
                    ask = Ask {
                        id,
                        village: paid.village,
                        household: paid.household,
                        amount_fen: paid.amount_fen,
                        named: paid.named,
                    };
                    ask.amount_fen += i64::from(self.dice.below(3) == 0);
                }
            }
            _ => {}
        }
        ask
    }

    fn expect(&mut self, ask: &Ask) -> Ends {
        self.model.pay(
            &ask.id,
            &ask.village,
            &ask.household,
            ask.amount_fen,
            ask.named.as_deref(),
        )
    }

    async fn pay(&mut self) {
        let ask = self.ask();
        let expected = self.expect(&ask);
        let got = self.world.record(ask.id.clone(), ask.wire()).await;
        assert_eq!(ends(got, &ask), expected);
    }

    /// Up to 40 payments at once: the group's path. Receipts may be numbered in any order, all else must agree.
    async fn batch(&mut self) {
        let count = 2 + self.dice.below(39);
        let asks: Vec<Ask> = (0..count).map(|_| self.ask()).collect();
        let expected: Vec<Ends> = asks.iter().map(|ask| self.expect(ask)).collect();
        let requests = asks.iter().map(|ask| RecordPaymentRequest {
            payment: Some(ask.wire()),
            request_id: ask.id.clone(),
            validate_only: false,
        });
        let request = BatchRecordPaymentsRequest {
            requests: requests.collect(),
        };
        let results = self
            .world
            .payments()
            .batch_record_payments(self.world.request(request))
            .await
            .expect("results");
        let results = results.into_inner().results;
        assert_eq!(results.len(), asks.len());
        for ((ask, result), expected) in asks.iter().zip(results).zip(expected) {
            let got = match result.outcome.expect("an outcome") {
                Outcome::Payment(paid) => Ok(paid),
                Outcome::Error(error) => {
                    let details = prost::Message::encode_to_vec(&error);
                    Err(Status::with_details(
                        Code::from_i32(error.code),
                        error.message,
                        details.into(),
                    ))
                }
            };
            let got = ends(got, ask);
            if let Ends::Paid(paid) = &got
                && let Some(known) = self.model.paid.get_mut(&ask.id)
            {
                known.receipt = paid.receipt;
            }
            assert_eq!(without_receipt(got), without_receipt(expected));
        }
    }

    async fn undo(&mut self) {
        let known: Vec<String> = self.model.paid.keys().cloned().collect();
        let payment = if known.is_empty() || self.dice.below(10) == 0 {
            self.world.key()
        } else {
            self.dice.pick(&known).clone()
        };
        let reversals: Vec<String> = self.model.undone.keys().cloned().collect();
        let id = if reversals.is_empty() || self.dice.below(5) > 0 {
            self.world.key()
        } else {
            self.dice.pick(&reversals).clone()
        };
        let expected = self.model.undo(&id, &payment);
        let request = ReversePaymentRequest {
            name: format!("payments/{payment}"),
            request_id: id,
            reason: "更正".to_owned(),
            cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
            effective_date: None,
        };
        let got = match self.world.payments().reverse_payment(self.world.request(request)).await {
            Ok(reversal) => Ends::Undone(reversal.into_inner().amount_fen),
            Err(error) => refused(&error),
        };
        assert_eq!(got, expected);
    }

    async fn bill(&mut self) {
        if self.year > 2024 {
            return;
        }
        let mut request = year_2024();
        request.from_date = date(self.year, 1, 1);
        request.until_date = date(self.year + 1, 1, 1);
        request.due_date = date(self.year, 12, 31);
        let run = self.world.bill(request).await.expect("billed");
        let mut count = 0;
        for (household, _) in HOUSEHOLDS {
            let mut bills = self.world.bills_of(household).await;
            bills.retain(|bill| bill.billing_run == run.name);
            let parts = self.model.parts(household, self.year);
            assert_eq!(bills.len(), parts.len(), "{household}");
            for (bill, days) in bills.into_iter().zip(parts) {
                assert_eq!(bill.from_date, Some(to_proto(days.start)));
                let net_fen = self.model.charged(household, &days);
                self.model
                    .bill(household, &bill.name, days, (self.year, 12, 31), net_fen, None);
                count += 1;
            }
        }
        assert_eq!(run.bill_count, count);
        self.year += 1;
    }

    /// The county decides on another order.
    async fn reorder(&mut self) {
        let both = [By::FurtherFirst, By::FurtherLast];
        let mut by = vec![*self.dice.pick(&[By::Due, By::Year])];
        if self.dice.below(2) == 0 {
            by.push(if by == [By::Due] { By::Year } else { By::Due });
        }
        if self.dice.below(3) > 0 {
            let at = self.dice.below(by.len() + 1);
            by.insert(at, *self.dice.pick(&both));
        }
        let names_count = self.dice.below(3) > 0;
        self.model.rule = Rule { by, names_count };
        self.world.apply(plan(&self.model.rule)).await.expect("applied");
    }

    async fn step(&mut self) {
        match self.dice.below(20) {
            0 if self.dice.below(2) == 0 => self.reorder().await,
            0 => self.bill().await,
            1..=4 => self.undo().await,
            5..=8 => self.batch().await,
            9..=13 => self.adjust().await,
            _ => self.pay().await,
        }
        let (household, _) = *self.dice.pick(&HOUSEHOLDS);
        self.check(household).await;
    }

    /// What a household has in advance, and what it owes, paid and need not pay on each bill.
    async fn check(&self, household: &str) {
        assert_eq!(
            self.world.standing(household).await,
            self.model.standing(household),
            "{household}"
        );
        let bills = self.world.bills_of(household).await;
        let told = bills
            .iter()
            .map(|bill| (&bill.name, (bill.outstanding_fen, bill.paid_fen, bill.written_off_fen)));
        let bills = self.model.bills.get(household).into_iter().flatten();
        let expected = bills.map(|bill| (&bill.name, (bill.open_fen, bill.paid_fen, bill.written_off_fen)));
        assert_eq!(
            told.collect::<BTreeMap<_, _>>(),
            expected.collect::<BTreeMap<_, _>>(),
            "{household}"
        );
    }
}

/// Ten years of one tariff, and the order of the model.
fn plan(rule: &Rule) -> PlanSection {
    let key = |by: &By| match by {
        By::Due => WaterfallKey::DueDate.into(),
        By::Year => WaterfallKey::Period.into(),
        By::FurtherFirst => WaterfallKey::AdditionFirst.into(),
        By::FurtherLast => WaterfallKey::AdditionLast.into(),
    };
    PlanSection {
        tariffs: (2015..=2024).map(tariff).collect(),
        waterfall: Some(WaterfallRules {
            keys: rule.by.iter().map(key).collect(),
            ignore_named_bill: !rule.names_count,
        }),
        ..section()
    }
}

fn ends(got: Result<Payment, Status>, ask: &Ask) -> Ends {
    match got {
        Ok(paid) => Ends::Paid(Paid {
            village: ask.village.clone(),
            household: ask.household.clone(),
            amount_fen: paid.amount_fen,
            named: ask.named.clone(),
            parts: paid
                .allocations
                .into_iter()
                .map(|part| (part.bill, part.amount_fen))
                .collect(),
            advance_fen: paid.advance_fen,
            receipt: paid.receipt_number,
        }),
        Err(error) => refused(&error),
    }
}

fn refused(error: &Status) -> Ends {
    match (error.code(), reason(error).as_str()) {
        (Code::NotFound, _) => Ends::NotFound,
        (Code::InvalidArgument, "REQUEST_ID_REUSED") => Ends::Reused,
        (Code::FailedPrecondition, "PAYMENT_REVERSED") => Ends::UndoneBefore,
        (Code::FailedPrecondition, "PAYMENT_REFUNDED") => Ends::Refunded,
        _ => panic!("{error:?}"),
    }
}

fn without_receipt(ends: Ends) -> Ends {
    match ends {
        Ends::Paid(paid) => Ends::Paid(Paid { receipt: 0, ..paid }),
        other => other,
    }
}

async fn run(seed: u64) {
    println!("seed {seed}");
    let mut stream = Stream::start(seed).await;
    stream.bill().await;
    for _ in 0..COMMANDS {
        stream.step().await;
    }
    for (household, _) in HOUSEHOLDS {
        stream.check(household).await;
    }
    let recount = stream.world.recount().await;
    assert_eq!(
        recount.receipt_count,
        i64::try_from(stream.model.paid.len()).expect("small")
    );
    stream.world.stop().await;
}

#[tokio::test]
async fn a_random_stream_agrees_with_the_model_1() {
    run(1).await;
}

#[tokio::test]
async fn a_random_stream_agrees_with_the_model_2() {
    run(20_251_231).await;
}

#[tokio::test]
async fn a_random_stream_agrees_with_the_model_3() {
    run(0xdead_beef).await;
}
