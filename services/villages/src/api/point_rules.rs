//! `PointRulesService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
    etag,
    filter::{Field, Filter},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    ApplyPointRulesRequest, CreatePointGoodsRequest, FindPointRulesRequest, GetPointRulesRequest,
    ListPointGoodsRequest, ListPointGoodsResponse, ListPointRulesRequest, ListPointRulesResponse, PointGoods,
    PointRules, PointRulesApplied, StockPointGoodsRequest, point_rules_service_server::PointRulesService,
};
use tonic::{Request, Response, Status};

use super::{
    division::{optional_code, require_id},
    point_change::sold_out,
    standing::require_division,
};
use crate::{
    store::{
        point_rules::{self, GoodsRow, RulesRow},
        points,
    },
    wire::{self, point_rules::within},
};

const FIELDS: &[Field] = &[
    Field::bool("closed", "closed"),
    Field::int("price_points", "price_points"),
];

/// Rules of household points and goods of points shops.
pub struct PointRulesApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl PointRulesService for PointRulesApi {
    async fn apply_point_rules(
        &self,
        request: Request<ApplyPointRulesRequest>,
    ) -> Result<Response<PointRules>, Status> {
        let call = Call::of(&request)?;
        Ok(self.apply(&call, &request.into_inner()).await?)
    }

    async fn get_point_rules(&self, request: Request<GetPointRulesRequest>) -> Result<Response<PointRules>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn find_point_rules(&self, request: Request<FindPointRulesRequest>) -> Result<Response<PointRules>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.find(&call, &request.into_inner()).await?))
    }

    async fn list_point_rules(
        &self,
        request: Request<ListPointRulesRequest>,
    ) -> Result<Response<ListPointRulesResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn create_point_goods(
        &self,
        request: Request<CreatePointGoodsRequest>,
    ) -> Result<Response<PointGoods>, Status> {
        let call = Call::of(&request)?;
        Ok(self.create_goods(&call, &request.into_inner()).await?)
    }

    async fn stock_point_goods(
        &self,
        request: Request<StockPointGoodsRequest>,
    ) -> Result<Response<PointGoods>, Status> {
        let call = Call::of(&request)?;
        Ok(self.stock_goods(&call, &request.into_inner()).await?)
    }

    async fn list_point_goods(
        &self,
        request: Request<ListPointGoodsRequest>,
    ) -> Result<Response<ListPointGoodsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list_goods(&call, &request.into_inner()).await?))
    }
}

