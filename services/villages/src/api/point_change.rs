//! Adjusts, redeems, reverses and moves points.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
};
use prost::{Message, Name};
use proto::xiangtu::villages::v1::{
    AdjustPointsRequest, MovePointAccountRequest, MovePointAccountResponse, PointEntry, PointEntryKind,
    RedeemPointsRequest, ReversePointEntryRequest,
};
use tonic::Response;
use villages_core::points::last_day;

use super::{
    division::require_id,
    point_book::{self, Book, Pen},
    points::PointApi,
};
use crate::{
    store::{household_life, point_rules, points},
    wire,
};

impl PointApi {
    pub(super) async fn adjust(&self, call: &Call, request: &AdjustPointsRequest) -> Result<Response<PointEntry>> {
        let household = wire::household::id("household", &request.household)?;
        let most = wire::point_rules::MOST;
        let points = match wire::point_rules::within("points", request.points, -most, most)? {
            0 => return Err(Error::invalid("points", 0, "not 0")),
            points => points,
        };
        let months = wire::point_rules::expiry("expiry_months", request.expiry_months, points)?;
        let entry = PointEntry {
            kind: PointEntryKind::Adjust.into(),
            points,
            resolution: wire::names::text("resolution", &request.resolution, 200)?.to_owned(),
            reason: wire::points::reason("reason", &request.reason)?.to_owned(),
            ..PointEntry::default()
        };
        let (mut tx, pen) = match self.begin(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => pen(self, tx, &request.request_id)?,
        };
        let mut book = point_book::open_one(&mut tx, &household).await?;
        let last = last_day(book.day(&pen), months);
        let entry = book.add(
            &pen,
            PointEntry {
                expire_date: last.map(dates::to_proto),
                ..entry
            },
        )?;
        finish(tx, book, "adjust", entry).await
    }

    pub(super) async fn redeem(&self, call: &Call, request: &RedeemPointsRequest) -> Result<Response<PointEntry>> {
        let household = wire::household::id("household", &request.household)?;
        let goods = wire::point_rules::goods_id("goods", &request.goods)?;
        let pieces = wire::point_rules::within("goods_count", request.goods_count.into(), 1, 1_000)?;
        let (mut tx, pen) = match self.begin(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => pen(self, tx, &request.request_id)?,
        };
        let mut book = point_book::open_one(&mut tx, &household).await?;
        let day = book.day(&pen);
        if !book.home.stands(day) {
            return Err(wire::points::household_ended(&household, day));
        }
        let row = point_rules::goods_get(&mut tx, goods).await?;
        let row = row.ok_or_else(|| Error::not_found(&request.goods))?;
        let governing = points::governing(&mut tx, &[&book.home.division_code], &[day]).await?;
        if !governing.iter().any(|at| at.governed.starts_with(&row.division_code)) {
            let message = format!("{} are goods of divisions/{}", request.goods, row.division_code);
            return Err(Error::rule(
                "GOODS_ELSEWHERE",
                &request.goods,
                message,
                "该物品不在本村兑换范围内",
            ));
        }
        if row.closed {
            let message = format!("{} are not offered any more", request.goods);
            return Err(Error::rule("GOODS_CLOSED", &request.goods, message, "该物品已下架"));
        }
        let entry = PointEntry {
            kind: PointEntryKind::Redeem.into(),
            points: -row.price_points * pieces,
            display_name: row.display_name,
            goods: request.goods.clone(),
            goods_count: request.goods_count,
            ..PointEntry::default()
        };
        let entry = book.add(&pen, entry)?;
        if !point_rules::goods_take(&mut tx, goods, request.goods_count).await? {
            return Err(sold_out(&request.goods));
        }
        finish(tx, book, "redeem", entry).await
    }

    pub(super) async fn reverse(
        &self,
        call: &Call,
        request: &ReversePointEntryRequest,
    ) -> Result<Response<PointEntry>> {
        let id = wire::points::id("name", &request.name)?;
        let reason = wire::points::reason("reason", &request.reason)?.to_owned();
        let (mut tx, pen) = match self.begin(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => pen(self, tx, &request.request_id)?,
        };
        let household = points::entry_household(&mut tx, id).await?;
        let household = household.ok_or_else(|| Error::not_found(&request.name))?;
        let mut book = point_book::open_one(&mut tx, &household).await?;
        let position = book.rows.iter().position(|row| row.entry_id == id);
        let position = position.ok_or_else(|| Error::internal("an entry outside its account"))?;
        let day = book.day(&pen);
        book.account.pass_to(day);
        let points = book
            .account
            .reversal(position)
            .map_err(|refused| wire::points::refused(&request.name, refused))?;
        let content = book
            .rows
            .get(position)
            .map(|row| row.content.as_slice())
            .unwrap_or_default();
        let reversed = PointEntry::decode(content).map_err(Error::internal)?;
        let entry = PointEntry {
            kind: PointEntryKind::Reverse.into(),
            points,
            occurrence_date: reversed.occurrence_date,
            display_name: reversed.display_name,
            goods: reversed.goods,
            goods_count: reversed.goods_count,
            reverses: request.name.clone(),
            reason,
            ..PointEntry::default()
        };
        let entry = book.add(&pen, entry)?;
        if reversed.goods_count > 0 {
            let goods = wire::point_rules::goods_id("goods", &entry.goods)?;
            point_rules::goods_take(&mut tx, goods, -reversed.goods_count).await?;
        }
        finish(tx, book, "reverse", entry).await
    }

