//! States the five-beauty courtyards of a village as a figure of the plan that governs it.

use kit::{
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use proto::xiangtu::villages::v1::HonourKind;
use time::Date;
use villages_core::origin::Origin;

use super::plan_load;
use crate::{
    record::{self, Door},
    store::{honour, measurement::Subject, plan},
    wire::{self, measurement::Figure},
};

/// Records, for every indicator with origin `honours`, households with a courtyard in force over all households; a second figure
/// of a day corrects the first. Nothing where no plan asks for it or the village has no households.
pub(super) async fn record(ids: &Ids, tx: &mut Tx, village: &str, today: Date) -> Result<()> {
    let now = tx.now();
    let plan = plan::plan_governing(tx, village, today, now).await?;
    let Some(plan) = plan.filter(|plan| plan.ends_on >= today) else {
        return Ok(());
    };
    let kind = wire::honour::kind_name(HonourKind::FiveBeautyCourtyard);
    let figures = honour::figures(tx, village, today, kind, None).await?;
    if figures.households == 0 {
        return Ok(());
    }
    let indicators = plan_load::loaded(&plan)?.plan.indicators;
    let asking = indicators
        .into_iter()
        .filter(|indicator| indicator.origin == Origin::Honours.name());
    let asked = asking.map(|indicator| {
        let figure = Figure {
            subject: Subject {
                division_code: village.to_owned(),
                indicator: indicator.code,
                as_of_date: today,
                source: "SYSTEM".to_owned(),
            },
            numerator: figures.honoured,
            denominator: Some(figures.households),
            deductible: 0,
            evidence: Vec::new(),
            supersedes: None,
            unit_deducted: false,
            checklist: None,
        };
        (Origin::Honours.name().to_owned(), Ok(figure))
    });
    let recorded = record::record(ids, tx, asked.collect(), Door::Known).await?;
    record::emit(tx, &recorded.rows);
    // The figure is the service's own, so what is wrong with it is no fault of the caller.
    let mut outcomes = recorded.outcomes.into_iter();
    outcomes.try_for_each(|outcome| outcome.map(drop).map_err(Error::internal))
}
