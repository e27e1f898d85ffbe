//! Registers `depots` and `water_points`.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout},
    filter::{Field, Filter},
};
use sqlx::PgConnection;

use super::{clock, listing, thousandths};
use crate::store::facilities::{Facility, facility_list};

/// Facilities of one kind.
pub struct Facilities {
    filter: &'static str,
    capacity: bool,
    layout: &'static Layout,
}

const KIND: &[Field] = &[Field::text("kind", "kind")];

const fn layout(name: &'static str, columns: &'static [Column]) -> Layout {
    Layout {
        name,
        permission: "sanitation.facilities.read",
        disclosure: None,
        columns,
    }
}

impl Facilities {
    /// Where vehicles stand.
    pub const DEPOTS: Self = Self {
        filter: "kind = depot",
        capacity: false,
        layout: &layout(
            "depots",
            &[
                Column::plain("depot_id"),
                Column::plain("division_code"),
                Column::plain("name"),
                Column::plain("open"),
                Column::plain("close"),
                Column::plain("lng"),
                Column::plain("lat"),
            ],
        ),
    };
    /// Where sprinklers refill.
    pub const WATER_POINTS: Self = Self {
        filter: "kind = water_point",
        capacity: true,
        layout: &layout(
            "water_points",
            &[
                Column::plain("water_point_id"),
                Column::plain("division_code"),
                Column::plain("name"),
                Column::plain("capacity_t_day"),
                Column::plain("open"),
                Column::plain("close"),
                Column::plain("lng"),
                Column::plain("lat"),
            ],
        ),
    };
}

#[tonic::async_trait]
impl Extract for Facilities {
    fn layout(&self) -> &'static Layout {
        self.layout
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let filter = Filter::parse(self.filter, KIND)?;
        let rows = facility_list(conn, &listing(export, after, &filter)).await?;
        let line = |row: Facility| {
            let capacity = self.capacity.then(|| thousandths(row.capacity_kg_per_day));
            let mut cells = vec![row.facility_id, row.division_code, row.display_name];
            cells.extend(capacity);
            cells.extend([
                clock(row.opens_s),
                clock(row.closes_s),
                row.lng.to_string(),
                row.lat.to_string(),
            ]);
            cells
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
