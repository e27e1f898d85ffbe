//! `BranchService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
    filter::{Field, Filter},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    AssessBranchRequest, BranchAssessed, BranchAssessment, ListBranchAssessmentsRequest, ListBranchAssessmentsResponse,
    ListRedPointsRequest, ListRedPointsResponse, RecordRedPointRequest, RedPoint, ReverseRedPointRequest,
    SumRedPointsRequest, SumRedPointsResponse, branch_service_server::BranchService,
};
use tonic::{Request, Response, Status};
use villages_core::document::Post;

use super::{
    division::{optional_code, require_id},
    plan_load,
    standing::{Ranked, decider, require_division},
};
use crate::{
    store::{
        branch::{self, AssessmentRow, RedPointRow},
        plan, task_tenure,
    },
    wire,
};

const ASSESSMENTS: &[Field] = &[Field::int("year", "year"), Field::int("star_count", "star_count")];
const RED_POINTS: &[Field] = &[
    Field::text("member", "member"),
    Field::date("occurrence_date", "occurrence_date"),
];

/// Party branches of villages.
pub struct BranchApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl BranchService for BranchApi {
    async fn assess_branch(&self, request: Request<AssessBranchRequest>) -> Result<Response<BranchAssessment>, Status> {
        let call = Call::of(&request)?;
        Ok(self.assess(&call, &request.into_inner()).await?)
    }

    async fn list_branch_assessments(
        &self,
        request: Request<ListBranchAssessmentsRequest>,
    ) -> Result<Response<ListBranchAssessmentsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.assessments(&call, &request.into_inner()).await?))
    }

    async fn record_red_point(&self, request: Request<RecordRedPointRequest>) -> Result<Response<RedPoint>, Status> {
        let call = Call::of(&request)?;
        Ok(self.record(&call, &request.into_inner()).await?)
    }

    async fn reverse_red_point(&self, request: Request<ReverseRedPointRequest>) -> Result<Response<RedPoint>, Status> {
        let call = Call::of(&request)?;
        Ok(self.reverse(&call, &request.into_inner()).await?)
    }

    async fn list_red_points(
        &self,
        request: Request<ListRedPointsRequest>,
    ) -> Result<Response<ListRedPointsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.red_points(&call, &request.into_inner()).await?))
    }

    async fn sum_red_points(
        &self,
        request: Request<SumRedPointsRequest>,
    ) -> Result<Response<SumRedPointsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.totals(&call, &request.into_inner()).await?))
    }
}

impl BranchApi {
    async fn assess(&self, call: &Call, request: &AssessBranchRequest) -> Result<Response<BranchAssessment>> {
        require_id(&request.request_id)?;
        let given = request
            .assessment
            .as_ref()
            .ok_or_else(|| Error::required("assessment"))?;
        let village = wire::measurement::village("assessment.division", &given.division)?;
        wire::branch::check(given, self.kit.clock.today().year())?;
        let cadre = wire::cadre::id("assessment.decider", &given.decider)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let (now, today) = (tx.now(), dates::day_of(tx.now()));
        require_division(&mut tx, &village, today).await?;
        let before = branch::assessment_lock(&mut tx, &village, given.year).await?;
        let revision_reason = match (before, given.revision_reason.trim()) {
            (None, "") => "",
            (None, reason) => {
                let rule = "empty for the first assessment of the year";
                return Err(Error::invalid("assessment.revision_reason", reason, rule));
            }
            (Some(_), reason) => wire::names::lines("assessment.revision_reason", reason, 500)?,
        };
        let Ranked { person, post } = decider(&mut tx, &village, &cadre, Post::TownshipLeader, today).await?;
        let id = self.kit.ids.next();
        let star_count = wire::rating::small(given.stars.iter().filter(|star| star.awarded).count());
        let assessment = BranchAssessment {
            name: format!("branchAssessments/{id}"),
            division: wire::division::name(&village),
            revision: before.unwrap_or(0) + 1,
            star_count,
            decided_by: Some(person),
            decider_post: post.into(),
            revision_reason: revision_reason.to_owned(),
            recorder: tx.principal().to_owned(),
            record_time: Some(dates::timestamp(now)),
            ..given.clone()
        };
        let row = AssessmentRow {
            assessment_id: id,
            division_code: village,
            year: given.year,
            revision: assessment.revision,
            star_count,
            content: assessment.encode_to_vec(),
            recorded_at: now,
        };
        branch::assessment_insert(&mut tx, &row).await?;
        let event = BranchAssessed {
            assessment: Some(assessment.clone()),
        };
        tx.emit("branch.assessed", &row.division_code, &assessment.name, &event);
        let detail = format!("{}: {star_count} stars, revision {}", row.year, row.revision);
        let change = Change::new("assess", &row.division_code, &assessment.name).detail(detail);
        tx.finish(change, assessment).await
    }

