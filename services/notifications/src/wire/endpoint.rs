//! Endpoints: addresses and secrets are checked on the way in, secrets never come out.

use kit::{
    crypt::{Crypt, Pii},
    dates,
    error::{Error, Result},
    etag,
};
use notifications_core::{signature::Secret, topic};
use proto::xiangtu::notifications::v1 as pb;

use super::name::{Collection, division};
use crate::{store::endpoint::EndpointRow, target::Targets};

/// Place of a secret, bound into its encryption.
const LABEL: &str = "endpoint.secret";
const DEFAULT_LIMIT: i32 = 16;

/// Reads `display_name`.
pub fn display_name(field: &str, name: &str) -> Result<String> {
    let name = name.trim();
    if (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(Error::invalid(field, name, "1–100 characters"))
    }
}

/// Reads `url`.
pub fn url(field: &str, url: &str, targets: &Targets) -> Result<String> {
    targets.check(url).map_err(|rule| Error::invalid(field, url, rule))?;
    Ok(url.to_owned())
}

/// Reads `topics`.
pub fn topics(field: &str, topics: &[String]) -> Result<Vec<String>> {
    if topics.len() > 100 {
        return Err(Error::invalid(field, topics.len(), "at most 100"));
    }
    match topics.iter().enumerate().find(|(_, topic)| !topic::is_pattern(topic)) {
        Some((at, topic)) => Err(Error::invalid(
            format!("{field}[{at}]"),
            topic,
            "a topic such as bulletin.issued, or payment.*",
        )),
        None => Ok(topics.to_vec()),
    }
}

/// Reads `in_flight_limit`.
pub fn in_flight_limit(field: &str, limit: i32) -> Result<i32> {
    match limit {
        0 => Ok(DEFAULT_LIMIT),
        1..=64 => Ok(limit),
        _ => Err(Error::invalid(field, limit, "1–64, or 0 for 16")),
    }
}

/// Reads a signing secret and encrypts it.
pub fn secret(field: &str, secret: &str, crypt: &Crypt) -> Result<Vec<u8>> {
    if secret.is_empty() {
        return Err(Error::required(field));
    }
    let secret = Secret::parse(secret).map_err(|rule| Error::invalid(field, "***", rule.to_string()))?;
    crypt.seal(LABEL, &Pii::new(secret.reveal()))
}

/// Opens a stored secret.
pub fn open_secret(sealed: &[u8], crypt: &Crypt) -> Result<Secret> {
    Secret::parse(crypt.open(LABEL, sealed)?.expose()).map_err(Error::internal)
}

/// The etag of an endpoint: what an update can change.
pub fn etag_of(row: &EndpointRow) -> String {
    etag::of(&[
        &row.display_name,
        &row.url,
        &row.topics.join(","),
        &row.in_flight_limit.to_string(),
    ])
}

/// The answer.
pub fn answer(row: &EndpointRow, now: time::OffsetDateTime) -> pb::Endpoint {
    let health = match (row.failures, row.last_success_at) {
        (0, None) => pb::EndpointHealth::Unspecified,
        (0, Some(_)) => pb::EndpointHealth::Ok,
        (1..5, _) => pb::EndpointHealth::Failing,
        _ => pb::EndpointHealth::Open,
    };
    let state = if row.disabled_reason.is_none() {
        pb::EndpointState::Active
    } else {
        pb::EndpointState::Disabled
    };
    pb::Endpoint {
        name: Collection::Endpoints.name(row.uid),
        division: division(&row.division_code),
        display_name: row.display_name.clone(),
        url: row.url.clone(),
        topics: row.topics.clone(),
        secret: String::new(),
        in_flight_limit: row.in_flight_limit,
        state: state.into(),
        disabled_reason: row.disabled_reason.clone().unwrap_or_default(),
        health: health.into(),
        failure_streak_count: row.failures,
        last_success_time: row.last_success_at.map(dates::timestamp),
        previous_secret_expire_time: row.previous_until.filter(|until| *until > now).map(dates::timestamp),
        waiting_count: None,
        etag: etag_of(row),
        create_time: Some(dates::timestamp(row.created_at)),
    }
}
