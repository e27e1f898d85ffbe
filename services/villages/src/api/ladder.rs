//! `LadderService`.

use kit::{
    Kit,
    call::Call,
    db::Tx,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    AppealLadderStepRequest, DecideLadderAppealRequest, DecideLadderStepRequest, DefendLadderStepRequest,
    GetLadderStepRequest, LadderEntry, LadderStep, ListLadderStepsRequest, ListLadderStepsResponse,
    ServeLadderStepRequest, ladder_service_server::LadderService,
};
use tonic::{Request, Response, Status};

use super::division::optional_code;
use crate::{
    store::ladder::{self, Drafted, StepQuery},
    wire,
};

const FIELDS: &[Field] = &[
    Field::text("state", "state"),
    Field::text("trigger", "step_trigger"),
    Field::text("occasion", "occasion"),
];

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

    async fn serve_ladder_step(
        &self,
        request: Request<ServeLadderStepRequest>,
    ) -> Result<Response<LadderStep>, Status> {
        let call = Call::of(&request)?;
        Ok(self.serve(&call, &request.into_inner()).await?)
    }

    async fn defend_ladder_step(
        &self,
        request: Request<DefendLadderStepRequest>,
    ) -> Result<Response<LadderStep>, Status> {
        let call = Call::of(&request)?;
        Ok(self.defend(&call, &request.into_inner()).await?)
    }

    async fn decide_ladder_step(
        &self,
        request: Request<DecideLadderStepRequest>,
    ) -> Result<Response<LadderStep>, Status> {
        let call = Call::of(&request)?;
        Ok(self.decide(&call, &request.into_inner()).await?)
    }

    async fn appeal_ladder_step(
        &self,
        request: Request<AppealLadderStepRequest>,
    ) -> Result<Response<LadderStep>, Status> {
        let call = Call::of(&request)?;
        Ok(self.appeal(&call, &request.into_inner()).await?)
    }

    async fn decide_ladder_appeal(
        &self,
        request: Request<DecideLadderAppealRequest>,
    ) -> Result<Response<LadderStep>, Status> {
        let call = Call::of(&request)?;
        Ok(self.decide_appeal(&call, &request.into_inner()).await?)
    }
}

/// Steps with what was done about them.
pub(super) async fn with_entries(tx: &mut Tx, drafted: &[Drafted]) -> Result<Vec<LadderStep>> {
    let ids: Vec<_> = drafted.iter().map(|row| row.step_id).collect();
    let entries = ladder::entries_of(tx, &ids, None).await?;
    let of = |id| {
        let own = entries.iter().filter(move |(step, _)| *step == id);
        own.map(|(_, content)| wire::ladder_process::entry(content))
            .collect::<Result<Vec<LadderEntry>>>()
    };
    drafted
        .iter()
        .map(|row| wire::ladder_process::step(&row.content, of(row.step_id)?))
        .collect()
}

impl LadderApi {
    async fn get(&self, call: &Call, request: &GetLadderStepRequest) -> Result<LadderStep> {
        let id = wire::ladder::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let drafted = ladder::step_get(&mut tx, id).await?;
        let drafted: Vec<_> = drafted.into_iter().collect();
        let step = with_entries(&mut tx, &drafted).await?.pop();
        step.ok_or_else(|| Error::not_found(&request.name))
    }

    async fn list(&self, call: &Call, request: &ListLadderStepsRequest) -> Result<ListLadderStepsResponse> {
        let division = optional_code("division", &request.division)?;
        let cadre = match request.cadre.as_str() {
            "" => String::new(),
            name => wire::cadre::id("cadre", name)?,
        };
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &cadre, &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListLadderSteps", &query)?;
        let list = StepQuery {
            division: &division,
            cadre: &cadre,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = ladder::steps_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.step_id.to_string());
        Ok(ListLadderStepsResponse {
            ladder_steps: with_entries(&mut tx, &rows).await?,
            next_page_token,
        })
    }
}
