//! Tells of complaints whose next step is due soon, or was not taken in time: each once.

use kit::{error::Result, service::Kit};
use proto::xiangtu::sanitation::v1::{ComplaintDueSoon, ComplaintOverdue};

use crate::{
    store::complaints::{complaints_overdue, complaints_remind},
    wire::complaints as wire,
};

/// Most complaints in one transaction.
const MOST: i64 = 200;

/// Looks at the clocks of all complaints. A mark on the complaint is set together with the event, so that neither is without the other.
pub async fn watch(kit: &Kit) -> Result<()> {
    loop {
        let mut tx = kit.db.system("watch_complaints").await?;
        let now = tx.now();
        let overdue = complaints_overdue(&mut tx, now, MOST).await?;
        let soon = complaints_remind(&mut tx, now, MOST).await?;
        if overdue.is_empty() && soon.is_empty() {
            return Ok(());
        }
        for row in &overdue {
            let complaint = Some(wire::summary(row));
            let payload = ComplaintOverdue { complaint };
            tx.emit("complaint.overdue", &row.division_code, &wire::name(row), &payload);
        }
        for row in &soon {
            let complaint = Some(wire::summary(row));
            let payload = ComplaintDueSoon { complaint };
            tx.emit("complaint.due_soon", &row.division_code, &wire::name(row), &payload);
        }
        tx.commit_unaudited().await?;
    }
}
