//! The mass balance of a day: in = out + stock change + declared loss + unexplained.

use std::collections::BTreeMap;

use time::Date;

use crate::{
    custody::{Anomaly, Fault, Kind, Load, Masses, detect},
    norms::Balance,
};

/// The balance of one station or plant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Taken in, kg.
    pub in_kg: i64,
    /// Part of it that was estimated from the start of the way, kg.
    pub estimated_in_kg: i64,
    /// Given out, kg; for a plant what it treats.
    pub out_kg: i64,
    /// Change of stock, kg: refused loads that came back and wait, or that waited since the day before.
    pub stock_change_kg: i64,
    /// Declared loss, kg.
    pub declared_loss_kg: i64,
    /// The rest, kg.
    pub unexplained_kg: i64,
    /// How much of the rest is taken for measuring error, kg.
    pub tolerance_kg: i64,
    /// Part of `out_kg` that was refused and given back, kg.
    pub rejected_kg: i64,
    /// Part of `in_kg` that came back refused, kg.
    pub returned_kg: i64,
    /// Loads taken in.
    pub loads: i64,
}

/// The balance of one way, summed over its loads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arc {
    /// Loads.
    pub loads: i64,
    /// Given at its start, kg.
    pub sent_kg: i64,
    /// Taken at its end, kg.
    pub received_kg: i64,
    /// Aboard at its start from trips before, over loads weighed at both ends, kg.
    pub carried_kg: i64,
    /// Stayed in the vehicles, over loads weighed at both ends, kg.
    pub residue_kg: i64,
    /// Given or carried less taken or left aboard, over loads weighed at both ends, kg.
    pub difference_kg: i64,
    /// Loads with an anomaly.
    pub anomalies: i64,
}

/// A way of the network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Villages of a township to its station.
    Collection {
        /// Code of the township.
        township: String,
        /// Id of the station.
        station: String,
    },
    /// Station to plant.
    Haul {
        /// Id of the station.
        station: String,
        /// Id of the plant.
        plant: String,
    },
    /// Station back to a village.
    CollectionBack {
        /// Id of the station.
        station: String,
        /// Code of the village.
        village: String,
    },
    /// Plant back to a station.
    HaulBack {
        /// Id of the plant.
        plant: String,
        /// Id of the station.
        station: String,
    },
}

/// The mass balance of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// By scales on board, kg.
    pub collected_kg: i64,
    /// Received by stations, weighed, kg.
    pub received_kg: i64,
    /// Dispatched by stations, kg.
    pub dispatched_kg: i64,
    /// Delivered to plants, weighed, kg.
    pub delivered_kg: i64,
    /// Stations by id.
    pub stations: BTreeMap<String, Node>,
    /// Plants by id.
    pub plants: BTreeMap<String, Node>,
    /// Ways that carried a load.
    pub ways: BTreeMap<Way, Arc>,
    /// What is wrong: by load in the order given, then by station.
    pub anomalies: Vec<Anomaly>,
}

/// Balances the loads of one day. `norms` answers the norms of a township, `waiting` what came back refused to a station on the day
/// before, in kg.
pub fn day<'a>(
    date: Date,
    loads: &[Load],
    norms: impl Fn(&str) -> &'a Balance,
    waiting: &BTreeMap<String, i64>,
) -> Day {
    let mut day = Day::default();
    let mut townships = BTreeMap::new();
    for load in loads {
        let found = detect(load, norms(&load.township));
        townships.entry(load.station.clone()).or_insert(&load.township);
        day.add(load, !found.is_empty());
        day.anomalies.extend(found);
    }
    for (station, node) in &mut day.stations {
        let Some(township) = townships.get(station) else {
            continue;
        };
        node.settle(norms(township), waiting.get(station).copied().unwrap_or(0));
        if node.unexplained_kg.abs() > node.tolerance_kg {
            day.anomalies.push(node.unbalanced(station, township, date));
        }
    }
    day
}

