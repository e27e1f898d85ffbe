//! What can be wrong with loads and nodes.

use time::Date;

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
    /// The scale was not calibrated, or stands elsewhere.
    DeviceUnfit,
    /// The tare is off the register.
    TareOff,
    /// The seal was not found as it was put on.
    SealBroken,
    /// Less came back than was refused.
    ReturnShort,
    /// More came back than was refused.
    ReturnExcess,
    /// What was refused has not come back.
    ReturnMissing,
    /// It came when a key that signed it had been revoked.
    LateKey,
}

impl Fault {
    /// Whether it lies on the way back.
    pub const fn on_the_way_back(self) -> bool {
        matches!(self, Self::ReturnShort | Self::ReturnExcess | Self::ReturnMissing)
    }

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
            Self::DeviceUnfit => "device_unfit",
            Self::TareOff => "tare_off",
            Self::SealBroken => "seal_broken",
            Self::ReturnShort => "return_short",
            Self::ReturnExcess => "return_excess",
            Self::ReturnMissing => "return_missing",
            Self::LateKey => "late_key",
        }
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
    /// Start of the arc: the vehicle of a collection, the station of a haul, on the way back the end; for a node the node itself.
    pub from: String,
    /// End of the arc; of a collection on the way back the code of a village; for a node the node itself.
    pub to: String,
    /// The masses at stake, if any.
    pub masses: Option<Masses>,
    /// The reckoning in English.
    pub text: String,
    /// The reckoning in Chinese.
    pub text_zh: String,
}
