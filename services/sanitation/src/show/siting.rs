//! A proposal on the map.

use proto::{google::r#type::LatLng, xiangtu::sanitation::v1::SitingProposal};
use serde_json::{Value, json};

use super::feature;

/// A FeatureCollection: a point for each site and each place of households, a line from households to the site that they use.
pub fn geojson(proposal: &SitingProposal) -> Value {
    let mut features = Vec::new();
    for site in &proposal.sites {
        let new = site.collection_point.is_empty();
        let properties = json!({
            "kind": if new { "new_point" } else { "point" },
            "id": if new { &site.proposed_point_id } else { &site.collection_point },
            "standing_bins": site.standing_bin_count, "new_bins": site.new_bin_count, "reason": site.reason().as_str_name(),
        });
        features.push(feature("Point", &at(site.position.as_ref()), &properties));
        for assignment in &site.assignments {
            let line = json!([at(assignment.position.as_ref()), at(site.position.as_ref())]);
            let properties = json!({
                "kind": "assignment", "hamlet": assignment.hamlet, "households": assignment.household_count,
                "distance_m": assignment.distance_m,
            });
            features.push(feature("LineString", &line, &properties));
        }
    }
    for unserved in &proposal.unserved {
        let properties = json!({
            "kind": "unserved", "hamlet": unserved.hamlet, "households": unserved.household_count,
        });
        features.push(feature("Point", &at(unserved.position.as_ref()), &properties));
    }
    json!({"type": "FeatureCollection", "features": features})
}

fn at(position: Option<&LatLng>) -> Value {
    position.map_or(Value::Null, |at| json!([at.longitude, at.latitude]))
}