impl Day {
    fn add(&mut self, load: &Load, anomalous: bool) {
        let (sent, received) = (load.sent_kg(), load.received_kg());
        let taken = received.or(sent).unwrap_or(0);
        let station = self.stations.entry(load.station.clone()).or_default();
        let way = match load.kind {
            Kind::Collection => {
                station.take(taken, received.is_none());
                station.give_back(load.rejected_kg());
                self.collected_kg += sent.unwrap_or(0);
                self.received_kg += received.unwrap_or(0);
                Way::Collection {
                    township: load.township.clone(),
                    station: load.station.clone(),
                }
            }
            Kind::Haul => {
                let plant = load.plant.clone().unwrap_or_default();
                let treated = self.plants.entry(plant.clone()).or_default();
                treated.take(taken, received.is_none());
                treated.give_back(load.rejected_kg());
                treated.out_kg += taken - load.rejected_kg();
                station.out_kg += sent.or(received).unwrap_or(0);
                station.in_kg += load.returned_kg();
                station.returned_kg += load.returned_kg();
                self.dispatched_kg += sent.unwrap_or(0);
                self.delivered_kg += received.unwrap_or(0);
                Way::Haul {
                    station: load.station.clone(),
                    plant,
                }
            }
        };
        let arc = self.ways.entry(way).or_default();
        arc.loads += 1;
        arc.sent_kg += sent.unwrap_or(0);
        arc.received_kg += received.unwrap_or(0);
        arc.anomalies += i64::from(anomalous);
        if let (Some(expected), Some(received)) = (load.expected_kg(), received) {
            arc.carried_kg += load.course.carried_kg;
            arc.residue_kg += load.course.residue_kg;
            arc.difference_kg += expected - received;
        }
        self.add_back(load);
    }

    /// The way back of a load that was refused.
    fn add_back(&mut self, load: &Load) {
        let Some(rejection) = &load.course.rejection else {
            return;
        };
        let back = rejection.back.as_ref();
        let way = match (&load.kind, back) {
            (Kind::Haul, _) => Way::HaulBack {
                plant: load.plant.clone().unwrap_or_default(),
                station: load.station.clone(),
            },
            (Kind::Collection, Some(back)) => Way::CollectionBack {
                station: load.station.clone(),
                village: back.to.clone(),
            },
            // Nobody knows yet where it goes.
            (Kind::Collection, None) => return,
        };
        let taken = back.and_then(|back| back.net_kg);
        let arc = self.ways.entry(way).or_default();
        arc.loads += 1;
        arc.sent_kg += load.rejected_kg();
        arc.received_kg += taken.unwrap_or(0);
        if let Some(taken) = taken {
            arc.difference_kg += load.rejected_kg() - taken;
        }
    }
}

impl Node {
    fn take(&mut self, kg: i64, estimated: bool) {
        self.loads += 1;
        self.in_kg += kg;
        if estimated {
            self.estimated_in_kg += kg;
        }
    }

    fn give_back(&mut self, kg: i64) {
        self.out_kg += kg;
        self.rejected_kg += kg;
    }

    fn settle(&mut self, norms: &Balance, waiting_kg: i64) {
        // What was not kept, and what has lost its share before, loses none here.
        let kept = (self.in_kg - self.returned_kg - self.rejected_kg).max(0);
        self.declared_loss_kg = norms.station_loss.of(kept);
        let rest = self.in_kg - self.out_kg - self.declared_loss_kg;
        self.stock_change_kg = rest.clamp(-waiting_kg, self.returned_kg);
        self.unexplained_kg = rest - self.stock_change_kg;
        self.tolerance_kg = norms.station_day.around(self.in_kg);
    }

    fn unbalanced(&self, station: &str, township: &str, date: Date) -> Anomaly {
        let Self {
            in_kg,
            out_kg,
            declared_loss_kg: loss,
            unexplained_kg: rest,
            tolerance_kg,
            ..
        } = *self;
        Anomaly {
            fault: Fault::NodeUnbalanced,
            township: township.to_owned(),
            date,
            trip: None,
            from: station.to_owned(),
            to: station.to_owned(),
            masses: Some(Masses {
                expected_kg: in_kg - loss - self.stock_change_kg,
                found_kg: out_kg,
                tolerance_kg,
            }),
            text: format!(
                "in {in_kg} kg, out {out_kg} kg, declared loss {loss} kg: {rest} kg unexplained, {tolerance_kg} kg allowed"
            ),
            text_zh: format!(
                "入站 {in_kg} 公斤，出站 {out_kg} 公斤，申报损耗 {loss} 公斤，无法解释 {rest} 公斤，允差 {tolerance_kg} 公斤"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
