//! Days that are counted and frozen at some villages' counters, each held against everything that happened since the one before.

use kit::dates::to_proto;
use proto::xiangtu::homestead::v1::{
    CloseDayRequest, DayClose, ListDayClosesRequest, cash_service_client::CashServiceClient,
};
use time::Date;
use tonic::Status;

use super::{Lankao, register::lot};
use crate::world::reason;

/// What a village's book holds from its beginning on, by the recount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    entries: i64,
    receipts: i64,
    /// Received in cash, by bank transfer and by mobile payment, in fen.
    received: [i64; 3],
    undone: i64,
    undone_fen: i64,
    remitted_fen: i64,
}

/// Whether a village closes its days; others never do.
fn closes(village: &str) -> bool {
    lot(&[village, "closes"], 6) == 0
}

impl Lankao {
    fn tally(&self, of: &str) -> Tally {
        let mut tally = Tally::default();
        for home in self.homes.iter().filter(|home| home.village == of) {
            tally.entries += home.entries;
            for paid in &home.payments {
                tally.receipts += 1;
                tally.received[usize::try_from(paid.method - 1).expect("a method")] += paid.fen;
                tally.undone += i64::from(paid.undone);
                tally.undone_fen += if paid.undone { paid.fen } else { 0 };
            }
        }
        for (_, _, _, fen) in self.remitted.iter().filter(|(_, village, ..)| village == of) {
            tally.entries += 1;
            tally.remitted_fen += fen;
        }
        tally
    }

    /// Closes a day. Here and there a fen is missing, which needs a reason.
    pub async fn close_day(&mut self, day: Date) {
        let hands = self.in_hand();
        let villages: Vec<String> = self.books.iter().filter(|code| closes(code)).cloned().collect();
        for village in villages {
            let of_village = hands.iter().filter(|((code, _), _)| *code == village);
            let booked: i64 = of_village.map(|(_, fen)| fen).sum();
            let short = i64::from(booked > 0 && lot(&[&village, &day.to_string(), "short"], 8) == 0);
            if short > 0 {
                let refused = self.ask_close(&village, day, booked - short, "").await;
                assert_eq!(reason(&refused.expect_err("a fen is missing")), "CASH_DIFFERENCE");
            }
            let why = if short > 0 { "少一分" } else { "" };
            let closed = self.ask_close(&village, day, booked - short, why).await;
            self.check_day(&village, day, &closed.expect("closed"), (booked, short));
        }
    }

    fn check_day(&mut self, village: &str, day: Date, closed: &DayClose, (booked, short): (i64, i64)) {
        let now = self.tally(village);
        let before = self.tallies.insert(village.to_owned(), now).unwrap_or_default();
        let receipts = now.receipts - before.receipts;
        let (first, last) = if receipts > 0 {
            (before.receipts + 1, now.receipts)
        } else {
            (0, 0)
        };
        let expected = [
            first,
            last,
            receipts,
            now.received[0] - before.received[0],
            now.received[1] - before.received[1],
            now.received[2] - before.received[2],
            now.undone - before.undone,
            now.undone_fen - before.undone_fen,
            now.remitted_fen - before.remitted_fen,
            booked,
            -short,
            now.entries,
        ];
        let stated = [
            closed.first_receipt_number,
            closed.last_receipt_number,
            closed.receipt_count,
            closed.cash_fen,
            closed.bank_fen,
            closed.mobile_fen,
            closed.reversal_count,
            closed.reversed_fen,
            closed.remitted_fen,
            closed.booked_cash_fen,
            closed.difference_fen,
            closed.last_entry_number,
        ];
        assert_eq!((closed.date, stated), (Some(to_proto(day)), expected), "{village}");
        self.days_closed += 1;
    }

    async fn ask_close(&self, village: &str, day: Date, counted: i64, reason: &str) -> Result<DayClose, Status> {
        let request = CloseDayRequest {
            day_close: Some(DayClose {
                division: format!("divisions/{village}"),
                date: Some(to_proto(day)),
                counted_cash_fen: Some(counted),
                reason: reason.to_owned(),
                ..DayClose::default()
            }),
            request_id: self.world.key(),
        };
        let mut client = CashServiceClient::new(self.world.channel());
        let answer = client.close_day(self.world.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    /// All closed days are listed; the receipts of each village follow each other without a gap.
    pub async fn check_days(&self) {
        let (mut closes, mut page_token): (Vec<DayClose>, _) = (Vec::new(), String::new());
        loop {
            let request = ListDayClosesRequest {
                page_size: 1_000,
                page_token,
                ..ListDayClosesRequest::default()
            };
            let mut client = CashServiceClient::new(self.world.channel());
            let page = client.list_day_closes(self.world.request(request)).await;
            let page = page.expect("listed").into_inner();
            closes.extend(page.day_closes);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(closes.len(), self.days_closed);
        for village in self.tallies.keys() {
            let division = format!("divisions/{village}");
            let own = closes.iter().filter(|close| close.division == division);
            let receipts = own.filter(|close| close.receipt_count > 0);
            let last = receipts.fold(0, |last, close| {
                assert_eq!(close.first_receipt_number, last + 1, "{village}");
                close.last_receipt_number
            });
            assert_eq!(last, self.tallies[village].receipts, "{village}");
        }
    }
}
