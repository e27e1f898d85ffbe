//! `AgeingService`.

use kit::{
    call::Call,
    dates,
    error::{Error, Result},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    AgeingGroup, AgeingReport, GetAgeingReportRequest, ageing_service_server::AgeingService,
};
use tonic::{Request, Response, Status};

use crate::{
    store::ageing::{self, Group},
    wire,
};

/// Computes ageing reports.
pub struct AgeingApi {
    pub kit: Kit,
}

#[tonic::async_trait]
impl AgeingService for AgeingApi {
    async fn get_ageing_report(
        &self,
        request: Request<GetAgeingReportRequest>,
    ) -> Result<Response<AgeingReport>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let group = match request.group_by() {
            AgeingGroup::Village => Group::Village,
            AgeingGroup::Cadre => Group::Cadre,
            AgeingGroup::Township => Group::Township,
            AgeingGroup::Unspecified => {
                return Err(Error::invalid("group_by", request.group_by, "village, cadre or township").into());
            }
        };
        let day = self.kit.day("as_of", request.as_of)?;
        let mut tx = self.kit.db.read(&call).await?;
        let cells = if day >= self.kit.clock.today() {
            ageing::ageing_now(&mut tx, &division, day, group).await
        } else {
            ageing::ageing_past(&mut tx, &division, day, group).await
        };
        let (rows, total) = wire::ageing::rows(cells.map_err(Error::from)?, group, &division);
        Ok(Response::new(AgeingReport {
            as_of: Some(dates::to_proto(day)),
            group_by: request.group_by,
            rows,
            total: Some(total),
        }))
    }
}
