//! `SitingService`.

use std::collections::BTreeMap;

use kit::{
    call::Call,
    division::Division,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{
    GetSitingProposalGeojsonRequest, GetSitingProposalGeojsonResponse, GetSitingProposalRequest,
    ListSitingProposalsRequest, ListSitingProposalsResponse, SitingProposal, SitingSum, SummarizeSitingRequest,
    SummarizeSitingResponse, siting_service_server::SitingService,
};
use sqlx::PgConnection;
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    assess::township,
    book::Book,
    show,
    sites::{Aim, Sited, Standing},
    store::areas::{Area, area_get, area_list, areas_of},
    wire::{names, siting},
};

#[tonic::async_trait]
impl SitingService for Api {
    async fn get_siting_proposal(
        &self,
        request: Request<GetSitingProposalRequest>,
    ) -> Result<Response<SitingProposal>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.proposal(&call, request.into_inner()).await?))
    }

    async fn list_siting_proposals(
        &self,
        request: Request<ListSitingProposalsRequest>,
    ) -> Result<Response<ListSitingProposalsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let as_of = self.kit.day("as_of", request.as_of)?;
        let aim = siting::aim(request.level, request.max_bins_per_point)?;
        let common = list::Request {
            method: &format!("ListSitingProposals {as_of} {aim:?}"),
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: "",
        };
        let query = list::Query::of(&self.kit, &common, &[])?;
        let mut tx = self.kit.db.read(&call).await?;
        let areas = area_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (areas, next_page_token) = query.page.close(areas, |area| area.division_code.clone());
        let book = Book::read(&mut tx, query.division(), as_of).await?;
        let (book, sited) = proposed(&mut tx, areas, book, aim).await?;
        let proposal = |sited: &Sited| siting::proposal(sited, book.norms(&sited.area.division_code), aim, as_of);
        Ok(Response::new(ListSitingProposalsResponse {
            siting_proposals: sited.iter().map(proposal).collect(),
            next_page_token,
        }))
    }

    async fn summarize_siting(
        &self,
        request: Request<SummarizeSitingRequest>,
    ) -> Result<Response<SummarizeSitingResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        let as_of = self.kit.day("as_of", request.as_of)?;
        let aim = siting::aim(request.level, request.max_bins_per_point)?;
        let mut tx = self.kit.db.read(&call).await?;
        let areas = areas_of(&mut tx, division.code()).await.map_err(Error::from)?;
        if areas.is_empty() {
            return Err(Error::not_found(division.name()).into());
        }
        let book = Book::read(&mut tx, division.code(), as_of).await?;
        let (_, sited) = proposed(&mut tx, areas, book, aim).await?;
        let sum_of = |code: &str| SitingSum {
            division: names::division(code),
            ..SitingSum::default()
        };
        let (mut townships, mut total) = (BTreeMap::new(), sum_of(division.code()));
        for sited in &sited {
            let one = siting::sum(sited);
            let code = township(&sited.area.division_code);
            siting::add(townships.entry(code).or_insert_with(|| sum_of(code)), &one);
            siting::add(&mut total, &one);
        }
        Ok(Response::new(SummarizeSitingResponse {
            townships: townships.into_values().collect(),
            total: Some(total),
        }))
    }

    async fn get_siting_proposal_geojson(
        &self,
        request: Request<GetSitingProposalGeojsonRequest>,
    ) -> Result<Response<GetSitingProposalGeojsonResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let request = GetSitingProposalRequest {
            name: request.name,
            as_of: request.as_of,
            level: request.level,
            max_bins_per_point: request.max_bins_per_point,
        };
        let proposal = self.proposal(&call, request).await?;
        Ok(Response::new(GetSitingProposalGeojsonResponse {
            geojson: show::siting::geojson(&proposal).to_string(),
        }))
    }
}

impl Api {
    async fn proposal(&self, call: &Call, request: GetSitingProposalRequest) -> Result<SitingProposal> {
        let code = names::existing(&request.name, "sitingProposals")?;
        let as_of = self.kit.day("as_of", request.as_of)?;
        let aim = siting::aim(request.level, request.max_bins_per_point)?;
        let mut tx = self.kit.db.read(call).await?;
        let area = area_get(&mut tx, code)
            .await?
            .ok_or_else(|| Error::not_found(&request.name))?;
        let book = Book::read(&mut tx, code, as_of).await?;
        let (book, sited) = proposed(&mut tx, vec![area], book, aim).await?;
        let sited = sited.first().ok_or_else(|| Error::not_found(&request.name))?;
        Ok(siting::proposal(sited, book.norms(code), aim, as_of))
    }
}

/// Proposals for `areas`, reckoned where they hold up nothing else.
async fn proposed(conn: &mut PgConnection, areas: Vec<Area>, book: Book, aim: Aim) -> Result<(Book, Vec<Sited>)> {
    let standing = Standing::read(conn, &areas, |code| book.norms(code)).await?;
    let work = move || {
        let sited = standing.propose(areas, aim, |code| book.norms(code));
        (book, sited)
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}
