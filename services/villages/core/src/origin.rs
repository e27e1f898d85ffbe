//! Figures that are known and not asked for: under which name, and where they are read.

use crate::document::IndicatorKind;

/// A figure of a village that another service states, or that is counted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Bins that stand of bins required.
    Bins,
    /// Bins that close of bins that stand.
    SealedBins,
    /// Whether the norms of bins are met.
    BinNorms,
    /// Collection points that were collected in the month of all of the village.
    Coverage,
    /// Days of its collection points on which collection was as frequent as the norms require.
    Frequency,
    /// Kilograms that reached a plant of those weighed at the village.
    TreatedWaste,
    /// Works orders that are not verified.
    OpenWorks,
    /// Of them overdue.
    OverdueWorks,
    /// Fen paid of fen billed after relief.
    Arrears,
    /// Households that owe something overdue.
    OverdueHouseholds,
    /// Households with a five-beauty courtyard of all households.
    Honours,
    /// Confirmed hotspots of the calendar year.
    Hotspots,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Bins,
        Self::SealedBins,
        Self::BinNorms,
        Self::Coverage,
        Self::Frequency,
        Self::TreatedWaste,
        Self::OpenWorks,
        Self::OverdueWorks,
        Self::Arrears,
        Self::OverdueHouseholds,
        Self::Honours,
        Self::Hotspots,
    ];

    /// The name that plans carry: of other services with what they state.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bins => "sanitation.bins",
            Self::SealedBins => "sanitation.sealed_bins",
            Self::BinNorms => "sanitation.bin_norms",
            Self::Coverage => "sanitation.coverage",
            Self::Frequency => "sanitation.frequency",
            Self::TreatedWaste => "sanitation.treated_waste",
            Self::OpenWorks => "sanitation.open_works",
            Self::OverdueWorks => "sanitation.overdue_works",
            Self::Arrears => "homestead.arrears",
            Self::OverdueHouseholds => "homestead.overdue_households",
            Self::Honours => "honours",
            Self::Hotspots => "hotspots",
        }
    }

    /// The origin of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }

    /// Whether another service states it, under its name whatever plans call it. What is counted here is recorded under the
    /// code of the plan that asks for it.
    pub fn is_elsewhere(self) -> bool {
        !matches!(self, Self::Honours | Self::Hotspots)
    }

    /// How it is counted.
    pub fn kind(self) -> IndicatorKind {
        match self {
            Self::Bins
            | Self::SealedBins
            | Self::Coverage
            | Self::Frequency
            | Self::TreatedWaste
            | Self::Arrears
            | Self::Honours => IndicatorKind::Ratio,
            Self::BinNorms => IndicatorKind::YesNo,
            Self::OpenWorks | Self::OverdueWorks | Self::OverdueHouseholds | Self::Hotspots => IndicatorKind::Count,
        }
    }

    /// The resource, with its service, in which a village's figure is read.
    pub fn resource(self, village: &str) -> String {
        match self {
            Self::Bins | Self::SealedBins | Self::BinNorms => format!("sanitation complianceReports/{village}"),
            Self::Coverage | Self::Frequency | Self::TreatedWaste => {
                format!("sanitation serviceQualities?division=divisions/{village}")
            }
            Self::OpenWorks | Self::OverdueWorks => format!("sanitation worksOrders?division=divisions/{village}"),
            Self::Arrears | Self::OverdueHouseholds => {
                format!("homestead ageingReport?division=divisions/{village}")
            }
            Self::Honours => format!("villages honours?division=divisions/{village}"),
            Self::Hotspots => format!("villages hotspots?division=divisions/{village}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_origin_is_found_by_its_name_and_names_its_service() {
        for origin in Origin::ALL {
            assert_eq!(Origin::parse(origin.name()), Some(origin));
            let stated = origin.name().split('.').next().expect("a service");
            let service = if origin.is_elsewhere() { stated } else { "villages" };
            assert!(origin.resource("410225104201").starts_with(service), "{origin:?}");
        }
        assert_eq!(Origin::parse("sanitation"), None);
    }
}
