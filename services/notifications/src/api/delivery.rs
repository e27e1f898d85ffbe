//! `xiangtu.notifications.v1.DeliveryService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    db::Begun,
    error::{Error, Result},
};
use notifications_core::delivery::State;
use proto::xiangtu::notifications::v1::{
    Channel, Delivery, GetDeliveryRequest, ListDeliveriesRequest, ListDeliveriesResponse, RetryDeliveryRequest,
    delivery_service_server::DeliveryService,
};
use tonic::{Request, Response, Status};

use crate::{
    store::{self, delivery::ListQuery},
    wake::Wake,
    wire::{
        channel, delivery as wire,
        name::{Collection, division_or_empty},
        rule::DEFAULT_EXPIRY,
    },
};

/// Shows what became of deliveries and starts them again.
pub struct Api {
    /// What the service works with.
    pub kit: Kit,
    /// Wakes the workers.
    pub wake: Wake,
}

#[tonic::async_trait]
impl DeliveryService for Api {
    async fn get_delivery(&self, request: Request<GetDeliveryRequest>) -> Result<Response<Delivery>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let uid = Collection::Deliveries.parse("name", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = store::delivery::delivery_get(&mut tx, uid).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        let attempts = store::attempt::attempt_list(&mut tx, uid).await.map_err(Error::from)?;
        Ok(Response::new(wire::answer(&row, &attempts)))
    }

    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = division_or_empty("division", &request.division)?;
        let states = wire::states("states", &request.states)?;
        let query = [
            division.as_str(),
            &request.notice,
            &request.endpoint,
            &format!("{states:?}"),
        ];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListDeliveries", &query)?;
        let list = ListQuery {
            division: &division,
            notice: Collection::Notices.optional("notice", &request.notice)?,
            endpoint: Collection::Endpoints.optional("endpoint", &request.endpoint)?,
            states: &states,
            before: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(&call).await?;
        let rows = store::delivery::delivery_list(&mut tx, &list)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.uid.to_string());
        let deliveries = rows.iter().map(|row| wire::answer(row, &[])).collect();
        Ok(Response::new(ListDeliveriesResponse {
            deliveries,
            next_page_token,
        }))
    }

    async fn retry_delivery(&self, request: Request<RetryDeliveryRequest>) -> Result<Response<Delivery>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let uid = Collection::Deliveries.parse("name", &request.name)?;
        let row = store::delivery::delivery_get(&mut tx, uid).await.map_err(Error::from)?;
        let mut row = row.ok_or_else(|| Error::not_found(&request.name))?;
        if row.channel == channel::code(Channel::Webhook) {
            let endpoint = store::endpoint::endpoint_get(&mut tx, row.target_uid)
                .await
                .map_err(Error::from)?;
            if endpoint.is_none_or(|endpoint| endpoint.disabled_reason.is_some()) {
                let name = Collection::Endpoints.name(row.target_uid);
                let message = "the endpoint is disabled or removed";
                return Err(Error::rule("ENDPOINT_DISABLED", name, message, "接收端已停用或删除").into());
            }
        }
        let now = self.kit.clock.now();
        let retryable = State::from_code(row.state).is_some_and(State::is_retryable);
        let restarted = retryable
            && store::delivery::delivery_restart(&mut tx, uid, row.state, now, now + DEFAULT_EXPIRY)
                .await
                .map_err(Error::from)?;
        if !restarted {
            let message = "only a failed or expired delivery can be started again";
            return Err(Error::rule(
                "DELIVERY_NOT_RETRYABLE",
                request.name,
                message,
                "只有失败或过期的送达可以重试",
            )
            .into());
        }
        (row.state, row.due_at, row.finished_at) = (State::Ready.code(), now, None);
        let change = Change::new("retry", &row.division_code, &request.name);
        let response = tx.finish(change, wire::answer(&row, &[])).await?;
        self.wake.deliveries.ring();
        self.wake.posts.ring();
        Ok(response)
    }
}
