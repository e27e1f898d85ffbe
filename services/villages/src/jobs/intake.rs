//! Takes figures that other services know from their events, so that no village is asked for them.

use kit::{db::Tx, error::Result, id::Ids, inbox::Handler};
use proto::xiangtu::event::v1::Event;

use crate::{
    record::{self, Door},
    wire::known_figure,
};

/// Handles the events of one source.
pub struct Intake {
    /// Ids of measurements.
    pub ids: Ids,
}

/// Services whose events carry figures.
pub const SOURCES: [&str; 2] = ["sanitation", "homestead"];

#[tonic::async_trait]
impl Handler for Intake {
    fn name(&self) -> &'static str {
        "intake"
    }

    fn types(&self) -> &'static [&'static str] {
        &[
            "bin_compliance.assessed",
            "service_quality.assessed",
            "works_orders.counted",
            "arrears.collected",
        ]
    }

    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<()> {
        let figures = known_figure::figures(event)?;
        let figures = figures.into_iter().map(|figure| (event.subject.clone(), Ok(figure)));
        let recorded = record::record(&self.ids, tx, figures.collect(), Door::Known).await?;
        record::emit(tx, &recorded.rows);
        recorded.outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))
    }
}
