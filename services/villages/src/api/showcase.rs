//! `ShowcaseService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    crypt::Pii,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
    etag,
    filter::{Field, Filter},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    AppointPublicityGroupRequest, ApproveShowcaseRequest, GetShowcaseRequest, ListShowcasesRequest,
    ListShowcasesResponse, NominateShowcaseRequest, PublicityGroup, Showcase, ShowcaseApproved, ShowcaseChanged,
    ShowcaseConsent, ShowcaseState, WithdrawShowcaseRequest, showcase_service_server::ShowcaseService,
};
use tonic::{Request, Response, Status};

use super::{
    division::{optional_code, require_id},
    standing::{Ranked, decider, require_division},
};
use crate::{
    store::{
        division,
        showcase::{self, ShowcaseQuery, ShowcaseRow},
        task_tenure,
    },
    wire,
};

const FIELDS: &[Field] = &[Field::text("kind", "kind"), Field::text("state", "state")];

/// Showcases of villages.
pub struct ShowcaseApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl ShowcaseService for ShowcaseApi {
    async fn get_showcase(&self, request: Request<GetShowcaseRequest>) -> Result<Response<Showcase>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_showcases(
        &self,
        request: Request<ListShowcasesRequest>,
    ) -> Result<Response<ListShowcasesResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn nominate_showcase(&self, request: Request<NominateShowcaseRequest>) -> Result<Response<Showcase>, Status> {
        let call = Call::of(&request)?;
        Ok(self.nominate(&call, &request.into_inner()).await?)
    }

    async fn approve_showcase(&self, request: Request<ApproveShowcaseRequest>) -> Result<Response<Showcase>, Status> {
        let call = Call::of(&request)?;
        Ok(self.approve(&call, &request.into_inner()).await?)
    }

    async fn withdraw_showcase(&self, request: Request<WithdrawShowcaseRequest>) -> Result<Response<Showcase>, Status> {
        let call = Call::of(&request)?;
        Ok(self.withdraw(&call, &request.into_inner()).await?)
    }

    async fn appoint_publicity_group(
        &self,
        request: Request<AppointPublicityGroupRequest>,
    ) -> Result<Response<PublicityGroup>, Status> {
        let call = Call::of(&request)?;
        Ok(self.appoint(&call, &request.into_inner()).await?)
    }
}

impl ShowcaseApi {
    async fn get(&self, call: &Call, request: &GetShowcaseRequest) -> Result<Showcase> {
        let id = wire::showcase::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let row = showcase::showcase_get(&mut tx, id).await?;
        wire::showcase::showcase(&self.kit.crypt, &row.ok_or_else(|| Error::not_found(&request.name))?)
    }

