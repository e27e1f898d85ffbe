//! `HonourService`.

use kit::{
    Kit,
    call::Call,
    db::Tx,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    DecideHonourRequest, DismissObjectionRequest, EvaluateHonourRequest, GetHonourRequest, GetOneYuanShareRequest,
    Honour, HonourQuota, ListHonoursRequest, ListHonoursResponse, ListOneYuanPaymentsRequest,
    ListOneYuanPaymentsResponse, NominateHonourRequest, ObjectToHonourRequest, OneYuanShare, PublishHonourRequest,
    RecordOneYuanRequest, RecordOneYuanResponse, SetHonourQuotaRequest, honour_service_server::HonourService,
};
use tonic::{Request, Response, Status};

use super::division::optional_code;
use crate::{
    store::honour::{self, HonourQuery, HonourRow},
    wire,
};

const FIELDS: &[Field] = &[
    Field::text("kind", "kind"),
    Field::text("state", "state"),
    Field::text("season", "season"),
];

/// Honours of households.
pub struct HonourApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl HonourService for HonourApi {
    async fn get_honour(&self, request: Request<GetHonourRequest>) -> Result<Response<Honour>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_honours(
        &self,
        request: Request<ListHonoursRequest>,
    ) -> Result<Response<ListHonoursResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn nominate_honour(&self, request: Request<NominateHonourRequest>) -> Result<Response<Honour>, Status> {
        let call = Call::of(&request)?;
        Ok(self.nominate(&call, &request.into_inner()).await?)
    }

    async fn evaluate_honour(&self, request: Request<EvaluateHonourRequest>) -> Result<Response<Honour>, Status> {
        let call = Call::of(&request)?;
        Ok(self.evaluate(&call, &request.into_inner()).await?)
    }

    async fn publish_honour(&self, request: Request<PublishHonourRequest>) -> Result<Response<Honour>, Status> {
        let call = Call::of(&request)?;
        Ok(self.publish(&call, &request.into_inner()).await?)
    }

    async fn object_to_honour(&self, request: Request<ObjectToHonourRequest>) -> Result<Response<Honour>, Status> {
        let call = Call::of(&request)?;
        Ok(self.object(&call, &request.into_inner()).await?)
    }

    async fn dismiss_objection(&self, request: Request<DismissObjectionRequest>) -> Result<Response<Honour>, Status> {
        let call = Call::of(&request)?;
        Ok(self.dismiss(&call, &request.into_inner()).await?)
    }

    async fn decide_honour(&self, request: Request<DecideHonourRequest>) -> Result<Response<Honour>, Status> {
        let call = Call::of(&request)?;
        Ok(self.decide(&call, &request.into_inner()).await?)
    }

    async fn set_honour_quota(&self, request: Request<SetHonourQuotaRequest>) -> Result<Response<HonourQuota>, Status> {
        let call = Call::of(&request)?;
        Ok(self.set_quota(&call, &request.into_inner()).await?)
    }

    async fn record_one_yuan(
        &self,
        request: Request<RecordOneYuanRequest>,
    ) -> Result<Response<RecordOneYuanResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.record_yuan(&call, &request.into_inner()).await?)
    }

    async fn list_one_yuan_payments(
        &self,
        request: Request<ListOneYuanPaymentsRequest>,
    ) -> Result<Response<ListOneYuanPaymentsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list_yuan(&call, &request.into_inner()).await?))
    }

    async fn get_one_yuan_share(
        &self,
        request: Request<GetOneYuanShareRequest>,
    ) -> Result<Response<OneYuanShare>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.yuan_share(&call, &request.into_inner()).await?))
    }
}

/// Honours with what was done about them.
pub(super) async fn with_entries(tx: &mut Tx, rows: &[HonourRow]) -> Result<Vec<Honour>> {
    let ids: Vec<_> = rows.iter().map(|row| row.honour_id).collect();
    let entries = honour::entries_of(tx, &ids).await?;
    let of = |id| {
        let own = entries.iter().filter(move |(honour, _)| *honour == id);
        own.map(|(_, content)| wire::honour::entry(content))
            .collect::<Result<_>>()
    };
    rows.iter()
        .map(|row| wire::honour::honour(&row.content, of(row.honour_id)?))
        .collect()
}

impl HonourApi {
    async fn get(&self, call: &Call, request: &GetHonourRequest) -> Result<Honour> {
        let id = wire::honour::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let rows: Vec<_> = honour::honour_get(&mut tx, id).await?.into_iter().collect();
        let honour = with_entries(&mut tx, &rows).await?.pop();
        honour.ok_or_else(|| Error::not_found(&request.name))
    }

    async fn list(&self, call: &Call, request: &ListHonoursRequest) -> Result<ListHonoursResponse> {
        let division = optional_code("division", &request.division)?;
        let household = match request.household.as_str() {
            "" => String::new(),
            name => wire::household::id("household", name)?,
        };
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &household, &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListHonours", &query)?;
        let list = HonourQuery {
            division: &division,
            household: &household,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = honour::honours_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.honour_id.to_string());
        Ok(ListHonoursResponse {
            honours: with_entries(&mut tx, &rows).await?,
            next_page_token,
        })
    }
}
