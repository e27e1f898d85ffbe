//! Commands of a stream that change accounts besides bills and payments.

use kit::dates::to_proto;
use proto::xiangtu::homestead::v1::{
    Correction, GrantReliefRequest, OffsetRewardRequest, PaymentMethod, PendingPayment, RecordSurveyRequest, RecordVacatingRequest,
    RefundAdvanceRequest, Survey, Vacating, WriteOffBillRequest, adjustment_service_client::AdjustmentServiceClient,
    survey_service_client::SurveyServiceClient,
};

use time::{Date, Duration, macros::date};
use tonic::Status;

use super::{HOUSEHOLDS, Stream};
use crate::{
    model::{Ends, plot::Fact},
    pending::announced,
    world::{fields, reason},
};

/// From this day until today something may have been measured or given back.
const FIRST_DAY: Date = date!(2014 - 07 - 01);
const TODAY: Date = date!(2025 - 03 - 01);

/// The reasons for which an adjustment may be refused here.
const REFUSED: [&str; 5] = [
    "RELIEF_EXCEEDS_BILL",
    "WRITE_OFF_EXCEEDS_BILL",
    "REFUND_EXCEEDS_ADVANCE",
    "OFFSET_EXCEEDS_REWARD",
    "NOTHING_TO_OFFSET",
];

/// Whether it was done; anything but a rule of the ledger is a failure.
fn done<T>(answer: Result<tonic::Response<T>, Status>) -> bool {
    match answer {
        Ok(_) => true,
        Err(error) if REFUSED.contains(&reason(&error).as_str()) => false,
        Err(error) => panic!("{error:?}"),
    }
}

impl Stream {
    pub(super) async fn adjust(&mut self) {
        match self.dice.below(10) {
            0..=1 => self.survey().await,
            2..=4 => self.vacate().await,
            5..=6 => self.relieve_or_write_off().await,
            7 => self.refund().await,
            8 => self.pend().await,
            _ => self.offset().await,
        }
    }

