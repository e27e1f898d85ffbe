//! Villages' works orders are counted, and told when their number changes.

use kit::{dates, db::Tx, error::Result, service::Kit};
use proto::xiangtu::sanitation::v1::{WorksOrderOverdue, WorksOrdersCounted};

use crate::{
    store::works::{village_hold, villages_overdue, works_counted, works_overdue},
    wire::{names, works as wire},
};

/// Most villages in one round.
const MOST: i64 = 200;

/// Tells a village's numbers if they differ from those `before`. The caller holds the village.
pub async fn tell(tx: &mut Tx, village: &str, before: (i64, i64)) -> Result<()> {
    let counted = works_counted(tx, village).await?;
    if counted != before {
        let payload = WorksOrdersCounted {
            division: names::division(village),
            as_of: Some(dates::to_proto(dates::day_of(tx.now()))),
            open_count: counted.0,
            overdue_count: counted.1,
        };
        tx.emit("works_orders.counted", village, &payload.division, &payload);
    }
    Ok(())
}

/// Marks and tells orders that were not done in time, village by village.
pub async fn watch(kit: &Kit) -> Result<()> {
    let today = kit.clock.today();
    loop {
        let mut tx = kit.db.system("watch_works").await?;
        let villages = villages_overdue(&mut tx, today, MOST).await?;
        if villages.is_empty() {
            return Ok(());
        }
        for village in villages {
            village_hold(&mut tx, &village).await?;
            let before = works_counted(&mut tx, &village).await?;
            for row in works_overdue(&mut tx, &village, today).await? {
                let payload = WorksOrderOverdue {
                    works_order: Some(wire::works_order(&row)),
                };
                tx.emit("works_order.overdue", &village, &wire::name(&row), &payload);
            }
            tell(&mut tx, &village, before).await?;
        }
        tx.commit_unaudited().await?;
    }
}
