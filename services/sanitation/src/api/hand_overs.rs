//! `HandOverService`.

use kit::{audit::Change, call::Call, db::Begun, error::Error};
use proto::xiangtu::sanitation::v1::{
    HandOver, ListHandOversRequest, ListHandOversResponse, RecordHandOverRequest, VerifyHandOversRequest,
    VerifyHandOversResponse, hand_over_service_server::HandOverService,
};
use tonic::{Request, Response, Status};

use super::Api;
use crate::{
    store::{
        areas::area_get,
        hand_overs::{chain_verify, hand_over_append, hand_over_list},
        trips::{trip_get, trip_hold},
    },
    wire::{custody, names},
};

#[tonic::async_trait]
impl HandOverService for Api {
    async fn record_hand_over(&self, request: Request<RecordHandOverRequest>) -> Result<Response<HandOver>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        if request.request_id.is_empty() {
            return Err(Error::required("request_id").into());
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let record = request.hand_over.ok_or_else(|| Error::required("hand_over"))?;
        let id = names::reference("hand_over.trip", &record.trip, "trips")?.to_owned();
        let trip = trip_hold(&mut tx, &id).await.map_err(Error::from)?;
        let trip = trip.ok_or_else(|| Error::not_found(names::trip(&id)))?;
        let row = custody::new_hand_over(record, &trip, tx.now())?;
        if let Some(village) = row.giver.strip_prefix("divisions/")
            && area_get(&mut tx, village).await.map_err(Error::from)?.is_none()
        {
            return Err(Error::not_found(&row.giver).into());
        }
        let appended = hand_over_append(&mut tx, &row).await.map_err(Error::from)?;
        let appended = appended.ok_or_else(|| Error::exists(format!("trips/{id}/handOvers of kind {}", row.kind)))?;
        let division = appended.division_code.clone();
        let response = custody::hand_over(appended);
        let change = Change::new("record", &division, &response.name);
        Ok(tx.finish(change, response).await?)
    }

    async fn list_hand_overs(
        &self,
        request: Request<ListHandOversRequest>,
    ) -> Result<Response<ListHandOversResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = names::existing(&request.parent, "trips")?;
        let page = self.kit.pages.open(
            request.page_size,
            &request.page_token,
            "ListHandOvers",
            &[&request.parent],
        )?;
        let after = page
            .after
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(Error::internal)?;
        let mut tx = self.kit.db.read(&call).await?;
        if trip_get(&mut tx, id).await.map_err(Error::from)?.is_none() {
            return Err(Error::not_found(&request.parent).into());
        }
        let rows = hand_over_list(&mut tx, id, after.unwrap_or(0), page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.position.to_string());
        Ok(Response::new(ListHandOversResponse {
            hand_overs: rows.into_iter().map(custody::hand_over).collect(),
            next_page_token,
        }))
    }

    async fn verify_hand_overs(
        &self,
        request: Request<VerifyHandOversRequest>,
    ) -> Result<Response<VerifyHandOversResponse>, Status> {
        let call = Call::of(&request)?;
        let parent = request.into_inner().parent;
        let id = names::existing(&parent, "trips")?;
        let mut tx = self.kit.db.read(&call).await?;
        if trip_get(&mut tx, id).await.map_err(Error::from)?.is_none() {
            return Err(Error::not_found(&parent).into());
        }
        let (count, broken) = chain_verify(&mut tx, id).await.map_err(Error::from)?;
        Ok(Response::new(VerifyHandOversResponse {
            intact: broken.is_none(),
            hand_over_count: i32::try_from(count).unwrap_or(i32::MAX),
            broken_position: broken.unwrap_or(0),
        }))
    }
}
