//! `PointService`.

use kit::{
    Kit,
    call::Call,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    AdjustPointsRequest, AwardPointsRequest, BatchAwardPointsRequest, BatchAwardPointsResponse, GetPointAccountRequest,
    GetPointLeagueRequest, ListPointEntriesRequest, ListPointEntriesResponse, MovePointAccountRequest,
    MovePointAccountResponse, PointAccount, PointEntry, PointLeague, PointLeagueRow, RedeemPointsRequest,
    ReversePointEntryRequest, point_service_server::PointService,
};
use time::{Date, Month};
use tonic::{Request, Response, Status};

use super::{division::optional_code, point_book};
use crate::{
    store::{
        lineage,
        points::{self, EntryQuery, LeagueQuery},
    },
    wire,
};

const FIELDS: &[Field] = &[
    Field::text("kind", "e.kind"),
    Field::text("item", "e.item"),
    Field::date("entry_date", "e.entry_date"),
    Field::date("occurrence_date", "e.occurrence_date"),
];

/// Points of households.
pub struct PointApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl PointService for PointApi {
    async fn get_point_account(
        &self,
        request: Request<GetPointAccountRequest>,
    ) -> Result<Response<PointAccount>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.account(&call, &request.into_inner()).await?))
    }

    async fn list_point_entries(
        &self,
        request: Request<ListPointEntriesRequest>,
    ) -> Result<Response<ListPointEntriesResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.entries(&call, &request.into_inner()).await?))
    }

    async fn get_point_league(&self, request: Request<GetPointLeagueRequest>) -> Result<Response<PointLeague>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.league(&call, &request.into_inner()).await?))
    }

    async fn award_points(&self, request: Request<AwardPointsRequest>) -> Result<Response<PointEntry>, Status> {
        let call = Call::of(&request)?;
        Ok(self.award(&call, &request.into_inner()).await?)
    }

    async fn batch_award_points(
        &self,
        request: Request<BatchAwardPointsRequest>,
    ) -> Result<Response<BatchAwardPointsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.award_batch(&call, &request.into_inner()).await?)
    }

    async fn adjust_points(&self, request: Request<AdjustPointsRequest>) -> Result<Response<PointEntry>, Status> {
        let call = Call::of(&request)?;
        Ok(self.adjust(&call, &request.into_inner()).await?)
    }

    async fn redeem_points(&self, request: Request<RedeemPointsRequest>) -> Result<Response<PointEntry>, Status> {
        let call = Call::of(&request)?;
        Ok(self.redeem(&call, &request.into_inner()).await?)
    }

    async fn reverse_point_entry(
        &self,
        request: Request<ReversePointEntryRequest>,
    ) -> Result<Response<PointEntry>, Status> {
        let call = Call::of(&request)?;
        Ok(self.reverse(&call, &request.into_inner()).await?)
    }

    async fn move_point_account(
        &self,
        request: Request<MovePointAccountRequest>,
    ) -> Result<Response<MovePointAccountResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.move_account(&call, &request.into_inner()).await?)
    }
}

impl PointApi {
    async fn account(&self, call: &Call, request: &GetPointAccountRequest) -> Result<PointAccount> {
        let household = wire::points::account_id("name", &request.name)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let mut tx = self.kit.db.read(call).await?;
        let book = point_book::read(&mut tx, std::slice::from_ref(&household))
            .await?
            .remove(&household);
        let book = book.ok_or_else(|| Error::not_found(&request.name))?;
        Ok(wire::points::account(&book.home, &book.as_of(day)?, day))
    }

    async fn entries(&self, call: &Call, request: &ListPointEntriesRequest) -> Result<ListPointEntriesResponse> {
        let division = optional_code("division", &request.division)?;
        let household = match request.household.as_str() {
            "" => String::new(),
            name => wire::household::id("household", name)?,
        };
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &household, &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPointEntries", &query)?;
        let list = EntryQuery {
            division: &division,
            household: &household,
            after: page.after_id()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = points::entries_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.entry_id.to_string());
        Ok(ListPointEntriesResponse {
            point_entries: rows.iter().map(wire::points::entry).collect::<Result<_>>()?,
            next_page_token,
        })
    }

    async fn league(&self, call: &Call, request: &GetPointLeagueRequest) -> Result<PointLeague> {
        let village = wire::measurement::village("division", &request.division)?;
        let until = self.kit.day("as_of", request.as_of)?;
        let from = Date::from_calendar_date(until.year(), Month::January, 1).map_err(Error::internal)?;
        let query = [village.as_str(), &until.to_string()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "GetPointLeague", &query)?;
        let after = page.after.as_deref().map(|key| {
            let (points, id) = key.split_once(' ')?;
            Some((points.parse().ok()?, id))
        });
        let after = match after {
            Some(None) => return Err(Error::internal("the key of a page is no points and id")),
            other => other.flatten(),
        };
        let mut tx = self.kit.db.read(call).await?;
        let divisions = lineage::lineage_merged_into(&mut tx, &village, until, None).await?;
        let list = LeagueQuery {
            divisions: &divisions,
            from,
            until,
            after,
            limit: page.size + 1,
        };
        let rows = points::league(&mut tx, &list).await?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{} {}", row.earned, row.household_id));
        let rows = rows.into_iter().map(|row| {
            Ok(PointLeagueRow {
                rank: i32::try_from(row.rank).unwrap_or(i32::MAX),
                household: wire::household::name(&row.household_id),
                head_name: wire::household::masked_name(&self.kit.crypt, &row.head_name)?,
                earned_points: row.earned,
            })
        });
        Ok(PointLeague {
            rows: rows.collect::<Result<_>>()?,
            next_page_token,
        })
    }
}
