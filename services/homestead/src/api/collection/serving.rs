//! Recording that a notice reached the debtor.

use homestead_core::dunning::Stage;
use kit::{
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{NoticeServiceMethod, RecordServedNoticeRequest, ServedNotice};
use tonic::{Response, Status};

use super::CollectionApi;
use crate::{
    store::{
        limitation::NOTICE_SERVED,
        served::{self, Servable, Served},
    },
    wire::{self, checks, collection::stage_number, names, payment::request_id, served::Stated},
};

impl CollectionApi {
    pub(super) async fn served(
        &self,
        call: &Call,
        request: &RecordServedNoticeRequest,
    ) -> Result<Response<ServedNotice>, Status> {
        request_id(&request.request_id)?;
        let notice_id = names::found_uid("dunningNotices", &request.name)?;
        let stated = wire::served::stated(request, self.kit.clock.now())?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let notice = served::notice_get(&mut tx, notice_id).await.map_err(Error::from)?;
        let notice = notice.ok_or_else(|| Error::not_found(&request.name))?;
        check(&request.name, &notice, &stated)?;
        let id = self.kit.ids.next();
        let proof = names::of("servedNotices", id);
        let owner = (notice.division_code.as_str(), notice.household_id.as_str());
        let served_on = dates::day_of(stated.served_at);
        let bills = self.interrupt(&mut tx, owner, NOTICE_SERVED, served_on, &proof).await?;
        let row = Served {
            id,
            division_code: notice.division_code,
            household_id: notice.household_id,
            notice_id,
            service_method: i16::try_from(i32::from(stated.method)).map_err(Error::internal)?,
            served_at: stated.served_at,
            proof: stated.proof,
            delivery_event: stated.delivery_event,
            bills,
            recorded_by: tx.principal().to_owned(),
            recorded_at: tx.now(),
        };
        if !served::served_insert(&mut tx, &row).await.map_err(Error::from)? {
            return Err(Error::rule(
                "NOTICE_SERVED",
                &request.name,
                "that it was served is recorded already",
                "该通知书已登记送达",
            )
            .into());
        }
        let answer = wire::served::served(&row);
        let change = Change::new("record_served", &row.division_code, &request.name);
        Ok(tx.finish(change.detail(stated.method.as_str_name()), answer).await?)
    }
}

fn check(name: &str, notice: &Servable, stated: &Stated) -> Result<()> {
    if notice.stage == stage_number(Stage::PublicNotice) {
        return Err(Error::rule(
            "NOTICE_NOT_SERVABLE",
            name,
            "a public notice reaches nobody in particular",
            "公示不属于向当事人送达",
        ));
    }
    let served_on = dates::day_of(stated.served_at);
    if served_on < notice.notice_on {
        return Err(Error::invalid(
            "serve_time",
            stated.served_at,
            format!("not before the day of the notice, {}", notice.notice_on),
        ));
    }
    if stated.method == NoticeServiceMethod::Post {
        return Ok(());
    }
    checks::by_day(name, stated.served_at)
}
