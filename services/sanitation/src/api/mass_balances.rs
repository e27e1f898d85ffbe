//! `MassBalanceService`.

use std::collections::{BTreeMap, HashMap};

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    division::Division,
    error::{Error, Result},
    filter::Field,
};
use proto::xiangtu::sanitation::v1::{
    CloseMassBalanceRequest, CustodyDiscrepancy, CustodyDiscrepancyWithdrawn, GetMassBalanceRequest,
    ListAnomaliesRequest, ListAnomaliesResponse, MassBalance, mass_balance_service_server::MassBalanceService,
};
use sanitation_core::{
    balance::{self, Day},
    custody::{Anomaly, Load},
};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Api, list};
use crate::{
    book::Book,
    store::{
        anomalies::{self, anomalies_of, anomalies_withdraw, anomaly_insert, anomaly_list, day_close, day_is_closed},
        facilities::facility_names,
        loads::{loads_of, returned_on},
    },
    wire::{self, names},
};

const FIELDS: &[Field] = &[
    Field::date("date", "date"),
    Field::text("kind", "fault"),
    Field::text("trip", "trip_id"),
    Field::bool("withdrawn", "(withdrawn_at IS NOT NULL)"),
];

#[tonic::async_trait]
impl MassBalanceService for Api {
    async fn get_mass_balance(&self, request: Request<GetMassBalanceRequest>) -> Result<Response<MassBalance>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        let date = dates::required("date", request.date)?;
        let mut tx = self.kit.db.read(&call).await?;
        let balanced = Balanced::compute(&mut tx, division.code(), date).await?;
        let closed = day_is_closed(&mut tx, division.code(), date)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(balanced.show(&mut tx, closed).await?))
    }

    async fn close_mass_balance(
        &self,
        request: Request<CloseMassBalanceRequest>,
    ) -> Result<Response<MassBalance>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        let date = dates::required("date", request.date)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let balanced = Balanced::compute(&mut tx, division.code(), date).await?;
        let now = tx.now();
        let rows = balanced.rows(now, || self.kit.ids.next());
        let keys: Vec<String> = rows.iter().map(|row| row.anomaly_key.clone()).collect();
        let withdrawn = anomalies_withdraw(&mut tx, (division.code(), date), &keys, now)
            .await
            .map_err(Error::from)?;
        let gone = withdrawn.len();
        for row in withdrawn {
            let (township, name) = (row.division_code.clone(), format!("anomalies/{}", row.anomaly_id));
            let anomaly = Some(wire::balance::anomaly(row, true));
            let payload = CustodyDiscrepancyWithdrawn { anomaly };
            tx.emit("custody.discrepancy_withdrawn", &township, &name, &payload);
        }
        let mut recorded = 0;
        for row in rows {
            if anomaly_insert(&mut tx, &row).await.map_err(Error::from)? {
                recorded += 1;
                let (township, name) = (row.division_code.clone(), format!("anomalies/{}", row.anomaly_id));
                let anomaly = Some(wire::balance::anomaly(row, true));
                tx.emit("custody.discrepancy", &township, &name, &CustodyDiscrepancy { anomaly });
            }
        }
        day_close(&mut tx, division.code(), date, now)
            .await
            .map_err(Error::from)?;
        let response = balanced.show(&mut tx, true).await?;
        let change = Change::new("close", division.code(), &format!("massBalances/{date}"))
            .detail(format!("{recorded} anomalies recorded, {gone} withdrawn"));
        Ok(tx.finish(change, response).await?)
    }

    async fn list_anomalies(
        &self,
        request: Request<ListAnomaliesRequest>,
    ) -> Result<Response<ListAnomaliesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListAnomalies",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = anomaly_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.anomaly_id.to_string());
        let anomalies = rows.into_iter().map(|row| wire::balance::anomaly(row, true));
        Ok(Response::new(ListAnomaliesResponse {
            anomalies: anomalies.collect(),
            next_page_token,
        }))
    }
}

/// A day, balanced.
struct Balanced<'a> {
    division: &'a str,
    date: Date,
    loads: Vec<Load>,
    day: Day,
    plan: Option<Uuid>,
}

impl<'a> Balanced<'a> {
    async fn compute(conn: &mut PgConnection, division: &'a str, date: Date) -> Result<Self> {
        let book = Book::read(conn, division, date).await?;
        let loads = loads_of(conn, division, date).await?;
        let waiting = match date.previous_day() {
            Some(before) => returned_on(conn, division, before).await?,
            None => BTreeMap::new(),
        };
        let day = balance::day(date, &loads, |township| &book.norms(township).balance, &waiting);
        Ok(Self {
            division,
            date,
            loads,
            day,
            plan: book.version_id(division),
        })
    }

    fn rows(&self, now: OffsetDateTime, next: impl Fn() -> Uuid) -> Vec<anomalies::Anomaly> {
        let kinds: HashMap<&str, _> = self.loads.iter().map(|load| (load.trip.as_str(), load.kind)).collect();
        let row = |anomaly: &Anomaly| {
            let kind = anomaly.trip.as_deref().and_then(|trip| kinds.get(trip).copied());
            wire::balance::row(anomaly, kind, next(), now)
        };
        self.day.anomalies.iter().map(row).collect()
    }

    /// The contract's form: recorded anomalies as they were recorded, others without a name.
    async fn show(&self, conn: &mut PgConnection, closed: bool) -> Result<MassBalance> {
        let ids: Vec<String> = self
            .day
            .stations
            .keys()
            .chain(self.day.plants.keys())
            .cloned()
            .collect();
        let titles = facility_names(conn, &ids).await?.into_iter().collect();
        let recorded = anomalies_of(conn, self.division, self.date).await?;
        let mut recorded: HashMap<String, anomalies::Anomaly> =
            recorded.into_iter().map(|row| (row.anomaly_key.clone(), row)).collect();
        let anomaly = |row: anomalies::Anomaly| match recorded.remove(&row.anomaly_key) {
            Some(known) => wire::balance::anomaly(known, true),
            None => wire::balance::anomaly(row, false),
        };
        let open = self.rows(OffsetDateTime::UNIX_EPOCH, Uuid::nil);
        let anomalies = open.into_iter().map(anomaly).collect();
        Ok(MassBalance {
            closed,
            plan: self.plan.map(names::plan).unwrap_or_default(),
            ..wire::balance::mass_balance((self.division, self.date), &self.day, &titles, anomalies)
        })
    }
}
