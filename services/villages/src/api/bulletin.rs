//! `BulletinService`.

use kit::{
    Kit,
    call::Call,
    division::Division as Code,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    Bulletin, GetBulletinRequest, IssueBulletinRequest, ListBulletinsRequest, ListBulletinsResponse,
    VerifyBulletinRequest, VerifyBulletinResponse, bulletin_service_server::BulletinService,
};
use tonic::{Request, Response, Status};
use villages_core::{digest, week::Week};

use super::{bulletin_make, division::optional_code, plan_load};
use crate::{
    store::bulletin::{self, BulletinRow},
    wire,
};

/// Weekly bulletins.
pub struct BulletinApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl BulletinService for BulletinApi {
    async fn issue_bulletin(&self, request: Request<IssueBulletinRequest>) -> Result<Response<Bulletin>, Status> {
        let call = Call::of(&request)?;
        Ok(self.issue(&call, &request.into_inner()).await?)
    }

    async fn verify_bulletin(
        &self,
        request: Request<VerifyBulletinRequest>,
    ) -> Result<Response<VerifyBulletinResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.verify(&call, &request.into_inner()).await?))
    }

    async fn get_bulletin(&self, request: Request<GetBulletinRequest>) -> Result<Response<Bulletin>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_bulletins(
        &self,
        request: Request<ListBulletinsRequest>,
    ) -> Result<Response<ListBulletinsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }
}

/// The bulletin as it was issued.
pub(super) fn written(row: &BulletinRow) -> Result<Bulletin> {
    Bulletin::decode(row.content.as_slice()).map_err(Error::internal)
}

impl BulletinApi {
    async fn get(&self, call: &Call, request: &GetBulletinRequest) -> Result<Bulletin> {
        let id = wire::bulletin::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let row = bulletin::bulletin_get(&mut tx, id)
            .await?
            .ok_or_else(|| Error::not_found(&request.name))?;
        written(&row)
    }

    async fn verify(&self, call: &Call, request: &VerifyBulletinRequest) -> Result<VerifyBulletinResponse> {
        let id = wire::bulletin::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let row = bulletin::bulletin_get(&mut tx, id)
            .await?
            .ok_or_else(|| Error::not_found(&request.name))?;
        let loaded = plan_load::version(&mut tx, &row.plan()).await?;
        let division = Code::parse("division", &row.division_code)?;
        let (_, text) = bulletin_make::make(&mut tx, &loaded, &division, Week::of(row.week), row.known_at).await?;
        let recomputed_digest = digest::hex(text.as_bytes());
        Ok(VerifyBulletinResponse {
            identical: row.digest == recomputed_digest,
            digest: row.digest,
            recomputed_digest,
        })
    }

    async fn list(&self, call: &Call, request: &ListBulletinsRequest) -> Result<ListBulletinsResponse> {
        let division = optional_code("division", &request.division)?;
        let week = match request.week.as_str() {
            "" => None,
            text => Some(wire::plan::week("week", text, Week::of(self.kit.clock.today()))?.first_day()),
        };
        let query = [division.as_str(), &request.week];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListBulletins", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(call).await?;
        let rows = bulletin::bulletins_list(&mut tx, &division, week, after, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.bulletin_id.to_string());
        let bulletins = rows
            .iter()
            .map(|row| Ok(wire::bulletin::listed(written(row)?)))
            .collect::<Result<_>>()?;
        Ok(ListBulletinsResponse {
            bulletins,
            next_page_token,
        })
    }
}