    async fn assessments(
        &self,
        call: &Call,
        request: &ListBranchAssessmentsRequest,
    ) -> Result<ListBranchAssessmentsResponse> {
        let division = optional_code("division", &request.division)?;
        let filter = Filter::parse(&request.filter, ASSESSMENTS)?;
        let superseded = request.show_superseded;
        let query = [division.as_str(), &request.filter, &superseded.to_string()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListBranchAssessments", &query)?;
        let mut tx = self.kit.db.read(call).await?;
        let after = page.after_id()?;
        let rows = branch::assessments_list(&mut tx, &division, superseded, &filter, after, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.assessment_id.to_string());
        let assessments = rows.iter().map(|row| wire::branch::assessment(&row.content));
        Ok(ListBranchAssessmentsResponse {
            branch_assessments: assessments.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    async fn record(&self, call: &Call, request: &RecordRedPointRequest) -> Result<Response<RedPoint>> {
        require_id(&request.request_id)?;
        let given = request.red_point.as_ref().ok_or_else(|| Error::required("red_point"))?;
        let village = wire::measurement::village("red_point.division", &given.division)?;
        let today = self.kit.clock.today();
        let occurrence_date = wire::branch::red_point(given, today)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        require_division(&mut tx, &village, today).await?;
        if let Some(cadre) = given.member.strip_prefix("cadres/") {
            let known = task_tenure::names_of(&mut tx, &[cadre.to_owned()], today).await?;
            if known.is_empty() {
                return Err(Error::not_found(&given.member));
            }
        }
        let id = self.kit.ids.next();
        let red_point = RedPoint {
            name: wire::branch::name(id),
            division: wire::division::name(&village),
            item: given.item.trim().to_owned(),
            reverses: String::new(),
            reason: String::new(),
            recorder: tx.principal().to_owned(),
            record_time: Some(dates::timestamp(tx.now())),
            ..given.clone()
        };
        let row = RedPointRow {
            red_point_id: id,
            division_code: village,
            member: given.member.clone(),
            points: given.points,
            occurrence_date,
            reverses: None,
            content: red_point.encode_to_vec(),
            recorded_at: tx.now(),
        };
        branch::red_point_insert(&mut tx, &row).await?;
        tx.finish(Change::new("record", &row.division_code, &red_point.name), red_point)
            .await
    }

    async fn reverse(&self, call: &Call, request: &ReverseRedPointRequest) -> Result<Response<RedPoint>> {
        require_id(&request.request_id)?;
        let id = wire::branch::id("name", &request.name)?;
        let reason = wire::points::reason("reason", &request.reason)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = branch::red_point_lock(&mut tx, id).await?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        if row.reverses.is_some() {
            let message = format!("{} itself takes an entry back", request.name);
            return Err(Error::rule(
                "RED_POINT_FINAL",
                &request.name,
                message,
                "冲正记录不能再冲正",
            ));
        }
        if branch::red_point_reversed(&mut tx, id).await? {
            let message = format!("{} was taken back already", request.name);
            return Err(Error::rule(
                "RED_POINT_REVERSED",
                &request.name,
                message,
                "该记录已冲正，不能重复冲正",
            ));
        }
        let reversal = self.kit.ids.next();
        let red_point = RedPoint {
            name: wire::branch::name(reversal),
            points: -row.points,
            evidence: Vec::new(),
            reverses: request.name.clone(),
            reason: reason.to_owned(),
            recorder: tx.principal().to_owned(),
            record_time: Some(dates::timestamp(tx.now())),
            ..wire::branch::kept(&row.content)?
        };
        let row = RedPointRow {
            red_point_id: reversal,
            points: -row.points,
            reverses: Some(id),
            content: red_point.encode_to_vec(),
            recorded_at: tx.now(),
            ..row
        };
        branch::red_point_insert(&mut tx, &row).await?;
        tx.finish(Change::new("reverse", &row.division_code, &red_point.name), red_point)
            .await
    }

    async fn red_points(&self, call: &Call, request: &ListRedPointsRequest) -> Result<ListRedPointsResponse> {
        let division = optional_code("division", &request.division)?;
        let filter = Filter::parse(&request.filter, RED_POINTS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListRedPoints", &query)?;
        let mut tx = self.kit.db.read(call).await?;
        let rows = branch::red_points_list(&mut tx, &division, &filter, page.after_id()?, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.red_point_id.to_string());
        let red_points = rows.iter().map(|row| wire::branch::kept(&row.content));
        Ok(ListRedPointsResponse {
            red_points: red_points.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    async fn totals(&self, call: &Call, request: &SumRedPointsRequest) -> Result<SumRedPointsResponse> {
        let village = wire::measurement::village("division", &request.division)?;
        let today = self.kit.clock.today();
        let year = match request.year {
            0 => today.year(),
            year => year,
        };
        let mut tx = self.kit.db.read(call).await?;
        let now = tx.now();
        let governing = plan::plan_governing(&mut tx, &village, today, now).await?;
        let governing = governing.filter(|plan| plan.ends_on >= today);
        let governing = governing.as_ref().map(plan_load::loaded).transpose()?;
        let ranked = governing.is_some_and(|loaded| loaded.plan.policy.rank_persons);
        let sums = branch::red_points_sum(&mut tx, &village, year).await?;
        Ok(SumRedPointsResponse {
            totals: wire::branch::totals(&sums, ranked),
        })
    }
}
