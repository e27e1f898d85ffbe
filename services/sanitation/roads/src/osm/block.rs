//! Nodes and ways out of a block of map data.

use super::{
    OsmError,
    pbf::{DenseNodes, Node, PrimitiveBlock, PrimitiveGroup},
    tags::Tags,
};
use crate::Position;

/// What is wrong with a block.
type Wrong = &'static str;

const NO_STRING: Wrong = "a tag with a text that is not in the table";

/// A block with its texts.
pub(super) struct Block<'a> {
    at: usize,
    block: &'a PrimitiveBlock,
    strings: Vec<&'a str>,
}

impl<'a> Block<'a> {
    pub(super) fn new(at: usize, block: &'a PrimitiveBlock) -> Result<Self, OsmError> {
        let all = block.strings.iter().flat_map(|strings| &strings.all);
        let strings = all.map(|bytes| std::str::from_utf8(bytes)).collect::<Result<_, _>>();
        let what = "a text that is not UTF-8";
        let strings = strings.map_err(|_| OsmError::Malformed { at, what })?;
        Ok(Self { at, block, strings })
    }

    fn malformed(&self, what: Wrong) -> OsmError {
        OsmError::Malformed { at: self.at, what }
    }

    /// Gives every way: its number, its tags and the numbers of its nodes.
    pub(super) fn ways(&self, mut each: impl FnMut(i64, &Tags<'_>, &[i64])) -> Result<(), OsmError> {
        for way in self.block.groups.iter().flat_map(|group| &group.ways) {
            let tags = self.tags(&way.keys, &way.values).map_err(|what| self.malformed(what))?;
            let nodes = running(&way.nodes).map_err(|what| self.malformed(what))?;
            each(way.id, &tags, &nodes);
        }
        Ok(())
    }

    /// Gives every node: its number, its position and its tags.
    pub(super) fn nodes(&self, mut each: impl FnMut(i64, Position, &Tags<'_>)) -> Result<(), OsmError> {
        for PrimitiveGroup { nodes, dense, .. } in &self.block.groups {
            let plain = nodes.iter().try_for_each(|node| self.node(node, &mut each));
            let dense = plain.and_then(|()| dense.iter().try_for_each(|dense| self.dense(dense, &mut each)));
            dense.map_err(|what| self.malformed(what))?;
        }
        Ok(())
    }

    fn node(&self, node: &Node, each: &mut impl FnMut(i64, Position, &Tags<'_>)) -> Result<(), Wrong> {
        let tags = self.tags(&node.keys, &node.values)?;
        each(node.id, self.position(node.lng, node.lat)?, &tags);
        Ok(())
    }

    fn dense(&self, dense: &DenseNodes, each: &mut impl FnMut(i64, Position, &Tags<'_>)) -> Result<(), Wrong> {
        if dense.lats.len() != dense.ids.len() || dense.lngs.len() != dense.ids.len() {
            return Err("dense nodes with lists of different lengths");
        }
        let (lats, lngs) = (running(&dense.lats)?, running(&dense.lngs)?);
        let mut words = dense.tags.iter().map(|index| usize::try_from(*index));
        for ((id, lat), lng) in running(&dense.ids)?.into_iter().zip(lats).zip(lngs) {
            let mut tags = Vec::new();
            // The list may be missing as a whole.
            while let Some(key) = words.next() {
                let key = key.map_err(|_| NO_STRING)?;
                if key == 0 {
                    break;
                }
                let value = words.next().and_then(Result::ok).ok_or(NO_STRING)?;
                tags.push((self.string(key)?, self.string(value)?));
            }
            each(id, self.position(lng, lat)?, &Tags(tags));
        }
        Ok(())
    }

    fn string(&self, index: usize) -> Result<&'a str, Wrong> {
        self.strings.get(index).copied().ok_or(NO_STRING)
    }

    fn tags(&self, keys: &[u32], values: &[u32]) -> Result<Tags<'a>, Wrong> {
        if keys.len() != values.len() {
            return Err("tags with more keys than values, or fewer");
        }
        let tag = |(key, value): (&u32, &u32)| Ok((self.string(*key as usize)?, self.string(*value as usize)?));
        Ok(Tags(keys.iter().zip(values).map(tag).collect::<Result<_, Wrong>>()?))
    }

    /// Stated in units of `granularity` nanodegrees from an offset.
    fn position(&self, lng: i64, lat: i64) -> Result<Position, Wrong> {
        let granularity = i64::from(self.block.granularity.unwrap_or(100));
        let e7 = |value: i64, offset: i64| Some(value.checked_mul(granularity)?.checked_add(offset)? / 100);
        let position = e7(lng, self.block.lng_offset).zip(e7(lat, self.block.lat_offset));
        position
            .and_then(|(lng, lat)| Position::from_e7(lng, lat))
            .ok_or("a node that is not on earth")
    }
}

/// Sums of the differences up to each.
fn running(differences: &[i64]) -> Result<Vec<i64>, Wrong> {
    let mut sum = 0i64;
    let mut add = |difference: &i64| {
        sum = sum.checked_add(*difference).ok_or("numbers beyond 64 bits")?;
        Ok(sum)
    };
    differences.iter().map(&mut add).collect()
}
