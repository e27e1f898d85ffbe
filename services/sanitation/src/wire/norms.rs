//! The plan section: contract ↔ core. What a section leaves out takes the norm of the source plan.

mod complaints;
mod demand;
mod execution;
mod shifts;

use kit::dates;
use proto::xiangtu::{
    plan::v1::{PlanChange, PlanProblem},
    sanitation::v1::{
        BalanceNorm, BinNorm, ComplianceRule, CustodyNorm, FrequencyNorm, HaulageNorm, Plan, PlanSection, RadiusNorm,
        RoutingNorm, SignatureRule, StaffNorm, StationNorm, Tolerance, WasteNorm,
    },
    r#type::v1::Ratio,
};
use sanitation_core::{
    compliance::Rule,
    norms::{
        Balance, Bins, Contradiction, Custody, Difference, Frequency, Haulage, Norms, Radii, Routing, Share,
        Signatures, Staff, Stations, Tolerance as Allowed, Waste,
    },
};

use super::{compliance, names};
use crate::store::plans::Version;

/// Reads a section. The second value holds what cannot be read at all, as problems with their paths.
pub fn from_section(section: &PlanSection) -> (Norms, Vec<PlanProblem>) {
    let (mut required, mut problems) = (Vec::new(), Vec::new());
    for (index, value) in section.required.iter().enumerate() {
        match ComplianceRule::try_from(*value).ok().and_then(compliance::to_rule) {
            Some(rule) => required.push(rule),
            None => problems.push(PlanProblem {
                path: format!("required[{index}]"),
                reason: "UNKNOWN_RULE".to_owned(),
                message: "a specified rule".to_owned(),
                message_zh: "应为已定义的标准".to_owned(),
            }),
        }
    }
    if let Some(norm) = section
        .custody
        .as_ref()
        .filter(|norm| i32::from(norm.signatures()) != norm.signatures)
    {
        problems.push(PlanProblem {
            path: "custody.signatures".to_owned(),
            reason: "UNKNOWN_RULE".to_owned(),
            message: format!("a known rule, not {}", norm.signatures),
            message_zh: "应为已定义的签名规则".to_owned(),
        });
    }
    if section.required.is_empty() {
        required.push(Rule::BinCount);
    }
    let norms = Norms {
        bins: section.bins.as_ref().map(bins).unwrap_or_default(),
        radii: section.radii.as_ref().map(radii).unwrap_or_default(),
        frequency: section.frequency.as_ref().map(frequency).unwrap_or_default(),
        waste: section.waste.as_ref().map(waste).unwrap_or_default(),
        stations: section.stations.as_ref().map(stations).unwrap_or_default(),
        balance: section.balance.as_ref().map(balance).unwrap_or_default(),
        routing: section.routing.as_ref().map(routing).unwrap_or_default(),
        demand: section
            .demand
            .as_ref()
            .map(|norm| demand::read(norm, &mut problems))
            .unwrap_or_default(),
        custody: section.custody.as_ref().map(custody).unwrap_or_default(),
        haulage: section.haulage.as_ref().map(haulage).unwrap_or_default(),
        staff: section.staff.as_ref().map(staff).unwrap_or_default(),
        execution: section.execution.as_ref().map(execution::read).unwrap_or_default(),
        complaints: section
            .complaints
            .as_ref()
            .map(|norm| complaints::read(norm, &mut problems))
            .unwrap_or_default(),
        shifts: section.shifts.as_ref().map(shifts::read).unwrap_or_default(),
        required,
    };
    (norms, problems)
}

fn bins(norm: &BinNorm) -> Bins {
    Bins {
        households_per_bin: norm.households_per_bin,
        households_per_bin_full_marks: norm.households_per_bin_full_marks,
    }
}

fn radii(norm: &RadiusNorm) -> Radii {
    Radii {
        push_cart_m: norm.push_cart_m,
        motor_vehicle_m: norm.motor_vehicle_m,
        clustered_m: norm.clustered_m,
        scattered_m: norm.scattered_m,
        clustered: norm.clustered,
    }
}

fn frequency(norm: &FrequencyNorm) -> Frequency {
    Frequency {
        kitchen_per_day: norm.kitchen_per_day.into(),
        residual_interval_days: norm.residual_interval_days.into(),
    }
}

