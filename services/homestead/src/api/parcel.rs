//! `ParcelService`.

use homestead_core::tariff::{in_force, recovered};
use kit::{
    call::Call,
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    AssessEntitlementRequest, AssessEntitlementResponse, GetParcelRequest, ListParcelsRequest, ListParcelsResponse,
    Parcel, parcel_service_server::ParcelService,
};
use tonic::{Request, Response, Status};

use super::assessment::assess;
use crate::{
    store::{household, parcel, tariff},
    wire::{self, names, plan::terrain_number},
};

/// Reads plots.
pub struct ParcelApi {
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::bool("disputed", "disputed"),
    Field::int("area_dm2", "area_dm2"),
    Field::int("over_occupied_dm2", "over_dm2"),
];

#[tonic::async_trait]
impl ParcelService for ParcelApi {
    async fn get_parcel(&self, request: Request<GetParcelRequest>) -> Result<Response<Parcel>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let id = names::found("parcels", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = parcel::parcel_get(&mut tx, id).await.map_err(Error::from)?;
        Ok(Response::new(wire::parcel::parcel(
            row.ok_or_else(|| Error::not_found(name))?,
        )))
    }

    async fn list_parcels(
        &self,
        request: Request<ListParcelsRequest>,
    ) -> Result<Response<ListParcelsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListParcels", &query)?;
        let after = page.after.as_deref().map(names::key).transpose()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = parcel::parcel_list(&mut tx, &division, &filter, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{}/{}", row.division_code, row.parcel_id));
        let parcels = rows.into_iter().map(wire::parcel::parcel).collect();
        Ok(Response::new(ListParcelsResponse {
            parcels,
            next_page_token,
        }))
    }

    async fn assess_entitlement(
        &self,
        request: Request<AssessEntitlementRequest>,
    ) -> Result<Response<AssessEntitlementResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let id = names::found("households", &request.household).map_err(|_| Error::not_found(&request.household))?;
        let day = self.kit.day("as_of", request.as_of)?;
        let mut tx = self.kit.db.read(&call).await?;
        let household = household::household_get(&mut tx, id).await.map_err(Error::from)?;
        let household = household.ok_or_else(|| Error::not_found(&request.household))?;
        let plots = parcel::parcels_of(&mut tx, id).await.map_err(Error::from)?;
        let assessment = assess(&mut tx, &household, &plots, day).await?;
        let lines = assessment.lines.ok_or_else(|| {
            Error::rule(
                "ENTITLEMENT_MISSING",
                &request.household,
                "no entitlement rule covers a plot",
                "没有适用的面积标准",
            )
        })?;
        let over_occupied_dm2 = lines.iter().map(|line| line.over_occupied_dm2).sum();
        let tariffs = tariff::tariff_all(&mut tx).await.map_err(Error::from)?;
        let tariff = in_force(&tariffs, &household.division_code, day);
        Ok(Response::new(AssessEntitlementResponse {
            over_occupied_dm2,
            registered_over_occupied_dm2: lines.iter().map(|line| line.registered_over_occupied_dm2).sum(),
            lines,
            terrain: terrain_number(assessment.terrain),
            registered_persons: household.registered_persons.map(i32::from),
            recovered_dm2: tariff.map_or(0, |stored| recovered(&stored.tariff, over_occupied_dm2)),
        }))
    }
}
