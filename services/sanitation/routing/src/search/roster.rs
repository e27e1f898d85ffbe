//! Which vehicles are used and which are free.

use crate::search::net::{Net, narrow};

/// Used and free vehicles; both lists change in constant time.
#[derive(Debug, Clone)]
pub(crate) struct Roster {
    /// Vehicles that have a route.
    pub(crate) used: Vec<u32>,
    /// Free vehicles of each kind.
    free: Vec<Vec<u32>>,
    /// Whether each vehicle is used, and its index in its list.
    place: Vec<(bool, u32)>,
}

impl Roster {
    /// The given vehicles, all free.
    pub(crate) fn new(net: &Net<'_>, vehicles: impl Iterator<Item = u32>) -> Self {
        let mut free = vec![Vec::new(); net.kinds.len()];
        let mut place = vec![(false, u32::MAX); net.kind_of.len()];
        for vehicle in vehicles {
            let list = &mut free[net.kind_of[vehicle as usize] as usize];
            place[vehicle as usize] = (false, narrow(list.len()));
            list.push(vehicle);
        }
        // The vehicle named first is taken first.
        for list in &mut free {
            list.reverse();
            for (index, &vehicle) in list.iter().enumerate() {
                place[vehicle as usize].1 = narrow(index);
            }
        }
        Self {
            used: Vec::new(),
            free,
            place,
        }
    }

    /// A free vehicle of a kind.
    pub(crate) fn free(&self, kind: usize) -> Option<u32> {
        self.free[kind].last().copied()
    }

    /// Moves a vehicle between the lists where needed.
    pub(crate) fn set(&mut self, net: &Net<'_>, vehicle: u32, used: bool) {
        let (was_used, index) = self.place[vehicle as usize];
        if was_used == used {
            return;
        }
        let kind = net.kind_of[vehicle as usize] as usize;
        let (from, to) = if used {
            (&mut self.free[kind], &mut self.used)
        } else {
            (&mut self.used, &mut self.free[kind])
        };
        from.swap_remove(index as usize);
        if let Some(&moved) = from.get(index as usize) {
            self.place[moved as usize].1 = index;
        }
        self.place[vehicle as usize] = (used, narrow(to.len()));
        to.push(vehicle);
    }
}
