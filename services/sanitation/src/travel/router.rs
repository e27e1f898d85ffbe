//! An OSRM-compatible router over HTTP, where the operator has set one up. No caller names an address.

mod answer;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use kit::{
    config::Env,
    error::{Error, Result},
};
use reqwest::{Client, StatusCode, Url, redirect::Policy};
use tokio_util::sync::CancellationToken;

use crate::planning::{StationDay, Table};
use answer::Block;

/// How often a request is sent that fails for a reason that may pass.
const ATTEMPTS: u32 = 3;
/// Wait before the second attempt; the next ones wait twice as long each.
const PAUSE: Duration = Duration::from_millis(200);
/// Requests at a time.
const AT_A_TIME: usize = 4;
/// Largest answer in bytes.
const LARGEST: usize = 8 << 20;

/// The router.
pub struct Router {
    client: Client,
    settings: Settings,
}

struct Settings {
    /// Up to the coordinates.
    base: String,
    timeout: Duration,
    /// Most places on a side of a table.
    side: usize,
}

/// Why an attempt brought nothing.
struct Failed {
    reason: String,
    may_pass: bool,
}

impl Settings {
    fn read(env: &mut Env) -> Option<Self> {
        let name = "XIANGTU_OSRM_URL";
        let url = env.optional(name, "OSRM-compatible router for route plans, as `http://osrm:5000`");
        let profile = env.text(
            "XIANGTU_OSRM_PROFILE",
            "driving",
            "profile that the router is asked for",
        );
        let timeout_s = env.range(
            "XIANGTU_OSRM_TIMEOUT_S",
            10,
            1..=60,
            "longest that a request to the router takes",
        );
        let most = "most places on a side of a table of the router";
        let side = env.range("XIANGTU_OSRM_TABLE", 100, 1..=250, most);
        let url = url?;
        let plain = Url::parse(&url).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
        });
        if !plain {
            // It may hold a password.
            env.mistake(format!("{name}: an http or https URL without query"));
            return None;
        }
        if profile.is_empty()
            || !profile
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            env.mistake(format!("XIANGTU_OSRM_PROFILE={profile:?}: letters, digits, - or _"));
            return None;
        }
        Some(Self {
            base: format!("{}/table/v1/{profile}", url.trim_end_matches('/')),
            timeout: Duration::from_secs(timeout_s),
            side,
        })
    }
}

impl Router {
    /// Reads where the router is; `None` where there is none.
    pub fn read(env: &mut Env) -> Option<Self> {
        let settings = Settings::read(env)?;
        let client = Client::builder()
            // The address is what the operator wrote, nothing else.
            .redirect(Policy::none())
            .timeout(settings.timeout)
            .build();
        match client {
            Ok(client) => Some(Self { client, settings }),
            Err(error) => {
                env.mistake(format!("the client of the router: {error}"));
                None
            }
        }
    }

    /// Gives each day that has a station and vehicles its table.
    pub async fn tables(
        &self,
        mut days: Vec<StationDay>,
        reach_m: f64,
        cancel: &CancellationToken,
    ) -> Result<Vec<StationDay>> {
        for day in &mut days {
            if day.station.is_some() && !day.vehicles.is_empty() {
                let table = cancel.run_until_cancelled(self.table(day, reach_m)).await;
                day.table = Some(Arc::new(table.unwrap_or_else(|| Err(Error::cancelled()))?));
            }
        }
        Ok(days)
    }

    /// The ways between places, and how far each lies from its road; at least one place.
    pub async fn square(&self, places: &[(f64, f64)], cancel: &CancellationToken) -> Result<(Table, Vec<f64>)> {
        let square = cancel.run_until_cancelled(self.whole(places)).await;
        square.unwrap_or_else(|| Err(Error::cancelled()))
    }

    async fn table(&self, day: &StationDay, reach_m: f64) -> Result<Table> {
        let station = day.station.iter().map(|station| (station.lng, station.lat));
        let points = day.points.iter().map(|point| (point.lng, point.lat));
        let places: Vec<(f64, f64)> = station.chain(points).collect();
        let (mut table, mut off_m) = self.whole(&places).await?;
        if off_m[0] > reach_m {
            return Err(off_roads(day, reach_m));
        }
        for (place, off_m) in off_m.iter_mut().enumerate().filter(|(_, off_m)| **off_m > reach_m) {
            table.cut_off(place);
            *off_m = 0.0;
        }
        table.complete(day, &off_m);
        Ok(table)
    }

    async fn whole(&self, places: &[(f64, f64)]) -> Result<(Table, Vec<f64>)> {
        let sides: Vec<usize> = (0..places.len()).step_by(self.settings.side).collect();
        let pairs: Vec<(usize, usize)> = sides
            .iter()
            .flat_map(|from| sides.iter().map(move |to| (*from, *to)))
            .collect();
        let blocks: Vec<_> = stream::iter(pairs)
            .map(|(from, to)| self.block(places, from, to))
            .buffered(AT_A_TIME)
            .try_collect()
            .await?;
        let mut table = Table::new(places.len() - 1);
        let mut off_m = vec![f64::INFINITY; places.len()];
        for block in &blocks {
            block.fill(&mut table, &mut off_m);
        }
        Ok((table, off_m))
    }

