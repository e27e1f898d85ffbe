//! Points to which no truck may drive, and where their waste is brought.

use crate::{
    geo::{Position, distance_m},
    norms::Radii,
};

/// A collection point as reach sees it.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    /// Code of its village.
    pub village: &'a str,
    /// Where it is.
    pub position: Position,
    /// Heaviest gross mass that the way to it bears, kg; `None`: any.
    pub access_max_gross_kg: Option<i64>,
}

/// Where the waste of a point is brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relay {
    /// Index of the point to which it is brought.
    pub to: usize,
    /// How far it is.
    pub distance_m: i64,
    /// Beyond the reach of a push cart.
    pub needs_motor: bool,
}

/// How a point is emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A truck drives there.
    Truck,
    /// Its waste is brought to a point to which a truck drives.
    Relay(Relay),
    /// Neither: no such point is near enough; the nearest, if there is one, is so far away.
    TooFar {
        /// Distance of the nearest point to which a truck drives.
        nearest_m: Option<i64>,
    },
}

/// How each of `points` is emptied when the lightest truck has `lightest_gross_kg`. Without a truck every point counts as
/// one to which a truck drives: what is missing then is the truck.
///
/// Waste stays in its village where the village has a point to which a truck drives within reach.
pub fn reach(points: &[Point<'_>], lightest_gross_kg: Option<i64>, radii: &Radii) -> Vec<Reach> {
    let driven = |point: &Point<'_>| match (point.access_max_gross_kg, lightest_gross_kg) {
        (Some(bears), Some(gross)) => bears >= gross,
        _ => true,
    };
    let served: Vec<(usize, &Point<'_>)> = points.iter().enumerate().filter(|(_, p)| driven(p)).collect();
    let relay = |point: &Point<'_>| {
        let candidates = served.iter().map(|(index, other)| {
            let distance = distance_m(point.position, other.position);
            let elsewhere = distance > radii.motor_vehicle_m || other.village != point.village;
            (elsewhere, distance, *index)
        });
        match candidates.min() {
            Some((_, distance_m, to)) if distance_m <= radii.motor_vehicle_m => Reach::Relay(Relay {
                to,
                distance_m,
                needs_motor: distance_m > radii.push_cart_m,
            }),
            nearest => Reach::TooFar {
                nearest_m: nearest.map(|(_, distance, _)| distance),
            },
        }
    };
    points
        .iter()
        .map(|point| if driven(point) { Reach::Truck } else { relay(point) })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(village: &str, metres_north: i64, bears: Option<i64>) -> Point<'_> {
        #[expect(clippy::cast_precision_loss, reason = "a few kilometres")]
        let lat = 34.8 + metres_north as f64 / 111_195.0;
        Point {
            village,
            position: Position { lng: 114.8, lat },
            access_max_gross_kg: bears,
        }
    }

    #[test]
    fn prefers_its_own_village_then_the_nearest() {
        let points = [
            point("a", 0, Some(4_500)),
            point("b", 300, None),
            point("a", 900, None),
            point("c", -2_500, Some(2_500)),
            point("c", -9_000, Some(2_500)),
        ];
        let found = reach(&points, Some(7_300), &Radii::default());
        let relay = |to, distance_m, needs_motor| {
            Reach::Relay(Relay {
                to,
                distance_m,
                needs_motor,
            })
        };
        assert_eq!(found[0], relay(2, 900, false));
        assert_eq!((found[1], found[2]), (Reach::Truck, Reach::Truck));
        assert_eq!(found[3], relay(1, 2_800, true));
        assert_eq!(found[4], Reach::TooFar { nearest_m: Some(9_300) });
    }

    #[test]
    fn a_light_truck_drives_everywhere() {
        let points = [point("a", 0, Some(4_500)), point("a", 900, None)];
        for lightest in [Some(4_500), None] {
            assert_eq!(reach(&points, lightest, &Radii::default()), [Reach::Truck; 2]);
        }
    }

    proptest! {
        #[test]
        fn relays_lead_to_points_that_are_driven_to(spots in prop::collection::vec((0..3u8, 0..8_000i64, any::<bool>()), 0..20)) {
            let names = ["a", "b", "c"];
            let points: Vec<_> = spots.iter().map(|(v, at, light)| point(names[usize::from(*v)], *at, light.then_some(2_500))).collect();
            let found = reach(&points, Some(7_300), &Radii::default());
            prop_assert_eq!(found.len(), points.len());
            for outcome in &found {
                if let Reach::Relay(relay) = outcome {
                    prop_assert_eq!(found[relay.to], Reach::Truck);
                    prop_assert!(relay.distance_m <= 3_000 && relay.needs_motor == (relay.distance_m > 1_000));
                }
            }
        }
    }
}
