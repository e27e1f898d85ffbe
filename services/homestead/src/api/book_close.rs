//! `BookCloseService`.

use std::collections::BTreeMap;

use homestead_core::money::yuan;
use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    division::{Division, Level},
    error::{Error, Result},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    CloseBooksRequest, CloseBooksResponse, ClosedPeriod, ListClosedPeriodsRequest, ListClosedPeriodsResponse,
    book_close_service_server::BookCloseService,
};
use time::Date;
use tonic::{Request, Response, Status};

use crate::{
    store::{
        book_close::{self, BookClose},
        cash::{self, Wanted},
        journal,
        verify::{self, Comparison},
    },
    wire::{ledger::disagreement, names, payment::request_id},
};

/// Closes books.
pub struct BookCloseApi {
    pub kit: Kit,
}

/// Most villages that a refusal lists.
const MOST_LISTED: usize = 100;

#[tonic::async_trait]
impl BookCloseService for BookCloseApi {
    async fn close_books(&self, request: Request<CloseBooksRequest>) -> Result<Response<CloseBooksResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let division = Division::parse("division", &request.division)?;
        if !(Level::County..=Level::Village).contains(&division.level()) {
            return Err(Error::invalid("division", &request.division, "a county, township or village").into());
        }
        let before = self.day_after(&request)?;
        // Sums are recounted before anybody has to wait: what is posted meanwhile keeps them.
        let disagreeing = self.disagreeing(&call, division.code()).await?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let villages = book_close::villages(&mut tx, division.code())
            .await
            .map_err(Error::from)?;
        let codes: Vec<&str> = villages.iter().map(String::as_str).collect();
        journal::books_hold(&mut tx, &codes).await.map_err(Error::from)?;
        let mut reasons = not_ready(&mut tx, division.code(), before).await?;
        if let Some((subject, reason)) = disagreeing {
            reasons.entry(subject).or_default().push(reason);
        }
        if !reasons.is_empty() {
            return Err(refusal(&division, &reasons).into());
        }
        let closed = book_close::close(&mut tx, &codes, before).await.map_err(Error::from)?;
        let (closer, closed_at) = (call.caller.subject.clone(), tx.now());
        let close = |division_code: &String| BookClose {
            id: self.kit.ids.next(),
            division_code: division_code.clone(),
            closed_before: before,
            closer: closer.clone(),
            closed_at,
        };
        let closes: Vec<BookClose> = closed.iter().map(close).collect();
        book_close::insert(&mut tx, &closes).await.map_err(Error::from)?;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let answer = CloseBooksResponse {
            closed_count: count(closed.len()),
            closed_before_count: count(villages.len() - closed.len()),
        };
        let change = Change::new("close", division.code(), &division.name());
        Ok(tx.finish(change.detail(format!("before {before}")), answer).await?)
    }

    async fn list_closed_periods(
        &self,
        request: Request<ListClosedPeriodsRequest>,
    ) -> Result<Response<ListClosedPeriodsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let page = self.kit.pages.open(
            request.page_size,
            &request.page_token,
            "ListClosedPeriods",
            &[&division],
        )?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = book_close::list(&mut tx, &division, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        Ok(Response::new(ListClosedPeriodsResponse {
            closed_periods: rows.into_iter().map(closed_period).collect(),
            next_page_token,
        }))
    }
}

impl BookCloseApi {
    /// The first day that stays open.
    fn day_after(&self, request: &CloseBooksRequest) -> Result<Date> {
        let end = dates::required("end_date", request.end_date)?;
        let today = self.kit.clock.today();
        let next = end.next_day().filter(|next| next.day() == 1 && *next <= today);
        next.ok_or_else(|| {
            Error::invalid(
                "end_date",
                end,
                format!("the last day of a month before today, {today}"),
            )
        })
    }

    /// The first sum of a division that does not agree: what it concerns, and which.
    async fn disagreeing(&self, call: &Call, division: &str) -> Result<Option<(String, String)>> {
        let mut tx = self.kit.db.read(call).await?;
        verify::freeze(&mut tx).await?;
        for comparison in Comparison::ALL {
            let found = verify::mismatches(&mut tx, comparison, division, 1).await?;
            if let Some(first) = found.into_iter().next() {
                let reason = format!(
                    "{}：应为 {}，实为 {}",
                    disagreement(comparison),
                    first.expected,
                    first.found
                );
                return Ok(Some((first.subject, reason)));
            }
        }
        Ok(None)
    }
}

/// Why villages, whose books are held, cannot be closed before `day`, in Chinese.
async fn not_ready(tx: &mut Tx, division: &str, day: Date) -> Result<BTreeMap<String, Vec<String>>> {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let wanted = Wanted {
        division,
        held: true,
        limit: i64::MAX,
        ..Wanted::default()
    };
    for position in cash::positions(tx, &wanted).await? {
        if position.oldest_on.is_some_and(|oldest| oldest < day) {
            let reason = format!(
                "{} 手中现金 {} 元未解款",
                position.cadre_id,
                yuan(position.in_hand_fen())
            );
            reasons.entry(position.division_code).or_default().push(reason);
        }
    }
    for (village, lines) in book_close::open_lines(tx, division, day).await? {
        reasons
            .entry(village)
            .or_default()
            .push(format!("银行流水 {lines} 笔未处理"));
    }
    Ok(reasons)
}

fn refusal(division: &Division, reasons: &BTreeMap<String, Vec<String>>) -> Error {
    let listed: Vec<&str> = reasons.keys().take(MOST_LISTED).map(String::as_str).collect();
    let message = format!(
        "cash in hand, open lines of bank statements or sums that do not agree in {}",
        listed.join(", ")
    );
    let listed: Vec<String> = reasons
        .iter()
        .take(MOST_LISTED)
        .map(|(subject, reasons)| format!("{subject}：{}", reasons.join("，")))
        .collect();
    Error::rule(
        "BOOKS_NOT_READY",
        division.name(),
        message,
        format!("不能结账。{}", listed.join("；")),
    )
}

fn closed_period(row: BookClose) -> ClosedPeriod {
    ClosedPeriod {
        name: names::of("closedPeriods", row.id),
        division: names::of("divisions", &row.division_code),
        end_date: row.closed_before.previous_day().map(dates::to_proto),
        closer: row.closer,
        close_time: Some(dates::timestamp(row.closed_at)),
    }
}
