//! Awards and deducts points under the rules that hold.

use std::collections::{BTreeSet, HashMap, HashSet};

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    AwardPointsRequest, BatchAwardPointsRequest, BatchAwardPointsResponse, BatchAwardPointsResult, PointEntry,
    PointEntryKind, PointItem, PointRules, batch_award_points_result::Outcome,
};
use time::Date;
use tonic::Response;
use villages_core::{document::Post, points::last_day};

use super::{
    division::require_id,
    point_book::{self, Book, Pen},
    points::PointApi,
};
use crate::{
    store::{
        points,
        task_tenure::{self, Holder},
    },
    wire::{self, points::Occurrence},
};

const MOST: usize = 1_000;

/// What holds where a household lives on a day.
struct Held {
    /// The village, or the one that took it in.
    governed: String,
    rules: Option<PointRules>,
    /// Holders of posts there and above; empty where nobody named an awarder.
    holders: Vec<Holder>,
}

impl PointApi {
    pub(super) async fn award(&self, call: &Call, request: &AwardPointsRequest) -> Result<Response<PointEntry>> {
        require_id(&request.request_id)?;
        let asked = wire::points::occurrence("", request, self.kit.clock.today())?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let pen = Pen::new(&self.kit.ids, &tx, &request.request_id)?;
        let mut outcomes = award(&mut tx, &pen, vec![Ok(asked)]).await?;
        let entry = outcomes
            .pop()
            .unwrap_or_else(|| Err(Error::internal("an award without an outcome")))?;
        let code = entry.division.trim_start_matches("divisions/");
        let change = Change::new("award", code, &entry.name).detail(format!("{} {:+}", entry.item, entry.points));
        tx.finish(change, entry).await
    }

    pub(super) async fn award_batch(
        &self,
        call: &Call,
        request: &BatchAwardPointsRequest,
    ) -> Result<Response<BatchAwardPointsResponse>> {
        require_id(&request.request_id)?;
        if !(1..=MOST).contains(&request.awards.len()) {
            return Err(Error::invalid("awards", request.awards.len(), "1 to 1,000 occurrences"));
        }
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let pen = Pen::new(&self.kit.ids, &tx, &request.request_id)?;
        let asked = request.awards.iter().enumerate();
        let asked = asked.map(|(at, it)| wire::points::occurrence(&format!("awards[{at}]."), it, pen.today()));
        let outcomes = award(&mut tx, &pen, asked.collect()).await?;
        let booked = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let results = outcomes.into_iter().map(|outcome| BatchAwardPointsResult {
            outcome: Some(match outcome {
                Ok(entry) => Outcome::PointEntry(entry),
                Err(error) => Outcome::Error(error.into()),
            }),
        });
        let response = BatchAwardPointsResponse {
            results: results.collect(),
        };
        let change = Change::new("award", "", "pointEntries").detail(format!("booked {booked}"));
        tx.finish(change, response).await
    }
}

/// Books the occurrences that hold; some may have been refused already.
async fn award(tx: &mut Tx, pen: &Pen, asked: Vec<Result<Occurrence>>) -> Result<Vec<Result<PointEntry>>> {
    let good: Vec<&Occurrence> = asked.iter().filter_map(|asked| asked.as_ref().ok()).collect();
    let households: Vec<String> = good.iter().map(|asked| asked.household.clone()).collect();
    let mut books = point_book::open(tx, &households).await?;
    let held = held(tx, &books, &good).await?;
    let mut seen = HashSet::new();
    let outcomes = asked.into_iter().map(|asked| {
        let asked = asked?;
        let name = wire::household::name(&asked.household);
        let book = books.get_mut(&asked.household).ok_or_else(|| Error::not_found(&name))?;
        if !book.home.stands(asked.day) {
            return Err(wire::points::household_ended(&asked.household, asked.day));
        }
        let held = held.get(&(book.home.division_code.clone(), asked.day));
        let held = held.ok_or_else(|| Error::internal("a village without an answer about its rules"))?;
        if !seen.insert((asked.household.clone(), asked.item.clone(), asked.day)) {
            return Err(Error::exists(format!(
                "{name}: {} on {} in this call",
                asked.item, asked.day
            )));
        }
        book_one(book, pen, held, asked)
    });
    let outcomes: Vec<Result<PointEntry>> = outcomes.collect();
    point_book::keep(tx, books.into_values()).await?;
    Ok(outcomes)
}

