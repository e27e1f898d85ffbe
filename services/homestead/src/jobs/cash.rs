//! States which cadres have cash in hand that should be in the bank, once a cadre, village and day.

use std::collections::HashSet;

use homestead_core::custody::overdue;
use kit::{dates, error::Result, service::Kit};
use proto::xiangtu::homestead::v1::CashOverdue;

use crate::{
    store::{
        cash::{self, Position, Wanted},
        plan,
    },
    wire::{self, names, plan::Funds},
};

/// Most positions in one transaction.
const MOST: i64 = 500;

/// Emits `cash.overdue` for every position for which it was not yet emitted today.
pub async fn state(kit: &Kit) -> Result<()> {
    let today = kit.clock.today();
    let mut after: Option<(String, String)> = None;
    loop {
        let mut tx = kit.db.system("state_cash").await?;
        let funds = Funds::of(plan::plans_in_force(&mut tx, today).await?)?;
        let wanted = Wanted {
            held: true,
            after: after
                .as_ref()
                .map(|(village, cadre)| (village.as_str(), cadre.as_str())),
            limit: MOST,
            ..Wanted::default()
        };
        let positions = cash::positions(&mut tx, &wanted).await?;
        let Some(last) = positions.last() else { return Ok(()) };
        after = Some((last.division_code.clone(), last.cadre_id.clone()));
        let causes = |row: &Position| overdue(&funds.cash(&row.division_code), row.in_hand_fen(), row.oldest_on, today);
        let late: Vec<_> = positions
            .iter()
            .map(|row| (row, causes(row)))
            .filter(|(_, causes)| !causes.is_empty())
            .collect();
        let keys: Vec<_> = late
            .iter()
            .map(|(row, _)| (row.division_code.as_str(), row.cadre_id.as_str()))
            .collect();
        let new: HashSet<_> = cash::overdue_stated(&mut tx, &keys, today).await?.into_iter().collect();
        for (row, causes) in &late {
            if !new.contains(&(row.division_code.clone(), row.cadre_id.clone())) {
                continue;
            }
            let event = CashOverdue {
                division: names::of("divisions", &row.division_code),
                cadre: names::of("cadres", &row.cadre_id),
                as_of: Some(dates::to_proto(today)),
                in_hand_fen: row.in_hand_fen(),
                oldest_unremitted_date: row.oldest_on.map(dates::to_proto),
                causes: wire::cash::causes(causes),
            };
            let subject = wire::cash::name(&row.division_code, &row.cadre_id);
            tx.emit("cash.overdue", &row.division_code, &subject, &event);
        }
        tx.commit_unaudited().await?;
    }
}