fn waste(norm: &WasteNorm) -> Waste {
    Waste {
        low_g_per_person_day: norm.low_g_per_person_day,
        high_g_per_person_day: norm.high_g_per_person_day,
        density_g_per_l: norm.density_g_per_l,
        kitchen_permille: norm.kitchen_permille.unwrap_or(Waste::default().kitchen_permille),
    }
}

fn stations(norm: &StationNorm) -> Stations {
    Stations {
        medium_from_kg_per_day: norm.medium_from_kg_per_day,
        large_above_kg_per_day: norm.large_above_kg_per_day,
    }
}

fn balance(norm: &BalanceNorm) -> Balance {
    let usual = Balance::default();
    let or = |tolerance: Option<Tolerance>, usual: Allowed| tolerance.map_or(usual, allowed);
    Balance {
        onboard: or(norm.onboard, usual.onboard),
        overload: or(norm.overload, usual.overload),
        haul: or(norm.haul, usual.haul),
        station_day: or(norm.station_day, usual.station_day),
        station_loss: norm.station_loss.map_or(usual.station_loss, share),
        tare: or(norm.tare, usual.tare),
    }
}

fn routing(norm: &RoutingNorm) -> Routing {
    Routing {
        detour: norm.detour.map_or(Routing::default().detour, share),
        stop_s: norm.stop_s.into(),
        bin_s: norm.bin_s.into(),
        bin_kg: norm.bin_kg,
        unload_s: norm.unload_s.into(),
        vehicle_day_fen: norm.vehicle_day_fen,
        km_fen: norm.km_fen,
        hour_fen: norm.hour_fen,
    }
}

fn haulage(norm: &HaulageNorm) -> Haulage {
    Haulage {
        load_s: norm.load_s.into(),
        unload_s: norm.unload_s.into(),
        station_bays: norm.station_bays.into(),
        plant_bays: norm.plant_bays.into(),
        overtime_s: norm.overtime_s.into(),
        overtime_hour_fen: norm.overtime_hour_fen,
        leftover_kg: norm.leftover_kg,
    }
}

fn custody(norm: &CustodyNorm) -> Custody {
    let signatures = match norm.signatures() {
        SignatureRule::Unspecified | SignatureRule::Both => Signatures::Both,
        SignatureRule::Receiver => Signatures::Receiver,
        SignatureRule::None => Signatures::None,
    };
    Custody { signatures }
}

fn staff(norm: &StaffNorm) -> Staff {
    Staff {
        residents_per_cleaner: norm.residents_per_cleaner,
    }
}

fn signatures(custody: Custody) -> SignatureRule {
    match custody.signatures {
        Signatures::Both => SignatureRule::Both,
        Signatures::Receiver => SignatureRule::Receiver,
        Signatures::None => SignatureRule::None,
    }
}

fn allowed(tolerance: Tolerance) -> Allowed {
    Allowed {
        share: tolerance.share.map_or(Share::new(0, 1), share),
        plus_kg: tolerance.plus_kg,
    }
}

fn share(ratio: Ratio) -> Share {
    Share::new(ratio.numerator, ratio.denominator)
}

fn ratio(share: Share) -> Option<Ratio> {
    Some(Ratio {
        numerator: share.numerator,
        denominator: share.denominator,
    })
}

fn tolerance(allowed: Allowed) -> Option<Tolerance> {
    Some(Tolerance {
        share: ratio(allowed.share),
        plus_kg: allowed.plus_kg,
    })
}

