//! Registers `transfer_stations`, `plants`, `depots` and `water_points`: the fixed places of the network.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{checks, upsert::Upsert};

/// Facilities of one kind.
pub struct Facilities {
    register: &'static str,
    kind: &'static str,
    id: &'static str,
    division: Division,
    /// Where capacities are given, in tonnes a day.
    capacity: bool,
    /// Where it may be given what a place holds at a time, in tonnes.
    storage: bool,
    /// Where it may be given which streams a place takes.
    streams: bool,
    /// Column of what it works with.
    equipment: Option<&'static str>,
    columns: &'static [Column],
}

/// Which division a facility belongs to.
enum Division {
    /// That of the import.
    Import,
    /// A township.
    Township(&'static str),
    /// A county or township.
    Any(&'static str),
}

const NAME: Column = Column::required("name", "name in Chinese");
const CAPACITY: Column = Column::required("capacity_t_day", "design capacity, t a day, at most 3 decimals");
const STORAGE: Column = Column::optional(
    "storage_t",
    "what it may hold at a time, t, at most 3 decimals; without it capacity_t_day",
);
const STREAMS: Column = Column::optional(
    "streams",
    "what it takes: some of residual, kitchen, recyclable and hazardous, separated by |; empty: everything",
);
const RUN_BY: Column = Column::required("division_code", "code of the county or township that runs it");
const OPEN: Column = Column::required("open", "opening time HH:MM");
const CLOSE: Column = Column::required("close", "closing time HH:MM");
const LNG: Column = Column::required("lng", "longitude, WGS-84 degrees");
const LAT: Column = Column::required("lat", "latitude, WGS-84 degrees");

const fn id(column: &'static str) -> Column {
    Column::required(column, "id, 1–40 letters, digits, - or _")
}

impl Facilities {
    /// Where collecting vehicles unload.
    pub const TRANSFER_STATIONS: Self = Self {
        register: "transfer_stations",
        kind: "transfer_station",
        id: "station_id",
        division: Division::Township("township_code"),
        capacity: true,
        equipment: Some("equipment"),
        storage: true,
        streams: true,
        columns: &[
            id("station_id"),
            Column::required(
                "township_code",
                "code of the township, 9 digits (12 with trailing zeros)",
            ),
            NAME,
            CAPACITY,
            Column::required("equipment", "equipment, for example vertical_compactor"),
            OPEN,
            CLOSE,
            LNG,
            LAT,
            STORAGE,
            STREAMS,
        ],
    };
    /// Where waste is treated.
    pub const PLANTS: Self = Self {
        register: "plants",
        kind: "plant",
        id: "plant_id",
        division: Division::Import,
        capacity: true,
        equipment: Some("process"),
        storage: false,
        streams: false,
        columns: &[
            id("plant_id"),
            NAME,
            CAPACITY,
            Column::required("process", "process, for example incineration"),
            OPEN,
            CLOSE,
            LNG,
            LAT,
        ],
    };
    /// Where vehicles stand.
    pub const DEPOTS: Self = Self {
        register: "depots",
        kind: "depot",
        id: "depot_id",
        division: Division::Any("division_code"),
        capacity: false,
        equipment: None,
        storage: false,
        streams: false,
        columns: &[id("depot_id"), RUN_BY, NAME, OPEN, CLOSE, LNG, LAT],
    };
    /// Where sprinklers refill.
    pub const WATER_POINTS: Self = Self {
        register: "water_points",
        kind: "water_point",
        id: "water_point_id",
        division: Division::Any("division_code"),
        capacity: true,
        equipment: None,
        storage: false,
        streams: false,
        columns: &[
            id("water_point_id"),
            RUN_BY,
            NAME,
            Column::required("capacity_t_day", "water that it gives, t a day, at most 3 decimals"),
            OPEN,
            CLOSE,
            LNG,
            LAT,
        ],
    };
}

const FACILITIES: Upsert = Upsert {
    table: "facilities",
    key: &["facility_id"],
    columns: &[
        "kind",
        "division_code",
        "display_name",
        "capacity_kg_per_day",
        "equipment",
        "opens_s",
        "closes_s",
        "lng",
        "lat",
        "storage_kg",
        "streams",
    ],
    source: "SELECT facility_id, kind, division_code, name AS display_name, capacity::bigint AS capacity_kg_per_day, equipment,
                    opens::int AS opens_s, closes::int AS closes_s, lng::float8 AS lng, lat::float8 AS lat,
                    storage::bigint AS storage_kg, string_to_array(coalesce(streams, ''), '|') AS streams
             FROM staged",
};

#[tonic::async_trait]
impl Register for Facilities {
    fn name(&self) -> &'static str {
        self.register
    }

    fn permission(&self) -> &'static str {
        "sanitation.facilities.write"
    }

    fn columns(&self) -> &'static [Column] {
        self.columns
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "facility_id",
            "kind",
            "division_code",
            "name",
            "capacity",
            "equipment",
            "opens",
            "closes",
            "lng",
            "lat",
            "storage",
            "streams",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let capacity = if self.capacity {
            row.required("capacity_t_day")?;
            cell::thousandths(row, "capacity_t_day", 1, 100_000)?
        } else {
            Some("0".to_owned())
        };
        let (opens, closes) = cell::span(row, "open", "close")?;
        let (lng, lat) = cell::position(row)?;
        let storage = if self.storage {
            cell::thousandths(row, "storage_t", 1, 100_000)?
        } else {
            None
        };
        let streams = if self.streams {
            cell::streams(row, "streams")?
        } else {
            String::new()
        };
        Ok(vec![
            Some(cell::id(row, self.id)?),
            Some(self.kind.to_owned()),
            match self.division {
                Division::Import => None,
                Division::Township(column) => Some(cell::township(row, column)?),
                Division::Any(column) => Some(cell::county_or_township(row, column)?),
            },
            Some(cell::text(row, "name")?),
            capacity,
            Some(
                self.equipment
                    .map_or(Ok(String::new()), |column| cell::text(row, column))?,
            ),
            Some(opens),
            Some(closes),
            Some(lng),
            Some(lat),
            storage,
            Some(streams),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        let twice = duplicates(tx, "facility_id").await?.into_iter();
        found.extend(
            twice
                .map(|error| RowError {
                    column: self.id.to_owned(),
                    ..error
                })
                .collect(),
        );
        match self.division {
            Division::Import => checks::stage_division(tx, import.division.code()).await?,
            Division::Township(column) | Division::Any(column) => {
                found
                    .outside(tx, ("division_code", column), import.division.code())
                    .await?;
            }
        }
        found.other_kind(tx, self.id, self.kind).await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(FACILITIES.run(tx, now).await?)
    }
}
