//! Taking a section into force.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    division::Division,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::homestead::v1::{ApplyPlanRequest, Plan, PlanSection};
use time::Date;
use tonic::{Response, Status};

use super::{PlanApi, version};
use crate::{
    store::{
        plan,
        tariff::{self, StoredTariff},
    },
    wire::{
        names,
        plan::{Section, tariff_key},
    },
};

impl PlanApi {
    pub(super) async fn apply(
        &self,
        call: &Call,
        request: &ApplyPlanRequest,
        wire: &PlanSection,
        section: &Section,
        division: &Division,
        effective_on: Date,
    ) -> Result<Response<Plan>, Status> {
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        plan::plan_lock(&mut tx).await.map_err(Error::from)?;
        let bytes = wire.encode_to_vec();
        let latest = plan::plan_latest(&mut tx, division.code()).await.map_err(Error::from)?;
        if let Some(row) = latest.filter(|row| row.section == bytes && row.effective_on == effective_on) {
            let answer = Plan {
                section: Some(wire.clone()),
                ..version(&row)
            };
            let change = Change::new("apply_again", division.code(), &answer.name);
            return Ok(tx.finish(change, answer).await?);
        }
        let now = tx.now();
        let number = plan::plan_insert(
            &mut tx,
            division.code(),
            effective_on,
            &bytes,
            section.waterfall.as_ref(),
            now,
        )
        .await
        .map_err(Error::from)?;
        self.replace_tariffs(&mut tx, section, division, number).await?;
        // At last: from here until the commit nobody pays.
        plan::orders_forget(&mut tx, division.code())
            .await
            .map_err(Error::from)?;
        let answer = Plan {
            name: names::of("plans", number),
            division: division.name(),
            version: number,
            effective_date: Some(dates::to_proto(effective_on)),
            section: Some(wire.clone()),
            apply_time: Some(dates::timestamp(now)),
        };
        let change = Change::new("apply", division.code(), &answer.name);
        Ok(tx.finish(change, answer).await?)
    }

    /// Makes the tariffs of the division's plans those of `section`. What bills have quoted must stay as it is.
    async fn replace_tariffs(&self, tx: &mut Tx, section: &Section, division: &Division, number: i64) -> Result<()> {
        let before = tariff::tariff_of_plan(tx, division.code()).await?;
        for stored in &before {
            let same = section
                .tariffs
                .iter()
                .find(|new| tariff_key(new) == tariff_key(&stored.tariff));
            if same == Some(&stored.tariff) {
                continue;
            }
            let completed = same.is_some_and(|new| new.completes(&stored.tariff));
            if !completed && tariff::tariff_used(tx, stored.id).await? {
                return Err(Error::rule(
                    "TARIFF_IN_USE",
                    tariff_key(&stored.tariff),
                    "bills quote this tariff: leave it as it is and add one with a later effective date",
                    "该收费标准已用于计费，不得修改或删除，请另设生效日期更晚的标准",
                ));
            }
            if same.is_none() {
                tariff::tariff_delete(tx, stored.id).await?;
            }
        }
        for new in &section.tariffs {
            let known = before
                .iter()
                .find(|stored| tariff_key(&stored.tariff) == tariff_key(new));
            if known.is_some_and(|stored| stored.tariff == *new) {
                continue;
            }
            let stored = StoredTariff {
                id: known.map_or_else(|| self.kit.ids.next(), |stored| stored.id),
                plan_version: number,
                tariff: new.clone(),
            };
            tariff::tariff_put(tx, division.code(), &stored).await?;
        }
        Ok(())
    }
}
