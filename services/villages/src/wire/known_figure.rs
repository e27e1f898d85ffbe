//! Figures that other services state in their events.

use kit::{
    dates,
    division::Division,
    error::{Error, Result},
};
use prost::{Message, Name};
use proto::xiangtu::{
    event::v1::Event,
    homestead::v1::ArrearsCollected,
    sanitation::v1::{BinComplianceAssessed, QualityPeriod, ServiceQualityAssessed, WorksOrdersCounted},
    r#type::v1::Ratio,
};
use time::Date;
use villages_core::origin::Origin;

use super::measurement::Figure;
use crate::store::measurement::Subject;

/// The figures in an event; none where it states no share of anything, as of a village without bins.
pub fn figures(event: &Event) -> Result<Vec<Figure>> {
    match event.r#type.as_str() {
        "bin_compliance.assessed" => bins(&payload(event)?),
        "service_quality.assessed" => service(&payload(event)?),
        "works_orders.counted" => works(&payload(event)?),
        "arrears.collected" => arrears(&payload(event)?),
        _ => Ok(Vec::new()),
    }
}

fn payload<M: Message + Name + Default>(event: &Event) -> Result<M> {
    let payload = event.payload.as_ref().filter(|any| any.type_url == M::type_url());
    let payload = payload.ok_or_else(|| Error::invalid("payload", &event.r#type, M::full_name()))?;
    M::decode(payload.value.as_slice()).map_err(Error::internal)
}

fn bins(stated: &BinComplianceAssessed) -> Result<Vec<Figure>> {
    let village = Village::of(&stated.division, stated.as_of)?;
    let of_required = stated.bin_count.min(stated.required_bin_count);
    Ok([
        village.share(Origin::Bins, of_required, stated.required_bin_count),
        village.share(Origin::SealedBins, stated.sealed_bin_count, stated.bin_count),
        Some(village.figure(Origin::BinNorms, stated.compliant.into(), None)),
    ]
    .into_iter()
    .flatten()
    .collect())
}

/// Figures of service are those of months; the others are told too.
fn service(stated: &ServiceQualityAssessed) -> Result<Vec<Figure>> {
    let Some(quality) = &stated.service_quality else {
        return Err(Error::required("service_quality"));
    };
    if stated.period() != QualityPeriod::Month {
        return Ok(Vec::new());
    }
    let village = Village::of(&quality.division, quality.to_date)?;
    let shares = [
        (Origin::Coverage, quality.coverage),
        (Origin::Frequency, quality.frequency),
        (Origin::TreatedWaste, quality.treated),
    ];
    let share = |(origin, share): (Origin, Option<Ratio>)| {
        let share = share?;
        village.share(origin, share.numerator, share.denominator)
    };
    Ok(shares.into_iter().filter_map(share).collect())
}

fn works(stated: &WorksOrdersCounted) -> Result<Vec<Figure>> {
    let village = Village::of(&stated.division, stated.as_of)?;
    Ok(vec![
        village.figure(Origin::OpenWorks, stated.open_count, None),
        village.figure(Origin::OverdueWorks, stated.overdue_count, None),
    ])
}

fn arrears(stated: &ArrearsCollected) -> Result<Vec<Figure>> {
    let village = Village::of(&stated.division, stated.as_of)?;
    let collected = stated.collected_fen.as_ref();
    let households = stated.overdue_household_count;
    let share = collected.and_then(|it| village.share(Origin::Arrears, it.numerator, it.denominator));
    let overdue = village.figure(Origin::OverdueHouseholds, households, None);
    Ok(share.into_iter().chain([overdue]).collect())
}

/// What figures are about.
struct Village {
    code: String,
    day: Date,
}

impl Village {
    fn of(division: &str, day: Option<proto::google::r#type::Date>) -> Result<Self> {
        Ok(Self {
            code: Division::parse("division", division)?.into_code(),
            day: dates::required("as_of", day)?,
        })
    }

    /// A share of a whole, at most all of it; `None` where there is no whole.
    fn share(&self, origin: Origin, numerator: i64, whole: i64) -> Option<Figure> {
        (whole > 0).then(|| self.figure(origin, numerator.min(whole), Some(whole)))
    }

    fn figure(&self, origin: Origin, numerator: i64, denominator: Option<i64>) -> Figure {
        Figure {
            subject: Subject {
                division_code: self.code.clone(),
                indicator: origin.name().to_owned(),
                as_of_date: self.day,
                source: "SYSTEM".to_owned(),
            },
            numerator: numerator.max(0),
            denominator,
            deductible: 0,
            evidence: vec![origin.resource(&self.code)],
            supersedes: None,
            unit_deducted: false,
            checklist: None,
        }
    }
}
