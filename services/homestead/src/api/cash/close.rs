//! Closing a day at a village's counter.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result, Violation},
};
use proto::xiangtu::homestead::v1::{CloseDayRequest, DayClose as WireDayClose};
use tonic::{Response, Status};

use super::CashApi;
use crate::{
    store::{
        day_close::{self, DayClose},
        journal,
    },
    wire::{
        self, names,
        payment::{request_id, village},
    },
};

impl CashApi {
    pub(super) async fn close(&self, call: &Call, request: &CloseDayRequest) -> Result<Response<WireDayClose>, Status> {
        request_id(&request.request_id)?;
        let wanted = request.day_close.as_ref().ok_or_else(|| Error::required("day_close"))?;
        let village = village("day_close.division", &wanted.division)?;
        let today = self.kit.clock.today();
        let day = dates::from_proto("day_close.date", wanted.date)?.unwrap_or(today);
        let mut mistakes = Vec::new();
        if day > today {
            mistakes.push(Violation::new(
                "day_close.date",
                day,
                format!("not after today, {today}"),
            ));
        }
        let counted = wanted.counted_cash_fen.unwrap_or(-1);
        if counted < 0 {
            mistakes.push(Violation::new(
                "day_close.counted_cash_fen",
                counted,
                "0 or more, required",
            ));
        }
        let reason = wanted.reason.trim();
        if reason.chars().count() > crate::api::LONGEST_REASON || reason.contains('\0') {
            mistakes.push(Violation::new("day_close.reason", reason, "at most 200 characters"));
        }
        if !mistakes.is_empty() {
            return Err(Error::invalid_many(mistakes).into());
        }
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        // Nothing is posted between the totals and the commit.
        journal::books_hold(&mut tx, &[&village]).await.map_err(Error::from)?;
        let name = names::of("divisions", &village);
        let last = day_close::last(&mut tx, &village).await.map_err(Error::from)?;
        if let Some((closed_on, _)) = last.filter(|(closed_on, _)| *closed_on >= day) {
            return Err(Error::rule(
                "DAY_CLOSED",
                name,
                format!("{closed_on} is closed already"),
                format!("{closed_on} 已日清"),
            )
            .into());
        }
        let after = last.map_or(0, |(_, number)| number);
        let totals = day_close::totals(&mut tx, &village, after).await.map_err(Error::from)?;
        let totals = totals.ok_or_else(|| Error::not_found(&name))?;
        if totals.booked_cash_fen != counted && reason.is_empty() {
            let booked = homestead_core::money::yuan(totals.booked_cash_fen);
            return Err(Error::rule(
                "CASH_DIFFERENCE",
                name,
                format!("cash of {booked} yuan is booked: give a reason for the difference"),
                format!("账面现金 {booked} 元与盘点不符，请说明原因"),
            )
            .into());
        }
        let row = DayClose {
            id: self.kit.ids.next(),
            division_code: village,
            closed_on: day,
            totals,
            counted_cash_fen: counted,
            reason: reason.to_owned(),
            closer: call.caller.subject.clone(),
            closed_at: tx.now(),
        };
        day_close::insert(&mut tx, &row).await.map_err(Error::from)?;
        let answer = wire::cash::day_close(&row);
        let change = Change::new("close_day", &row.division_code, &answer.name).detail(row.reason.clone());
        Ok(tx.finish(change, answer).await?)
    }
}
