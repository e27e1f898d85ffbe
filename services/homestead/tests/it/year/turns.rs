//! Carrying out what households do: each act is told to the service, its answer held against the recount, and then recounted.

use futures::{StreamExt as _, stream};
use kit::dates::to_proto;
use proto::xiangtu::homestead::v1::{
    AgreeInstalmentsRequest, BatchRecordPaymentsRequest, ConfirmPendingPaymentRequest, Correction,
    CreatePendingPaymentRequest, DecideObjectionRequest, FileObjectionRequest, GrantReliefRequest, ObjectionGround,
    ObjectionState, OffsetRewardRequest, PayRewardRequest, Payment, PaymentMethod, PendingPayment,
    RecordPaymentRequest, RecordSurveyRequest, RecordVacatingRequest, RefundAdvanceRequest, ReversalCause,
    ReversePaymentRequest, Survey, Vacating, VoidPendingPaymentRequest, WriteOffBillRequest,
    adjustment_service_client::AdjustmentServiceClient, instalment_service_client::InstalmentServiceClient,
    pending_payment_service_client::PendingPaymentServiceClient, record_payment_result::Outcome,
    survey_service_client::SurveyServiceClient,
};
use std::collections::BTreeMap;
use time::{Date, macros::date};

use super::{
    Lankao,
    fee::saved,
    people::{Act, How, Sum},
    recount::{BANK, Home},
    register::parcel,
};

/// Callers at the same time.
const CALLERS: usize = 16;
/// First day without what was given back; 151 days of the year are before it.
const VACATED: (Date, i64) = (date!(2025 - 06 - 01), 151);
/// Last day to pay what a survey adds.
const FURTHER_DUE: Date = date!(2025 - 08 - 31);
/// Last days to pay instalments.
pub const DUES: [Date; 4] = [
    date!(2025 - 04 - 30),
    date!(2025 - 05 - 31),
    date!(2025 - 06 - 30),
    date!(2025 - 07 - 31),
];

/// What the service answered.
enum Answer {
    Paid(Box<Payment>),
    Named(String),
    Corrected(Vec<Correction>),
    Done,
}

/// How much of what it owes a household means, in fen.
pub fn amount(home: &Home, sum: Sum) -> i64 {
    match sum {
        Sum::All => home.owed(),
        Sum::Discounted => home.owed() - saved(home.bills[0].asked()),
        Sum::Half => home.owed() / 2,
        Sum::More(fen) => home.owed() + fen,
        Sum::Instalment => home.agreement.as_ref().map_or(0, |_| home.instalment()),
    }
}

/// Relief goes by what the bill asks, paid or not.
fn relief(home: &Home, sum: Sum) -> i64 {
    if sum == Sum::Half {
        home.bills[0].asked() / 2
    } else {
        home.owed()
    }
}

pub fn percent(of: i64, percent: i64) -> i64 {
    of * percent / 100
}

/// Whether an act would move nothing: nobody pays nothing.
fn is_idle(home: &Home, act: Act) -> bool {
    match act {
        Act::Pay(sum, _) | Act::Transfer(sum) | Act::Confirmed(sum) | Act::Nameless(sum) | Act::Announce(sum) => {
            amount(home, sum) == 0
        }
        Act::Relieve(sum) => relief(home, sum) == 0,
        Act::Arrive | Act::GiveUp => home.announced.is_none(),
        Act::ComeBack => home.payments.is_empty(),
        Act::Refund(part) | Act::RefundCash(part) => percent(home.advance, part) == 0,
        Act::Agree => home.owed() < 4,
        Act::Offset => home.payable.min(home.owed()) == 0,
        Act::TakeReward | Act::TakeRewardCash => home.payable == 0,
        Act::WriteOff => home.owed() == 0,
        Act::Vacate(..)
        | Act::ObjectToArea
        | Act::ObjectToBill
        | Act::Uphold
        | Act::Reject
        | Act::Withdraw
        | Act::Survey(_) => false,
    }
}

/// A payment of a household on a day.
pub fn payment(home: &Home, day: Date, fen: i64, how: How) -> Payment {
    let (method, collector) = match how {
        How::Cash => (PaymentMethod::Cash, format!("cadres/{}", home.cadre)),
        How::Bank => (PaymentMethod::Bank, String::new()),
        How::Mobile => (PaymentMethod::Mobile, String::new()),
    };
    Payment {
        division: format!("divisions/{}", home.village),
        household: format!("households/{}", home.id),
        amount_fen: fen,
        method: method.into(),
        payment_date: Some(to_proto(day)),
        collector,
        document: if how == How::Cash {
            String::new()
        } else {
            format!("{}-{day}", home.id)
        },
        ..Payment::default()
    }
}

