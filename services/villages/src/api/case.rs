//! `CaseService`.

use kit::{
    Kit,
    call::Call,
    db::Tx,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    CaseEntry, DecideCaseRequest, ExplainCaseRequest, FalsificationCase, GetCaseRequest, ListCasesRequest,
    ListCasesResponse, OpenCaseRequest, case_service_server::CaseService,
};
use tonic::{Request, Response, Status};

use super::division::optional_code;
use crate::{
    store::case::{self, CaseQuery, CaseRow},
    wire,
};

const FIELDS: &[Field] = &[Field::text("state", "state"), Field::text("indicator", "indicator")];

/// Falsification cases.
pub struct CaseApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl CaseService for CaseApi {
    async fn get_case(&self, request: Request<GetCaseRequest>) -> Result<Response<FalsificationCase>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_cases(&self, request: Request<ListCasesRequest>) -> Result<Response<ListCasesResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn open_case(&self, request: Request<OpenCaseRequest>) -> Result<Response<FalsificationCase>, Status> {
        let call = Call::of(&request)?;
        Ok(self.open(&call, &request.into_inner()).await?)
    }

    async fn explain_case(&self, request: Request<ExplainCaseRequest>) -> Result<Response<FalsificationCase>, Status> {
        let call = Call::of(&request)?;
        Ok(self.explain(&call, &request.into_inner()).await?)
    }

    async fn decide_case(&self, request: Request<DecideCaseRequest>) -> Result<Response<FalsificationCase>, Status> {
        let call = Call::of(&request)?;
        Ok(self.decide(&call, &request.into_inner()).await?)
    }
}

/// Cases with what was done about them.
pub(super) async fn with_entries(tx: &mut Tx, rows: &[CaseRow]) -> Result<Vec<FalsificationCase>> {
    let ids: Vec<_> = rows.iter().map(|row| row.case_id).collect();
    let entries = case::entries_of(tx, &ids).await?;
    let of = |id| {
        let own = entries.iter().filter(move |(case, _)| *case == id);
        own.map(|(_, content)| wire::case::entry(content))
            .collect::<Result<Vec<CaseEntry>>>()
    };
    rows.iter()
        .map(|row| wire::case::case(&row.content, of(row.case_id)?))
        .collect()
}

impl CaseApi {
    async fn get(&self, call: &Call, request: &GetCaseRequest) -> Result<FalsificationCase> {
        let id = wire::case::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let row: Vec<_> = case::case_get(&mut tx, id).await?.into_iter().collect();
        let case = with_entries(&mut tx, &row).await?.pop();
        case.ok_or_else(|| Error::not_found(&request.name))
    }

    async fn list(&self, call: &Call, request: &ListCasesRequest) -> Result<ListCasesResponse> {
        let division = optional_code("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListCases", &query)?;
        let list = CaseQuery {
            division: &division,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = case::cases_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.case_id.to_string());
        Ok(ListCasesResponse {
            cases: with_entries(&mut tx, &rows).await?,
            next_page_token,
        })
    }
}