    async fn block(&self, places: &[(f64, f64)], from: usize, to: usize) -> Result<Block> {
        let side = |begin: usize| begin..places.len().min(begin + self.settings.side);
        let (sources, targets) = (side(from), side(to));
        let mut asked = places[sources.clone()].to_vec();
        let first_target = if from == to { 0 } else { asked.len() };
        if from != to {
            asked.extend_from_slice(&places[targets.clone()]);
        }
        let coordinates: Vec<String> = asked.iter().map(|(lng, lat)| format!("{lng:.6},{lat:.6}")).collect();
        let numbers = |range: std::ops::Range<usize>| range.map(|n| n.to_string()).collect::<Vec<_>>().join(";");
        let url = format!(
            "{}/{}?annotations=duration,distance&sources={}&destinations={}",
            self.settings.base,
            coordinates.join(";"),
            numbers(0..sources.len()),
            numbers(first_target..first_target + targets.len()),
        );
        let (mut attempt, mut pause) = (1, PAUSE);
        loop {
            let failed = match self.ask(&url).await {
                Ok(body) => match answer::read(&body, sources.clone(), targets.clone(), places) {
                    Ok(block) => return Ok(block),
                    Err(reason) => Failed {
                        reason,
                        may_pass: false,
                    },
                },
                Err(failed) => failed,
            };
            if !failed.may_pass || attempt == ATTEMPTS {
                return Err(refused(&failed.reason, attempt));
            }
            tracing::warn!(attempt, reason = %failed.reason, "the router is asked again");
            tokio::time::sleep(pause).await;
            (attempt, pause) = (attempt + 1, pause * 2);
        }
    }

    /// The body of an answer. Errors never show the address: it is the operator's.
    async fn ask(&self, url: &str) -> Result<Vec<u8>, Failed> {
        let unreached = |error: reqwest::Error| Failed {
            reason: if error.is_timeout() {
                format!("no answer within {} s", self.settings.timeout.as_secs())
            } else if error.is_connect() {
                "no connection".to_owned()
            } else {
                "the connection broke".to_owned()
            },
            may_pass: true,
        };
        let mut response = self.client.get(url).send().await.map_err(unreached)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreached)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(Failed {
                    reason: format!("an answer of more than {LARGEST} bytes"),
                    may_pass: false,
                });
            }
        }
        if status.is_success() {
            return Ok(body);
        }
        Err(Failed {
            reason: answer::refusal(status.as_u16(), &body),
            may_pass: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
        })
    }
}

fn refused(reason: &str, attempts: u32) -> Error {
    let times = if attempts == 1 { "attempt" } else { "attempts" };
    Error::rule(
        "ROUTER_FAILED",
        "router",
        format!("the router failed after {attempts} {times}: {reason}"),
        format!("外部路径服务在 {attempts} 次请求后失败：{reason}"),
    )
}

fn off_roads(day: &StationDay, reach_m: f64) -> Error {
    let station = day.station.as_ref().map(|station| station.facility_id.as_str());
    Error::rule(
        "NO_ROAD_AT_STATION",
        crate::wire::names::facility(station.unwrap_or_default()),
        format!("the router knows no road within {reach_m} m of the station"),
        format!("外部路径服务在转运站 {reach_m} 米内没有道路"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_names_the_router_and_nobody_else() {
        let read = |variables: &[(&str, &str)]| {
            let owned = variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let mut env = Env::of(owned);
            let settings = Settings::read(&mut env);
            (settings.map(|settings| settings.base), env.finish())
        };
        assert_eq!(read(&[]), (None, Ok(())));
        let profile = ("XIANGTU_OSRM_PROFILE", "truck");
        let (base, mistakes) = read(&[("XIANGTU_OSRM_URL", "http://osrm:5000/"), profile]);
        assert_eq!(
            (base.as_deref(), mistakes),
            (Some("http://osrm:5000/table/v1/truck"), Ok(()))
        );
        for url in [
            "osrm:5000",
            "ftp://u:s3cret@osrm",
            "http://u:s3cret@osrm?x=1",
            "http://osrm#x",
        ] {
            let (base, mistakes) = read(&[("XIANGTU_OSRM_URL", url)]);
            let mistakes = mistakes.expect_err("a mistake");
            assert!(base.is_none() && !mistakes.contains("s3cret"), "{mistakes}");
        }
        let mistakes = read(&[("XIANGTU_OSRM_URL", "http://osrm"), ("XIANGTU_OSRM_PROFILE", "../x")]).1;
        assert!(mistakes.expect_err("a mistake").contains("XIANGTU_OSRM_PROFILE"));
    }
}
