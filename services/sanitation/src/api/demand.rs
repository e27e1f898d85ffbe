//! `DemandService`.

use std::collections::{BTreeMap, HashMap};

use kit::{
    call::Call,
    dates,
    division::{Division, Level},
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{
    DemandBacktest, DemandForecast, GetDemandBacktestRequest, ListDemandForecastsRequest, ListDemandForecastsResponse,
    demand_service_server::DemandService,
};
use sanitation_core::demand::{Outlook, Past, Scores, backtest, split};
use time::Date;
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    assess::township,
    known::{Known, known},
    planning::sorted,
    store::{
        demand::{points_from, townships_of},
        points::Point,
    },
    wire::demand::{Share, forecast, scores},
};

#[tonic::async_trait]
impl DemandService for Api {
    async fn list_demand_forecasts(
        &self,
        request: Request<ListDemandForecastsRequest>,
    ) -> Result<Response<ListDemandForecastsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let today = self.kit.clock.today();
        let tomorrow = today.next_day().unwrap_or(today);
        let first = dates::from_proto("first_date", request.first_date)?.unwrap_or(tomorrow);
        let last = dates::from_proto("last_date", request.last_date)?.unwrap_or(first);
        let days = days(first, last, 31)?;
        let division = list::division(&request.division)?;
        let bound = [request.division.as_str(), &first.to_string(), &last.to_string()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListDemandForecasts", &bound)?;
        let after = page.after.as_deref().map(Key::parse).transpose()?;
        let points = {
            let mut tx = self.kit.db.read(&call).await?;
            let from = after.as_ref().map_or(("", ""), |key| (&key.township, &key.point));
            // The point of the last row may have days left, and one row more tells whether there is another page.
            let limit = page.size / i64::try_from(days.len()).unwrap_or(1) + 3;
            points_from(&mut tx, &division, from, limit)
                .await
                .map_err(Error::from)?
        };
        let mut townships: Vec<String> = points.iter().map(|point| code(point).to_owned()).collect();
        townships.dedup();
        let known = known(&self.kit, &townships, first).await?;
        let rows = tokio::task::spawn_blocking(move || forecasts(&known, points, first, &days)).await;
        let mut rows = rows.map_err(Error::internal)?;
        if let Some(after) = after {
            rows.retain(|(key, _)| *key > after);
        }
        let fetch = usize::try_from(page.size + 1).unwrap_or(usize::MAX);
        rows.truncate(fetch);
        let (rows, next_page_token) = page.close(rows, |(key, _)| key.text());
        Ok(Response::new(ListDemandForecastsResponse {
            demand_forecasts: rows.into_iter().map(|(_, forecast)| forecast).collect(),
            next_page_token,
        }))
    }

    async fn get_demand_backtest(
        &self,
        request: Request<GetDemandBacktestRequest>,
    ) -> Result<Response<DemandBacktest>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        if matches!(division.level(), Level::Village | Level::Group) {
            return Err(Error::invalid("division", request.division, "a county or township").into());
        }
        let first = dates::required("first_date", request.first_date)?;
        let last = dates::required("last_date", request.last_date)?;
        days(first, last, 91)?;
        if !(0..=28).contains(&request.horizon_days) {
            return Err(Error::invalid("horizon_days", request.horizon_days, "0 (meaning 1) to 28").into());
        }
        let horizon = request.horizon_days.max(1);
        let townships = {
            let mut tx = self.kit.db.read(&call).await?;
            townships_of(&mut tx, division.code()).await.map_err(Error::from)?
        };
        let until = last.next_day().unwrap_or(last);
        let known = known(&self.kit, &townships, until).await?;
        let tested = tokio::task::spawn_blocking(move || {
            let test = |(code, known): (String, Known)| {
                let past = Past::new(&known.township, &known.norms);
                (code, backtest(&past, first, last, horizon.into()))
            };
            known.into_iter().map(test).collect::<BTreeMap<String, Scores>>()
        });
        let tested = tested.await.map_err(Error::internal)?;
        let mut total = Scores::default();
        for township in tested.values() {
            total += *township;
        }
        Ok(Response::new(DemandBacktest {
            total: Some(scores(division.code(), &total)),
            townships: tested.iter().map(|(code, found)| scores(code, found)).collect(),
            first_date: Some(dates::to_proto(first)),
            last_date: Some(dates::to_proto(last)),
            horizon_days: horizon,
        }))
    }
}

/// Every day of a range, at most `most` days after the first.
fn days(first: Date, last: Date, most: i64) -> Result<Vec<Date>> {
    let apart = (last - first).whole_days();
    if !(0..=most).contains(&apart) {
        return Err(Error::invalid(
            "last_date",
            last,
            format!("0 to {most} days after first_date"),
        ));
    }
    let days = std::iter::successors(Some(first), |day| day.next_day());
    Ok(days.take_while(|day| *day <= last).collect())
}

/// What forecasts are listed by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    township: String,
    point: String,
    date: Date,
}

impl Key {
    fn text(&self) -> String {
        format!("{}/{}/{}", self.township, self.point, self.date)
    }

    /// The key in a page token, which is our own seal.
    fn parse(text: &str) -> Result<Self> {
        let mut parts = text.split('/').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (township, point) = (next(), next());
        let date = dates::parse("page_token", &next()).map_err(Error::internal)?;
        Ok(Self { township, point, date })
    }
}

fn code(point: &Point) -> &str {
    township(&point.division_code)
}

/// The forecasts of points in their order, by day.
fn forecasts(
    known: &BTreeMap<String, Known>,
    points: Vec<Point>,
    first: Date,
    days: &[Date],
) -> Vec<(Key, DemandForecast)> {
    let mut villages: HashMap<String, Vec<Shared>> = HashMap::new();
    for known in known.values() {
        let past = Past::new(&known.township, &known.norms);
        let model = past.model(first);
        for (index, village) in known.township.villages.iter().enumerate() {
            let shared = |day: &Date| {
                let outlook = model.outlook(index, *day, 1);
                Shared {
                    p50: split(&village.points, outlook.p50_g),
                    p90: outlook.p90_g.map(|grams| split(&village.points, grams)),
                    outlook,
                }
            };
            villages.insert(village.code.clone(), days.iter().map(shared).collect());
        }
    }
    let places: HashMap<&str, usize> = known
        .values()
        .flat_map(|known| &known.township.villages)
        .flat_map(|village| village.points.iter().enumerate())
        .map(|(place, point)| (point.id.as_str(), place))
        .collect();
    let sorted = sorted(known);
    let mut rows = Vec::new();
    for point in &points {
        let village = point.division_code.get(..12).unwrap_or(&point.division_code);
        // A point that came between the two reads has no forecast yet.
        let (Some(shared), Some(place)) = (villages.get(village), places.get(point.point_id.as_str())) else {
            continue;
        };
        for (date, shared) in days.iter().zip(shared) {
            let key = Key {
                township: code(point).to_owned(),
                point: point.point_id.clone(),
                date: *date,
            };
            let share = Share {
                p50_g: shared.p50[*place],
                p90_g: shared.p90.as_ref().map(|grams| grams[*place]),
                kitchen: sorted.get(&point.point_id).map(|(_, share)| *share),
            };
            rows.push((key, forecast(point, *date, &shared.outlook, share)));
        }
    }
    rows
}

/// What a village is expected to bring on a day, shared out among its points.
struct Shared {
    outlook: Outlook,
    p50: Vec<i64>,
    p90: Option<Vec<i64>>,
}
