//! Surveys and vacating: checked on the way in, put together on the way out.

use homestead_core::{area::LARGEST_DM2, plot::Contradiction};
use kit::{
    dates,
    error::{Error, Result, Violation},
};
use proto::xiangtu::homestead::v1::{Survey as WireSurvey, Vacating as WireVacating};
use time::Date;

use super::names;
use crate::store::survey::{Survey, Vacating};

/// Longest text of a person, in characters.
const LONGEST: usize = 200;
/// Most pieces of evidence.
const MOST_EVIDENCE: usize = 20;
/// Largest reward: a billion yuan.
const LARGEST_REWARD_FEN: i64 = 100_000_000_000;

/// A survey as a caller states it.
#[derive(Debug)]
pub struct Measured<'a> {
    pub parcel_id: &'a str,
    pub surveyed_on: Date,
    pub effective_on: Date,
}

/// Checks a survey. All mistakes are reported at once.
pub fn measured(survey: Option<&WireSurvey>, today: Date) -> Result<Measured<'_>> {
    let survey = survey.ok_or_else(|| Error::required("survey"))?;
    let mut mistakes = Vec::new();
    let parcel_id = taken(&mut mistakes, names::id("parcels", "survey.parcel", &survey.parcel));
    let surveyed_on = taken(&mut mistakes, past("survey.survey_date", survey.survey_date, today));
    let effective_on = taken(
        &mut mistakes,
        past("survey.effective_date", survey.effective_date, today),
    );
    if !(0..=LARGEST_DM2).contains(&survey.area_dm2) {
        mistakes.push(Violation::new("survey.area_dm2", survey.area_dm2, "0–100,000,000"));
    }
    if !(0..=survey.area_dm2).contains(&survey.over_occupied_dm2) {
        let most = format!("0–{}, the area", survey.area_dm2);
        mistakes.push(Violation::new(
            "survey.over_occupied_dm2",
            survey.over_occupied_dm2,
            most,
        ));
    }
    for (field, text) in [("survey.surveyor", &survey.surveyor), ("survey.reason", &survey.reason)] {
        words(&mut mistakes, field, text);
    }
    evidence(&mut mistakes, "survey.evidence", &survey.evidence);
    match (parcel_id, surveyed_on, effective_on) {
        (Some(parcel_id), Some(surveyed_on), Some(effective_on)) if mistakes.is_empty() => Ok(Measured {
            parcel_id,
            surveyed_on,
            effective_on,
        }),
        _ => Err(Error::invalid_many(mistakes)),
    }
}

/// Checks a vacating: the plot and the day. All mistakes are reported at once.
pub fn vacated(vacating: Option<&WireVacating>, today: Date) -> Result<(&str, Date)> {
    let vacating = vacating.ok_or_else(|| Error::required("vacating"))?;
    let mut mistakes = Vec::new();
    let parcel_id = taken(&mut mistakes, names::id("parcels", "vacating.parcel", &vacating.parcel));
    let day = taken(&mut mistakes, past("vacating.vacate_date", vacating.vacate_date, today));
    if vacating.vacated_dm2 < 1 {
        mistakes.push(Violation::new(
            "vacating.vacated_dm2",
            vacating.vacated_dm2,
            "1 or more",
        ));
    }
    if !(0..=LARGEST_REWARD_FEN).contains(&vacating.reward_fen) {
        mistakes.push(Violation::new(
            "vacating.reward_fen",
            vacating.reward_fen,
            "0–100,000,000,000",
        ));
    }
    words(&mut mistakes, "vacating.resolution", &vacating.resolution);
    evidence(&mut mistakes, "vacating.evidence", &vacating.evidence);
    match (parcel_id, day) {
        (Some(parcel_id), Some(day)) if mistakes.is_empty() => Ok((parcel_id, day)),
        _ => Err(Error::invalid_many(mistakes)),
    }
}

