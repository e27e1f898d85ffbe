//! Recording that cash came to the bank.

use homestead_core::entry::{Account, Kind, Move};
use kit::{
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{CashRemitted, RecordRemittanceRequest, Remittance};
use tonic::{Response, Status};

use super::{CashApi, position};
use crate::{
    bookkeeping::posting::{self, Draft},
    store::{book_close, journal},
    wire::{
        cash::{self, remitted},
        names,
        payment::request_id,
    },
};

impl CashApi {
    pub(super) async fn remit(
        &self,
        call: &Call,
        request: &RecordRemittanceRequest,
    ) -> Result<Response<Remittance>, Status> {
        let id = request_id(&request.request_id)?;
        let stated = remitted("remittance", request.remittance.as_ref(), self.kit.clock.today())?;
        let village = &stated.division_code;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let books = book_close::villages(&mut tx, village).await.map_err(Error::from)?;
        if books.is_empty() {
            return Err(Error::not_found(names::of("divisions", village)).into());
        }
        journal::books_hold(&mut tx, &[village]).await.map_err(Error::from)?;
        let held = position(&mut tx, village, &stated.cadre_id).await?;
        let in_hand_fen = held.map_or(0, |row| row.in_hand_fen());
        if stated.amount_fen > in_hand_fen {
            let booked = homestead_core::money::yuan(in_hand_fen);
            return Err(Error::rule(
                "REMITTANCE_EXCEEDS_CASH",
                cash::name(village, &stated.cadre_id),
                format!("{booked} yuan are in hand"),
                format!("该干部在本村手中现金为 {booked} 元，解款不得超过"),
            )
            .into());
        }
        let draft = Draft {
            kind: Kind::Remittance,
            division_code: village,
            household_id: "",
            cadre_id: &stated.cadre_id,
            effective_on: stated.paid_on,
            document: &stated.document,
            reverses: None,
            moves: &[Move {
                debit: Account::Bank,
                credit: Account::Cash,
                amount_fen: stated.amount_fen,
                bill: None,
            }],
        };
        posting::covered(&mut tx, &draft, Account::Cash, "remittance.remittance_date").await?;
        let posted_at = posting::post(&mut tx, id, request, &draft).await?;
        let answer = Remittance {
            name: names::of("remittances", id),
            division: names::of("divisions", village),
            cadre: names::of("cadres", &stated.cadre_id),
            amount_fen: stated.amount_fen,
            document: stated.document.clone(),
            remittance_date: Some(dates::to_proto(stated.paid_on)),
            in_hand_fen: in_hand_fen - stated.amount_fen,
            post_time: Some(dates::timestamp(posted_at)),
        };
        let event = CashRemitted {
            remittance: answer.name.clone(),
            division: answer.division.clone(),
            cadre: answer.cadre.clone(),
            amount_fen: answer.amount_fen,
            remittance_date: answer.remittance_date,
            in_hand_fen: answer.in_hand_fen,
        };
        tx.emit("cash.remitted", village, &answer.name, &event);
        let change = Change::new("remit", village, &answer.name).detail(stated.document.clone());
        Ok(tx.finish(change, answer).await?)
    }
}