impl Lankao {
    /// Everything that households do on a day; cash goes through the hands of collectors, who hand in lists.
    pub async fn turn(&mut self, day: Date, acts: Vec<(usize, Act)>) {
        let busy = acts.into_iter().filter(|(at, act)| !is_idle(&self.homes[*at], *act));
        let (cash, acts): (Vec<_>, Vec<_>) = busy.partition(|(_, act)| matches!(act, Act::Pay(_, How::Cash)));
        let (bank, acts): (Vec<_>, Vec<_>) = acts
            .into_iter()
            .partition(|(_, act)| matches!(act, Act::Transfer(_) | Act::Confirmed(_) | Act::Nameless(_)));
        let (handed, acts): (Vec<_>, Vec<_>) = acts
            .into_iter()
            .partition(|(_, act)| matches!(act, Act::RefundCash(_) | Act::TakeRewardCash));
        self.collect(day, &cash).await;
        self.hand_out(day, &handed).await;
        let this = &*self;
        let answers: Vec<(usize, Act, Answer)> = stream::iter(acts)
            .map(|(at, act)| async move { (at, act, this.tell(&this.homes[at], act, day).await) })
            .buffer_unordered(CALLERS)
            .collect()
            .await;
        for (at, act, answer) in answers {
            self.learn(at, act, day, answer);
        }
        if !bank.is_empty() {
            self.statements(day, &bank).await;
        }
    }

    /// Collectors of each village hand in what they took that day.
    async fn collect(&mut self, day: Date, acts: &[(usize, Act)]) {
        let mut lists: BTreeMap<&str, Vec<(usize, RecordPaymentRequest)>> = BTreeMap::new();
        for (at, act) in acts {
            let Act::Pay(sum, how) = act else { continue };
            let home = &self.homes[*at];
            let request = RecordPaymentRequest {
                payment: Some(payment(home, day, amount(home, *sum), *how)),
                request_id: self.world.key(),
                validate_only: false,
            };
            lists.entry(&home.village).or_default().push((*at, request));
        }
        let world = &self.world;
        let recorded: Vec<(usize, Payment)> = stream::iter(lists.into_values())
            .map(|list| async move {
                let (homes, requests): (Vec<usize>, Vec<RecordPaymentRequest>) = list.into_iter().unzip();
                let batch = BatchRecordPaymentsRequest { requests };
                let answer = world.payments().batch_record_payments(world.request(batch)).await;
                let results = answer.expect("a list").into_inner().results;
                let paid = results.into_iter().map(|result| match result.outcome {
                    Some(Outcome::Payment(payment)) => payment,
                    other => panic!("refused: {other:?}"),
                });
                stream::iter(homes.into_iter().zip(paid).collect::<Vec<_>>())
            })
            .buffer_unordered(8)
            .flatten()
            .collect()
            .await;
        assert_eq!(recorded.len(), acts.len());
        for (at, payment) in recorded {
            self.paid(at, day, &payment);
        }
    }

    /// Recounts a payment as the service answered it, which must be what the recount says.
    pub fn paid(&mut self, at: usize, day: Date, payment: &Payment) {
        let home = &mut self.homes[at];
        let ahead = home.pay(day, payment.amount_fen, payment.method, &payment.name);
        let parts = &home.payments.last().expect("one").parts;
        let expected: Vec<_> = parts
            .iter()
            .map(|(bill, fen)| (home.bills[*bill].name.as_str(), *fen))
            .collect();
        let answered: Vec<_> = payment
            .allocations
            .iter()
            .map(|it| (it.bill.as_str(), it.amount_fen))
            .collect();
        assert_eq!((answered, payment.advance_fen), (expected, ahead), "{}", home.id);
    }

