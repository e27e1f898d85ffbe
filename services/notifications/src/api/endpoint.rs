//! `xiangtu.notifications.v1.EndpointService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    division::Division,
    error::{Error, Result},
    etag,
    mask::Mask,
};
use proto::xiangtu::notifications::v1::{
    CreateEndpointRequest, DeleteEndpointRequest, DisableEndpointRequest, EnableEndpointRequest, Endpoint,
    GetEndpointRequest, ListEndpointsRequest, ListEndpointsResponse, RotateEndpointSecretRequest,
    UpdateEndpointRequest, endpoint_service_server::EndpointService,
};
use time::Duration;
use tonic::{Request, Response, Status};

use crate::{
    store::{self, endpoint::EndpointRow},
    target::Targets,
    wake::Wake,
    wire::{
        endpoint as wire,
        name::{Collection, division_or_empty},
    },
};

const UPDATABLE: &[&str] = &["display_name", "url", "topics", "in_flight_limit"];
const DEFAULT_OVERLAP: Duration = Duration::hours(24);
const LONGEST_OVERLAP: Duration = Duration::days(7);

/// Keeps the systems that receive webhooks.
pub struct Api {
    /// What the service works with.
    pub kit: Kit,
    /// Where webhooks may go.
    pub targets: Targets,
    /// Wakes the workers.
    pub wake: Wake,
}

async fn lock(tx: &mut Tx, name: &str) -> Result<EndpointRow> {
    let uid = Collection::Endpoints.parse("name", name)?;
    let row = store::endpoint::endpoint_lock(tx, uid).await?;
    row.ok_or_else(|| Error::not_found(name))
}

