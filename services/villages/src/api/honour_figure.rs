//! States the five-beauty courtyards of a village as a figure of the plan that governs it.

use kit::{
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use proto::xiangtu::villages::v1::{HonourKind, MeasurementRecorded};
use time::Date;

use super::{measurement_record, plan_load};
use crate::{
    store::{
        honour,
        measurement::{self, Subject},
        plan,
    },
    wire::{self, measurement::Figure},
};

/// What an indicator of a plan names as its origin.
const ORIGIN: &str = "honours";

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
    let subjects: Vec<Subject> = indicators
        .into_iter()
        .filter(|indicator| indicator.origin == ORIGIN)
        .map(|indicator| Subject {
            division_code: village.to_owned(),
            indicator: indicator.code,
            as_of_date: today,
            source: "SYSTEM".to_owned(),
        })
        .collect();
    if subjects.is_empty() {
        return Ok(());
    }
    measurement::measurements_lock(tx, &[village]).await?;
    let latest = measurement::measurements_latest(tx, &subjects).await?;
    let figures = subjects.into_iter().map(|subject| {
        let before = latest.iter().find(|row| row.subject() == subject);
        let figure = Figure {
            supersedes: before.map(|row| row.measurement_id),
            numerator: figures.honoured,
            denominator: Some(figures.households),
            deductible: 0,
            evidence: Vec::new(),
            subject,
        };
        (ORIGIN.to_owned(), Ok(figure))
    });
    let recorded = measurement_record::record(ids, tx, figures.collect()).await?;
    for outcome in recorded.outcomes {
        // The figure is the service's own, so what is wrong with it is no fault of the caller.
        let measurement = outcome.map_err(Error::internal)?;
        let name = measurement.name.clone();
        let event = MeasurementRecorded {
            measurement: Some(measurement),
        };
        tx.emit("measurement.recorded", village, &name, &event);
    }
    Ok(())
}
