//! `CollectionPointService`.

use kit::{audit::Change, call::Call, dates, db::Begun, error::Error, filter::Field};
use proto::xiangtu::sanitation::v1::{
    CollectionMissed, CollectionPoint, GetCollectionPointRequest, ListCollectionPointsRequest,
    ListCollectionPointsResponse, ListMissedCollectionsRequest, ListMissedCollectionsResponse, MissedCollection,
    ReportMissedCollectionRequest, collection_point_service_server::CollectionPointService,
};
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    store::{
        missed::{Missed, missed_insert, missed_list},
        points::{point_get, point_list},
    },
    wire::{
        enums::{planned_stream, stored},
        names, network,
    },
};

const FIELDS: &[Field] = &[
    Field::text("kind", "kind"),
    Field::int("capacity_l", "capacity_l"),
    Field::int("bin_count", "bin_count"),
    Field::int("daily_g", "daily_g"),
    Field::int("access_max_gross_kg", "access_max_gross_kg"),
];

const MISSED_FIELDS: &[Field] = &[
    Field::date("date", "date"),
    Field::text("reason", "reason"),
    Field::text("collection_point", "point_id"),
    Field::bool("withdrawn", "(withdrawn_at IS NOT NULL)"),
    Field::text("stream", "stream"),
];

#[tonic::async_trait]
impl CollectionPointService for Api {
    async fn get_collection_point(
        &self,
        request: Request<GetCollectionPointRequest>,
    ) -> Result<Response<CollectionPoint>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing(&name, "collectionPoints")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = point_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(network::point(row)))
    }

    async fn list_collection_points(
        &self,
        request: Request<ListCollectionPointsRequest>,
    ) -> Result<Response<ListCollectionPointsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListCollectionPoints",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = point_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.point_id.clone());
        Ok(Response::new(ListCollectionPointsResponse {
            collection_points: rows.into_iter().map(network::point).collect(),
            next_page_token,
        }))
    }

    async fn report_missed_collection(
        &self,
        request: Request<ReportMissedCollectionRequest>,
    ) -> Result<Response<MissedCollection>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        if request.request_id.is_empty() {
            return Err(Error::required("request_id").into());
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let missed = request
            .missed_collection
            .ok_or_else(|| Error::required("missed_collection"))?;
        let reason = stored(
            "missed_collection.reason",
            "MISSED_REASON_",
            missed.reason().as_str_name(),
        )?;
        if missed.note.chars().count() > 500 {
            return Err(Error::invalid("missed_collection.note", &missed.note, "at most 500 characters").into());
        }
        let id = names::reference(
            "missed_collection.collection_point",
            &missed.collection_point,
            "collectionPoints",
        )?;
        let point = point_get(&mut tx, id).await.map_err(Error::from)?;
        let point = point.ok_or_else(|| Error::not_found(&missed.collection_point))?;
        let row = Missed {
            missed_id: self.kit.ids.next(),
            point_id: point.point_id,
            stream: planned_stream("missed_collection.stream", missed.stream())?
                .name()
                .to_owned(),
            division_code: point.division_code,
            date: dates::required("missed_collection.date", missed.date)?,
            reason,
            note: missed.note.clone(),
            reported_at: tx.now(),
            withdrawn_at: None,
        };
        if !missed_insert(&mut tx, &row).await.map_err(Error::from)? {
            let what = format!("{} missed on {}", missed.collection_point, row.date);
            return Err(Error::exists(what).into());
        }
        let division = row.division_code.clone();
        let response = network::missed(row);
        let event = CollectionMissed {
            missed_collection: Some(response.clone()),
        };
        tx.emit("collection.missed", &division, &response.name, &event);
        let change = Change::new("report", &division, &response.name);
        Ok(tx.finish(change, response).await?)
    }

    async fn list_missed_collections(
        &self,
        request: Request<ListMissedCollectionsRequest>,
    ) -> Result<Response<ListMissedCollectionsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListMissedCollections",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, MISSED_FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = missed_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.missed_id.to_string());
        Ok(Response::new(ListMissedCollectionsResponse {
            missed_collections: rows.into_iter().map(network::missed).collect(),
            next_page_token,
        }))
    }
}
