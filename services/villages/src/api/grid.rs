//! `GridService`.

use kit::{
    Kit,
    call::Call,
    dates,
    division::Division as Code,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    DrawGridsRequest, DrawGridsResponse, Duty, FindDutyRequest, GetGridRequest, Grid, ListDutyShiftsRequest,
    ListDutyShiftsResponse, ListGridsRequest, ListGridsResponse, ReplaceRosterRequest, ReplaceRosterResponse,
    grid_service_server::GridService,
};
use tonic::{Request, Response, Status};

use super::{division::optional_code, duty, known::known_at};
use crate::{
    store::grid::{self, GridQuery, GridRow},
    wire,
};

const FIELDS: &[Field] = &[
    Field::text("size", "CASE g.parent_code WHEN '' THEN 'LARGE' ELSE 'SMALL' END"),
    Field::text("parent", "g.parent_code"),
    Field::text("display_name", "g.display_name"),
];

/// Grids and their rosters.
pub struct GridApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl GridService for GridApi {
    async fn get_grid(&self, request: Request<GetGridRequest>) -> Result<Response<Grid>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_grids(&self, request: Request<ListGridsRequest>) -> Result<Response<ListGridsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn draw_grids(&self, request: Request<DrawGridsRequest>) -> Result<Response<DrawGridsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.draw(&call, &request.into_inner()).await?)
    }

    async fn replace_roster(
        &self,
        request: Request<ReplaceRosterRequest>,
    ) -> Result<Response<ReplaceRosterResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.replace(&call, &request.into_inner()).await?)
    }

    async fn list_duty_shifts(
        &self,
        request: Request<ListDutyShiftsRequest>,
    ) -> Result<Response<ListDutyShiftsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.shifts(&call, &request.into_inner()).await?))
    }

    async fn find_duty(&self, request: Request<FindDutyRequest>) -> Result<Response<Duty>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.find(&call, &request.into_inner()).await?))
    }
}

impl GridApi {
    async fn get(&self, call: &Call, request: &GetGridRequest) -> Result<Grid> {
        let code = wire::grid::code("name", &request.name)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let at = (day, known_at(&self.kit, call, request.known_at).await?);
        let mut tx = self.kit.db.read(call).await?;
        let row = grid::grid_get(&mut tx, &code, at).await?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        answer(&row, true)
    }

    async fn list(&self, call: &Call, request: &ListGridsRequest) -> Result<ListGridsResponse> {
        let division = optional_code("division", &request.division)?;
        let date = self.kit.day("as_of", request.as_of)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let at = (date, known_at(&self.kit, call, request.known_at).await?);
        let query = [division.as_str(), &request.filter, &format!("{at:?}")];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListGrids", &query)?;
        let list = GridQuery {
            division: &division,
            at,
            after: page.after.as_deref(),
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = grid::grids_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.grid_code.clone());
        let grids = rows.iter().map(|row| answer(row, request.show_boundaries));
        Ok(ListGridsResponse {
            grids: grids.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    async fn find(&self, call: &Call, request: &FindDutyRequest) -> Result<Duty> {
        let division = Code::parse("division", &request.division)?;
        let shifted = wire::shape::is_shifted("coordinate_system", request.coordinate_system)?;
        let place = wire::shape::position("position", request.position.as_ref(), shifted)?;
        let at = dates::from_timestamp("time", request.time)?.unwrap_or_else(|| self.kit.clock.now());
        let mut tx = self.kit.db.read(call).await?;
        duty::find(&mut tx, division.code(), place, at).await
    }
}

fn answer(row: &GridRow, boundary: bool) -> Result<Grid> {
    let kept = boundary.then(|| wire::shape::kept(&row.boundary)).transpose()?;
    Ok(wire::grid::grid(row, kept.map(|(_, boundary)| boundary)))
}
