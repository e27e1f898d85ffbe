//! The network: rows → contract.

use kit::{dates, etag};
use proto::{
    google::r#type::LatLng,
    xiangtu::sanitation::v1::{
        Bin, CollectionPoint, CollectionPointKind, Facility, FacilityKind, Hamlet, MissedCollection, MissedReason,
        ServiceArea, Settlement, StationClass, Vehicle, VehicleKind,
    },
};
use sanitation_core::norms::{self, Norms};
use time::OffsetDateTime;

use super::{
    enums::{full, stream},
    names,
};
use crate::store::{areas, bins, facilities, hamlets, missed, points, vehicles};

/// Longitude and latitude as a position.
pub fn position(lng: f64, lat: f64) -> Option<LatLng> {
    Some(LatLng {
        latitude: lat,
        longitude: lng,
    })
}

/// The version of a row that is written whole.
pub fn version(id: &str, updated_at: OffsetDateTime) -> String {
    etag::of(&[id, &updated_at.unix_timestamp_nanos().to_string()])
}

pub fn area(row: areas::Area) -> ServiceArea {
    ServiceArea {
        name: names::area(&row.division_code),
        division: names::division(&row.division_code),
        etag: version(&row.division_code, row.updated_at),
        display_name: row.display_name,
        household_count: row.household_count,
        resident_count: row.resident_count,
        group_count: row.group_count,
        position: position(row.lng, row.lat),
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

pub fn facility(row: facilities::Facility, norms: &Norms) -> Facility {
    let kind = FacilityKind::from_str_name(&full("FACILITY_KIND_", &row.kind)).unwrap_or_default();
    let class = match kind {
        FacilityKind::TransferStation => station_class(norms.stations.class(row.capacity_kg_per_day)),
        _ => StationClass::Unspecified,
    };
    Facility {
        name: names::facility(&row.facility_id),
        kind: kind.into(),
        division: names::division(&row.division_code),
        etag: version(&row.facility_id, row.updated_at),
        display_name: row.display_name,
        position: position(row.lng, row.lat),
        capacity_kg_per_day: row.capacity_kg_per_day,
        equipment: row.equipment,
        opens_s: row.opens_s,
        closes_s: row.closes_s,
        station_class: class.into(),
        storage_kg: row.storage_kg,
        streams: row.streams.iter().map(|it| stream(it).into()).collect(),
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

pub fn station_class(class: norms::StationClass) -> StationClass {
    match class {
        norms::StationClass::Small => StationClass::Small,
        norms::StationClass::Medium => StationClass::Medium,
        norms::StationClass::Large => StationClass::Large,
    }
}

pub fn point(row: points::Point) -> CollectionPoint {
    let kind = CollectionPointKind::from_str_name(&full("COLLECTION_POINT_KIND_", &row.kind));
    CollectionPoint {
        name: names::point(&row.point_id),
        division: names::division(&row.division_code),
        etag: version(&row.point_id, row.updated_at),
        kind: kind.unwrap_or_default().into(),
        capacity_l: i32::try_from(row.capacity_l).unwrap_or(i32::MAX),
        bin_count: row.bin_count,
        daily_g: row.daily_g,
        access_max_gross_kg: row.access_max_gross_kg,
        window_opens_s: row.window_opens_s,
        window_closes_s: row.window_closes_s,
        position: position(row.lng, row.lat),
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

pub fn bin(row: bins::Bin) -> Bin {
    Bin {
        name: names::bin(&row.bin_id),
        division: names::division(&row.division_code),
        etag: version(&row.bin_id, row.updated_at),
        group_code: row.group_code,
        volume_l: row.volume_l,
        sealed: row.sealed,
        households_served_count: row.households_served_count,
        position: position(row.lng, row.lat),
        collection_point: row.point_id.as_deref().map(names::point).unwrap_or_default(),
        stream: stream(&row.stream).into(),
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

pub fn hamlet(row: hamlets::Hamlet) -> Hamlet {
    let settlement = match row.clustered {
        None => Settlement::Unspecified,
        Some(true) => Settlement::Clustered,
        Some(false) => Settlement::Scattered,
    };
    Hamlet {
        name: names::hamlet(&row.hamlet_id),
        division: names::division(&row.division_code),
        etag: version(&row.hamlet_id, row.updated_at),
        display_name: row.display_name,
        household_count: row.household_count,
        settlement: settlement.into(),
        position: position(row.lng, row.lat),
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

pub fn vehicle(row: vehicles::Vehicle) -> Vehicle {
    let kind = VehicleKind::from_str_name(&full("VEHICLE_KIND_", &row.kind));
    Vehicle {
        name: names::vehicle(&row.vehicle_id),
        division: names::division(&row.division_code),
        etag: version(&row.vehicle_id, row.updated_at),
        plate: row.plate,
        depot: names::facility(&row.depot_id),
        kind: kind.unwrap_or_default().into(),
        model: row.model,
        payload_kg: row.payload_kg,
        gross_kg: row.gross_kg,
        volume_l: row.volume_l,
        shift_starts_s: row.shift_starts_s,
        shift_ends_s: row.shift_ends_s,
        speed_kmh: row.speed_kmh,
        stream: stream(&row.stream).into(),
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

pub fn missed(row: missed::Missed) -> MissedCollection {
    let reason = MissedReason::from_str_name(&full("MISSED_REASON_", &row.reason));
    MissedCollection {
        name: format!("missedCollections/{}", row.missed_id),
        collection_point: names::point(&row.point_id),
        division: names::division(&row.division_code),
        date: Some(dates::to_proto(row.date)),
        reason: reason.unwrap_or_default().into(),
        note: row.note,
        report_time: Some(dates::timestamp(row.reported_at)),
        withdraw_time: row.withdrawn_at.map(dates::timestamp),
        stream: stream(&row.stream).into(),
    }
}
