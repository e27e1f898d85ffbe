//! `HouseholdService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    db::Begun,
    division::Division as Code,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    ChangeHouseholdHeadRequest, DiscloseHouseholdRequest, DiscloseHouseholdResponse, EndHouseholdRequest,
    GetHouseholdRequest, Household, HouseholdLineageEdge, ListHouseholdLineageRequest, ListHouseholdLineageResponse,
    ListHouseholdsRequest, ListHouseholdsResponse, MergeHouseholdsRequest, MergeHouseholdsResponse,
    MoveHouseholdRequest, RegisterHouseholdRequest, SplitHouseholdRequest, SplitHouseholdResponse,
    household_service_server::HouseholdService,
};
use tonic::{Request, Response, Status};

use super::known::known_at;
use crate::{store, wire};

/// The register of households.
pub struct HouseholdApi {
    /// What the service works with.
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("village", "h.division_code"),
    Field::text("group", "h.group_code"),
    Field::text("residence_status", "h.residence_status"),
    Field::text("toilet", "h.toilet"),
    Field::text("house_grade", "h.house_grade"),
    Field::bool("low_income", "h.low_income"),
    Field::bool("sewage_connected", "h.sewage_connected"),
    Field::bool("five_beauty_courtyard", "h.five_beauty_courtyard"),
    Field::int("registered_person_count", "h.registered_person_count"),
    Field::int("resident_person_count", "h.resident_person_count"),
];

#[tonic::async_trait]
impl HouseholdService for HouseholdApi {
    async fn get_household(&self, request: Request<GetHouseholdRequest>) -> Result<Response<Household>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_households(
        &self,
        request: Request<ListHouseholdsRequest>,
    ) -> Result<Response<ListHouseholdsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn disclose_household(
        &self,
        request: Request<DiscloseHouseholdRequest>,
    ) -> Result<Response<DiscloseHouseholdResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.disclose(&call, &request.into_inner()).await?)
    }

    async fn list_household_lineage(
        &self,
        request: Request<ListHouseholdLineageRequest>,
    ) -> Result<Response<ListHouseholdLineageResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.lineage(&call, &request.into_inner()).await?))
    }

    async fn register_household(
        &self,
        request: Request<RegisterHouseholdRequest>,
    ) -> Result<Response<Household>, Status> {
        let call = Call::of(&request)?;
        Ok(self.register(&call, &request.into_inner()).await?)
    }

    async fn change_household_head(
        &self,
        request: Request<ChangeHouseholdHeadRequest>,
    ) -> Result<Response<Household>, Status> {
        let call = Call::of(&request)?;
        Ok(self.change_head(&call, &request.into_inner()).await?)
    }

    async fn move_household(&self, request: Request<MoveHouseholdRequest>) -> Result<Response<Household>, Status> {
        let call = Call::of(&request)?;
        Ok(self.relocate(&call, &request.into_inner()).await?)
    }

    async fn split_household(
        &self,
        request: Request<SplitHouseholdRequest>,
    ) -> Result<Response<SplitHouseholdResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.split(&call, &request.into_inner()).await?)
    }

    async fn merge_households(
        &self,
        request: Request<MergeHouseholdsRequest>,
    ) -> Result<Response<MergeHouseholdsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.merge(&call, &request.into_inner()).await?)
    }

    async fn end_household(
        &self,
        request: Request<EndHouseholdRequest>,
    ) -> Result<Response<HouseholdLineageEdge>, Status> {
        let call = Call::of(&request)?;
        Ok(self.end(&call, &request.into_inner()).await?)
    }
}

impl HouseholdApi {
    async fn get(&self, call: &Call, request: &GetHouseholdRequest) -> Result<Household> {
        let id = wire::household::id("name", &request.name)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let known_at = known_at(&self.kit, call, request.known_at).await?;
        let mut tx = self.kit.db.read(call).await?;
        let row = store::household::household_known(&mut tx, &id, day, known_at).await?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        wire::household::masked(&self.kit.crypt, &row)
    }

    async fn list(&self, call: &Call, request: &ListHouseholdsRequest) -> Result<ListHouseholdsResponse> {
        let day = self.kit.day("as_of", request.as_of)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let cadre = match request.cadre.as_str() {
            "" => None,
            name => Some(wire::cadre::id("cadre", name)?),
        };
        let phone = wire::personal::phone("phone", &request.phone)?;
        let known_at = known_at(&self.kit, call, request.known_at).await?;
        let query = [
            &request.division,
            &request.head_name,
            &request.phone,
            &request.id_number,
            &request.filter,
            &request.cadre,
            &day.to_string(),
            &format!("{known_at:?}"),
        ];
        let page = self.kit.pages.open(
            request.page_size,
            &request.page_token,
            "ListHouseholds",
            &query.map(String::as_str),
        )?;
        let mut tx = self.kit.db.read(call).await?;
        let divisions = match request.division.as_str() {
            "" => Vec::new(),
            division => {
                store::lineage::with_merged(&mut tx, &Code::parse("division", division)?, day, known_at).await?
            }
        };
        let blind = |label: &str, text: &str| (!text.is_empty()).then(|| self.kit.crypt.blind(label, text));
        let list = store::household::HouseholdQuery {
            divisions: &divisions,
            head_name: blind(wire::household::HEAD_NAME, request.head_name.trim()),
            phone: blind(wire::household::PHONE, phone.as_deref().unwrap_or_default()),
            id_number: blind(
                wire::household::ID_NUMBER,
                &request.id_number.trim().to_ascii_uppercase(),
            ),
            cadre: cadre.as_deref(),
            date: day,
            known_at,
            after: page.after.as_deref(),
            limit: page.size + 1,
        };
        let rows = store::household::households_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.household_id.clone());
        let households = rows
            .iter()
            .map(|row| wire::household::masked(&self.kit.crypt, row))
            .collect::<Result<_>>()?;
        Ok(ListHouseholdsResponse {
            households,
            next_page_token,
        })
    }

    async fn disclose(
        &self,
        call: &Call,
        request: &DiscloseHouseholdRequest,
    ) -> Result<Response<DiscloseHouseholdResponse>> {
        let id = wire::household::id("name", &request.name)?;
        let fields = "head_name, phone, id_number";
        let detail = wire::household::disclosure(request.purpose, &request.reason, fields)?;
        let mut tx = match self.kit.db.write(call, "", request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = store::household::household_get(&mut tx, &id, self.kit.clock.today()).await?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let response = wire::household::disclosed(&self.kit.crypt, &row)?;
        let change = Change::new("disclose", &row.division_code, &request.name).detail(detail);
        tx.finish(change, response).await
    }
}
