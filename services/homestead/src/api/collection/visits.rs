//! Recording visits.

use kit::{audit::Change, call::Call, db::Begun, error::Error};
use proto::xiangtu::homestead::v1::{RecordVisitRequest, Visit as Wire};
use tonic::{Response, Status};

use super::CollectionApi;
use crate::{
    store::{
        portfolio, recusal,
        visit::{self, Visit},
    },
    wire::{self, checks, payment::request_id},
};

impl CollectionApi {
    pub(super) async fn visited(&self, call: &Call, request: &RecordVisitRequest) -> Result<Response<Wire>, Status> {
        request_id(&request.request_id)?;
        let stated = wire::visit::stated(request, self.kit.clock.now())?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let household = crate::api::household(&mut tx, &request.household).await?;
        let id = &household.household_id;
        if !portfolio::cadre_serves(&mut tx, &stated.cadre_id, &household.division_code)
            .await
            .map_err(Error::from)?
        {
            return Err(Error::not_found(&request.cadre).into());
        }
        if recusal::recused(&mut tx, &stated.cadre_id, id)
            .await
            .map_err(Error::from)?
        {
            return Err(wire::portfolio::recused(&request.household).into());
        }
        checks::by_day(&request.household, stated.visited_at)?;
        let row = Visit {
            id: self.kit.ids.next(),
            household_id: household.household_id,
            division_code: household.division_code,
            cadre_id: stated.cadre_id,
            visited_at: stated.visited_at,
            outcome: i16::try_from(i32::from(stated.outcome)).map_err(Error::internal)?,
            promise_on: stated.promise.map(|(day, _)| day),
            promise_fen: stated.promise.map(|(_, fen)| fen),
            text: stated.text,
            recorded_by: tx.principal().to_owned(),
            recorded_at: tx.now(),
        };
        visit::visit_insert(&mut tx, &row).await.map_err(Error::from)?;
        let answer = wire::visit::visit(&row);
        let change = Change::new("record_visit", &row.division_code, &answer.name);
        Ok(tx.finish(change.detail(stated.outcome.as_str_name()), answer).await?)
    }
}