    pub(super) async fn move_account(
        &self,
        call: &Call,
        request: &MovePointAccountRequest,
    ) -> Result<Response<MovePointAccountResponse>> {
        let household = wire::household::id("household", &request.household)?;
        let successor = wire::household::id("successor", &request.successor)?;
        if household == successor {
            return Err(Error::invalid("successor", &request.successor, "another household"));
        }
        let resolution = wire::names::text("resolution", &request.resolution, 200)?;
        let (mut tx, pen) = match self.begin(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => pen(self, tx, &request.request_id)?,
        };
        let mut books = point_book::open(&mut tx, &[household.clone(), successor.clone()]).await?;
        let mut from = books
            .remove(&household)
            .ok_or_else(|| Error::not_found(&request.household))?;
        let mut to = books
            .remove(&successor)
            .ok_or_else(|| Error::not_found(&request.successor))?;
        if from.home.stands(pen.today()) {
            let message = format!("{} is still on the register", request.household);
            return Err(Error::rule(
                "HOUSEHOLD_STANDS",
                &request.household,
                message,
                "该农户仍在册，不能转户",
            ));
        }
        if !to.home.stands(pen.today()) {
            return Err(wire::points::household_ended(&successor, pen.today()));
        }
        if !household_life::descends(&mut tx, &successor, &household, pen.today()).await? {
            let message = format!("{} does not descend from {}", request.successor, request.household);
            let message_zh = format!("{} 不是 {} 并户或分户后的承继户", request.successor, request.household);
            return Err(Error::rule("NOT_A_SUCCESSOR", &request.successor, message, message_zh));
        }
        moved(&mut from, &mut to, &pen, resolution)?;
        let day = to.day(&pen);
        let account = wire::points::account(&to.home, &to.as_of(day)?, day);
        let code = from.home.division_code.clone();
        let point_entries = point_book::keep(&mut tx, [from, to]).await?;
        let detail = format!("to {}", request.successor);
        let response = MovePointAccountResponse {
            point_entries,
            account: Some(account),
        };
        tx.finish(Change::new("move", &code, &request.household).detail(detail), response)
            .await
    }

    async fn begin<M, R>(&self, call: &Call, request_id: &str, request: &M) -> Result<Begun<R>>
    where
        M: Message + Name,
        R: Message + Default,
    {
        require_id(request_id)?;
        self.kit.db.write(call, request_id, request).await
    }
}

fn pen(api: &PointApi, tx: Tx, request_id: &str) -> Result<(Tx, Pen)> {
    let pen = Pen::new(&api.kit.ids, &tx, request_id)?;
    Ok((tx, pen))
}

/// Fewer pieces are in stock.
pub(super) fn sold_out(goods: &str) -> Error {
    let message = format!("fewer pieces of {goods} are in stock");
    Error::rule("GOODS_SOLD_OUT", goods, message, "库存不足")
}

async fn finish(mut tx: Tx, book: Book, verb: &str, entry: PointEntry) -> Result<Response<PointEntry>> {
    let change = Change::new(verb, &book.home.division_code, &entry.name).detail(format!("{:+}", entry.points));
    point_book::keep(&mut tx, [book]).await?;
    tx.finish(change, entry).await
}

/// Empties one account into the other: lots with their days, and what is owed.
fn moved(from: &mut Book, to: &mut Book, pen: &Pen, resolution: &str) -> Result<()> {
    let day = from.day(pen);
    from.account.pass_to(day);
    let of = |book: &Book, points| PointEntry {
        kind: PointEntryKind::Move.into(),
        points,
        resolution: resolution.to_owned(),
        counterpart: wire::household::name(&book.home.household_id),
        ..PointEntry::default()
    };
    let (available, owed) = (from.account.available(), from.account.owed());
    let lots: Vec<_> = from.account.lots().collect();
    for points in [-available, owed].into_iter().filter(|points| *points != 0) {
        from.add(pen, of(to, points))?;
    }
    for lot in lots {
        let entry = PointEntry {
            occurrence_date: Some(dates::to_proto(lot.earned_on)),
            expire_date: lot.last_day.map(dates::to_proto),
            ..of(from, lot.points)
        };
        to.add(pen, entry)?;
    }
    if owed > 0 {
        to.add(pen, of(from, -owed))?;
    }
    if available == 0 && owed == 0 {
        let name = wire::household::name(&from.home.household_id);
        let message = format!("there is nothing in the account of {name}");
        return Err(Error::rule("POINT_ACCOUNT_EMPTY", name, message, "该户没有可转的积分"));
    }
    Ok(())
}
