//! Loads on their way, and what is wrong with a single one.

mod anomaly;
mod course;
mod detect;
mod scales;

use time::{Date, OffsetDateTime};

pub use anomaly::{Anomaly, Fault, Masses};
pub use course::{Back, Course, Rejection, Seal, SealState};
pub use detect::detect;
pub use scales::Scale;

/// What a trip carries where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Village points to station.
    Collection,
    /// Station to plant.
    Haul,
}

/// One reading of a scale; what it did not give is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "units belong in names")]
pub struct Weighing {
    /// With the vehicle, kg.
    pub gross_kg: Option<i64>,
    /// The vehicle alone, kg.
    pub tare_kg: Option<i64>,
    /// The load, kg.
    pub net_kg: Option<i64>,
}

/// Waste taken aboard at one village.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collected {
    /// When.
    pub at: OffsetDateTime,
    /// By the scale on board, kg.
    pub net_kg: Option<i64>,
}

/// One trip with everything that was weighed of its load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Id of the trip.
    pub trip: String,
    /// What it carries where.
    pub kind: Kind,
    /// Day it counts for.
    pub date: Date,
    /// Code of the township of the station.
    pub township: String,
    /// Id of the vehicle.
    pub vehicle: String,
    /// Heaviest load of the vehicle, kg; `None`: unknown.
    pub payload_kg: Option<i64>,
    /// What the register says that the vehicle weighs empty, kg; `None`: unknown.
    pub tare_kg: Option<i64>,
    /// Id of the station.
    pub station: String,
    /// Id of the plant; only of a haul.
    pub plant: Option<String>,
    /// Departure by the vehicle's clock.
    pub departed_at: OffsetDateTime,
    /// Arrival by the scale's clock.
    pub arrived_at: OffsetDateTime,
    /// How often the trip was sent.
    pub sent_count: i64,
    /// Taken aboard, in the order of the record; only of a collection.
    pub collected: Vec<Collected>,
    /// Weighed out of the station; only of a haul.
    pub dispatched: Option<Weighing>,
    /// Weighed in at its end.
    pub received: Option<Weighing>,
    /// The scales that weighed it, as far as they are stated, each once.
    pub scales: Vec<Scale>,
    /// What became of it beside.
    pub course: Course,
}

impl Load {
    /// Sum of the scales on board, kg; `None` where a stop gave no reading or there is no stop.
    pub fn onboard_kg(&self) -> Option<i64> {
        let sum: Option<i64> = self.collected.iter().map(|stop| stop.net_kg).sum();
        sum.filter(|_| !self.collected.is_empty())
    }

    /// What was given at its start, kg: the scales on board, or the station's weighbridge.
    pub fn sent_kg(&self) -> Option<i64> {
        match self.kind {
            Kind::Collection => self.onboard_kg(),
            Kind::Haul => self.dispatched.and_then(|weighing| weighing.net_kg),
        }
    }

    /// What its end should weigh in, kg: given at its start or aboard before, and not left in the vehicle.
    pub fn expected_kg(&self) -> Option<i64> {
        Some(self.sent_kg()? + self.course.carried_kg - self.course.residue_kg)
    }

    /// What was weighed in at its end, kg; where only what was refused was weighed, that.
    pub fn received_kg(&self) -> Option<i64> {
        let refused = self.course.rejection.as_ref().and_then(|rejection| rejection.net_kg);
        self.received.and_then(|weighing| weighing.net_kg).or(refused)
    }
}
