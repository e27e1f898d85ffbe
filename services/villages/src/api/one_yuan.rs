//! The one-yuan scheme: who paid for a month, and the share of a village.

use std::collections::BTreeSet;

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
};
use proto::xiangtu::{
    r#type::v1::Ratio,
    villages::v1::{
        GetOneYuanShareRequest, ListOneYuanPaymentsRequest, ListOneYuanPaymentsResponse, OneYuanRecorded, OneYuanShare,
        RecordOneYuanRequest, RecordOneYuanResponse,
    },
};
use time::{Date, Duration};
use tonic::Response;

use super::{
    division::{optional_code, require_id},
    honour::HonourApi,
};
use crate::{
    store::{
        honour::{self, PaymentQuery},
        points,
    },
    wire,
};

const YUAN_FEN: i64 = 100;
const MOST: usize = 1_000;

impl HonourApi {
    pub(super) async fn record_yuan(
        &self,
        call: &Call,
        request: &RecordOneYuanRequest,
    ) -> Result<Response<RecordOneYuanResponse>> {
        require_id(&request.request_id)?;
        let village = wire::measurement::village("division", &request.division)?;
        let today = self.kit.clock.today();
        let month = wire::honour::month("month", &request.month, today)?;
        let amount_fen = match request.amount_fen {
            0 => YUAN_FEN,
            amount => wire::point_rules::within("amount_fen", amount, YUAN_FEN, 100_000)?,
        };
        if !(1..=MOST).contains(&request.households.len()) {
            return Err(Error::invalid(
                "households",
                request.households.len(),
                "1 to 1,000 households",
            ));
        }
        let ids = request.households.iter().enumerate();
        let ids = ids.map(|(at, name)| wire::household::id(&format!("households[{at}]"), name));
        let ids: BTreeSet<String> = ids.collect::<Result<_>>()?;
        let ids: Vec<String> = ids.into_iter().collect();
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let homes = points::homes(&mut tx, &ids, last_day(month, today)).await?;
        let villages: Vec<&str> = homes.iter().map(|home| home.division_code.as_str()).collect();
        let days = vec![today; villages.len()];
        let governing = points::governing(&mut tx, &villages, &days).await?;
        let belongs = |code: &str| {
            governing
                .iter()
                .any(|at| at.village == code && (at.governed == village || code == village))
        };
        let mut paid = Vec::with_capacity(ids.len());
        for id in &ids {
            let home = homes
                .iter()
                .find(|home| home.household_id == *id && belongs(&home.division_code));
            let home = home.ok_or_else(|| Error::not_found(wire::household::name(id)))?;
            if !(home.stands(month) || home.stands(last_day(month, today))) {
                return Err(wire::points::household_ended(id, month));
            }
            paid.push((id.clone(), home.division_code.clone()));
        }
        let (recorder, now) = (tx.principal().to_owned(), tx.now());
        let recorded = honour::payments_insert(&mut tx, &paid, month, amount_fen, &recorder, now).await?;
        let recorded_count = i32::try_from(recorded).map_err(Error::internal)?;
        let response = RecordOneYuanResponse {
            recorded_count,
            already_count: wire::rating::small(paid.len()) - recorded_count,
        };
        let month = wire::honour::month_name(month);
        let division = wire::division::name(&village);
        if recorded_count > 0 {
            let event = OneYuanRecorded {
                division: division.clone(),
                month: month.clone(),
                household_count: recorded_count,
                amount_fen,
            };
            tx.emit("one_yuan.recorded", &village, &division, &event);
        }
        let detail = format!("{month}: {recorded_count} households, {amount_fen} fen each");
        tx.finish(
            Change::new("record", &village, "oneYuanPayments").detail(detail),
            response,
        )
        .await
    }

    pub(super) async fn list_yuan(
        &self,
        call: &Call,
        request: &ListOneYuanPaymentsRequest,
    ) -> Result<ListOneYuanPaymentsResponse> {
        let division = optional_code("division", &request.division)?;
        let month = match request.month.as_str() {
            "" => None,
            month => Some(wire::honour::month("month", month, Date::MAX)?),
        };
        let query = [division.as_str(), &request.month];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListOneYuanPayments", &query)?;
        let after = page.after.as_deref().map(|key| {
            let (month, household) = key.split_once(' ').unwrap_or((key, ""));
            Ok::<_, Error>((dates::parse("page_token", month)?, household))
        });
        let list = PaymentQuery {
            division: &division,
            month,
            after: after.transpose()?,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = honour::payments_list(&mut tx, &list).await?;
        let (rows, next_page_token) = page.close(rows, |row| format!("{} {}", row.month, row.household_id));
        Ok(ListOneYuanPaymentsResponse {
            one_yuan_payments: rows.iter().map(wire::honour::payment).collect(),
            next_page_token,
        })
    }

    pub(super) async fn yuan_share(&self, call: &Call, request: &GetOneYuanShareRequest) -> Result<OneYuanShare> {
        let village = wire::measurement::village("division", &request.division)?;
        let today = self.kit.clock.today();
        let month = match request.month.as_str() {
            "" => today.replace_day(1).map_err(Error::internal)?,
            month => wire::honour::month("month", month, today)?,
        };
        let mut tx = self.kit.db.read(call).await?;
        let figures = honour::figures(&mut tx, &village, last_day(month, today), "", None).await?;
        Ok(OneYuanShare {
            division: wire::division::name(&village),
            month: wire::honour::month_name(month),
            share: (figures.households > 0).then_some(Ratio {
                numerator: figures.paying,
                denominator: figures.households,
            }),
            amount_fen: figures.paid_fen,
        })
    }
}

/// The last day of a month, or today while it runs.
fn last_day(month: Date, today: Date) -> Date {
    let end = month + Duration::days(i64::from(month.month().length(month.year())) - 1);
    end.min(today)
}
