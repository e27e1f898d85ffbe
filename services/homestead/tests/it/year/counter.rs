//! Cash at the villages' counters: in whose hands it is, how it comes to the bank, and what is paid out of it.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use kit::dates::to_proto;
use proto::xiangtu::homestead::v1::{
    Entry, PayRewardRequest, PaymentMethod, RecordRemittanceRequest, RefundAdvanceRequest, Remittance,
    adjustment_service_client::AdjustmentServiceClient, cash_service_client::CashServiceClient,
};
use time::Date;
use tonic::Status;

use super::{
    Lankao,
    people::Act,
    recount::{BANK, CASH, Home},
    register::lot,
    turns::percent,
};
use crate::world::reason;

/// What a household is to be paid back, in fen: of its advance, or all of its reward.
fn due_back(home: &Home, act: Act) -> i64 {
    match act {
        Act::RefundCash(part) => percent(home.advance, part),
        _ => home.payable,
    }
}

impl Lankao {
    /// Cash in the hands of each cadre of each village, by the recount.
    pub fn in_hand(&self) -> BTreeMap<(String, String), i64> {
        let mut hands = BTreeMap::new();
        for home in &self.homes {
            let cash = home.moves.iter().filter(|it| it.debit == CASH);
            for moved in cash {
                *hands.entry((home.village.clone(), home.cadre.clone())).or_insert(0) += moved.fen;
            }
        }
        for (_, village, cadre, fen) in self.remitted.iter().chain(&self.handed_out) {
            *hands.entry((village.clone(), cadre.clone())).or_insert(0) -= fen;
        }
        hands.retain(|_, fen| *fen != 0);
        hands
    }

    /// Cadres bring what they have to the bank; some of them are late, unless everybody must.
    pub async fn remit(&mut self, day: Date, everybody: bool) {
        let world = &self.world;
        let hands = self.in_hand().into_iter();
        let now: Vec<_> = hands
            .filter(|((_, cadre), _)| everybody || lot(&[cadre, "late"], 10) > 0)
            .collect();
        let done: Vec<_> = stream::iter(now)
            .map(|((village, cadre), fen)| async move {
                let request = RecordRemittanceRequest {
                    remittance: Some(Remittance {
                        division: format!("divisions/{village}"),
                        cadre: format!("cadres/{cadre}"),
                        amount_fen: fen,
                        document: format!("解款{day}"),
                        remittance_date: Some(to_proto(day)),
                        ..Remittance::default()
                    }),
                    request_id: world.key(),
                };
                let mut client = CashServiceClient::new(world.channel());
                let left = client
                    .record_remittance(world.request(request))
                    .await
                    .expect("remitted");
                assert_eq!(left.into_inner().in_hand_fen, 0);
                (day, village, cadre, fen)
            })
            .buffer_unordered(32)
            .collect()
            .await;
        self.remitted.extend(done);
    }

    /// Pays households out of what cadres have in hand: the one of the village with the most pays. Where that is too little the
    /// service says so, and the bank pays.
    pub async fn hand_out(&mut self, day: Date, acts: &[(usize, Act)]) {
        let mut hands = self.in_hand();
        for (at, act) in acts {
            let home = &self.homes[*at];
            let fen = due_back(home, *act);
            let richest = hands
                .iter()
                .filter(|((village, _), _)| *village == home.village)
                .max_by_key(|(_, fen)| **fen);
            let (payer, there) = richest.map_or((home.cadre.clone(), 0), |((_, cadre), fen)| (cadre.clone(), *fen));
            let by_hand = self.ask_back(home, day, *act, Some(&payer)).await;
            let village = home.village.clone();
            let money = if fen <= there {
                by_hand.expect("paid in cash");
                *hands.entry((village.clone(), payer.clone())).or_insert(0) -= fen;
                self.handed_out.push((day, village, payer, fen));
                CASH
            } else {
                assert_eq!(reason(&by_hand.expect_err("no cash")), "CASH_MISSING");
                self.ask_back(home, day, *act, None).await.expect("paid by the bank");
                BANK
            };
            match act {
                Act::RefundCash(_) => self.homes[*at].refund(day, fen, money),
                _ => self.homes[*at].take_reward(day, money),
            }
        }
    }

    async fn ask_back(&self, home: &Home, day: Date, act: Act, payer: Option<&str>) -> Result<Entry, Status> {
        let household = format!("households/{}", home.id);
        let method = payer.map_or(PaymentMethod::Bank, |_| PaymentMethod::Cash).into();
        let payer = payer.map(|cadre| format!("cadres/{cadre}")).unwrap_or_default();
        let (amount_fen, document) = (due_back(home, act), format!("领款单{}", home.id));
        let (effective_date, request_id) = (Some(to_proto(day)), self.world.key());
        let mut client = AdjustmentServiceClient::new(self.world.channel());
        let answer = if let Act::RefundCash(_) = act {
            let request = RefundAdvanceRequest {
                household,
                amount_fen,
                method,
                payer,
                document,
                effective_date,
                request_id,
            };
            client.refund_advance(self.world.request(request)).await
        } else {
            let request = PayRewardRequest {
                household,
                amount_fen,
                method,
                payer,
                document,
                effective_date,
                request_id,
            };
            client.pay_reward(self.world.request(request)).await
        };
        answer.map(tonic::Response::into_inner)
    }
}
