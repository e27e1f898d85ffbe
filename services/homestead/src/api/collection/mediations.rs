//! Recording mediations.

use kit::{audit::Change, call::Call, db::Begun, error::Error};
use proto::xiangtu::homestead::v1::{Mediation as Wire, RecordMediationRequest};
use tonic::{Response, Status};

use super::CollectionApi;
use crate::{
    store::{
        limitation::AGREEMENT,
        mediation::{self, Mediation},
    },
    wire::{self, names, payment::request_id},
};

impl CollectionApi {
    pub(super) async fn mediated(
        &self,
        call: &Call,
        request: &RecordMediationRequest,
    ) -> Result<Response<Wire>, Status> {
        request_id(&request.request_id)?;
        let stated = wire::mediation::stated(request, self.kit.clock.today())?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let household = crate::api::household(&mut tx, &request.household).await?;
        let id = self.kit.ids.next();
        let mut bills = Vec::new();
        if stated.agreed.is_some() {
            let owner = (household.division_code.as_str(), household.household_id.as_str());
            let proof = names::of("mediations", id);
            bills = self
                .interrupt(&mut tx, owner, AGREEMENT, stated.held_on, &proof)
                .await?;
            if bills.is_empty() {
                return Err(Error::rule(
                    "NOTHING_OVERDUE",
                    &request.household,
                    "no bill of the household was overdue on that day",
                    "该户当日没有逾期账单",
                )
                .into());
            }
        }
        let row = Mediation {
            id,
            household_id: household.household_id,
            division_code: household.division_code,
            held_on: stated.held_on,
            mediator: stated.mediator,
            parties: stated.parties,
            outcome: i16::try_from(i32::from(stated.outcome)).map_err(Error::internal)?,
            agreed_fen: stated.agreed.map(|(fen, _)| fen),
            last_on: stated.agreed.map(|(_, last_on)| last_on),
            bills,
            text: stated.text,
            recorded_by: tx.principal().to_owned(),
            recorded_at: tx.now(),
        };
        mediation::mediation_insert(&mut tx, &row).await.map_err(Error::from)?;
        let answer = wire::mediation::mediation(&row);
        let change = Change::new("record_mediation", &row.division_code, &answer.name);
        Ok(tx.finish(change.detail(stated.outcome.as_str_name()), answer).await?)
    }
}
