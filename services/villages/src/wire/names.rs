//! Resource names and texts of requests.

use kit::{
    dates,
    division::{Division as Code, Level},
    error::{Error, Result},
};
use time::Date;
use uuid::Uuid;
use villages_core::plan::Plan;

const MOST_EVIDENCE: usize = 20;

/// The id behind `collection/`, 1–64 characters that an id can have.
pub fn id(field: &str, name: &str, collection: &str) -> Result<String> {
    let id = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    let good = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    match id.filter(good) {
        Some(id) => Ok(id.to_owned()),
        None => Err(Error::invalid(
            field,
            name,
            format!("a resource name {collection}/{{uid}}"),
        )),
    }
}

/// The UUID behind `collection/`.
pub fn uid(field: &str, name: &str, collection: &str) -> Result<Uuid> {
    let id = id(field, name, collection)?;
    Uuid::try_parse(&id).map_err(|_| Error::invalid(field, name, format!("a resource name {collection}/{{uid}}")))
}

/// A text without outer spaces, of 1 to `longest` characters and no control characters.
pub fn text<'a>(field: &str, text: &'a str, longest: usize) -> Result<&'a str> {
    let trimmed = text.trim();
    let good = (1..=longest).contains(&trimmed.chars().count()) && !trimmed.chars().any(char::is_control);
    if good {
        Ok(trimmed)
    } else {
        Err(Error::invalid(field, text, format!("a text of 1–{longest} characters")))
    }
}

/// A text of several lines, without outer spaces, of 1 to `longest` characters.
pub fn lines<'a>(field: &str, text: &'a str, longest: usize) -> Result<&'a str> {
    let trimmed = text.trim();
    let bad = |c: char| c.is_control() && c != '\n';
    if (1..=longest).contains(&trimmed.chars().count()) && !trimmed.chars().any(bad) {
        Ok(trimmed)
    } else {
        Err(Error::invalid(field, text, format!("a text of 1–{longest} characters")))
    }
}

/// References to evidence, at most 20 of 200 characters.
pub fn evidence(field: &str, references: &[String]) -> Result<()> {
    if references.len() > MOST_EVIDENCE {
        return Err(Error::invalid(
            field,
            references.len(),
            format!("at most {MOST_EVIDENCE} references"),
        ));
    }
    for (at, reference) in references.iter().enumerate() {
        text(&format!("{field}[{at}]"), reference, 200)?;
    }
    Ok(())
}

/// The key of a page that is ordered by day and id.
pub fn day_and_id(key: &str) -> Result<(Date, Uuid)> {
    let parsed = key
        .split_once(' ')
        .and_then(|(day, id)| Some((dates::parse("page_token", day).ok()?, Uuid::try_parse(id).ok()?)));
    parsed.ok_or_else(|| Error::internal("the key of a page is no day and id"))
}

/// The code of a county, township or village.
pub fn county_or_below(field: &str, name: &str) -> Result<String> {
    let division = Code::parse(field, name)?;
    if (Level::County..=Level::Village).contains(&division.level()) {
        Ok(division.into_code())
    } else {
        Err(Error::invalid(field, name, "a county, township or village"))
    }
}

/// Position of the tier that a request names.
pub fn tier(plan: &Plan, field: &str, code: &str) -> Result<usize> {
    plan.tier(code).ok_or_else(|| {
        let codes: Vec<&str> = plan.tiers.iter().map(|tier| tier.code.as_str()).collect();
        Error::invalid(field, code, format!("a tier of the plan: {}", codes.join(", ")))
    })
}

/// Position of the indicator that a request names.
pub fn indicator(plan: &Plan, field: &str, code: &str) -> Result<usize> {
    let found = plan.indicator(code);
    found.ok_or_else(|| Error::invalid(field, code, "the code of an indicator of the plan"))
}

/// The village that a request names: inside `division` and of a class that the plan rates.
pub fn village_in(plan: &Plan, division: &Code, field: &str, name: &str) -> Result<String> {
    let village = Code::parse(field, name)?.into_code();
    if village.starts_with(division.code()) && plan.rates(&village) {
        Ok(village)
    } else {
        Err(no_village_in(division, field, name))
    }
}

/// The village is not there, or not rated.
pub fn no_village_in(division: &Code, field: &str, name: &str) -> Error {
    let rule = format!("a village inside {} that the plan rates", division.name());
    Error::invalid(field, name, rule)
}

/// A list of at most `most`.
pub fn at_most<T>(field: &str, list: &[T], most: usize) -> Result<()> {
    if list.len() <= most {
        Ok(())
    } else {
        Err(Error::invalid(
            field,
            format!("{} of them", list.len()),
            format!("at most {most}"),
        ))
    }
}