#[tonic::async_trait]
impl EndpointService for Api {
    async fn create_endpoint(&self, request: Request<CreateEndpointRequest>) -> Result<Response<Endpoint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let given = request.endpoint.ok_or_else(|| Error::required("endpoint"))?;
        let now = self.kit.clock.now();
        let row = EndpointRow {
            uid: self.kit.ids.next(),
            division_code: Division::parse("endpoint.division", &given.division)?.into_code(),
            display_name: wire::display_name("endpoint.display_name", &given.display_name)?,
            url: wire::url("endpoint.url", &given.url, &self.targets)?,
            topics: wire::topics("endpoint.topics", &given.topics)?,
            secret: wire::secret("endpoint.secret", &given.secret, &self.kit.crypt)?,
            previous_secret: None,
            previous_until: None,
            in_flight_limit: wire::in_flight_limit("endpoint.in_flight_limit", given.in_flight_limit)?,
            disabled_reason: None,
            failures: 0,
            last_success_at: None,
            created_at: now,
        };
        let answer = wire::answer(&row, now);
        if request.validate_only {
            return Ok(Response::new(answer));
        }
        store::endpoint::endpoint_insert(&mut tx, &row)
            .await
            .map_err(Error::from)?;
        Ok(tx
            .finish(Change::new("create", &row.division_code, &answer.name), answer)
            .await?)
    }

    async fn get_endpoint(&self, request: Request<GetEndpointRequest>) -> Result<Response<Endpoint>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let uid = Collection::Endpoints.parse("name", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = store::endpoint::endpoint_get(&mut tx, uid).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        let waiting = store::endpoint::endpoint_waiting(&mut tx, uid)
            .await
            .map_err(Error::from)?;
        let answer = wire::answer(&row, self.kit.clock.now());
        Ok(Response::new(Endpoint {
            waiting_count: Some(waiting),
            ..answer
        }))
    }

    async fn list_endpoints(
        &self,
        request: Request<ListEndpointsRequest>,
    ) -> Result<Response<ListEndpointsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = division_or_empty("division", &request.division)?;
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListEndpoints", &[&division])?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = store::endpoint::endpoint_list(&mut tx, &division, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.uid.to_string());
        let now = self.kit.clock.now();
        let endpoints = rows.iter().map(|row| wire::answer(row, now)).collect();
        Ok(Response::new(ListEndpointsResponse {
            endpoints,
            next_page_token,
        }))
    }

    async fn update_endpoint(&self, request: Request<UpdateEndpointRequest>) -> Result<Response<Endpoint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let given = request.endpoint.ok_or_else(|| Error::required("endpoint"))?;
        let mask = Mask::parse(request.update_mask, UPDATABLE)?;
        let mut row = lock(&mut tx, &given.name).await?;
        if given.etag.is_empty() {
            return Err(Error::required("endpoint.etag").into());
        }
        etag::check(&given.etag, &wire::etag_of(&row), &given.name)?;
        if mask.has("display_name") {
            row.display_name = wire::display_name("endpoint.display_name", &given.display_name)?;
        }
        if mask.has("url") {
            row.url = wire::url("endpoint.url", &given.url, &self.targets)?;
        }
        if mask.has("topics") {
            row.topics = wire::topics("endpoint.topics", &given.topics)?;
        }
        if mask.has("in_flight_limit") {
            row.in_flight_limit = wire::in_flight_limit("endpoint.in_flight_limit", given.in_flight_limit)?;
        }
        store::endpoint::endpoint_update(&mut tx, &row)
            .await
            .map_err(Error::from)?;
        let answer = wire::answer(&row, self.kit.clock.now());
        Ok(tx
            .finish(Change::new("update", &row.division_code, &answer.name), answer)
            .await?)
    }

    async fn delete_endpoint(&self, request: Request<DeleteEndpointRequest>) -> Result<Response<()>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(()) => return Ok(Response::new(())),
            Begun::Fresh(tx) => tx,
        };
        let row = lock(&mut tx, &request.name).await?;
        etag::check(&request.etag, &wire::etag_of(&row), &request.name)?;
        let now = self.kit.clock.now();
        store::endpoint::endpoint_remove(&mut tx, row.uid, now)
            .await
            .map_err(Error::from)?;
        Ok(tx
            .finish(Change::new("delete", &row.division_code, &request.name), ())
            .await?)
    }

    async fn enable_endpoint(&self, request: Request<EnableEndpointRequest>) -> Result<Response<Endpoint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let mut row = lock(&mut tx, &request.name).await?;
        let now = self.kit.clock.now();
        if row.disabled_reason.take().is_some() {
            row.failures = 0;
            store::endpoint::endpoint_enable(&mut tx, row.uid, now)
                .await
                .map_err(Error::from)?;
        }
        let change = Change::new("enable", &row.division_code, &request.name);
        let response = tx.finish(change, wire::answer(&row, now)).await?;
        self.wake.deliveries.ring();
        Ok(response)
    }

    async fn disable_endpoint(&self, request: Request<DisableEndpointRequest>) -> Result<Response<Endpoint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let mut row = lock(&mut tx, &request.name).await?;
        if row.disabled_reason.is_none() {
            row.disabled_reason = Some("BY_OPERATOR".to_owned());
            store::endpoint::endpoint_disable(&mut tx, row.uid, "BY_OPERATOR")
                .await
                .map_err(Error::from)?;
        }
        let change = Change::new("disable", &row.division_code, &request.name);
        Ok(tx.finish(change, wire::answer(&row, self.kit.clock.now())).await?)
    }

    async fn rotate_endpoint_secret(
        &self,
        request: Request<RotateEndpointSecretRequest>,
    ) -> Result<Response<Endpoint>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let overlap = request
            .overlap
            .map_or(DEFAULT_OVERLAP, |overlap| Duration::seconds(overlap.seconds));
        if !(Duration::ZERO..=LONGEST_OVERLAP).contains(&overlap) {
            return Err(Error::invalid("overlap", overlap.whole_seconds(), "0–604,800 seconds").into());
        }
        let sealed = wire::secret("secret", &request.secret, &self.kit.crypt)?;
        let mut row = lock(&mut tx, &request.name).await?;
        let crypt = &self.kit.crypt;
        if wire::open_secret(&sealed, crypt)? == wire::open_secret(&row.secret, crypt)? {
            return Err(Error::invalid("secret", "***", "another than the present secret").into());
        }
        let now = self.kit.clock.now();
        row.previous_secret = Some(std::mem::replace(&mut row.secret, sealed));
        row.previous_until = Some(now + overlap);
        store::endpoint::endpoint_update(&mut tx, &row)
            .await
            .map_err(Error::from)?;
        let change = Change::new("rotate_secret", &row.division_code, &request.name);
        Ok(tx.finish(change, wire::answer(&row, now)).await?)
    }
}
