//! Measurements on the wire.

use kit::{
    dates,
    division::{Division, Level},
    error::{Error, Result, Violation},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{Checklist, Measurement, MeasurementFlag, MeasurementSource};
use time::Date;
use uuid::Uuid;
use villages_core::guard::{Flag, Value};

use super::{division, names};
use crate::store::measurement::{MeasurementRow, Subject};

const MOST_EVIDENCE: usize = 20;
const MOST_ITEMS: usize = 50;
const MOST_ITEM_EVIDENCE: usize = 5;

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
    /// The natural village is let out.
    pub unit_deducted: bool,
    /// The items, where it is a checklist.
    pub checklist: Option<Checklist>,
}

impl Figure {
    /// Whether it carries evidence, of its own or of any item.
    pub fn has_evidence(&self) -> bool {
        let items = self.checklist.iter().flat_map(|checklist| &checklist.entries);
        !self.evidence.is_empty() || items.into_iter().any(|item| !item.evidence.is_empty())
    }

    /// As it is compared with others.
    pub fn value(&self) -> Value {
        Value {
            date: self.subject.as_of_date,
            numerator: self.numerator,
            whole: self.denominator.map(|denominator| denominator - self.deductible),
        }
    }
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
        unit_deducted: row.unit_deducted,
        // What was kept was encoded here.
        checklist: (!row.checklist.is_empty()).then(|| Checklist::decode(row.checklist.as_slice()).unwrap_or_default()),
        flags: row.flags.iter().map(|flag| flag_of(flag).into()).collect(),
        held: row.held,
    }
}

fn flag_of(name: &str) -> MeasurementFlag {
    MeasurementFlag::from_str_name(&format!("MEASUREMENT_FLAG_{name}")).unwrap_or_default()
}

/// Why a figure is doubted, as it is kept.
pub fn flag_name(flag: Flag) -> &'static str {
    match flag {
        Flag::Jump => "JUMP",
        Flag::Reversal => "REVERSAL",
        Flag::FullWithoutEvidence => "FULL_WITHOUT_EVIDENCE",
    }
}

/// A figure that is kept as people write it: `390/412`, `8`.
pub fn text(row: &MeasurementRow) -> String {
    match value(row).whole {
        Some(whole) => format!("{}/{whole}", row.numerator),
        None => row.numerator.to_string(),
    }
}

/// A figure that is kept as it is compared with others.
pub fn value(row: &MeasurementRow) -> Value {
    Value {
        date: row.as_of_date,
        numerator: row.numerator,
        whole: row.denominator.map(|denominator| denominator - row.deductible),
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
    let counted = given.checklist.as_ref().map(|checklist| {
        wrong.extend(items(&field("checklist"), checklist));
        tally(checklist)
    });
    wrong.extend(match counted {
        Some(counted) => agreeing(path, given, counted),
        None => numbers(path, given),
    });
    if given.unit_deducted {
        let is_unit = village.as_ref().is_none_or(|code| code.len() == 15);
        let plain = (given.numerator, given.denominator, given.deductible) == (0, None, 0) && counted.is_none();
        if !(is_unit && plain && !given.evidence.is_empty()) {
            wrong.push(Violation::new(
                field("unit_deducted"),
                true,
                "only for a natural village, with evidence, numerator 0 and no denominator, deductible or checklist",
            ));
        }
    }
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
            numerator: counted.map_or(given.numerator, |(fulfilled, _)| fulfilled),
            denominator: counted.map_or(given.denominator, |(_, all)| Some(all)),
            deductible: given.deductible,
            evidence: given.evidence.clone(),
            supersedes,
            unit_deducted: given.unit_deducted,
            checklist: given.checklist.clone(),
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
    if matches!(division.level(), Level::Village | Level::Group) {
        return Ok(division.into_code());
    }
    Err(Error::invalid(
        field,
        value,
        "a village, 12 digits, or a natural village, 15 digits",
    ))
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
        Ok(MeasurementSource::Unspecified | MeasurementSource::System) | Err(_) => Err(Error::invalid(
            field,
            source,
            "SELF_REPORT or INSPECTION; SYSTEM figures come by the events of their service",
        )),
        Ok(source) => Ok(source
            .as_str_name()
            .trim_start_matches("MEASUREMENT_SOURCE_")
            .to_owned()),
    }
}

/// Fulfilled items and all items.
fn tally(checklist: &Checklist) -> (i64, i64) {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let fulfilled = checklist.entries.iter().filter(|entry| entry.fulfilled).count();
    (count(fulfilled), count(checklist.entries.len()))
}

fn items(path: &str, checklist: &Checklist) -> Vec<Violation> {
    let mut wrong = Vec::new();
    if !(1..=MOST_ITEMS).contains(&checklist.entries.len()) {
        wrong.push(Violation::new(path, checklist.entries.len(), "1 to 50 items"));
    }
    for (at, entry) in checklist.entries.iter().enumerate().take(MOST_ITEMS) {
        let field = format!("{path}.entries[{at}].evidence");
        if entry.evidence.len() > MOST_ITEM_EVIDENCE {
            wrong.push(Violation::new(&field, entry.evidence.len(), "at most 5 references"));
        }
        keep(&mut wrong, names::evidence(&field, &entry.evidence));
    }
    wrong
}

/// What is given beside a checklist agrees with it.
fn agreeing(path: &str, given: &Measurement, (fulfilled, all): (i64, i64)) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let mut number = |name: &str, value: i64, agrees: bool, rule: String| {
        if !agrees {
            wrong.push(Violation::new(format!("{path}.{name}"), value, rule));
        }
    };
    let (numerator, denominator) = (given.numerator, given.denominator.unwrap_or(all));
    number(
        "numerator",
        numerator,
        numerator == 0 || numerator == fulfilled,
        format!("0 or {fulfilled}, the items fulfilled"),
    );
    number(
        "denominator",
        denominator,
        denominator == all,
        format!("unset or {all}, the number of items"),
    );
    number(
        "deductible",
        given.deductible,
        given.deductible == 0,
        "0: no item of a checklist is let out".to_owned(),
    );
    wrong
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