/// A survey that contradicts what is known of its plot.
pub fn survey_refused(survey: &Measured<'_>, over_dm2: i64, why: Contradiction) -> Error {
    match why {
        Contradiction::MeasuredSince { measured_on, from_on } => Error::invalid(
            "survey.survey_date",
            survey.surveyed_on,
            measured_before(measured_on, from_on),
        ),
        Contradiction::TooLittle { vacated_dm2, last_on } => Error::invalid(
            "survey.over_occupied_dm2",
            over_dm2,
            format!("{vacated_dm2} or more, what was given back afterwards, until {last_on}"),
        ),
        Contradiction::TooMuch { .. } => Error::internal("a survey that gives back"),
    }
}

/// A vacating that contradicts what is known of its plot.
pub fn vacating_refused(vacated_on: Date, vacated_dm2: i64, why: Contradiction) -> Error {
    let much = |rule| Error::invalid("vacating.vacated_dm2", vacated_dm2, rule);
    match why {
        Contradiction::MeasuredSince { measured_on, from_on } => Error::invalid(
            "vacating.vacate_date",
            vacated_on,
            measured_before(measured_on, from_on),
        ),
        Contradiction::TooMuch { least_dm2: 0, from_on } => much(format!(
            "nothing: the household does not over-occupy the plot from {from_on} on"
        )),
        Contradiction::TooMuch { least_dm2, from_on } => {
            much(format!("1–{least_dm2}, what is over-occupied from {from_on} on"))
        }
        Contradiction::TooLittle { .. } => Error::internal("a vacating that measures"),
    }
}

fn measured_before(measured_on: Date, from_on: Date) -> String {
    format!("not before {measured_on}, when the plot was measured as it has been since {from_on}")
}

fn past(field: &str, date: Option<proto::google::r#type::Date>, today: Date) -> Result<Date> {
    let day = dates::required(field, date)?;
    if day > today {
        return Err(Error::invalid(field, day, format!("not after today, {today}")));
    }
    Ok(day)
}

fn words(mistakes: &mut Vec<Violation>, field: &str, text: &str) {
    let length = text.trim().chars().count();
    if length == 0 || length > LONGEST || text.contains('\0') {
        mistakes.push(Violation::new(field, text, "1–200 characters"));
    }
}

fn evidence(mistakes: &mut Vec<Violation>, field: &str, evidence: &[String]) {
    if evidence.is_empty() || evidence.len() > MOST_EVIDENCE {
        mistakes.push(Violation::new(
            field,
            format!("{} references", evidence.len()),
            "1–20 references",
        ));
    }
    for (at, reference) in evidence.iter().enumerate() {
        words(mistakes, &format!("{field}[{at}]"), reference);
    }
}

fn taken<T>(mistakes: &mut Vec<Violation>, result: Result<T>) -> Option<T> {
    result
        .map_err(|error| mistakes.extend(error.violations().iter().cloned()))
        .ok()
}

/// A survey for the wire, without corrections.
pub fn survey(row: &Survey) -> WireSurvey {
    WireSurvey {
        name: names::of("surveys", row.id),
        parcel: names::of("parcels", &row.parcel_id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        survey_date: Some(dates::to_proto(row.surveyed_on)),
        effective_date: Some(dates::to_proto(row.effective_on)),
        area_dm2: row.area_dm2,
        over_occupied_dm2: row.over_dm2,
        surveyor: row.surveyor.clone(),
        evidence: row.evidence.clone(),
        reason: row.reason.clone(),
        previous_area_dm2: row.area_before_dm2,
        previous_over_occupied_dm2: row.over_before_dm2,
        corrections: Vec::new(),
        create_time: Some(dates::timestamp(row.recorded_at)),
    }
}

/// A vacating for the wire, without corrections.
pub fn vacating(row: &Vacating) -> WireVacating {
    WireVacating {
        name: names::of("vacatings", row.id),
        parcel: names::of("parcels", &row.parcel_id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        vacate_date: Some(dates::to_proto(row.vacated_on)),
        vacated_dm2: row.vacated_dm2,
        over_occupied_dm2: row.over_dm2,
        reward_fen: row.reward_fen,
        resolution: row.resolution.clone(),
        evidence: row.evidence.clone(),
        corrections: Vec::new(),
        create_time: Some(dates::timestamp(row.recorded_at)),
    }
}
