//! `ServiceQualityService`.

use std::collections::BTreeMap;

use kit::{
    Kit,
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    division::Division,
    error::{Error, Result},
};
use proto::{
    google::r#type::Date as WireDate,
    xiangtu::sanitation::v1::{
        AssessServiceQualityRequest, AssessServiceQualityResponse, ListServiceQualitiesRequest,
        ListServiceQualitiesResponse, QualityLevel, ServiceQuality, ServiceQualityAssessed,
        service_quality_service_server::ServiceQualityService,
    },
};
use sanitation_core::quality::Period;
use time::Date;
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    serve::{by_division, served, treated},
    store::quality::{Figures, figures_keep},
    wire::quality as wire,
};

const TOWNSHIP_DIGITS: usize = 9;
const VILLAGE_DIGITS: usize = 12;

#[tonic::async_trait]
impl ServiceQualityService for Api {
    async fn list_service_qualities(
        &self,
        request: Request<ListServiceQualitiesRequest>,
    ) -> Result<Response<ListServiceQualitiesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = list::division(&request.division)?;
        let (period, _) = wire::period(request.period)?;
        let level = wire::level(request.level)?;
        let days = days(&self.kit, period, request.date)?;
        let query = [request.division.as_str(), &format!("{days:?} {level:?}")];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListServiceQualities", &query)?;
        let mut tx = self.kit.db.snapshot(&call).await?;
        let mut rows = qualities(&mut tx, &division, days, level).await?;
        if let Some(after) = &page.after {
            rows.retain(|row| key(row) > *after);
        }
        rows.truncate(usize::try_from(page.size).unwrap_or(usize::MAX).saturating_add(1));
        let (service_qualities, next_page_token) = page.close(rows, key);
        Ok(Response::new(ListServiceQualitiesResponse {
            service_qualities,
            next_page_token,
        }))
    }

    async fn assess_service_quality(
        &self,
        request: Request<AssessServiceQualityRequest>,
    ) -> Result<Response<AssessServiceQualityResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        let (period, told) = wire::period(request.period)?;
        let (from, to) = days(&self.kit, period, request.date)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let points = served(&mut tx, division.code(), (from, to)).await?;
        let treated = treated(&mut tx, division.code(), (from, to)).await?;
        let villages = by_division(&points, VILLAGE_DIGITS);
        let figures: Vec<Figures> = villages
            .into_iter()
            .map(|(code, quality)| Figures {
                treated: treated.get(&code).copied(),
                division_code: code,
                quality,
            })
            .collect();
        let now = tx.now();
        let changed = figures_keep(&mut tx, (wire::stored(period), from, to), &figures, now)
            .await
            .map_err(Error::from)?;
        for village in figures.iter().filter(|it| changed.contains(&it.division_code)) {
            let code = &village.division_code;
            let payload = ServiceQualityAssessed {
                period: told.into(),
                service_quality: Some(wire::quality(("", code), (from, to), &village.quality, village.treated)),
            };
            let subject = format!("serviceQualities/{code}");
            tx.emit("service_quality.assessed", code, &subject, &payload);
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let response = AssessServiceQualityResponse {
            village_count: count(figures.len()),
            emitted_count: count(changed.len()),
        };
        let detail = format!(
            "{} of {} villages changed from {from} to {to}",
            changed.len(),
            figures.len()
        );
        let change = Change::new("assess", division.code(), "serviceQualities").detail(detail);
        Ok(tx.finish(change, response).await?)
    }
}

/// The days of the period that are over or have begun.
fn days(kit: &Kit, period: Period, date: Option<WireDate>) -> Result<(Date, Date)> {
    let (today, day) = (kit.clock.today(), kit.day("date", date)?);
    if day > today {
        return Err(Error::invalid("date", day, format!("a day not after today, {today}")));
    }
    let (from, to) = period.around(day);
    Ok((from, to.min(today)))
}

async fn qualities(
    tx: &mut Tx,
    division: &str,
    days: (Date, Date),
    level: QualityLevel,
) -> Result<Vec<ServiceQuality>> {
    let points = served(tx, division, days).await?;
    if level == QualityLevel::Point {
        let show = |(served, found): &(_, _)| {
            let served: &crate::store::quality::Served = served;
            wire::quality((&served.point_id, &served.division_code), days, found, None)
        };
        return Ok(points.iter().map(show).collect());
    }
    let digits = if level == QualityLevel::Township {
        TOWNSHIP_DIGITS
    } else {
        VILLAGE_DIGITS
    };
    let mut shares: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (village, (part, whole)) in treated(tx, division, days).await? {
        let code = village.get(..digits).unwrap_or(&village);
        let (treated, weighed) = shares.entry(code.to_owned()).or_default();
        *treated += part;
        *weighed += whole;
    }
    let sums = by_division(&points, digits);
    let show = |(code, found): (String, _)| wire::quality(("", &code), days, &found, shares.get(&code).copied());
    Ok(sums.into_iter().map(show).collect())
}

fn key(row: &ServiceQuality) -> String {
    format!("{} {}", row.division, row.collection_point)
}