    async fn tell(&self, home: &Home, act: Act, day: Date) -> Answer {
        let world = &self.world;
        let household = format!("households/{}", home.id);
        let bill = home.bills[0].name.clone();
        let document = format!("兰政〔2025〕{}号", home.id);
        let on = Some(to_proto(day));
        let adjustments = || AdjustmentServiceClient::new(world.channel());
        let pending = || PendingPaymentServiceClient::new(world.channel());
        let surveys = || SurveyServiceClient::new(world.channel());
        match act {
            Act::Pay(sum, how) => {
                let recorded = world
                    .record(world.key(), payment(home, day, amount(home, sum), how))
                    .await;
                Answer::Paid(Box::new(recorded.expect("recorded")))
            }
            Act::Announce(sum) => {
                let request = CreatePendingPaymentRequest {
                    pending_payment: Some(PendingPayment {
                        division: format!("divisions/{}", home.village),
                        household,
                        amount_fen: amount(home, sum),
                        method: PaymentMethod::Mobile.into(),
                        document: format!("WX{}", home.id),
                        ..PendingPayment::default()
                    }),
                    request_id: world.key(),
                };
                let answer = pending().create_pending_payment(world.request(request)).await;
                Answer::Named(answer.expect("announced").into_inner().name)
            }
            Act::Arrive => {
                let request = ConfirmPendingPaymentRequest {
                    name: home.announced.clone().expect("announced"),
                    payment_date: on,
                    request_id: world.key(),
                };
                let answer = pending().confirm_pending_payment(world.request(request)).await;
                Answer::Paid(Box::new(answer.expect("confirmed").into_inner()))
            }
            Act::GiveUp => {
                let request = VoidPendingPaymentRequest {
                    name: home.announced.clone().expect("announced"),
                    reason: "村民取消".to_owned(),
                    request_id: world.key(),
                };
                pending()
                    .void_pending_payment(world.request(request))
                    .await
                    .expect("given up");
                Answer::Done
            }
            Act::ComeBack => {
                let request = ReversePaymentRequest {
                    name: home.payments[0].name.clone(),
                    request_id: world.key(),
                    reason: "退票".to_owned(),
                    cause: ReversalCause::Dishonoured.into(),
                    effective_date: on,
                };
                world
                    .payments()
                    .reverse_payment(world.request(request))
                    .await
                    .expect("undone");
                Answer::Done
            }
            Act::Refund(part) => {
                let request = RefundAdvanceRequest {
                    household,
                    amount_fen: percent(home.advance, part),
                    method: PaymentMethod::Bank.into(),
                    document,
                    effective_date: on,
                    request_id: world.key(),
                    ..RefundAdvanceRequest::default()
                };
                adjustments()
                    .refund_advance(world.request(request))
                    .await
                    .expect("paid back");
                Answer::Done
            }
            Act::Agree => {
                let request = AgreeInstalmentsRequest {
                    household,
                    instalment_count: 4,
                    first_due_date: Some(to_proto(DUES[0])),
                    document,
                    request_id: world.key(),
                    ..AgreeInstalmentsRequest::default()
                };
                let mut client = InstalmentServiceClient::new(world.channel());
                let agreed = client
                    .agree_instalments(world.request(request))
                    .await
                    .expect("agreed")
                    .into_inner();
                let dues: Vec<_> = agreed.instalments.iter().map(|it| it.due_date).collect();
                assert_eq!(dues, DUES.map(|due| Some(to_proto(due))));
                Answer::Done
            }
            Act::Vacate(part, reward_fen) => {
                let request = RecordVacatingRequest {
                    vacating: Some(Vacating {
                        parcel: parcel(home),
                        vacate_date: Some(to_proto(VACATED.0)),
                        vacated_dm2: percent(home.over(), part),
                        reward_fen,
                        resolution: document,
                        evidence: vec!["验收单1".to_owned()],
                        ..Vacating::default()
                    }),
                    request_id: world.key(),
                };
                let answer = surveys().record_vacating(world.request(request)).await;
                Answer::Corrected(answer.expect("vacated").into_inner().corrections)
            }
            Act::Survey(part) => {
                let over = percent(home.over(), part);
                let request = RecordSurveyRequest {
                    survey: Some(Survey {
                        parcel: parcel(home),
                        survey_date: on,
                        effective_date: Some(to_proto(date!(2025 - 01 - 01))),
                        area_dm2: home.area.expect("surveyed") - home.over() + over,
                        over_occupied_dm2: over,
                        surveyor: "县测绘队".to_owned(),
                        evidence: vec!["测量图1".to_owned()],
                        reason: "异议成立".to_owned(),
                        ..Survey::default()
                    }),
                    request_id: world.key(),
                    due_date: Some(to_proto(FURTHER_DUE)),
                    confirm_jump: false,
                };
                let answer = surveys().record_survey(world.request(request)).await;
                Answer::Corrected(answer.expect("surveyed").into_inner().corrections)
            }
            Act::Offset => {
                let request = OffsetRewardRequest {
                    household,
                    document,
                    effective_date: on,
                    request_id: world.key(),
                    ..OffsetRewardRequest::default()
                };
                adjustments()
                    .offset_reward(world.request(request))
                    .await
                    .expect("set against");
                Answer::Done
            }
            Act::TakeReward => {
                let request = PayRewardRequest {
                    household,
                    amount_fen: home.payable,
                    method: PaymentMethod::Bank.into(),
                    document,
                    effective_date: on,
                    request_id: world.key(),
                    ..PayRewardRequest::default()
                };
                adjustments()
                    .pay_reward(world.request(request))
                    .await
                    .expect("paid out");
                Answer::Done
            }
            Act::ObjectToArea | Act::ObjectToBill => {
                let area = act == Act::ObjectToArea;
                let request = FileObjectionRequest {
                    household,
                    ground: if area {
                        ObjectionGround::Area
                    } else {
                        ObjectionGround::Amount
                    }
                    .into(),
                    parcel: if area { parcel(home) } else { String::new() },
                    bill: if area { String::new() } else { bill },
                    text: "与实际不符".to_owned(),
                    file_date: on,
                    request_id: world.key(),
                };
                let answer = world.objections().file_objection(world.request(request)).await;
                Answer::Named(answer.expect("filed").into_inner().name)
            }
            Act::Uphold | Act::Reject | Act::Withdraw => {
                let decision = match act {
                    Act::Uphold => ObjectionState::Upheld,
                    Act::Reject => ObjectionState::Rejected,
                    _ => ObjectionState::Withdrawn,
                };
                let request = DecideObjectionRequest {
                    name: home.objection.clone().expect("an objection"),
                    decision: decision.into(),
                    reason: "经复核".to_owned(),
                    decision_date: on,
                    request_id: world.key(),
                };
                let request = world.request_by("judge", request);
                world.objections().decide_objection(request).await.expect("decided");
                Answer::Done
            }
            Act::Relieve(sum) => {
                let request = GrantReliefRequest {
                    bill,
                    amount_fen: Some(relief(home, sum)),
                    resolution: document,
                    effective_date: on,
                    request_id: world.key(),
                };
                adjustments()
                    .grant_relief(world.request(request))
                    .await
                    .expect("granted");
                Answer::Done
            }
            Act::WriteOff => {
                let request = WriteOffBillRequest {
                    bill,
                    amount_fen: None,
                    resolution: document,
                    effective_date: on,
                    request_id: world.key(),
                };
                adjustments()
                    .write_off_bill(world.request(request))
                    .await
                    .expect("written off");
                Answer::Done
            }
            Act::Transfer(_) | Act::Confirmed(_) | Act::Nameless(_) => unreachable!("the bank tells of it"),
            Act::RefundCash(_) | Act::TakeRewardCash => unreachable!("a cadre pays it"),
        }
    }