/// What holds in the villages of `books` on the days of `asked`.
async fn held(
    tx: &mut Tx,
    books: &HashMap<String, Book>,
    asked: &[&Occurrence],
) -> Result<HashMap<(String, Date), Held>> {
    let village = |asked: &Occurrence| Some(books.get(&asked.household)?.home.division_code.as_str());
    let places: BTreeSet<(&str, Date)> = asked
        .iter()
        .filter_map(|asked| Some((village(asked)?, asked.day)))
        .collect();
    let (villages, days): (Vec<&str>, Vec<Date>) = places.into_iter().unzip();
    let named = asked.iter().any(|asked| asked.awarder.is_some());
    let posts: Vec<&str> = Post::all().map(Post::as_str).collect();
    let mut held = HashMap::new();
    for found in points::governing(tx, &villages, &days).await? {
        let holders = if named {
            task_tenure::holders(tx, &found.governed, &posts, found.day).await?
        } else {
            Vec::new()
        };
        let answers = |holder: &Holder| found.governed.starts_with(&holder.division_code);
        let place = Held {
            rules: found.content.as_deref().map(wire::point_rules::rules).transpose()?,
            holders: holders.into_iter().filter(answers).collect(),
            governed: found.governed,
        };
        held.insert((found.village, found.day), place);
    }
    Ok(held)
}

fn book_one(book: &mut Book, pen: &Pen, held: &Held, asked: Occurrence) -> Result<PointEntry> {
    let rules = held
        .rules
        .as_ref()
        .ok_or_else(|| wire::point_rules::none(&held.governed, asked.day))?;
    let item = rules.items.iter().find(|item| item.code == asked.item);
    let item = item.ok_or_else(|| Error::invalid("item", &asked.item, format!("an item of {}", rules.name)))?;
    may_award(held, item, &asked)?;
    fits(book, item, &asked)?;
    let last = last_day(asked.day, wire::point_rules::months(item.expiry_months));
    if let Some(last) = last.filter(|last| *last < book.day(pen)) {
        let message = format!("points of {} for {} expired on {last}", item.code, asked.day);
        let message_zh = format!("该项积分已于 {last} 过期，不能再记");
        return Err(Error::rule(
            "POINTS_EXPIRED",
            wire::household::name(&asked.household),
            message,
            message_zh,
        ));
    }
    let kind = if item.points < 0 {
        PointEntryKind::Deduct
    } else {
        PointEntryKind::Award
    };
    let entry = PointEntry {
        kind: kind.into(),
        points: item.points,
        occurrence_date: Some(dates::to_proto(asked.day)),
        expire_date: last.map(dates::to_proto),
        item: asked.item,
        display_name: item.display_name.clone(),
        rules: rules.name.clone(),
        awarder: asked.awarder.as_deref().map(wire::cadre::name).unwrap_or_default(),
        reason: asked.reason,
        evidence: asked.evidence,
        ..PointEntry::default()
    };
    book.add(pen, entry)
}

/// The awarder holds one of the item's posts, or any post where the item names none.
fn may_award(held: &Held, item: &PointItem, asked: &Occurrence) -> Result<()> {
    let posts: Vec<&str> = item.award_posts().map(wire::point_rules::post_name).collect();
    let Some(awarder) = &asked.awarder else {
        return if posts.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid(
                "awarder",
                "",
                format!("required for {}: one of {}", item.code, posts.join(", ")),
            ))
        };
    };
    let may =
        |holder: &Holder| holder.cadre_id == *awarder && (posts.is_empty() || posts.contains(&holder.post.as_str()));
    if held.holders.iter().any(may) {
        return Ok(());
    }
    let name = wire::cadre::name(awarder);
    let message = format!(
        "{name} holds no post that awards {} in divisions/{}",
        item.code, held.governed
    );
    Err(Error::rule("POINT_AWARDER", name, message, "该人员无权对此项目评分"))
}

/// What stands of the item in the period, and this occurrence, are within the cap.
fn fits(book: &Book, item: &PointItem, asked: &Occurrence) -> Result<()> {
    let Some(cap) = wire::point_rules::cap(item) else {
        return Ok(());
    };
    let stand = book.rows.iter().enumerate().filter(|(position, row)| {
        row.item == item.code && matches!(row.kind.as_str(), "AWARD" | "DEDUCT") && !book.account.is_reversed(*position)
    });
    let left = cap.left(asked.day, stand.map(|(_, row)| (row.occurrence_date, row.points)));
    if item.points.abs() <= left {
        return Ok(());
    }
    let name = wire::household::name(&asked.household);
    let message = format!(
        "the cap of {} leaves {left} points to {name} in the period of {}",
        item.code, asked.day
    );
    let message_zh = format!("项目“{}”本周期封顶分值仅余 {left} 分", item.display_name);
    Err(Error::rule("POINT_CAP", name, message, message_zh))
}