impl PointRulesApi {
    async fn apply(&self, call: &Call, request: &ApplyPointRulesRequest) -> Result<Response<PointRules>> {
        require_id(&request.request_id)?;
        let rules = request.rules.as_ref().ok_or_else(|| Error::required("rules"))?;
        let division = wire::names::county_or_below("rules.division", &rules.division)?;
        let effective_from = dates::required("rules.effective_date", rules.effective_date)?;
        wire::point_rules::check(rules)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        require_division(&mut tx, &division, self.kit.clock.today()).await?;
        let last = point_rules::rules_lock(&mut tx, &division).await?;
        if let Some(last) = last.as_ref().filter(|last| last.effective_from > effective_from) {
            let name = wire::point_rules::name(&division, last.version);
            let message = format!("{name} takes effect on {}, after {effective_from}", last.effective_from);
            let message_zh = format!("生效日期不得早于上一版本（{}）", last.effective_from);
            return Err(Error::rule("POINT_RULES_ORDER", name, message, message_zh));
        }
        let version = last.map_or(1, |last| last.version + 1);
        let rules = PointRules {
            applier: tx.principal().to_owned(),
            apply_time: Some(dates::timestamp(tx.now())),
            ..wire::point_rules::content(rules, &division, version, effective_from)
        };
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(rules));
        }
        let row = RulesRow {
            division_code: division,
            version,
            effective_from,
            content: rules.encode_to_vec(),
            applied_at: tx.now(),
        };
        point_rules::rules_insert(&mut tx, &row).await?;
        let event = PointRulesApplied {
            rules: Some(rules.clone()),
        };
        tx.emit("points.rules_applied", &row.division_code, &rules.name, &event);
        let change = Change::new("apply", &row.division_code, &rules.name).detail(rules.resolution.clone());
        tx.finish(change, rules).await
    }

    async fn get(&self, call: &Call, request: &GetPointRulesRequest) -> Result<PointRules> {
        let (division, version) = wire::point_rules::key("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let row = point_rules::rules_get(&mut tx, &division, version).await?;
        wire::point_rules::rules(&row.ok_or_else(|| Error::not_found(&request.name))?.content)
    }

    async fn find(&self, call: &Call, request: &FindPointRulesRequest) -> Result<PointRules> {
        let village = wire::measurement::village("division", &request.division)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let mut tx = self.kit.db.read(call).await?;
        let found = points::governing(&mut tx, &[&village], &[day]).await?.pop();
        let content = found.and_then(|found| found.content);
        wire::point_rules::rules(&content.ok_or_else(|| wire::point_rules::none(&village, day))?)
    }

    async fn list(&self, call: &Call, request: &ListPointRulesRequest) -> Result<ListPointRulesResponse> {
        let division = optional_code("division", &request.division)?;
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPointRules", &[&division])?;
        let after = page
            .after
            .as_deref()
            .map(|key| wire::point_rules::key("page_token", key))
            .transpose()?;
        let after = after.as_ref().map(|(division, version)| (division.as_str(), *version));
        let mut tx = self.kit.db.read(call).await?;
        let rows = point_rules::rules_list(&mut tx, &division, after, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |row| wire::point_rules::name(&row.division_code, row.version));
        let rules = rows.iter().map(|row| wire::point_rules::rules(&row.content));
        Ok(ListPointRulesResponse {
            point_rules: rules.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    async fn create_goods(&self, call: &Call, request: &CreatePointGoodsRequest) -> Result<Response<PointGoods>> {
        require_id(&request.request_id)?;
        let goods = request.goods.as_ref().ok_or_else(|| Error::required("goods"))?;
        let most = wire::point_rules::MOST;
        let mut row = GoodsRow {
            goods_id: self.kit.ids.next(),
            division_code: wire::names::county_or_below("goods.division", &goods.division)?,
            display_name: wire::names::text("goods.display_name", &goods.display_name, 100)?.to_owned(),
            price_points: within("goods.price_points", goods.price_points, 1, most)?,
            stock: i32::try_from(within("goods.stock_count", goods.stock_count.into(), 0, most)?)
                .map_err(Error::internal)?,
            closed: goods.closed,
            created_at: self.kit.clock.now(),
        };
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        row.created_at = tx.now();
        let code = row.division_code.clone();
        require_division(&mut tx, &code, self.kit.clock.today()).await?;
        point_rules::goods_insert(&mut tx, &row).await?;
        let goods = wire::point_rules::goods(&row);
        tx.finish(Change::new("create", &code, &goods.name), goods).await
    }

    async fn stock_goods(&self, call: &Call, request: &StockPointGoodsRequest) -> Result<Response<PointGoods>> {
        require_id(&request.request_id)?;
        let id = wire::point_rules::goods_id("name", &request.name)?;
        let most = wire::point_rules::MOST;
        let change = within("change_count", request.change_count.into(), -most, most)?;
        let price = request
            .price_points
            .map(|price| within("price_points", price, 1, most))
            .transpose()?;
        let reason = wire::names::text("reason", &request.reason, 200)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = point_rules::goods_lock(&mut tx, id).await?;
        let mut row = row.ok_or_else(|| Error::not_found(&request.name))?;
        etag::check(&request.etag, &wire::point_rules::goods(&row).etag, &request.name)?;
        let stock = i64::from(row.stock) + change;
        if stock < 0 {
            return Err(sold_out(&request.name));
        }
        row.stock = i32::try_from(within("change_count", stock, 0, most)?).map_err(Error::internal)?;
        row.price_points = price.unwrap_or(row.price_points);
        row.closed = request.closed.unwrap_or(row.closed);
        point_rules::goods_update(&mut tx, &row).await?;
        let goods = wire::point_rules::goods(&row);
        let audit = Change::new("stock", &row.division_code, &goods.name).detail(format!("{change:+}: {reason}"));
        tx.finish(audit, goods).await
    }

    async fn list_goods(&self, call: &Call, request: &ListPointGoodsRequest) -> Result<ListPointGoodsResponse> {
        let division = optional_code("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPointGoods", &query)?;
        let mut tx = self.kit.db.read(call).await?;
        let after = page.after_id()?;
        let rows = point_rules::goods_list(&mut tx, &division, &filter, after, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.goods_id.to_string());
        Ok(ListPointGoodsResponse {
            point_goods: rows.iter().map(wire::point_rules::goods).collect(),
            next_page_token,
        })
    }
}
