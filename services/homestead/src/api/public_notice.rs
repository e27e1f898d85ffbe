//! `PublicNoticeService`.

use homestead_core::dunning::Stage;
use kit::{
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    DraftPublicNoticeRequest, GetPublicNoticeRequest, ListPublicNoticesRequest, ListPublicNoticesResponse,
    PublicNotice as Wire, public_notice_service_server::PublicNoticeService,
};
use time::{Date, Duration};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    store::{
        journal,
        public_notice::{self, Line, PublicNotice},
    },
    wire::{
        self,
        collection::stage_number,
        names,
        payment::{request_id, village},
    },
};

/// Drafts and reads public notices.
pub struct PublicNoticeApi {
    pub kit: Kit,
}

/// Longest posting.
const LONGEST: Duration = Duration::days(90);

const FIELDS: &[Field] = &[Field::date("from_date", "from_on"), Field::date("last_date", "last_on")];

#[tonic::async_trait]
impl PublicNoticeService for PublicNoticeApi {
    async fn draft_public_notice(&self, request: Request<DraftPublicNoticeRequest>) -> Result<Response<Wire>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let today = self.kit.clock.today();
        let village = village("division", &request.division)?;
        let (from_on, last_on) = posting(&request, today)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        // Numbers have no gaps, and nobody is posted whose money arrives meanwhile.
        journal::books_hold(&mut tx, &[&village]).await.map_err(Error::from)?;
        let debtors = public_notice::debtors_at(&mut tx, &village, today, stage_number(Stage::PublicNotice))
            .await
            .map_err(Error::from)?;
        if debtors.is_empty() {
            return Err(Error::rule(
                "NOBODY_TO_POST",
                names::of("divisions", &village),
                "no debtor of the village has come to the step of public notice",
                "该村没有进入公示阶段的欠费户",
            )
            .into());
        }
        let lines = wire::public_notice::lines_of(&self.kit.crypt, debtors)?;
        let notice = PublicNotice {
            id: if request.validate_only {
                Uuid::nil()
            } else {
                self.kit.ids.next()
            },
            notice_number: if request.validate_only {
                0
            } else {
                public_notice::number_next(&mut tx, &village)
                    .await
                    .map_err(Error::from)?
            },
            division_code: village,
            as_of: today,
            from_on,
            last_on,
            overdue_fen: lines.iter().map(|line| line.overdue_fen).sum(),
            lines: i64::try_from(lines.len()).unwrap_or(i64::MAX),
            drafted_by: tx.principal().to_owned(),
            created_at: tx.now(),
        };
        let mut answer = answer(&notice, &lines);
        if request.validate_only {
            answer.name.clear();
            return Ok(Response::new(answer));
        }
        public_notice::notice_insert(&mut tx, &notice, &lines)
            .await
            .map_err(Error::from)?;
        let change = Change::new("draft", &notice.division_code, &answer.name);
        let detail = format!("number {}, {} lines", notice.notice_number, notice.lines);
        Ok(tx.finish(change.detail(detail), answer).await?)
    }

    async fn get_public_notice(&self, request: Request<GetPublicNoticeRequest>) -> Result<Response<Wire>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let id = names::found_uid("publicNotices", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let notice = public_notice::notice_get(&mut tx, id).await.map_err(Error::from)?;
        let notice = notice.ok_or_else(|| Error::not_found(name))?;
        let lines = public_notice::lines_of(&mut tx, id, notice.as_of)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(answer(&notice, &lines)))
    }

    async fn list_public_notices(
        &self,
        request: Request<ListPublicNoticesRequest>,
    ) -> Result<Response<ListPublicNoticesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPublicNotices", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = public_notice::notice_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListPublicNoticesResponse {
            public_notices: rows.iter().map(wire::public_notice::notice).collect(),
            next_page_token,
        }))
    }
}

fn answer(notice: &PublicNotice, lines: &[Line]) -> Wire {
    Wire {
        lines: lines.iter().map(wire::public_notice::line).collect(),
        ..wire::public_notice::notice(notice)
    }
}

/// First and last day of posting.
fn posting(request: &DraftPublicNoticeRequest, today: Date) -> Result<(Date, Date)> {
    let from_on = dates::required("from_date", request.from_date)?;
    let last_on = dates::required("last_date", request.last_date)?;
    if from_on < today {
        return Err(Error::invalid(
            "from_date",
            from_on,
            format!("not before today, {today}"),
        ));
    }
    if last_on < from_on || last_on > from_on.saturating_add(LONGEST) {
        return Err(Error::invalid(
            "last_date",
            last_on,
            format!("not before from_date {from_on} and at most 90 days after it"),
        ));
    }
    Ok((from_on, last_on))
}
