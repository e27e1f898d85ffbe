//! Measurements on the wire.

use kit::{
    dates,
    division::{Division, Level},
    error::{Error, Result, Violation},
};
use prost::Message as _;
use proto::{
    google::rpc::Status as Refusal,
    xiangtu::villages::v1::{Measurement, MeasurementSource},
};
use time::Date;
use uuid::Uuid;

use super::{division, names};
use crate::store::measurement::{MeasurementRow, Subject};

const MOST_EVIDENCE: usize = 20;

/// A figure that was checked for itself.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What it is about.
    pub subject: Subject,
    /// Counted part.
    pub numerator: i64,
    /// Counted whole; `None` for a plain count.
    pub denominator: Option<i64>,
    /// Part of the whole that is let out.
    pub deductible: i64,
    /// References.
    pub evidence: Vec<String>,
    /// The figure that it corrects.
    pub supersedes: Option<Uuid>,
}

/// The id of `measurements/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "measurements")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("measurements/{id}")
}

/// One figure.
pub fn measurement(row: &MeasurementRow) -> Measurement {
    let source = MeasurementSource::from_str_name(&format!("MEASUREMENT_SOURCE_{}", row.source));
    Measurement {
        name: name(row.measurement_id),
        division: division::name(&row.division_code),
        indicator: row.indicator.clone(),
        as_of_date: Some(dates::to_proto(row.as_of_date)),
        numerator: row.numerator,
        denominator: row.denominator,
        deductible: row.deductible,
        source: source.unwrap_or_default().into(),
        evidence: row.evidence.clone(),
        reporter: row.reporter.clone(),
        supersedes: row.supersedes.map(name).unwrap_or_default(),
        revision: row.revision,
        record_time: Some(dates::timestamp(row.recorded_at)),
    }
}

/// Checks a figure for itself; `path` is where it stands in the request. All that is wrong is told at once.
pub fn figure(path: &str, given: &Measurement, today: Date) -> Result<Figure> {
    let field = |name: &str| format!("{path}.{name}");
    let mut wrong = Vec::new();
    let village = keep(&mut wrong, village(&field("division"), &given.division));
    let indicator = keep(&mut wrong, indicator(&field("indicator"), &given.indicator));
    let as_of_date = keep(&mut wrong, day(&field("as_of_date"), given.as_of_date, today));
    let source = keep(&mut wrong, source(&field("source"), given.source));
    let supersedes = match given.supersedes.as_str() {
        "" => None,
        name => keep(&mut wrong, id(&field("supersedes"), name)),
    };
    wrong.extend(numbers(path, given));
    if given.evidence.len() > MOST_EVIDENCE {
        wrong.push(Violation::new(
            field("evidence"),
            given.evidence.len(),
            format!("at most {MOST_EVIDENCE} references"),
        ));
    }
    for (index, reference) in given.evidence.iter().take(MOST_EVIDENCE).enumerate() {
        keep(
            &mut wrong,
            names::text(&format!("{path}.evidence[{index}]"), reference, 200),
        );
    }
    match (village, indicator, as_of_date, source) {
        (Some(division_code), Some(indicator), Some(as_of_date), Some(source)) if wrong.is_empty() => Ok(Figure {
            subject: Subject {
                division_code,
                indicator,
                as_of_date,
                source,
            },
            numerator: given.numerator,
            denominator: given.denominator,
            deductible: given.deductible,
            evidence: given.evidence.clone(),
            supersedes,
        }),
        _ => Err(Error::invalid_many(wrong)),
    }
}

fn keep<T>(wrong: &mut Vec<Violation>, checked: Result<T>) -> Option<T> {
    match checked {
        Ok(value) => Some(value),
        Err(error) => {
            wrong.extend_from_slice(error.violations());
            None
        }
    }
}

/// The code of a village.
pub fn village(field: &str, value: &str) -> Result<String> {
    let division = Division::parse(field, value)?;
    if division.level() == Level::Village {
        return Ok(division.into_code());
    }
    Err(Error::invalid(field, value, "a village, 12 digits"))
}

/// A code of 1–64 characters.
pub fn indicator(field: &str, code: &str) -> Result<String> {
    let good = (1..=64).contains(&code.len())
        && code.starts_with(|first: char| first.is_ascii_lowercase())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if good {
        return Ok(code.to_owned());
    }
    Err(Error::invalid(
        field,
        code,
        "1–64 characters of a–z, 0–9 and underscore, a letter first",
    ))
}

fn day(field: &str, date: Option<proto::google::r#type::Date>, today: Date) -> Result<Date> {
    let date = dates::required(field, date)?;
    if date <= today {
        return Ok(date);
    }
    Err(Error::invalid(field, date, format!("a day not after today, {today}")))
}

fn source(field: &str, source: i32) -> Result<String> {
    match MeasurementSource::try_from(source) {
        Ok(MeasurementSource::Unspecified) | Err(_) => {
            Err(Error::invalid(field, source, "one of the sources of MeasurementSource"))
        }
        Ok(source) => Ok(source
            .as_str_name()
            .trim_start_matches("MEASUREMENT_SOURCE_")
            .to_owned()),
    }
}

fn numbers(path: &str, given: &Measurement) -> Vec<Violation> {
    let wrong = |name: &str, value: i64, rule: String| vec![Violation::new(format!("{path}.{name}"), value, rule)];
    let (numerator, deductible) = (given.numerator, given.deductible);
    if numerator < 0 {
        return wrong("numerator", numerator, "0 or more".to_owned());
    }
    let Some(denominator) = given.denominator else {
        return match deductible {
            0 => Vec::new(),
            _ => wrong("deductible", deductible, "0, since there is no denominator".to_owned()),
        };
    };
    if denominator < 1 {
        return wrong(
            "denominator",
            denominator,
            "1 or more, or unset for a plain count".to_owned(),
        );
    }
    if !(0..denominator).contains(&deductible) {
        return wrong(
            "deductible",
            deductible,
            format!("0 or more and less than the denominator {denominator}"),
        );
    }
    let most = denominator - deductible;
    if numerator > most {
        return wrong(
            "numerator",
            numerator,
            format!("at most {most}, the denominator less the deductible"),
        );
    }
    Vec::new()
}

/// A refusal as part of an answer, with the details that it would have had as the answer.
pub fn status(error: Error) -> Refusal {
    let status = tonic::Status::from(error);
    let fallback = || Refusal {
        code: status.code().into(),
        message: status.message().to_owned(),
        details: Vec::new(),
    };
    Refusal::decode(status.details()).unwrap_or_else(|_| fallback())
}
