//! `CadreService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    division::Division as Code,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    AssignHouseholdsRequest, AssignHouseholdsResponse, AssignPostRequest, Assignment, Cadre, DiscloseCadreRequest,
    DiscloseCadreResponse, EndAssignmentRequest, GetCadreRequest, ListAssignmentsRequest, ListAssignmentsResponse,
    ListCadresRequest, ListCadresResponse, cadre_service_server::CadreService,
};
use tonic::{Request, Response, Status};

use super::{
    division::{optional_code, require_id},
    known::known_at,
};
use crate::{
    store::{bulletin_clock, cadre, cadre_post, carer, division},
    wire,
};

/// The register of cadres.
pub struct CadreApi {
    /// What the service works with.
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("display_name", "c.display_name"),
    Field::text("post", "a.post"),
    Field::text("post_division", "a.division_code"),
];

#[tonic::async_trait]
impl CadreService for CadreApi {
    async fn get_cadre(&self, request: Request<GetCadreRequest>) -> Result<Response<Cadre>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_cadres(&self, request: Request<ListCadresRequest>) -> Result<Response<ListCadresResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn disclose_cadre(
        &self,
        request: Request<DiscloseCadreRequest>,
    ) -> Result<Response<DiscloseCadreResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.disclose(&call, &request.into_inner()).await?)
    }

    async fn list_assignments(
        &self,
        request: Request<ListAssignmentsRequest>,
    ) -> Result<Response<ListAssignmentsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list_posts(&call, &request.into_inner()).await?))
    }

    async fn assign_post(&self, request: Request<AssignPostRequest>) -> Result<Response<Assignment>, Status> {
        let call = Call::of(&request)?;
        Ok(self.assign(&call, &request.into_inner()).await?)
    }

    async fn end_assignment(&self, request: Request<EndAssignmentRequest>) -> Result<Response<Assignment>, Status> {
        let call = Call::of(&request)?;
        Ok(self.end(&call, &request.into_inner()).await?)
    }

    async fn assign_households(
        &self,
        request: Request<AssignHouseholdsRequest>,
    ) -> Result<Response<AssignHouseholdsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.hand_over(&call, &request.into_inner()).await?)
    }
}

impl CadreApi {
    async fn get(&self, call: &Call, request: &GetCadreRequest) -> Result<Cadre> {
        let id = wire::cadre::id("name", &request.name)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let at = (day, known_at(&self.kit, call, request.known_at).await?);
        let mut tx = self.kit.db.read(call).await?;
        let row = cadre::cadre_get(&mut tx, &id, at)
            .await?
            .ok_or_else(|| Error::not_found(&request.name))?;
        let posts = cadre_post::posts_of(&mut tx, std::slice::from_ref(&id), at).await?;
        wire::cadre::cadre(&self.kit.crypt, &row, &posts)
    }

    async fn list(&self, call: &Call, request: &ListCadresRequest) -> Result<ListCadresResponse> {
        let division = optional_code("division", &request.division)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let phone = wire::personal::phone("phone", &request.phone)?;
        let known_at = known_at(&self.kit, call, request.known_at).await?;
        let query = [
            division.as_str(),
            &request.filter,
            &request.phone,
            &day.to_string(),
            &format!("{known_at:?}"),
        ];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListCadres", &query)?;
        let list = cadre::CadreQuery {
            division: &division,
            phone: phone.map(|phone| self.kit.crypt.blind(wire::cadre::PHONE, &phone)),
            at: (day, known_at),
            after: page.after.as_deref(),
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = cadre::cadres_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.cadre_id.clone());
        let ids: Vec<String> = rows.iter().map(|row| row.cadre_id.clone()).collect();
        let posts = cadre_post::posts_of(&mut tx, &ids, list.at).await?;
        let cadres = rows
            .iter()
            .map(|row| wire::cadre::cadre(&self.kit.crypt, row, &posts))
            .collect::<Result<_>>()?;
        Ok(ListCadresResponse {
            cadres,
            next_page_token,
        })
    }

