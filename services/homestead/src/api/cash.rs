//! `CashService`.

mod close;
mod remit;

use homestead_core::custody::{Cause, overdue};
use kit::{
    call::Call,
    db::Tx,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    CashPosition, CloseDayRequest, DayClose, GetCashPositionRequest, ListCashPositionsRequest,
    ListCashPositionsResponse, ListDayClosesRequest, ListDayClosesResponse, RecordRemittanceRequest, Remittance,
    cash_service_server::CashService,
};
use tonic::{Request, Response, Status};

use crate::{
    store::{
        cash::{self, Position, Wanted},
        day_close, plan,
    },
    wire::{self, names, plan::Funds},
};

/// Watches over cash.
pub struct CashApi {
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::date("date", "closed_on"),
    Field::int("difference_fen", "difference_fen"),
];

#[tonic::async_trait]
impl CashService for CashApi {
    async fn get_cash_position(
        &self,
        request: Request<GetCashPositionRequest>,
    ) -> Result<Response<CashPosition>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let (village, cadre) = wire::cash::found(name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = position(&mut tx, &village, cadre).await?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        let causes = self.causes(&self.funds(&mut tx).await?, &row);
        Ok(Response::new(wire::cash::position(&row, &causes)))
    }

    async fn list_cash_positions(
        &self,
        request: Request<ListCashPositionsRequest>,
    ) -> Result<Response<ListCashPositionsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let query = [division.as_str(), &request.overdue_only.to_string()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListCashPositions", &query)?;
        let after = page.after.as_deref().map(names::key).transpose()?;
        let mut tx = self.kit.db.read(&call).await?;
        let funds = self.funds(&mut tx).await?;
        let wanted = Wanted {
            division: &division,
            held: request.overdue_only,
            after,
            // Whether a position is overdue is a matter of rules, not of the query: all that are held are looked at.
            limit: if request.overdue_only { i64::MAX } else { page.size + 1 },
            ..Wanted::default()
        };
        let rows = cash::positions(&mut tx, &wanted).await.map_err(Error::from)?;
        let told = rows.into_iter().map(|row| {
            let causes = self.causes(&funds, &row);
            (row, causes)
        });
        let told = told.filter(|(_, causes)| !request.overdue_only || !causes.is_empty());
        let (told, next_page_token) = page.close(told.collect(), |(row, _)| {
            format!("{}/{}", row.division_code, row.cadre_id)
        });
        let positions = told.iter().map(|(row, causes)| wire::cash::position(row, causes));
        Ok(Response::new(ListCashPositionsResponse {
            cash_positions: positions.collect(),
            next_page_token,
        }))
    }

    async fn record_remittance(
        &self,
        request: Request<RecordRemittanceRequest>,
    ) -> Result<Response<Remittance>, Status> {
        let call = Call::of(&request)?;
        self.remit(&call, request.get_ref()).await
    }

    async fn close_day(&self, request: Request<CloseDayRequest>) -> Result<Response<DayClose>, Status> {
        let call = Call::of(&request)?;
        self.close(&call, request.get_ref()).await
    }

    async fn list_day_closes(
        &self,
        request: Request<ListDayClosesRequest>,
    ) -> Result<Response<ListDayClosesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListDayCloses", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = day_close::list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListDayClosesResponse {
            day_closes: rows.iter().map(wire::cash::day_close).collect(),
            next_page_token,
        }))
    }
}

impl CashApi {
    async fn funds(&self, tx: &mut Tx) -> Result<Funds> {
        Funds::of(plan::plans_in_force(tx, self.kit.clock.today()).await?)
    }

    fn causes(&self, funds: &Funds, row: &Position) -> Vec<Cause> {
        let rules = funds.cash(&row.division_code);
        overdue(&rules, row.in_hand_fen(), row.oldest_on, self.kit.clock.today())
    }
}

/// What one cadre has in hand in one village.
async fn position(tx: &mut Tx, village: &str, cadre: &str) -> Result<Option<Position>> {
    let wanted = Wanted {
        division: village,
        cadre,
        limit: 1,
        ..Wanted::default()
    };
    Ok(cash::positions(tx, &wanted).await?.pop())
}
