//! Loads on their way, and what is wrong with a single one.

mod detect;

use time::{Date, OffsetDateTime};

pub use detect::detect;

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

    /// What was taken at its end, kg.
    pub fn received_kg(&self) -> Option<i64> {
        self.received.and_then(|weighing| weighing.net_kg)
    }
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Net above payload.
    Overload,
    /// Station net short of the sum on board.
    NetShort,
    /// Station net above the sum on board.
    NetExcess,
    /// No reading on arrival.
    MissingScale,
    /// Sent more than once.
    Duplicate,
    /// Clocks run backwards.
    ClockBack,
    /// Gross less tare is not net.
    ScaleMismatch,
    /// Plant net short of station net.
    HaulShort,
    /// Plant net above station net.
    HaulExcess,
    /// A station's day does not add up.
    NodeUnbalanced,
}

impl Fault {
    /// Name as it is stored and filtered by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overload => "overload",
            Self::NetShort => "net_short",
            Self::NetExcess => "net_excess",
            Self::MissingScale => "missing_scale",
            Self::Duplicate => "duplicate",
            Self::ClockBack => "clock_back",
            Self::ScaleMismatch => "scale_mismatch",
            Self::HaulShort => "haul_short",
            Self::HaulExcess => "haul_excess",
            Self::NodeUnbalanced => "node_unbalanced",
        }
    }

    /// The fault of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        let all = [
            Self::Overload,
            Self::NetShort,
            Self::NetExcess,
            Self::MissingScale,
            Self::Duplicate,
            Self::ClockBack,
            Self::ScaleMismatch,
            Self::HaulShort,
            Self::HaulExcess,
            Self::NodeUnbalanced,
        ];
        all.into_iter().find(|fault| fault.name() == name)
    }
}

/// The masses of an anomaly in kg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "units belong in names")]
pub struct Masses {
    /// Expected.
    pub expected_kg: i64,
    /// Found.
    pub found_kg: i64,
    /// Deviation that is still taken for measuring error.
    pub tolerance_kg: i64,
}

/// Something wrong, located to a load or a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// What is wrong.
    pub fault: Fault,
    /// Code of the township.
    pub township: String,
    /// Day.
    pub date: Date,
    /// Id of the trip; `None` for a node.
    pub trip: Option<String>,
    /// Start of the arc: the vehicle of a collection, the station of a haul; for a node the node itself.
    pub from: String,
    /// End of the arc; for a node the node itself.
    pub to: String,
    /// The masses at stake, if any.
    pub masses: Option<Masses>,
    /// The reckoning in English.
    pub text: String,
    /// The reckoning in Chinese.
    pub text_zh: String,
}
