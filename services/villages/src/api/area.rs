//! `AreaService`.

use kit::{
    Kit,
    call::Call,
    db::Tx,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    Area, DrawAreasRequest, DrawAreasResponse, GetAreaRequest, ListAreasRequest, ListAreasResponse,
    area_service_server::AreaService,
};
use tonic::{Request, Response, Status};

use super::{area_tree::Trees, division::optional_code, known::known_at};
use crate::{
    store::area::{self, AreaQuery, AreaRow},
    wire,
};

const FIELDS: &[Field] = &[
    Field::text("tree", "a.tree"),
    Field::text("leader", "a.leader_id"),
    Field::text("display_name", "a.display_name"),
];

/// Contracted areas.
pub struct AreaApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl AreaService for AreaApi {
    async fn get_area(&self, request: Request<GetAreaRequest>) -> Result<Response<Area>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_areas(&self, request: Request<ListAreasRequest>) -> Result<Response<ListAreasResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn draw_areas(&self, request: Request<DrawAreasRequest>) -> Result<Response<DrawAreasResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.draw(&call, &request.into_inner()).await?)
    }
}

impl AreaApi {
    async fn get(&self, call: &Call, request: &GetAreaRequest) -> Result<Area> {
        let code = wire::area::code("name", &request.name)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let at = (day, known_at(&self.kit, call, request.known_at).await?);
        let mut tx = self.kit.db.read(call).await?;
        let row = require(&mut tx, &code, at).await?;
        let rows = [row];
        let trees = Trees::around(&mut tx, &rows, at).await?;
        let [row] = &rows;
        Ok(wire::area::area(row, trees.members(row)))
    }

    async fn list(&self, call: &Call, request: &ListAreasRequest) -> Result<ListAreasResponse> {
        let division = optional_code("division", &request.division)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let known_at = known_at(&self.kit, call, request.known_at).await?;
        let query = [
            division.as_str(),
            &request.filter,
            &day.to_string(),
            &format!("{known_at:?}"),
        ];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListAreas", &query)?;
        let list = AreaQuery {
            division: &division,
            after: page.after.as_deref(),
            limit: page.size + 1,
        };
        let at = (day, known_at);
        let mut tx = self.kit.db.read(call).await?;
        let rows = area::areas_list(&mut tx, &list, &filter, at).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.area_code.clone());
        let trees = Trees::around(&mut tx, &rows, at).await?;
        let areas = rows.iter().map(|row| wire::area::area(row, trees.members(row)));
        Ok(ListAreasResponse {
            areas: areas.collect(),
            next_page_token,
        })
    }
}

/// The area in force on a date.
pub(super) async fn require(
    tx: &mut Tx,
    code: &str,
    at: (time::Date, Option<time::OffsetDateTime>),
) -> Result<AreaRow> {
    let row = area::area_get(tx, code, at).await?;
    row.ok_or_else(|| Error::not_found(format!("{} on {}", wire::area::name(code), at.0)))
}
