//! `WorksOrderService`.

use kit::{
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    error::{Error, Result},
    filter::Field,
};
use proto::xiangtu::sanitation::v1::{
    CompleteWorksOrderRequest, GetWorksOrderRequest, ListWorksOrdersRequest, ListWorksOrdersResponse,
    OpenWorksOrderRequest, VerifyWorksOrderRequest, WithdrawWorksOrderRequest, WorksOrder, WorksOrderOpened,
    works_order_service_server::WorksOrderService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    jobs::works::tell,
    store::works::{
        self, village_hold, works_counted, works_order_get, works_order_insert, works_order_keep, works_order_list,
    },
    wire::{complaints::text, names, text::line, works as wire},
};

const FIELDS: &[Field] = &[
    Field::text("kind", "kind"),
    Field::text("state", "state"),
    Field::text("team", "team"),
    Field::date("due_date", "due_date"),
    Field::bool("overdue", "overdue"),
];

#[tonic::async_trait]
impl WorksOrderService for Api {
    async fn open_works_order(&self, request: Request<OpenWorksOrderRequest>) -> Result<Response<WorksOrder>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match begin(self, &call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let given = request.works_order.ok_or_else(|| Error::required("works_order"))?;
        let row = wire::opened(self.kit.ids.next(), &given, tx.now())?;
        if !village_hold(&mut tx, &row.division_code).await.map_err(Error::from)? {
            return Err(Error::not_found(names::division(&row.division_code)).into());
        }
        let before = works_counted(&mut tx, &row.division_code).await.map_err(Error::from)?;
        works_order_insert(&mut tx, &row).await.map_err(Error::from)?;
        let order = wire::works_order(&row);
        let payload = WorksOrderOpened {
            works_order: Some(order.clone()),
        };
        tx.emit("works_order.opened", &row.division_code, &order.name, &payload);
        tell(&mut tx, &row.division_code, before).await?;
        let change = Change::new("open", &row.division_code, &order.name);
        Ok(tx.finish(change, order).await?)
    }

    async fn get_works_order(&self, request: Request<GetWorksOrderRequest>) -> Result<Response<WorksOrder>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing_uuid(&name, "worksOrders")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = works_order_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(wire::works_order(&row)))
    }

    async fn list_works_orders(
        &self,
        request: Request<ListWorksOrdersRequest>,
    ) -> Result<Response<ListWorksOrdersResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListWorksOrders",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = works_order_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.works_order_id.to_string());
        Ok(Response::new(ListWorksOrdersResponse {
            works_orders: rows.iter().map(wire::works_order).collect(),
            next_page_token,
        }))
    }

    async fn complete_works_order(
        &self,
        request: Request<CompleteWorksOrderRequest>,
    ) -> Result<Response<WorksOrder>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        text("outcome", &request.outcome, 500)?;
        let photos = wire::photos("photo_digests", &request.photo_digests)?;
        let mut tx = match begin(self, &call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let (mut row, before) = held(&mut tx, &request.name, &["open"]).await?;
        if let Some(old) = photos.iter().find(|digest| row.photos.contains(digest)) {
            let rule = "a photograph of the work, not of what was found";
            return Err(Error::invalid("photo_digests", old, rule).into());
        }
        "done".clone_into(&mut row.state);
        (row.outcome, row.outcome_photos) = (request.outcome, photos);
        row.done_at = Some(tx.now());
        Ok(keep(tx, "complete", &row, before).await?)
    }

    async fn verify_works_order(
        &self,
        request: Request<VerifyWorksOrderRequest>,
    ) -> Result<Response<WorksOrder>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let least = usize::from(!request.accepted);
        line("reason", &request.reason, least, if request.accepted { 0 } else { 200 })?;
        let mut tx = match begin(self, &call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let (mut row, before) = held(&mut tx, &request.name, &["done"]).await?;
        if request.accepted {
            "verified".clone_into(&mut row.state);
            row.ended_at = Some(tx.now());
        } else {
            "open".clone_into(&mut row.state);
            row.done_at = None;
            row.rejection_count += 1;
        }
        row.reason = request.reason;
        Ok(keep(tx, "verify", &row, before).await?)
    }

    async fn withdraw_works_order(
        &self,
        request: Request<WithdrawWorksOrderRequest>,
    ) -> Result<Response<WorksOrder>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        line("reason", &request.reason, 1, 200)?;
        let mut tx = match begin(self, &call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let (mut row, before) = held(&mut tx, &request.name, &["open", "done"]).await?;
        "withdrawn".clone_into(&mut row.state);
        row.reason = request.reason;
        row.ended_at = Some(tx.now());
        Ok(keep(tx, "withdraw", &row, before).await?)
    }
}

async fn begin<M: prost::Message>(api: &Api, call: &Call, request_id: &str, request: &M) -> Result<Begun<WorksOrder>> {
    if request_id.is_empty() {
        return Err(Error::required("request_id"));
    }
    api.kit.db.write(call, request_id, request).await
}

/// An order in one of these states, held with its village, and the numbers of the village.
async fn held(tx: &mut Tx, name: &str, states: &[&str]) -> Result<(works::WorksOrder, (i64, i64))> {
    let id = names::existing_uuid(name, "worksOrders")?;
    let unknown = || Error::not_found(name);
    let village = works_order_get(tx, id).await?.ok_or_else(unknown)?.division_code;
    village_hold(tx, &village).await?;
    // As it is now that nobody else changes it.
    let row = works_order_get(tx, id).await?.ok_or_else(unknown)?;
    if !states.contains(&row.state.as_str()) {
        let message = format!("it is {}, not {}", row.state, states.join(" or "));
        let message_zh = format!("工单当前状态为 {}，应为 {}", row.state, states.join(" 或 "));
        return Err(Error::rule("WORKS_ORDER_STATE", name, message, message_zh));
    }
    let before = works_counted(tx, &village).await?;
    Ok((row, before))
}

async fn keep(mut tx: Tx, action: &str, row: &works::WorksOrder, before: (i64, i64)) -> Result<Response<WorksOrder>> {
    works_order_keep(&mut tx, row).await?;
    tell(&mut tx, &row.division_code, before).await?;
    let order = wire::works_order(row);
    let change = Change::new(action, &row.division_code, &order.name).detail(&row.reason);
    tx.finish(change, order).await
}
