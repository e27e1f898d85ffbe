//! `DivisionService`.

use kit::{
    Kit,
    call::Call,
    dates,
    division::Division as Code,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    AbolishDivisionRequest, Division, GetDivisionRequest, ListDivisionsRequest, ListDivisionsResponse,
    ListLineageRequest, ListLineageResponse, MergeDivisionsRequest, MergeDivisionsResponse, RenameDivisionRequest,
    SplitDivisionRequest, SplitDivisionResponse, division_service_server::DivisionService,
};
use tonic::{Request, Response, Status};

use super::{area, area_tree::Trees, known::known_at};
use crate::{store, wire};

/// The register of divisions.
pub struct DivisionApi {
    /// What the service works with.
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("code", "d.division_code"),
    Field::text("parent", "d.parent_code"),
    Field::text("display_name", "d.display_name"),
    Field::text("level", "d.level"),
    Field::text("kind", "d.kind"),
];

#[tonic::async_trait]
impl DivisionService for DivisionApi {
    async fn get_division(&self, request: Request<GetDivisionRequest>) -> Result<Response<Division>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_divisions(
        &self,
        request: Request<ListDivisionsRequest>,
    ) -> Result<Response<ListDivisionsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn list_lineage(
        &self,
        request: Request<ListLineageRequest>,
    ) -> Result<Response<ListLineageResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.lineage(&call, &request.into_inner()).await?))
    }

    async fn rename_division(&self, request: Request<RenameDivisionRequest>) -> Result<Response<Division>, Status> {
        let call = Call::of(&request)?;
        Ok(self.rename(&call, request.into_inner()).await?)
    }

    async fn merge_divisions(
        &self,
        request: Request<MergeDivisionsRequest>,
    ) -> Result<Response<MergeDivisionsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.merge(&call, request.into_inner()).await?)
    }

    async fn split_division(
        &self,
        request: Request<SplitDivisionRequest>,
    ) -> Result<Response<SplitDivisionResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.split(&call, request.into_inner()).await?)
    }

    async fn abolish_division(&self, request: Request<AbolishDivisionRequest>) -> Result<Response<Division>, Status> {
        let call = Call::of(&request)?;
        Ok(self.abolish(&call, request.into_inner()).await?)
    }
}

impl DivisionApi {
    async fn get(&self, call: &Call, request: &GetDivisionRequest) -> Result<Division> {
        let code = Code::parse("name", &request.name)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let known_at = known_at(&self.kit, call, request.known_at).await?;
        let mut tx = self.kit.db.read(call).await?;
        let row = store::division::division_known(&mut tx, code.code(), day, known_at).await?;
        row.as_ref()
            .map(wire::division::division)
            .ok_or_else(|| Error::not_found(code.name()))
    }

    async fn list(&self, call: &Call, request: &ListDivisionsRequest) -> Result<ListDivisionsResponse> {
        let subtree = optional_code("subtree", &request.subtree)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let known_at = known_at(&self.kit, call, request.known_at).await?;
        let query = [
            subtree.as_str(),
            &request.filter,
            &day.to_string(),
            &format!("{known_at:?}"),
            &request.area,
        ];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListDivisions", &query)?;
        let mut tx = self.kit.db.read(call).await?;
        let at = (day, known_at);
        let area = match request.area.as_str() {
            "" => None,
            area => {
                let row = area::require(&mut tx, &wire::area::code("area", area)?, at).await?;
                Some([row])
            }
        };
        let trees = Trees::around(&mut tx, area.as_ref().map_or(&[], |row| row), at).await?;
        let list = store::division::DivisionQuery {
            subtree: &subtree,
            within: area.as_ref().map(|[area]| (trees.members(area), trees.cut_out(area))),
            after: page.after.as_deref(),
            limit: page.size + 1,
        };
        let rows = store::division::divisions_list(&mut tx, &list, &filter, at).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.division_code.clone());
        Ok(ListDivisionsResponse {
            divisions: rows.iter().map(wire::division::division).collect(),
            next_page_token,
        })
    }

    async fn lineage(&self, call: &Call, request: &ListLineageRequest) -> Result<ListLineageResponse> {
        let division = optional_code("division", &request.division)?;
        let from = dates::from_proto("effective_from", request.effective_from)?;
        let until = dates::from_proto("effective_until", request.effective_until)?;
        let query = [division.as_str(), &format!("{from:?}"), &format!("{until:?}")];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListLineage", &query)?;
        let list = store::lineage::LineageQuery {
            division: &division,
            from,
            until,
            after: page.after.as_deref().map(wire::names::day_and_id).transpose()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = store::lineage::lineage_list(&mut tx, &list).await?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{} {}", row.effective_date, row.id));
        Ok(ListLineageResponse {
            edges: wire::lineage::edges(&rows),
            next_page_token,
        })
    }
}

/// A code, or nothing for no bound.
pub(super) fn optional_code(field: &str, value: &str) -> Result<String> {
    if value.is_empty() {
        Ok(String::new())
    } else {
        Ok(Code::parse(field, value)?.into_code())
    }
}

/// A mutation of records cannot be repeated safely without an id.
pub(super) fn require_id(request_id: &str) -> Result<()> {
    if request_id.is_empty() {
        Err(Error::required("request_id"))
    } else {
        Ok(())
    }
}
