//! `HandOverService`.

mod export;

use std::pin::Pin;

use futures::Stream;
use kit::{
    Kit,
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{
    BatchRecordHandOversRequest, BatchRecordHandOversResponse, BatchRecordHandOversResult, CorrectHandOverRequest,
    CustodyRecord, ExportHandOversRequest, HandOver, ListHandOversRequest, ListHandOversResponse,
    RecordHandOverRequest, VerifyHandOversRequest, VerifyHandOversResponse, batch_record_hand_overs_result::Outcome,
    hand_over_service_server::HandOverService,
};
use tonic::{Request, Response, Status};

use super::Api;
use crate::{
    book::Book,
    signing,
    store::{
        areas::area_get,
        devices::device_get,
        hand_overs::{self, chain_verify, hand_over_append, hand_over_get, hand_over_list},
        trips::{Trip, trip_get, trip_hold},
    },
    wire::{hand_overs as wire, names},
};

/// Most hand-overs in a batch.
const MOST_AT_ONCE: usize = 500;
/// What each hand-over of a batch is, so that it is the same whether it comes alone or with others.
const RECORD: &str = "/xiangtu.sanitation.v1.HandOverService/RecordHandOver";

#[tonic::async_trait]
impl HandOverService for Api {
    type ExportHandOversStream = Pin<Box<dyn Stream<Item = Result<CustodyRecord, Status>> + Send>>;

    async fn record_hand_over(&self, request: Request<RecordHandOverRequest>) -> Result<Response<HandOver>, Status> {
        let call = Call::of(&request)?;
        Ok(record(&self.kit, &call, request.into_inner()).await?)
    }

    async fn batch_record_hand_overs(
        &self,
        request: Request<BatchRecordHandOversRequest>,
    ) -> Result<Response<BatchRecordHandOversResponse>, Status> {
        let call = Call::of(&request)?;
        let requests = request.into_inner().requests;
        if requests.is_empty() || requests.len() > MOST_AT_ONCE {
            return Err(Error::invalid("requests", requests.len(), "1 to 500 hand-overs").into());
        }
        let each = Call {
            method: RECORD.into(),
            ..call
        };
        let mut results = Vec::with_capacity(requests.len());
        for request in requests {
            let outcome = match record(&self.kit, &each, request).await {
                Ok(recorded) => Outcome::HandOver(recorded.into_inner()),
                Err(error) => Outcome::Error(error.into()),
            };
            results.push(BatchRecordHandOversResult { outcome: Some(outcome) });
        }
        Ok(Response::new(BatchRecordHandOversResponse { results }))
    }

    async fn correct_hand_over(&self, request: Request<CorrectHandOverRequest>) -> Result<Response<HandOver>, Status> {
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
        let name = record.corrects.clone();
        let (id, position) = names::hand_over_parts("hand_over.corrects", &name)?;
        if !record.trip.is_empty() && record.trip != names::trip(id) {
            let rule = format!("{}, as in corrects", names::trip(id));
            return Err(Error::invalid("hand_over.trip", &record.trip, rule).into());
        }
        let trip = hold(&mut tx, id).await?;
        let corrected = hand_over_get(&mut tx, id, position).await.map_err(Error::from)?;
        let corrected = corrected.ok_or_else(|| Error::not_found(&name))?;
        if corrected.corrected_by.is_some() {
            return Err(Error::stale(&name).into());
        }
        let row = wire::new_hand_over(record, &trip, Some(&corrected), tx.now())?;
        if row.kind != corrected.kind {
            let rule = format!("{}, as what it corrects", corrected.kind.to_uppercase());
            return Err(Error::invalid("hand_over.kind", &row.kind, rule).into());
        }
        let appended = append(&mut tx, &trip, &row).await?.ok_or_else(|| Error::stale(&name))?;
        Ok(answer(tx, "correct", appended).await?)
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
            hand_overs: rows.into_iter().map(wire::hand_over).collect(),
            next_page_token,
        }))
    }

    async fn export_hand_overs(
        &self,
        request: Request<ExportHandOversRequest>,
    ) -> Result<Response<Self::ExportHandOversStream>, Status> {
        let call = Call::of(&request)?;
        let stream = export::stream(&self.kit, &call, &request.into_inner()).await?;
        Ok(Response::new(Box::pin(stream)))
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

/// Records one hand-over in a transaction of its own.
async fn record(kit: &Kit, call: &Call, request: RecordHandOverRequest) -> Result<Response<HandOver>> {
    if request.request_id.is_empty() {
        return Err(Error::required("request_id"));
    }
    let mut tx = match kit.db.write(call, &request.request_id, &request).await? {
        Begun::Replay(first) => return Ok(Response::new(first)),
        Begun::Fresh(tx) => tx,
    };
    let record = request.hand_over.ok_or_else(|| Error::required("hand_over"))?;
    if !record.corrects.is_empty() {
        let rule = "empty: corrections are for CorrectHandOver";
        return Err(Error::invalid("hand_over.corrects", &record.corrects, rule));
    }
    let id = names::reference("hand_over.trip", &record.trip, "trips")?.to_owned();
    let trip = hold(&mut tx, &id).await?;
    let row = wire::new_hand_over(record, &trip, None, tx.now())?;
    let appended = append(&mut tx, &trip, &row).await?;
    let appended = appended.ok_or_else(|| Error::exists(format!("trips/{id}/handOvers of kind {}", row.kind)))?;
    answer(tx, "record", appended).await
}

/// The trip, held until its chain has grown.
async fn hold(tx: &mut Tx, id: &str) -> Result<Trip> {
    let trip = trip_hold(tx, id).await?;
    trip.ok_or_else(|| Error::not_found(names::trip(id)))
}

/// Appends a record whose sides, scale and signatures are right; `None` if the record of its key exists.
async fn append(tx: &mut Tx, trip: &Trip, row: &hand_overs::HandOver) -> Result<Option<hand_overs::HandOver>> {
    for side in [&row.giver, &row.taker] {
        if let Some(village) = side.strip_prefix("divisions/")
            && area_get(tx, village).await?.is_none()
        {
            return Err(Error::not_found(side));
        }
    }
    weighed_by_scale(tx, &row.device).await?;
    let book = Book::read(tx, &trip.division_code, trip.date).await?;
    let rule = book.norms(&trip.division_code).custody.signatures;
    signing::verify(tx, row, rule).await?;
    Ok(hand_over_append(tx, row).await?)
}

async fn answer(tx: Tx, action: &'static str, row: hand_overs::HandOver) -> Result<Response<HandOver>> {
    let division = row.division_code.clone();
    let response = wire::hand_over(row);
    let change = Change::new(action, &division, &response.name);
    tx.finish(change, response).await
}

/// The device of a weighing, where one is stated, must be a scale of the register.
async fn weighed_by_scale(tx: &mut Tx, device: &str) -> Result<()> {
    let Some(id) = device.strip_prefix("devices/") else {
        return Ok(());
    };
    let found = device_get(tx, id).await?.ok_or_else(|| Error::not_found(device))?;
    if found.kind == "terminal" {
        let rule = "a weighbridge or a scale on board; this is a terminal";
        return Err(Error::invalid("hand_over.device", device, rule));
    }
    Ok(())
}
