//! Adds loads as long as one helps: first against overflow, then against what is left, each by what it costs.

use std::cmp::Ordering;

use crate::{
    Haul,
    board::{Board, Effect, Order},
};

/// Adds loads to a day and their orders to `orders`.
pub fn complete(board: &mut Board<'_>, orders: &mut Vec<Order>) {
    while let Some(found) = best(board) {
        board.take(found.order.truck, found.haul);
        orders.push(found.order);
    }
}

struct Found {
    order: Order,
    haul: Haul,
    effect: Effect,
}

impl Found {
    /// Greater is better.
    fn compare(&self, other: &Self) -> Ordering {
        let cross = |late_kg: i64, cost: i64| i128::from(late_kg) * i128::from(cost.max(1));
        self.effect.over_kg.cmp(&other.effect.over_kg).then_with(|| {
            let mine = cross(self.effect.late_kg, other.effect.cost);
            mine.cmp(&cross(other.effect.late_kg, self.effect.cost))
        })
    }
}

fn best(board: &mut Board<'_>) -> Option<Found> {
    let problem = board.problem;
    let spec = problem.spec();
    let mut best: Option<Found> = None;
    for station in 0..spec.stations.len() {
        let excess = board.yards[station].excess();
        if excess.over_kg == 0 && excess.left_kg <= spec.stations[station].target_kg {
            continue;
        }
        // As much as lies there just in time, if the storage is exceeded.
        let in_time = excess
            .over_at_s
            .map(|at_s| board.yards[station].loose(at_s - spec.load_s));
        for (truck, rules) in spec.trucks.iter().enumerate() {
            for plant in 0..spec.plants.len() {
                let leasts = [Some(rules.payload_kg), in_time, in_time.map(|_| 1)];
                for least_kg in leasts.into_iter().flatten() {
                    let order = Order {
                        truck,
                        station,
                        plant,
                        least_kg,
                    };
                    let Some(haul) = board.haul(order) else { continue };
                    let effect = board.effect(truck, haul);
                    if effect.over_kg <= 0 && effect.late_kg <= 0 {
                        continue;
                    }
                    let found = Found { order, haul, effect };
                    if best
                        .as_ref()
                        .is_none_or(|best| found.compare(best) == Ordering::Greater)
                    {
                        best = Some(found);
                    }
                }
            }
        }
    }
    best
}