/// Writes a section in full.
pub fn to_section(norms: &Norms) -> PlanSection {
    let whole = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let (radii, waste, balance, routing) = (&norms.radii, &norms.waste, &norms.balance, &norms.routing);
    let haulage = &norms.haulage;
    PlanSection {
        bins: Some(BinNorm {
            households_per_bin: norms.bins.households_per_bin,
            households_per_bin_full_marks: norms.bins.households_per_bin_full_marks,
        }),
        radii: Some(RadiusNorm {
            push_cart_m: radii.push_cart_m,
            motor_vehicle_m: radii.motor_vehicle_m,
            clustered_m: radii.clustered_m,
            scattered_m: radii.scattered_m,
            clustered: radii.clustered,
        }),
        frequency: Some(FrequencyNorm {
            kitchen_per_day: whole(norms.frequency.kitchen_per_day),
            residual_interval_days: whole(norms.frequency.residual_interval_days),
        }),
        waste: Some(WasteNorm {
            low_g_per_person_day: waste.low_g_per_person_day,
            high_g_per_person_day: waste.high_g_per_person_day,
            density_g_per_l: waste.density_g_per_l,
            kitchen_permille: Some(waste.kitchen_permille),
        }),
        stations: Some(StationNorm {
            medium_from_kg_per_day: norms.stations.medium_from_kg_per_day,
            large_above_kg_per_day: norms.stations.large_above_kg_per_day,
        }),
        balance: Some(BalanceNorm {
            onboard: tolerance(balance.onboard),
            overload: tolerance(balance.overload),
            haul: tolerance(balance.haul),
            station_day: tolerance(balance.station_day),
            station_loss: ratio(balance.station_loss),
            tare: tolerance(balance.tare),
        }),
        routing: Some(RoutingNorm {
            detour: ratio(routing.detour),
            stop_s: whole(routing.stop_s),
            bin_s: whole(routing.bin_s),
            bin_kg: routing.bin_kg,
            unload_s: whole(routing.unload_s),
            vehicle_day_fen: routing.vehicle_day_fen,
            km_fen: routing.km_fen,
            hour_fen: routing.hour_fen,
        }),
        demand: Some(demand::write(&norms.demand)),
        custody: Some(CustodyNorm {
            signatures: signatures(norms.custody).into(),
        }),
        haulage: Some(HaulageNorm {
            load_s: whole(haulage.load_s),
            unload_s: whole(haulage.unload_s),
            station_bays: whole(haulage.station_bays),
            plant_bays: whole(haulage.plant_bays),
            overtime_s: whole(haulage.overtime_s),
            overtime_hour_fen: haulage.overtime_hour_fen,
            leftover_kg: haulage.leftover_kg,
        }),
        staff: Some(StaffNorm {
            residents_per_cleaner: norms.staff.residents_per_cleaner,
        }),
        execution: Some(execution::write(&norms.execution)),
        complaints: Some(complaints::write(&norms.complaints)),
        shifts: Some(shifts::write(&norms.shifts)),
        required: norms
            .required
            .iter()
            .map(|rule| compliance::from_rule(*rule).into())
            .collect(),
    }
}

/// A version as the contract shows it.
pub fn plan(version: &Version) -> Plan {
    Plan {
        name: names::plan(version.plan_id),
        division: names::division(&version.division_code),
        version: version.version,
        effective_date: Some(dates::to_proto(version.effective_date)),
        section: Some(to_section(&version.norms)),
        create_time: Some(dates::timestamp(version.created_at)),
    }
}

/// A contradiction as the contract shows it.
pub fn problem(found: Contradiction) -> PlanProblem {
    PlanProblem {
        path: found.path,
        reason: found.reason.to_owned(),
        message: found.message,
        message_zh: found.message_zh,
    }
}

/// A difference as the contract shows it.
pub fn change(difference: Difference, affected_count: Option<i64>) -> PlanChange {
    PlanChange {
        path: difference.path.to_owned(),
        before: difference.before,
        after: difference.after,
        affected_count,
    }
}

#[cfg(test)]
mod tests {
    use sanitation_core::norms::{Market, Period};
    use time::macros::date;

    use super::*;

    #[test]
    fn a_section_survives_the_way_there_and_back() {
        let mut norms = Norms::default();
        norms.bins.households_per_bin = 7;
        norms.balance.haul.plus_kg = 33;
        norms.required = vec![Rule::BinCount, Rule::CartRadius];
        norms.custody.signatures = Signatures::Receiver;
        norms.haulage.leftover_kg = 3_000;
        norms.staff.residents_per_cleaner = 500;
        norms.shifts.break_s = 2_700;
        norms.shifts.overtime_hour_fen = 6_000;
        norms.demand.markets = vec![Market {
            division: "410225108".to_owned(),
            lunar: true,
            days_of_ten: vec![2, 5, 8],
            weekdays: vec![7],
            factor_permille: 1_250,
        }];
        norms.demand.lunar_month_starts = vec![date!(2024 - 03 - 10)];
        norms.demand.festivals = vec![Period {
            name: "清明节".to_owned(),
            from: date!(2024 - 04 - 03),
            to: date!(2024 - 04 - 06),
            factor_permille: 1_200,
        }];
        let (again, problems) = from_section(&to_section(&norms));
        assert_eq!((again, problems), (norms, Vec::new()));
    }

    #[test]
    fn what_is_left_out_is_the_source_plan() {
        assert_eq!(from_section(&PlanSection::default()).0, Norms::default());
    }
}
