//! Siting: core → contract.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{
    BinLevel, SitingAssignment, SitingBasis, SitingProposal, SitingReason, SitingSite, SitingSum, UnservedHouseholds,
};
use sanitation_core::{
    norms::Norms,
    siting::{Basis, Proposed, Reason},
};
use time::Date;

use super::{names, network::position};
use crate::sites::{Aim, Sited, USUAL_BINS_PER_POINT};

/// What a request aims at.
pub fn aim(level: i32, max_bins_per_point: i32) -> Result<Aim> {
    let full_marks = match BinLevel::try_from(level) {
        Ok(BinLevel::Unspecified | BinLevel::Required) => false,
        Ok(BinLevel::FullMarks) => true,
        Err(_) => return Err(Error::invalid("level", level, "one of the levels of BinLevel")),
    };
    let most_bins = match u32::try_from(max_bins_per_point) {
        Ok(0) => USUAL_BINS_PER_POINT,
        Ok(most @ 1..=1_000) => most,
        _ => {
            let rule = "0 (meaning 20) to 1,000";
            return Err(Error::invalid("max_bins_per_point", max_bins_per_point, rule));
        }
    };
    Ok(Aim { full_marks, most_bins })
}

/// The proposal for a village.
pub fn proposal(sited: &Sited, norms: &Norms, aim: Aim, as_of: Date) -> SitingProposal {
    let (area, proposal) = (&sited.area, &sited.proposal);
    let sum = sum(sited);
    let ids = sited.point_ids();
    let sites: Vec<SitingSite> = proposal
        .sites
        .iter()
        .zip(&ids)
        .map(|(site, id)| self::site(sited, site, id, norms))
        .collect();
    let hamlet = |place: usize| hamlet(sited, place);
    let unserved = proposal.unserved.iter().map(|(place, households)| UnservedHouseholds {
        hamlet: hamlet(*place),
        position: place_position(sited, *place),
        household_count: *households,
    });
    let walks = proposal.sites.iter().flat_map(|site| &site.served);
    SitingProposal {
        name: format!("sitingProposals/{}", area.division_code),
        division: names::division(&area.division_code),
        display_name: area.display_name.clone(),
        as_of: Some(dates::to_proto(as_of)),
        level: level(aim).into(),
        basis: basis(proposal.basis).into(),
        household_count: area.household_count,
        bin_count: sum.bin_count,
        required_bin_count: required(sited),
        missing_bin_count: sum.missing_bin_count,
        new_bin_count: sum.new_bin_count,
        new_point_count: sum.new_point_count,
        least_new_bin_count: sum.least_new_bin_count,
        least_new_point_count: sum.least_new_point_count,
        stray_bin_count: sum.stray_bin_count,
        unserved: unserved.collect(),
        walk_household_m: walks.map(|served| served.households * served.distance_m).sum(),
        sites,
    }
}

fn site(sited: &Sited, site: &Proposed, id: &str, norms: &Norms) -> SitingSite {
    let assignment = |served: &sanitation_core::siting::Served| SitingAssignment {
        hamlet: hamlet(sited, served.place),
        position: place_position(sited, served.place),
        household_count: served.households,
        distance_m: served.distance_m,
    };
    let (mut collection_point, mut proposed_point_id) = (String::new(), String::new());
    match site.point {
        Some(_) => collection_point = names::point(id),
        None => id.clone_into(&mut proposed_point_id),
    }
    SitingSite {
        collection_point,
        proposed_point_id,
        position: position(site.position.lng, site.position.lat),
        standing_bin_count: whole(site.bins.len()),
        joining_bin_count: whole(sited.joining(site, id).count()),
        new_bin_count: site.new_bins,
        reason: site.reason.map(reason).unwrap_or_default().into(),
        assignments: site.served.iter().map(assignment).collect(),
        driven_m: site.driven_m,
        needs_motor: site.driven_m.is_some_and(|metres| metres > norms.radii.push_cart_m),
    }
}

/// The sum over one village.
pub fn sum(sited: &Sited) -> SitingSum {
    let (area, proposal) = (&sited.area, &sited.proposal);
    let bin_count = whole(sited.bins.len());
    let new_bin_count: i64 = proposal.sites.iter().map(|site| site.new_bins).sum();
    let new_point_count = whole(proposal.sites.iter().filter(|site| site.point.is_none()).count());
    let unserved: i64 = proposal.unserved.iter().map(|(_, households)| households).sum();
    let proven = new_bin_count == proposal.least_new_bins && new_point_count == proposal.least_new_points;
    SitingSum {
        division: names::division(&area.division_code),
        village_count: 1,
        met_count: i64::from(new_bin_count == 0 && new_point_count == 0 && unserved == 0),
        proven_count: i64::from(proven),
        household_count: area.household_count,
        bin_count,
        missing_bin_count: (required(sited) - bin_count).max(0),
        new_bin_count,
        new_point_count,
        least_new_bin_count: proposal.least_new_bins,
        least_new_point_count: proposal.least_new_points,
        stray_bin_count: whole(proposal.stray_bins.len()),
        unserved_household_count: unserved,
    }
}

/// Adds the counts of `one` to `sum`.
pub fn add(sum: &mut SitingSum, one: &SitingSum) {
    sum.village_count += one.village_count;
    sum.met_count += one.met_count;
    sum.proven_count += one.proven_count;
    sum.household_count += one.household_count;
    sum.bin_count += one.bin_count;
    sum.missing_bin_count += one.missing_bin_count;
    sum.new_bin_count += one.new_bin_count;
    sum.new_point_count += one.new_point_count;
    sum.least_new_bin_count += one.least_new_bin_count;
    sum.least_new_point_count += one.least_new_point_count;
    sum.stray_bin_count += one.stray_bin_count;
    sum.unserved_household_count += one.unserved_household_count;
}

/// ⌈households / households to a bin⌉.
fn required(sited: &Sited) -> i64 {
    let each = sited.households_per_bin.max(1);
    (sited.area.household_count + each - 1) / each
}

fn hamlet(sited: &Sited, place: usize) -> String {
    let known = sited
        .hamlets
        .get(place)
        .filter(|_| sited.proposal.basis == Basis::Hamlets);
    known.map(|row| names::hamlet(&row.hamlet_id)).unwrap_or_default()
}

fn place_position(sited: &Sited, place: usize) -> Option<proto::google::r#type::LatLng> {
    let (at, _) = sited.proposal.places.get(place)?;
    position(at.lng, at.lat)
}

fn level(aim: Aim) -> BinLevel {
    if aim.full_marks {
        BinLevel::FullMarks
    } else {
        BinLevel::Required
    }
}

fn basis(basis: Basis) -> SitingBasis {
    match basis {
        Basis::Hamlets => SitingBasis::Hamlets,
        Basis::Bins => SitingBasis::Bins,
        Basis::Centre => SitingBasis::Centre,
    }
}

fn reason(reason: Reason) -> SitingReason {
    match reason {
        Reason::BinCount => SitingReason::BinCount,
        Reason::PointRadius => SitingReason::PointRadius,
        Reason::PointRoom => SitingReason::PointRoom,
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
