//! Row errors of set-based checks.

use kit::import::{Outcome, RowError, row_error};
use sqlx::PgConnection;

use crate::store::checks::{self, Refused};

/// Errors that several checks have found.
#[derive(Default)]
pub struct Found(Vec<RowError>);

impl Found {
    /// Adds the refused lines of one check.
    pub fn add(&mut self, refused: Vec<Refused>, column: &str, reason: &str, message: &str, message_zh: &str) {
        let errors = refused
            .into_iter()
            .map(|(line, value)| row_error(line, column, &value, reason, message, message_zh));
        self.0.extend(errors);
    }

    /// Adds ready errors.
    pub fn extend(&mut self, errors: Vec<RowError>) {
        self.0.extend(errors);
    }

    /// The outcome that undoes the import, if anything was found.
    pub fn refusal(mut self) -> Option<Outcome> {
        self.0.sort_by_key(|error| error.line);
        (!self.0.is_empty()).then(|| Outcome {
            errors: self.0,
            ..Outcome::default()
        })
    }

    /// `staged` holds the code of a division that must lie inside `division`; `column` is its name in the file.
    pub async fn outside(
        &mut self,
        conn: &mut PgConnection,
        (staged, column): (&'static str, &str),
        division: &str,
    ) -> Result<(), sqlx::Error> {
        let refused = checks::outside(conn, staged, division).await?;
        self.outside_division(refused, column);
        Ok(())
    }

    /// `staged` holds the code of a village that must be a service area.
    pub async fn village(
        &mut self,
        conn: &mut PgConnection,
        (staged, column): (&'static str, &str),
    ) -> Result<(), sqlx::Error> {
        let refused = checks::unknown(conn, staged, ("service_areas", "division_code"), "").await?;
        self.add(
            refused,
            column,
            "UNKNOWN_VILLAGE",
            "a village of the register `villages`",
            "村名册中没有该村",
        );
        Ok(())
    }

    /// `staged` holds the id of a facility; `condition` narrows its kind. It must lie inside `division` where one is given.
    pub async fn facility(
        &mut self,
        conn: &mut PgConnection,
        (staged, column): (&'static str, &str),
        condition: &'static str,
        division: Option<&str>,
    ) -> Result<(), sqlx::Error> {
        let refused = checks::unknown(conn, staged, ("facilities", "facility_id"), condition).await?;
        self.add(
            refused,
            column,
            "UNKNOWN_FACILITY",
            "a facility of its register",
            "设施名册中没有该设施",
        );
        if let Some(division) = division {
            let refused = checks::named_outside(conn, staged, ("facilities", "facility_id"), division).await?;
            self.outside_division(refused, column);
        }
        Ok(())
    }

    /// The staged `facility_id`, `column` in the file, must not be that of a facility of another kind.
    pub async fn other_kind(&mut self, conn: &mut PgConnection, column: &str, kind: &str) -> Result<(), sqlx::Error> {
        let refused = checks::facility_of_other_kind(conn, kind).await?;
        self.add(
            refused,
            column,
            "OTHER_KIND",
            "not the id of a facility of another kind",
            "该编号已是其他类型的设施",
        );
        Ok(())
    }

    fn outside_division(&mut self, refused: Vec<Refused>, column: &str) {
        self.add(
            refused,
            column,
            "OUTSIDE_DIVISION",
            "inside the division of the import",
            "应在导入所属的行政区划内",
        );
    }

    /// The vehicle in `vehicle_id` must lie inside `division`.
    pub async fn vehicle_outside(&mut self, conn: &mut PgConnection, division: &str) -> Result<(), sqlx::Error> {
        let refused = checks::named_outside(conn, "vehicle_id", ("vehicles", "vehicle_id"), division).await?;
        self.outside_division(refused, "vehicle_id");
        Ok(())
    }

    /// `staged` holds the id of a scale, where one is given; `column` is its name in the file.
    pub async fn scale(
        &mut self,
        conn: &mut PgConnection,
        (staged, column): (&'static str, &str),
    ) -> Result<(), sqlx::Error> {
        let refused = checks::unknown(conn, staged, ("devices", "device_id"), " AND t.kind <> 'terminal'").await?;
        self.add(
            refused,
            column,
            "UNKNOWN_SCALE",
            "a scale of the register `devices`",
            "器具名册中没有该计量器具",
        );
        Ok(())
    }

    /// `staged` holds the id of a vehicle.
    pub async fn vehicle(&mut self, conn: &mut PgConnection, staged: &'static str) -> Result<(), sqlx::Error> {
        let refused = checks::unknown(conn, staged, ("vehicles", "vehicle_id"), "").await?;
        self.add(
            refused,
            staged,
            "UNKNOWN_VEHICLE",
            "a vehicle of the register `vehicles`",
            "车辆名册中没有该车辆",
        );
        Ok(())
    }

    /// Trips or hand-overs that are recorded otherwise.
    pub fn recorded_otherwise(&mut self, refused: Vec<Refused>, column: &str) {
        self.add(
            refused,
            column,
            "RECORDED_OTHERWISE",
            "equal to what is recorded: records of custody are never changed",
            "与已有记录不一致：交接记录不可更改",
        );
    }
}
