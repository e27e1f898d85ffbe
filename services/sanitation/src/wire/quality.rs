//! Service quality: contract ↔ core.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::{
    sanitation::v1::{QualityLevel, QualityPeriod, ServiceQuality},
    r#type::v1::Ratio,
};
use sanitation_core::quality::{Period, Quality};
use time::Date;

use super::names;

/// The period that is asked for; the month if none is.
pub fn period(value: i32) -> Result<(Period, QualityPeriod)> {
    let known = QualityPeriod::try_from(value).map_err(|_| Error::invalid("period", value, "DAY, WEEK or MONTH"))?;
    Ok(match known {
        QualityPeriod::Day => (Period::Day, known),
        QualityPeriod::Week => (Period::Week, known),
        QualityPeriod::Month | QualityPeriod::Unspecified => (Period::Month, QualityPeriod::Month),
    })
}

/// How a period is stored.
pub fn stored(period: Period) -> &'static str {
    match period {
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
    }
}

/// The level that is asked for; villages if none is.
pub fn level(value: i32) -> Result<QualityLevel> {
    let known = QualityLevel::try_from(value);
    let known = known.map_err(|_| Error::invalid("level", value, "POINT, VILLAGE or TOWNSHIP"))?;
    Ok(match known {
        QualityLevel::Unspecified => QualityLevel::Village,
        known => known,
    })
}

/// Figures of a point, or of a division if `point` is empty.
pub fn quality(
    (point, division): (&str, &str),
    (from, to): (Date, Date),
    found: &Quality,
    treated: Option<(i64, i64)>,
) -> ServiceQuality {
    ServiceQuality {
        collection_point: if point.is_empty() {
            String::new()
        } else {
            names::point(point)
        },
        division: names::division(division),
        from_date: Some(dates::to_proto(from)),
        to_date: Some(dates::to_proto(to)),
        point_count: found.points,
        owed_count: found.owed,
        collected_count: found.collected,
        missed_count: found.missed,
        late_count: found.late,
        unknown_count: (found.owed - found.collected - found.missed).max(0),
        collected_kg: found.kg,
        on_time: ratio(found.on_time(), found.owed),
        coverage: ratio(found.covered, found.points),
        frequency: ratio(found.met_days, found.due_days),
        treated: treated.and_then(|(part, whole)| ratio(part, whole)),
    }
}

fn ratio(numerator: i64, denominator: i64) -> Option<Ratio> {
    (denominator > 0).then_some(Ratio { numerator, denominator })
}
