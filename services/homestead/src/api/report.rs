//! `ReportService`.

use homestead_core::report::{
    curve,
    year::{ACCOUNTS, Balance, natural, year},
};
use kit::{
    call::Call,
    dates,
    division::{Division, Level},
    error::{Error, Result},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    CollectionCurve, GetCollectionCurveRequest, GetRollRatesRequest, GetYearReportRequest, RollRates, YearReport,
    report_service_server::ReportService,
};
use tonic::{Request, Response, Status};

use crate::{
    store::{
        report::{self, Of, Side, Wanted},
        verify,
    },
    wire::{self, names, report::YearFacts},
};

/// Computes reports.
pub struct ReportApi {
    pub kit: Kit,
}

#[tonic::async_trait]
impl ReportService for ReportApi {
    async fn get_roll_rates(&self, request: Request<GetRollRatesRequest>) -> Result<Response<RollRates>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let first = dates::required("first_date", request.first_date)?;
        let last = self.kit.day("last_date", request.last_date)?;
        if last <= first {
            return Err(Error::invalid("last_date", last, format!("after first_date, {first}")).into());
        }
        let mut tx = self.kit.db.read(&call).await?;
        let rows = report::rolled(&mut tx, &division, first, last)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(RollRates {
            first_date: Some(dates::to_proto(first)),
            last_date: Some(dates::to_proto(last)),
            rows: wire::report::roll_rows(&rows),
            total: Some(wire::report::roll_row(0, &rows.total())),
        }))
    }

    async fn get_collection_curve(
        &self,
        request: Request<GetCollectionCurveRequest>,
    ) -> Result<Response<CollectionCurve>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let wanted = Wanted {
            division: &division,
            of: wire::report::bills(request)?,
            as_of: self.kit.day("as_of", request.as_of)?,
        };
        let (days, count) = wire::report::steps(request)?;
        let mut tx = self.kit.db.read(&call).await?;
        // What is billed and what is settled are seen at one moment.
        verify::freeze(&mut tx).await.map_err(Error::from)?;
        let billed = report::billed(&mut tx, wanted).await.map_err(Error::from)?;
        if billed.bills == 0 && matches!(wanted.of, Of::Run(_)) {
            return Err(Error::not_found(&request.billing_run).into());
        }
        let moved = report::settled_since_due(&mut tx, wanted).await.map_err(Error::from)?;
        let points = curve::points(billed.billed_fen, &moved, days, count);
        let total = curve::point(billed.billed_fen, &moved, i64::MAX);
        Ok(Response::new(wire::report::curve(
            wanted.as_of,
            billed,
            &points,
            &total,
        )))
    }

    async fn get_year_report(&self, request: Request<GetYearReportRequest>) -> Result<Response<YearReport>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let village = Division::parse("division", &request.division)?;
        if village.level() != Level::Village {
            return Err(Error::invalid("division", &request.division, "a village").into());
        }
        let days = super::year(request.year)?;
        let today = self.kit.clock.today();
        if days.from() > today {
            return Err(Error::invalid("year", request.year, format!("2000–{}", today.year())).into());
        }
        let mut tx = self.kit.db.read(&call).await?;
        // Movements and balances are seen at one moment.
        verify::freeze(&mut tx).await.map_err(Error::from)?;
        let (code, from, until) = (village.code(), days.from(), days.until());
        let book = report::book_year(&mut tx, code, from, until)
            .await
            .map_err(Error::from)?;
        let book = book.ok_or_else(|| Error::not_found(village.name()))?;
        let flows = report::flows(&mut tx, code, from, until).await.map_err(Error::from)?;
        let sides = report::balances(&mut tx, code, from, until)
            .await
            .map_err(Error::from)?;
        let balances = balances(&sides);
        let wrong = |fault| Error::internal(format!("{} {}: {fault}", village.name(), request.year));
        let told = year(&flows).map_err(wrong)?;
        told.check(&balances).map_err(wrong)?;
        let facts = YearFacts {
            division: names::of("divisions", code),
            year: request.year,
            today,
            book,
        };
        Ok(Response::new(wire::report::year_report(&facts, &told, &balances)))
    }
}

/// Balances of all accounts, also of those that nothing moved on.
fn balances(sides: &[Side]) -> Vec<Balance> {
    let balance = |account| {
        let side = sides.iter().find(|side| side.account == account as i16);
        Balance {
            account,
            opening_fen: natural(account, side.map_or(0, |side| side.opening_fen)),
            closing_fen: natural(account, side.map_or(0, |side| side.closing_fen)),
        }
    };
    ACCOUNTS.map(balance).to_vec()
}