    fn household(&mut self) -> &'static str {
        self.dice.pick(&HOUSEHOLDS).0
    }

    /// A day of the years that are billed, or of this one.
    fn day(&mut self) -> Date {
        let days = (TODAY - FIRST_DAY).whole_days();
        FIRST_DAY + Duration::days(self.dice.number(days))
    }

    /// Measures the first plot, to whole square metres; it may become known late, and hold from before.
    async fn survey(&mut self) {
        let household = self.household();
        let from = self.day();
        let on = if self.dice.below(2) == 0 {
            from
        } else {
            from + Duration::days(self.dice.number((TODAY - from).whole_days()))
        };
        let over_m2 = self.dice.number(220);
        let survey = Survey {
            parcel: format!("parcels/{household}P1"),
            survey_date: Some(to_proto(on)),
            effective_date: Some(to_proto(from)),
            area_dm2: 16_700 + over_m2 * 100,
            over_occupied_dm2: over_m2 * 100,
            surveyor: "测绘队".to_owned(),
            evidence: vec!["测量表".to_owned()],
            reason: "复测".to_owned(),
            ..Survey::default()
        };
        let request = RecordSurveyRequest {
            survey: Some(survey),
            request_id: self.world.key(),
            confirm_jump: true,
            ..RecordSurveyRequest::default()
        };
        let answer = SurveyServiceClient::new(self.world.channel())
            .record_survey(self.world.request(request))
            .await;
        let corrections = answer.map(|survey| survey.into_inner().corrections);
        self.learned(household, Fact::Measured(from, on, over_m2), corrections);
    }

    /// Gives back a part of the first plot for a reward, as it may become known late.
    async fn vacate(&mut self) {
        let household = self.household();
        let (on, area_m2) = (self.day(), 1 + self.dice.number(30));
        let reward_fen = self.dice.amount();
        let vacating = Vacating {
            parcel: format!("parcels/{household}P1"),
            vacate_date: Some(to_proto(on)),
            vacated_dm2: area_m2 * 100,
            reward_fen,
            resolution: "决议".to_owned(),
            evidence: vec!["验收表".to_owned()],
            ..Vacating::default()
        };
        let request = RecordVacatingRequest {
            vacating: Some(vacating),
            request_id: self.world.key(),
        };
        let answer = SurveyServiceClient::new(self.world.channel())
            .record_vacating(self.world.request(request))
            .await;
        let corrections = answer.map(|vacating| vacating.into_inner().corrections);
        if self.learned(household, Fact::Vacated(on, area_m2), corrections) {
            self.model.reward(household, reward_fen);
        }
    }

    /// Whether it was to be accepted, as it must have been.
    fn learned(&mut self, household: &str, fact: Fact, corrections: Result<Vec<Correction>, Status>) -> bool {
        let expected = self.model.refuses(household, fact);
        let refused = corrections.as_ref().err().map(fields);
        assert_eq!(
            refused,
            expected.map(|field| vec![field.to_owned()]),
            "{household}: {fact:?}"
        );
        let Ok(corrections) = corrections else { return false };
        let further: Vec<_> = corrections
            .into_iter()
            .filter(|correction| !correction.further_bill.is_empty())
            .map(|correction| (correction.bill, correction.further_bill))
            .collect();
        self.model.correct(household, fact, (2025, 3, 31), &further);
        true
    }

    async fn relieve_or_write_off(&mut self) {
        let household = self.household();
        let bills = self.model.bills.get(household).cloned().unwrap_or_default();
        if bills.is_empty() {
            return;
        }
        let bill = self.dice.pick(&bills);
        // Often all of it.
        let most = [bill.open_fen, bill.open_fen + bill.paid_fen][self.dice.below(2)];
        let (bill, amount_fen) = (bill.name.clone(), [most.max(1), self.dice.amount()][self.dice.below(2)]);
        let mut client = AdjustmentServiceClient::new(self.world.channel());
        if self.dice.below(2) == 0 {
            let request = GrantReliefRequest {
                bill: bill.clone(),
                amount_fen: Some(amount_fen),
                resolution: "决议".to_owned(),
                request_id: self.world.key(),
                ..GrantReliefRequest::default()
            };
            let got = done(client.grant_relief(self.world.request(request)).await);
            assert_eq!(got, self.model.relieve(household, &bill, amount_fen));
        } else {
            let request = WriteOffBillRequest {
                bill: bill.clone(),
                amount_fen: Some(amount_fen),
                resolution: "决议".to_owned(),
                request_id: self.world.key(),
                ..WriteOffBillRequest::default()
            };
            let got = done(client.write_off_bill(self.world.request(request)).await);
            assert_eq!(got, self.model.write_off(household, &bill, amount_fen));
        }
    }

    /// Announces a payment, or confirms the oldest that was announced.
    async fn pend(&mut self) {
        if self.pending.is_empty() || self.dice.below(2) == 0 {
            let (household, village) = *self.dice.pick(&HOUSEHOLDS);
            let amount_fen = self.dice.amount();
            let announced = PendingPayment {
                division: format!("divisions/{village}"),
                ..announced(household, &self.world.key(), amount_fen)
            };
            let pending = self.world.announce(announced).await.expect("announced");
            self.pending.push_back((pending.name, household, village, amount_fen));
        } else if let Some((name, household, village, amount_fen)) = self.pending.pop_front() {
            let payment = self.world.confirm(&name).await.expect("confirmed");
            let id = name.trim_start_matches("pendingPayments/").to_owned();
            let Ends::Paid(expected) = self.model.pay(&id, village, household, amount_fen, None) else {
                panic!("{name} is refused");
            };
            assert_eq!(
                (payment.receipt_number, payment.advance_fen),
                (expected.receipt, expected.advance_fen)
            );
            self.confirmed.insert(id);
        }
    }

    async fn refund(&mut self) {
        let (household, amount_fen) = (self.household(), self.dice.amount());
        let request = RefundAdvanceRequest {
            household: format!("households/{household}"),
            amount_fen,
            method: PaymentMethod::Bank.into(),
            document: "退款单".to_owned(),
            request_id: self.world.key(),
            ..RefundAdvanceRequest::default()
        };
        let mut client = AdjustmentServiceClient::new(self.world.channel());
        let got = done(client.refund_advance(self.world.request(request)).await);
        assert_eq!(got, self.model.refund(household, amount_fen));
    }

    async fn offset(&mut self) {
        let (household, amount_fen) = (self.household(), self.dice.amount());
        let request = OffsetRewardRequest {
            household: format!("households/{household}"),
            amount_fen: Some(amount_fen),
            document: "抵缴协议".to_owned(),
            request_id: self.world.key(),
            ..OffsetRewardRequest::default()
        };
        let mut client = AdjustmentServiceClient::new(self.world.channel());
        let got = done(client.offset_reward(self.world.request(request)).await);
        assert_eq!(got, self.model.offset(household, amount_fen));
    }
}