    fn learn(&mut self, at: usize, act: Act, day: Date, answer: Answer) {
        if let Answer::Paid(payment) = &answer {
            self.paid(at, day, payment);
            return;
        }
        let home = &mut self.homes[at];
        match (act, answer) {
            (Act::Announce(_), Answer::Named(name)) => home.announced = Some(name),
            (Act::Agree, _) => home.agree(day, &DUES),
            (Act::ObjectToArea | Act::ObjectToBill, Answer::Named(name)) => home.objection = Some(name),
            (Act::Vacate(part, reward), Answer::Corrected(corrections)) => {
                let (before, vacated) = (home.over(), percent(home.over(), part));
                let mut areas = home.areas.clone();
                areas.push((VACATED.1, before - vacated));
                correct(home, day, FURTHER_DUE, areas, &corrections);
                home.reward(day, reward);
            }
            (Act::Survey(part), Answer::Corrected(corrections)) => {
                let over = percent(home.over(), part);
                home.unmeasured = false;
                home.area = home.area.map(|area| area - home.over() + over);
                correct(home, day, FURTHER_DUE, vec![(0, over)], &corrections);
            }
            (Act::Uphold | Act::Reject | Act::Withdraw, _) => {
                home.objection = None;
                home.unmeasured = act == Act::Uphold;
            }
            (Act::ComeBack, _) => home.undo(day, 0),
            (Act::Refund(part), _) => home.refund(day, percent(home.advance, part), BANK),
            (Act::Offset, _) => home.offset(day),
            (Act::TakeReward, _) => home.take_reward(day, BANK),
            (Act::Relieve(sum), _) => home.relieve(day, relief(home, sum)),
            (Act::WriteOff, _) => home.write_off(day),
            _ => {}
        }
    }
}

/// Recounts a correction, which must be the one that the service states.
pub fn correct(home: &mut Home, day: Date, due: Date, areas: Vec<(i64, i64)>, stated: &[Correction]) {
    let before = home.fee();
    let further = stated.iter().map(|it| it.further_bill.as_str()).collect::<String>();
    home.become_known(day, areas, due, &further);
    let after = home.fee();
    let difference = (after.gross - before.gross, after.relief - before.relief);
    let stated = stated.iter().fold((0, 0), |(gross, relief), it| {
        (gross + it.gross_fen, relief + it.relief_fen)
    });
    assert_eq!(stated, difference, "{}", home.id);
}
