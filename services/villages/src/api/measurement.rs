//! `MeasurementService`.

use kit::{
    Kit,
    audit::Change,
    call::Call,
    dates,
    db::Begun,
    error::{Error, Result},
    filter::{Field, Filter},
};
use proto::xiangtu::villages::v1::{
    BatchRecordMeasurementsRequest, BatchRecordMeasurementsResponse, BatchRecordResult, Burden, GetMeasurementRequest,
    ListBurdensRequest, ListBurdensResponse, ListMeasurementsRequest, ListMeasurementsResponse, Measurement,
    RecordMeasurementRequest, batch_record_result::Outcome, measurement_service_server::MeasurementService,
};
use tonic::{Request, Response, Status};
use villages_core::week::Week;

use super::division::{optional_code, require_id};
use crate::{
    record::{self, Door, Recorded},
    store::{
        burden::{self, BurdenRow},
        measurement,
    },
    wire,
};

/// The facts that ratings rest on.
pub struct MeasurementApi {
    /// What the service works with.
    pub kit: Kit,
}

const MOST: usize = 1_000;

const FIELDS: &[Field] = &[
    Field::text("division", "m.division_code"),
    Field::text("indicator", "m.indicator"),
    Field::text("source", "m.source"),
    Field::date("as_of_date", "m.as_of_date"),
    Field::bool("held", "m.held"),
];

#[tonic::async_trait]
impl MeasurementService for MeasurementApi {
    async fn get_measurement(&self, request: Request<GetMeasurementRequest>) -> Result<Response<Measurement>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_measurements(
        &self,
        request: Request<ListMeasurementsRequest>,
    ) -> Result<Response<ListMeasurementsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn record_measurement(
        &self,
        request: Request<RecordMeasurementRequest>,
    ) -> Result<Response<Measurement>, Status> {
        let call = Call::of(&request)?;
        Ok(self.record(&call, &request.into_inner()).await?)
    }

    async fn batch_record_measurements(
        &self,
        request: Request<BatchRecordMeasurementsRequest>,
    ) -> Result<Response<BatchRecordMeasurementsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.record_batch(&call, &request.into_inner()).await?)
    }

    async fn list_burdens(
        &self,
        request: Request<ListBurdensRequest>,
    ) -> Result<Response<ListBurdensResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.burdens(&call, &request.into_inner()).await?))
    }
}

impl MeasurementApi {
    async fn get(&self, call: &Call, request: &GetMeasurementRequest) -> Result<Measurement> {
        let id = wire::measurement::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let row = measurement::measurement_get(&mut tx, id).await?;
        row.as_ref()
            .map(wire::measurement::measurement)
            .ok_or_else(|| Error::not_found(&request.name))
    }

    async fn list(&self, call: &Call, request: &ListMeasurementsRequest) -> Result<ListMeasurementsResponse> {
        let division = optional_code("division", &request.division)?;
        let as_of = dates::from_proto("as_of", request.as_of)?;
        let known_at = dates::from_timestamp("known_at", request.known_at)?;
        if as_of.is_some() && request.show_superseded {
            return Err(Error::invalid("show_superseded", true, "false where as_of is set"));
        }
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let bounds = format!("{as_of:?} {known_at:?} {}", request.show_superseded);
        let query = [division.as_str(), &request.filter, &bounds];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListMeasurements", &query)?;
        let after = page
            .after
            .as_deref()
            .map(|key| wire::measurement::id("page_token", key))
            .transpose()?;
        let list = measurement::MeasurementQuery {
            division: &division,
            as_of,
            known_at,
            superseded: request.show_superseded,
            after,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = measurement::measurements_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |row| wire::measurement::name(row.measurement_id));
        let measurements = rows.iter().map(wire::measurement::measurement).collect();
        Ok(ListMeasurementsResponse {
            measurements,
            next_page_token,
        })
    }

    async fn burdens(&self, call: &Call, request: &ListBurdensRequest) -> Result<ListBurdensResponse> {
        let division = optional_code("division", &request.division)?;
        let week = wire::plan::week("week", &request.week, Week::of(self.kit.clock.today()))?;
        let text = week.to_string();
        let query = [division.as_str(), &text];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListBurdens", &query)?;
        let within = dates::start_of(week.first_day())..dates::start_of(week.after().first_day());
        let after = page.after.as_deref().unwrap_or_default();
        let mut tx = self.kit.db.read(call).await?;
        let rows = burden::burdens_list(&mut tx, &division, &within, after, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |row| row.village_code.clone());
        let burden = |row: BurdenRow| Burden {
            division: wire::division::name(&row.village_code),
            week: text.clone(),
            self_report_count: row.self_reports,
            progress_report_count: row.progress_reports,
            inspection_count: row.inspections,
        };
        Ok(ListBurdensResponse {
            burdens: rows.into_iter().map(burden).collect(),
            next_page_token,
        })
    }

    async fn record(&self, call: &Call, request: &RecordMeasurementRequest) -> Result<Response<Measurement>> {
        require_id(&request.request_id)?;
        let given = request
            .measurement
            .as_ref()
            .ok_or_else(|| Error::required("measurement"))?;
        let figure = wire::measurement::figure("measurement", given, self.kit.clock.today())?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let figures = vec![("measurement".to_owned(), Ok(figure))];
        let Recorded { rows, mut outcomes } = record::record(&self.kit.ids, &mut tx, figures, Door::Call).await?;
        outcomes.pop().transpose()?;
        let row = rows
            .first()
            .ok_or_else(|| Error::internal("a figure without an outcome"))?;
        let response = wire::measurement::measurement(row);
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(response));
        }
        record::emit(&mut tx, &rows);
        let change = Change::new("record", &row.division_code, &response.name);
        tx.finish(change, response).await
    }

    async fn record_batch(
        &self,
        call: &Call,
        request: &BatchRecordMeasurementsRequest,
    ) -> Result<Response<BatchRecordMeasurementsResponse>> {
        require_id(&request.request_id)?;
        if !(1..=MOST).contains(&request.measurements.len()) {
            return Err(Error::invalid(
                "measurements",
                request.measurements.len(),
                "1 to 1,000 figures",
            ));
        }
        let today = self.kit.clock.today();
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let figures = request.measurements.iter().enumerate().map(|(index, given)| {
            let path = format!("measurements[{index}]");
            let figure = wire::measurement::figure(&path, given, today);
            (path, figure)
        });
        let Recorded { rows, outcomes } = record::record(&self.kit.ids, &mut tx, figures.collect(), Door::Call).await?;
        record::emit(&mut tx, &rows);
        let results = outcomes.into_iter().map(|outcome| BatchRecordResult {
            outcome: match outcome {
                Ok(place) => place
                    .and_then(|place| rows.get(place))
                    .map(|row| Outcome::Measurement(wire::measurement::measurement(row))),
                Err(error) => Some(Outcome::Error(error.into())),
            },
        });
        let response = BatchRecordMeasurementsResponse {
            results: results.collect(),
        };
        let change = Change::new("record", "", "measurements").detail(format!("recorded {}", rows.len()));
        tx.finish(change, response).await
    }
}
