//! `TariffService`.

mod simulate;

use homestead_core::{
    area::LARGEST_DM2,
    span::Span,
    tariff::{explain, in_force, segments},
};
use kit::{
    call::Call,
    dates,
    error::{Error, Result},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    ExplainFeeRequest, ExplainFeeResponse, FeeExplanation, GetTariffRequest, ListTariffsRequest, ListTariffsResponse,
    SimulateTariffRequest, SimulateTariffResponse, Tariff, tariff_service_server::TariffService,
};
use time::{Date, Month};
use tonic::{Request, Response, Status};

use crate::{
    store::tariff::{self, StoredTariff},
    wire::{
        self, names,
        payment::village,
        plan::tariff_key,
        tariff::{class, explanation},
    },
};

/// Reads tariffs and explains fees.
pub struct TariffApi {
    pub kit: Kit,
}

#[tonic::async_trait]
impl TariffService for TariffApi {
    async fn get_tariff(&self, request: Request<GetTariffRequest>) -> Result<Response<Tariff>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let id = names::found_uid("tariffs", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let stored = tariff::tariff_get(&mut tx, id).await.map_err(Error::from)?;
        let stored = stored.filter(|stored| super::concerns(&call.caller.scope, &stored.tariff.division));
        Ok(Response::new(wire::tariff::tariff(
            &stored.ok_or_else(|| Error::not_found(name))?,
        )))
    }

    async fn list_tariffs(
        &self,
        request: Request<ListTariffsRequest>,
    ) -> Result<Response<ListTariffsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let as_of = dates::from_proto("as_of", request.as_of)?;
        let day = as_of.map(|day| day.to_string()).unwrap_or_default();
        let page = self.kit.pages.open(
            request.page_size,
            &request.page_token,
            "ListTariffs",
            &[&division, &day],
        )?;
        let mut tx = self.kit.db.read(&call).await?;
        let mut all = tariff::tariff_all(&mut tx).await.map_err(Error::from)?;
        all.retain(|stored| super::concerns(&call.caller.scope, &stored.tariff.division));
        // A few dozen in a county, so pages are cut here.
        let wanted = all
            .iter()
            .filter(|stored| division.is_empty() || division.starts_with(&stored.tariff.division));
        let wanted = wanted.filter(|stored| as_of.is_none_or(|day| holds(&all, stored, day)));
        let rest = wanted.skip_while(|stored| {
            page.after
                .as_ref()
                .is_some_and(|after| *after != tariff_key(&stored.tariff))
        });
        let rest = rest.skip(usize::from(page.after.is_some()));
        let size = usize::try_from(page.size + 1).unwrap_or(usize::MAX);
        let (rows, next_page_token) = page.close(rest.take(size).collect(), |stored| tariff_key(&stored.tariff));
        let tariffs = rows.into_iter().map(wire::tariff::tariff).collect();
        Ok(Response::new(ListTariffsResponse {
            tariffs,
            next_page_token,
        }))
    }

    async fn explain_fee(&self, request: Request<ExplainFeeRequest>) -> Result<Response<ExplainFeeResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let village = village("division", &request.division)?;
        if !(0..=LARGEST_DM2).contains(&request.over_occupied_dm2) {
            return Err(Error::invalid("over_occupied_dm2", request.over_occupied_dm2, "0–100,000,000").into());
        }
        let span = span(request)?;
        let mut tx = self.kit.db.read(&call).await?;
        let tariffs = tariff::tariff_all(&mut tx).await.map_err(Error::from)?;
        let explanations = explain_all(&tariffs, &village, request, span)?;
        let net_fen = explanations.iter().map(|explanation| explanation.net_fen).sum();
        Ok(Response::new(ExplainFeeResponse { explanations, net_fen }))
    }

    async fn simulate_tariff(
        &self,
        request: Request<SimulateTariffRequest>,
    ) -> Result<Response<SimulateTariffResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.simulate(&call, request.get_ref()).await?))
    }
}

/// Whether `stored` is what its own division has in force on `day`.
fn holds(all: &[StoredTariff], stored: &StoredTariff, day: Date) -> bool {
    in_force(all, &stored.tariff.division, day).is_some_and(|force| force.id == stored.id)
}

fn span(request: &ExplainFeeRequest) -> Result<Span> {
    let from = dates::required("from_date", request.from_date)?;
    let until = match dates::from_proto("until_date", request.until_date)? {
        Some(until) => until,
        None => {
            Date::from_calendar_date(from.year() + 1, Month::January, 1).map_err(|_| Error::required("until_date"))?
        }
    };
    Span::new(from, until)
        .filter(|span| span.at_most_a_year())
        .ok_or_else(|| {
            Error::invalid(
                "until_date",
                until,
                format!("after from_date {from} and at most a year later"),
            )
        })
}

fn explain_all(
    tariffs: &[StoredTariff],
    village: &str,
    request: &ExplainFeeRequest,
    span: Span,
) -> Result<Vec<FeeExplanation>> {
    let missing = || {
        let subject = names::of("divisions", village);
        Error::rule(
            "TARIFF_MISSING",
            subject,
            "no tariff holds on every day asked for",
            "所选期间内部分日期没有适用的收费标准",
        )
    };
    let over_dm2 = request.over_occupied_dm2;
    let one = |(span, stored): (Span, Option<&StoredTariff>)| {
        let stored = stored.ok_or_else(missing)?;
        let explained = explain(&stored.tariff, over_dm2, class(request.relief_class), span);
        let explained = explained.ok_or_else(|| Error::internal("a fee beyond all bounds"))?;
        Ok(explanation(stored, over_dm2, span, explained))
    };
    segments(tariffs, village, span).into_iter().map(one).collect()
}
