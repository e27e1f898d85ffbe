//! States which cadres have cash in hand that should be in the bank, once a cadre, village and day.

use std::collections::HashSet;

use homestead_core::custody::overdue;
use kit::{dates, error::Result, service::Kit};
use proto::xiangtu::homestead::v1::CashOverdue;
use time::Date;

use super::apart::Apart;
use crate::{
    store::{
        book_close,
        cash::{self, Wanted},
        plan,
    },
    wire::{self, names, plan::Funds},
};

/// Emits `cash.overdue` for every position for which it was not yet emitted today.
pub async fn state(kit: &Kit) -> Result<()> {
    let today = kit.clock.today();
    let mut tx = kit.db.system("state_cash").await?;
    let funds = Funds::of(plan::plans_in_force(&mut tx, today).await?)?;
    let villages = book_close::villages(&mut tx, "").await?;
    drop(tx);
    let mut round = Apart::default();
    for village in &villages {
        round.take(village, state_in(kit, village, &funds, today).await);
    }
    round.end()
}

/// The same in one village.
async fn state_in(kit: &Kit, village: &str, funds: &Funds, today: Date) -> Result<()> {
    let mut tx = kit.db.system("state_cash").await?;
    let wanted = Wanted {
        division: village,
        held: true,
        limit: i64::MAX,
        ..Wanted::default()
    };
    let positions = cash::positions(&mut tx, &wanted).await?;
    let late: Vec<_> = positions
        .iter()
        .map(|row| {
            (
                row,
                overdue(&funds.cash(village), row.in_hand_fen(), row.oldest_on, today),
            )
        })
        .filter(|(_, causes)| !causes.is_empty())
        .collect();
    if late.is_empty() {
        return Ok(());
    }
    let cadres: Vec<_> = late.iter().map(|(row, _)| row.cadre_id.as_str()).collect();
    let new: HashSet<_> = cash::overdue_stated(&mut tx, village, &cadres, today)
        .await?
        .into_iter()
        .collect();
    for (row, causes) in late.iter().filter(|(row, _)| new.contains(&row.cadre_id)) {
        let event = CashOverdue {
            division: names::of("divisions", village),
            cadre: names::of("cadres", &row.cadre_id),
            as_of: Some(dates::to_proto(today)),
            in_hand_fen: row.in_hand_fen(),
            oldest_unremitted_date: row.oldest_on.map(dates::to_proto),
            causes: wire::cash::causes(causes),
        };
        let subject = wire::cash::name(village, &row.cadre_id);
        tx.emit("cash.overdue", village, &subject, &event);
    }
    tx.commit_unaudited().await
}