    async fn list(&self, call: &Call, request: &ListShowcasesRequest) -> Result<ListShowcasesResponse> {
        let division = optional_code("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListShowcases", &query)?;
        let list = ShowcaseQuery {
            division: &division,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = showcase::showcases_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.showcase_id.to_string());
        let showcases = rows.iter().map(|row| wire::showcase::showcase(&self.kit.crypt, row));
        Ok(ListShowcasesResponse {
            showcases: showcases.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    async fn nominate(&self, call: &Call, request: &NominateShowcaseRequest) -> Result<Response<Showcase>> {
        require_id(&request.request_id)?;
        let given = request.showcase.as_ref().ok_or_else(|| Error::required("showcase"))?;
        let (village, consent, nominated) = wire::showcase::nomination(given, self.kit.clock.today())?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let today = dates::day_of(tx.now());
        require_division(&mut tx, &village, today).await?;
        let id = self.kit.ids.next();
        let kind = wire::showcase::kind_name(nominated.kind()).to_owned();
        let person_name = self
            .kit
            .crypt
            .seal(wire::showcase::PERSON_NAME, &Pii::new(consent.person_name.clone()))?;
        let nominated = Showcase {
            name: wire::showcase::name(id),
            nominator: tx.principal().to_owned(),
            nominate_time: Some(dates::timestamp(tx.now())),
            consent: Some(ShowcaseConsent {
                person_name: String::new(),
                ..consent
            }),
            ..nominated
        };
        let row = ShowcaseRow {
            showcase_id: id,
            division_code: village,
            kind,
            person_name,
            content: nominated.encode_to_vec(),
            nominated_at: tx.now(),
            approval: None,
            withdrawal: None,
        };
        showcase::showcase_insert(&mut tx, &row).await?;
        self.changed(tx, &row, "nominate", "showcase.nominated").await
    }

    async fn approve(&self, call: &Call, request: &ApproveShowcaseRequest) -> Result<Response<Showcase>> {
        require_id(&request.request_id)?;
        let id = wire::showcase::id("name", &request.name)?;
        let cadre = wire::cadre::id("approver", &request.approver)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let mut row = self
            .standing(&mut tx, id, &request.name, &request.etag, &[ShowcaseState::Nominated])
            .await?;
        let group = showcase::group_of(&mut tx, &row.division_code).await?;
        let group = group.map(|(code, content)| Ok::<_, Error>((code, wire::showcase::kept_group(&content)?)));
        let group = group
            .transpose()?
            .filter(|(_, group)| group.cadres.contains(&request.approver));
        let Some((code, group)) = group else {
            let message = format!("{} is no member of the publicity group", request.approver);
            return Err(Error::rule(
                "PUBLICITY_GROUP",
                &request.approver,
                message,
                "该人员不是负责宣传组成员",
            ));
        };
        let today = dates::day_of(tx.now());
        let Ranked { person, post } = decider(&mut tx, &code, &cadre, wire::showcase::rank(&group), today).await?;
        let approval = Showcase {
            approver: Some(person),
            approver_post: post.into(),
            approve_time: Some(dates::timestamp(tx.now())),
            ..Showcase::default()
        };
        let (now, content) = (tx.now(), approval.encode_to_vec());
        showcase::decision_insert(&mut tx, &row, "APPROVED", &content, now).await?;
        row.approval = Some(content);
        let village = division::division_get(&mut tx, &row.division_code, today).await?;
        let showcase = wire::showcase::showcase(&self.kit.crypt, &row)?;
        let event = ShowcaseApproved {
            showcase: showcase.name.clone(),
            division: showcase.division.clone(),
            display_name: village.map(|village| village.display_name).unwrap_or_default(),
            kind: showcase.kind,
            title: showcase.title.clone(),
            text: showcase.text.clone(),
        };
        tx.emit("showcase.approved", &row.division_code, &showcase.name, &event);
        tx.finish(Change::new("approve", &row.division_code, &showcase.name), showcase)
            .await
    }

    async fn withdraw(&self, call: &Call, request: &WithdrawShowcaseRequest) -> Result<Response<Showcase>> {
        require_id(&request.request_id)?;
        let id = wire::showcase::id("name", &request.name)?;
        let reason = wire::points::reason("reason", &request.reason)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let open = [ShowcaseState::Nominated, ShowcaseState::Approved];
        let mut row = self.standing(&mut tx, id, &request.name, "", &open).await?;
        let withdrawal = Showcase {
            withdraw_reason: reason.to_owned(),
            ..Showcase::default()
        };
        let (now, content) = (tx.now(), withdrawal.encode_to_vec());
        showcase::decision_insert(&mut tx, &row, "WITHDRAWN", &content, now).await?;
        row.withdrawal = Some(content);
        self.changed(tx, &row, "withdraw", "showcase.withdrawn").await
    }

    /// The showcase, which must be in one of these states, and nobody else decides about it meanwhile.
    async fn standing(
        &self,
        tx: &mut Tx,
        id: uuid::Uuid,
        name: &str,
        etag: &str,
        states: &[ShowcaseState],
    ) -> Result<ShowcaseRow> {
        let row = showcase::showcase_lock(tx, id).await?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        etag::check(etag, &wire::showcase::showcase(&self.kit.crypt, &row)?.etag, name)?;
        if states.contains(&wire::showcase::state(&row)) {
            Ok(row)
        } else {
            Err(wire::showcase::in_state(&row))
        }
    }

    async fn changed(&self, mut tx: Tx, row: &ShowcaseRow, verb: &str, event_type: &str) -> Result<Response<Showcase>> {
        let showcase = wire::showcase::showcase(&self.kit.crypt, row)?;
        let event = ShowcaseChanged {
            showcase: showcase.name.clone(),
            division: showcase.division.clone(),
            title: showcase.title.clone(),
        };
        tx.emit(event_type, &row.division_code, &showcase.name, &event);
        tx.finish(Change::new(verb, &row.division_code, &showcase.name), showcase)
            .await
    }

    async fn appoint(&self, call: &Call, request: &AppointPublicityGroupRequest) -> Result<Response<PublicityGroup>> {
        require_id(&request.request_id)?;
        let given = request
            .publicity_group
            .as_ref()
            .ok_or_else(|| Error::required("publicity_group"))?;
        let (code, members) = wire::showcase::group(given)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let now = tx.now();
        require_division(&mut tx, &code, dates::day_of(now)).await?;
        let known = task_tenure::names_of(&mut tx, &members, dates::day_of(now)).await?;
        if let Some(missing) = members.iter().find(|member| !known.iter().any(|(id, _)| id == *member)) {
            return Err(Error::not_found(wire::cadre::name(missing)));
        }
        let group = PublicityGroup {
            division: wire::division::name(&code),
            recorder: tx.principal().to_owned(),
            record_time: Some(dates::timestamp(now)),
            ..given.clone()
        };
        showcase::group_insert(&mut tx, &code, &group.encode_to_vec(), now).await?;
        let detail = format!("{} members", members.len());
        tx.finish(Change::new("appoint", &code, "publicityGroups").detail(detail), group)
            .await
    }
}