    async fn disclose(&self, call: &Call, request: &DiscloseCadreRequest) -> Result<Response<DiscloseCadreResponse>> {
        let id = wire::cadre::id("name", &request.name)?;
        let detail = wire::household::disclosure(request.purpose, &request.reason, "phone")?;
        let mut tx = match self.kit.db.write(call, "", request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = cadre::cadre_get(&mut tx, &id, (self.kit.clock.today(), None)).await?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let phone = wire::cadre::phone(&self.kit.crypt, &row)?;
        let change = Change::new("disclose", &row.division_code, &request.name).detail(detail);
        tx.finish(
            change,
            DiscloseCadreResponse {
                name: request.name.clone(),
                phone,
            },
        )
        .await
    }

    async fn list_posts(&self, call: &Call, request: &ListAssignmentsRequest) -> Result<ListAssignmentsResponse> {
        let division = optional_code("division", &request.division)?;
        let cadre = match request.cadre.as_str() {
            "" => String::new(),
            name => wire::cadre::id("cadre", name)?,
        };
        let date = dates::from_proto("as_of", request.as_of)?;
        let known_at = known_at(&self.kit, call, request.known_at).await?;
        let query = [division.as_str(), &cadre, &format!("{date:?} {known_at:?}")];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListAssignments", &query)?;
        let list = cadre_post::PostQuery {
            division: &division,
            cadre: &cadre,
            date,
            known_at,
            after: page.after.as_deref().map(wire::names::day_and_id).transpose()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = cadre_post::posts_list(&mut tx, &list).await?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{} {}", row.valid_from, row.assignment_id));
        Ok(ListAssignmentsResponse {
            assignments: rows.iter().map(wire::cadre::assignment).collect(),
            next_page_token,
        })
    }

    async fn assign(&self, call: &Call, request: &AssignPostRequest) -> Result<Response<Assignment>> {
        require_id(&request.request_id)?;
        let valid_from = dates::required("valid_from", request.valid_from)?;
        let code = Code::parse("division", &request.division)?;
        let post = cadre_post::PostRow {
            assignment_id: self.kit.ids.next(),
            cadre_id: wire::cadre::id("cadre", &request.cadre)?,
            division_code: code.code().to_owned(),
            post: wire::cadre::post("post", request.post)?.to_owned(),
            registered: false,
            valid_from,
            valid_until: None,
        };
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        if cadre::cadre_get(&mut tx, &post.cadre_id, (valid_from, None))
            .await?
            .is_none()
        {
            return Err(Error::not_found(&request.cadre));
        }
        if division::division_get(&mut tx, code.code(), valid_from)
            .await?
            .is_none()
        {
            return Err(Error::not_found(code.name()));
        }
        if cadre_post::post_overlaps(&mut tx, &post).await? {
            return Err(Error::exists(format!(
                "{} as {} of {}",
                request.cadre,
                post.post,
                code.name()
            )));
        }
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        cadre_post::post_insert(&mut tx, &post, now).await?;
        let response = wire::cadre::assignment(&post);
        let change = Change::new("assign", code.code(), &response.name).detail(request.cadre.clone());
        tx.finish(change, response).await
    }

    async fn end(&self, call: &Call, request: &EndAssignmentRequest) -> Result<Response<Assignment>> {
        require_id(&request.request_id)?;
        let id = wire::cadre::assignment_id("name", &request.name)?;
        let until = dates::required("valid_until", request.valid_until)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let post = cadre_post::post_lock(&mut tx, id)
            .await?
            .ok_or_else(|| Error::not_found(&request.name))?;
        if let Some(ended) = post.valid_until {
            let message = format!("{} ended on {ended} already", request.name);
            return Err(Error::rule(
                "ASSIGNMENT_ENDED",
                &request.name,
                message,
                format!("该任职已于 {ended} 结束"),
            ));
        }
        if until <= post.valid_from {
            let rule = format!("a day after {}, the first day of the post", post.valid_from);
            return Err(Error::invalid("valid_until", until, rule));
        }
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        cadre_post::post_end(&mut tx, id, until, now).await?;
        let ended = cadre_post::PostRow {
            valid_until: Some(until),
            ..post
        };
        let change = Change::new("end", &ended.division_code, &request.name);
        tx.finish(change, wire::cadre::assignment(&ended)).await
    }

    async fn hand_over(
        &self,
        call: &Call,
        request: &AssignHouseholdsRequest,
    ) -> Result<Response<AssignHouseholdsResponse>> {
        require_id(&request.request_id)?;
        let id = wire::cadre::id("cadre", &request.cadre)?;
        let date = dates::required("valid_from", request.valid_from)?;
        let households = households(&request.households)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = cadre::cadre_get(&mut tx, &id, (date, None))
            .await?
            .ok_or_else(|| Error::not_found(&request.cadre))?;
        carer::carers_lock(&mut tx, &households).await?;
        if let Some(missing) = carer::households_missing(&mut tx, &households, date).await?.first() {
            return Err(Error::not_found(wire::household::name(missing)));
        }
        if let Some(changed) = carer::carer_changes_from(&mut tx, &households, date).await? {
            let name = wire::household::name(&changed);
            let message = format!("who looks after {name} changes on {date} or later already");
            return Err(Error::rule(
                "CARER_LATER_CHANGE",
                name,
                message,
                format!("该户包户人在 {date} 当日或之后已有变更"),
            ));
        }
        let now = bulletin_clock::recorded_at(&mut tx).await?;
        let done = carer::carer_assign(&mut tx, &id, &households, date, now).await?;
        let count = |rows: i64| i32::try_from(rows).unwrap_or(i32::MAX);
        let response = AssignHouseholdsResponse {
            assigned_count: count(done.assigned),
            taken_over_count: count(done.taken_over),
        };
        let detail = format!("{} households from {date}", done.assigned);
        tx.finish(
            Change::new("assign_households", &row.division_code, &request.cadre).detail(detail),
            response,
        )
        .await
    }
}

/// 1 to 1,000 different households.
fn households(names: &[String]) -> Result<Vec<String>> {
    if !(1..=1_000).contains(&names.len()) {
        return Err(Error::invalid("households", names.len(), "1 to 1,000 households"));
    }
    let mut ids = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        ids.push(wire::household::id(&format!("households[{index}]"), name)?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}
