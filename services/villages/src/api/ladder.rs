//! `LadderService`.

use kit::{
    Kit,
    call::Call,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    GetLadderStepRequest, LadderStep, ListLadderStepsRequest, ListLadderStepsResponse,
    ladder_service_server::LadderService,
};
use tonic::{Request, Response, Status};

use super::division::optional_code;
use crate::{store::ladder, wire};

/// Steps of the accountability ladder.
pub struct LadderApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl LadderService for LadderApi {
    async fn get_ladder_step(&self, request: Request<GetLadderStepRequest>) -> Result<Response<LadderStep>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_ladder_steps(
        &self,
        request: Request<ListLadderStepsRequest>,
    ) -> Result<Response<ListLadderStepsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }
}

fn read(content: &[u8]) -> Result<LadderStep> {
    LadderStep::decode(content).map_err(Error::internal)
}

impl LadderApi {
    async fn get(&self, call: &Call, request: &GetLadderStepRequest) -> Result<LadderStep> {
        let id = wire::ladder::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        read(
            &ladder::step_get(&mut tx, id)
                .await?
                .ok_or_else(|| Error::not_found(&request.name))?,
        )
    }

    async fn list(&self, call: &Call, request: &ListLadderStepsRequest) -> Result<ListLadderStepsResponse> {
        let division = optional_code("division", &request.division)?;
        let cadre = match request.cadre.as_str() {
            "" => String::new(),
            name => wire::cadre::id("cadre", name)?,
        };
        let query = [division.as_str(), &cadre];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListLadderSteps", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(call).await?;
        let rows = ladder::steps_list(&mut tx, &division, &cadre, after, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |(id, _)| id.to_string());
        let ladder_steps = rows.iter().map(|(_, content)| read(content)).collect::<Result<_>>()?;
        Ok(ListLadderStepsResponse {
            ladder_steps,
            next_page_token,
        })
    }
}
