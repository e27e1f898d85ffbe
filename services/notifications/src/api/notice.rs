//! `xiangtu.notifications.v1.NoticeService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    division::Division,
    error::{Error, Result},
    filter::{Field, Filter},
};
use notifications_core::topic;
use proto::xiangtu::notifications::v1::{
    Channel, DivisionCoverage, GetNoticeCoverageRequest, GetNoticeCoverageResponse, GetNoticeRequest,
    ListNoticesRequest, ListNoticesResponse, Notice, SendNoticeRequest, notice_service_server::NoticeService,
};
use time::{Duration, OffsetDateTime};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    dispatch::{self, Draft, Outcome},
    plans::Plans,
    store::{self, template::TemplateRow},
    wake::Wake,
    wire::{
        audience::Audience,
        channel,
        name::{Collection, TemplateName, division, division_or_empty},
        notice as wire,
        rule::DEFAULT_EXPIRY,
        template,
    },
};

const FIELDS: &[Field] = &[
    Field::text("topic", "topic"),
    Field::text("subject", "subject"),
    Field::text("event_id", "event_id::text"),
    Field::text("problem", "problem"),
];
const LONGEST_EXPIRY: Duration = Duration::days(30);

/// Sends notices and tells what became of them.
pub struct Api {
    /// What the service works with.
    pub kit: Kit,
    /// Sections in force.
    pub plans: Plans,
    /// Wakes the workers.
    pub wake: Wake,
}

/// What of a send request can be read without the database.
struct Order {
    division: Division,
    template: TemplateName,
    audience: Audience,
    channels: Vec<Channel>,
    priority: proto::xiangtu::notifications::v1::Priority,
    expires_at: OffsetDateTime,
}

fn order(request: &SendNoticeRequest, now: OffsetDateTime) -> Result<Order> {
    if request.request_id.is_empty() {
        return Err(Error::required("request_id"));
    }
    let division = Division::parse("division", &request.division)?;
    if !topic::is_topic(&request.topic) {
        return Err(Error::invalid(
            "topic",
            &request.topic,
            "{noun}.{participle}, for example meeting.called",
        ));
    }
    if request.subject.chars().count() > 200 {
        return Err(Error::invalid("subject", &request.subject, "at most 200 characters"));
    }
    let template = TemplateName::parse("template", &request.template)?;
    if !template.division.contains(&division) {
        return Err(Error::invalid(
            "template",
            &request.template,
            "of the notice's division or one above it",
        ));
    }
    let audience = Audience::parse("audience", request.audience.as_ref())?;
    let channels = channel::offered(&request.channels).map_err(|bad| bad.into_error("channels"))?;
    if audience.is_empty() && channels.iter().any(|channel| *channel != Channel::Webhook) {
        return Err(Error::invalid(
            "audience",
            "",
            "a division or recipients, because a channel goes to people",
        ));
    }
    let expires_at = dates::from_timestamp("expire_time", request.expire_time)?.unwrap_or(now + DEFAULT_EXPIRY);
    if expires_at <= now || expires_at > now + LONGEST_EXPIRY {
        return Err(Error::invalid(
            "expire_time",
            expires_at,
            "ahead of now, by at most 30 days",
        ));
    }
    let priority = channel::priority("priority", request.priority)?;
    Ok(Order {
        division,
        template,
        audience,
        channels,
        priority,
        expires_at,
    })
}

#[tonic::async_trait]
impl NoticeService for Api {
    async fn send_notice(&self, request: Request<SendNoticeRequest>) -> Result<Response<Notice>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let now = self.kit.clock.now();
        let order = order(&request, now)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let name = &order.template;
        let row: Option<TemplateRow> =
            store::template::template_get(&mut tx, name.division.code(), &name.id, name.version)
                .await
                .map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.template))?;
        let definition = template::checked(&row)?;
        let people = order.channels.iter().any(|channel| *channel != Channel::Webhook);
        let plan = if people {
            let today = self.kit.clock.today();
            self.plans.in_force(&mut tx, &order.division, today).await?
        } else {
            None
        };
        let draft = Draft {
            division: &order.division,
            topic: &request.topic,
            subject: &request.subject,
            template: TemplateName::of_version(&row.division_code, &row.id, row.version),
            definition: &definition,
            variables: request.variables,
            audience: order.audience,
            channels: &order.channels,
            priority: order.priority,
            acknowledgement_required: request.acknowledgement_required,
            expires_at: order.expires_at,
            event_id: None,
            rule: String::new(),
            occasion: None,
            quiet: plan.as_ref().and_then(|plan| plan.section.quiet.as_ref()),
        };
        let made = match dispatch::make(&mut tx, &self.kit, &draft).await? {
            Outcome::Made(made) => made,
            Outcome::Unfit(problems) => return Err(template::unfit(problems).into()),
            Outcome::Nobody | Outcome::Repeated => {
                let message = "no recipient and no endpoint would get this notice";
                return Err(Error::rule("NO_RECIPIENTS", &request.division, message, "没有任何接收人或接收端").into());
            }
        };
        let answer = wire::full(&made.notice, &made.texts, std::slice::from_ref(&made.counts))?;
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(answer));
        }
        let change = Change::new("send", order.division.code(), &answer.name)
            .detail(format!("{} deliveries", made.counts.total));
        let response = tx.finish(change, answer).await?;
        self.wake.deliveries.ring();
        self.wake.posts.ring();
        Ok(response)
    }

    async fn get_notice(&self, request: Request<GetNoticeRequest>) -> Result<Response<Notice>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let uid = Collection::Notices.parse("name", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = store::notice::notice_get(&mut tx, uid).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        let texts = store::notice::text_list(&mut tx, uid).await.map_err(Error::from)?;
        let counts = store::delivery::delivery_counts(&mut tx, uid)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(wire::full(&row, &texts, &counts)?))
    }

    async fn list_notices(
        &self,
        request: Request<ListNoticesRequest>,
    ) -> Result<Response<ListNoticesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = division_or_empty("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListNotices", &query)?;
        let before = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = store::notice::notice_list(&mut tx, &division, &filter, before, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.uid.to_string());
        let uids: Vec<Uuid> = rows.iter().map(|row| row.uid).collect();
        let open = store::notice::unfinished(&mut tx, &uids).await.map_err(Error::from)?;
        let notices = rows
            .iter()
            .map(|row| wire::answer(row, open.contains(&row.uid)))
            .collect::<Result<_>>()?;
        Ok(Response::new(ListNoticesResponse {
            notices,
            next_page_token,
        }))
    }

    async fn get_notice_coverage(
        &self,
        request: Request<GetNoticeCoverageRequest>,
    ) -> Result<Response<GetNoticeCoverageResponse>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let uid = Collection::Notices.parse("name", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        store::notice::notice_get(&mut tx, uid)
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::not_found(name))?;
        let counts = store::delivery::delivery_counts(&mut tx, uid)
            .await
            .map_err(Error::from)?;
        let coverage = |row: &store::delivery::Counts| DivisionCoverage {
            division: division(&row.division_code),
            deliveries: Some(wire::counts(row)),
        };
        Ok(Response::new(GetNoticeCoverageResponse {
            divisions: counts.iter().map(coverage).collect(),
        }))
    }
}
