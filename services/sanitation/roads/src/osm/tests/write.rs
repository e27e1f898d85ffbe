//! Writes extracts.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use prost::Message as _;

use crate::osm::pbf::{
    Blob, BlobHeader, DenseNodes, HeaderBlock, Node, PrimitiveBlock, PrimitiveGroup, StringTable, Way,
};

type Text = &'static str;
pub(super) type Tagged = &'static [(Text, Text)];

/// A map: nodes by number with degrees × 1,000 from (114.8, 34.8), and ways.
pub(super) struct Map<'a> {
    pub(super) nodes: &'a [(i64, i64, i64, Tagged)],
    pub(super) ways: &'a [(&'a [i64], Tagged)],
    /// Nodes one by one instead of dense ones.
    pub(super) plain_nodes: bool,
    pub(super) zlib: bool,
}

#[derive(Default)]
struct Strings(Vec<Vec<u8>>);

impl Strings {
    fn index(&mut self, text: &str) -> u32 {
        if self.0.is_empty() {
            self.0.push(Vec::new());
        }
        let known = self.0.iter().position(|known| known == text.as_bytes());
        let index = known.unwrap_or_else(|| {
            self.0.push(text.as_bytes().to_vec());
            self.0.len() - 1
        });
        u32::try_from(index).expect("few")
    }

    fn tags(&mut self, tags: Tagged) -> (Vec<u32>, Vec<u32>) {
        tags.iter()
            .map(|(key, value)| (self.index(key), self.index(value)))
            .unzip()
    }
}

fn differences(values: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut before = 0;
    let difference = |value| value - std::mem::replace(&mut before, value);
    values.into_iter().map(difference).collect()
}

pub(super) fn blob(kind: &str, content: Vec<u8>, zlib: bool) -> Vec<u8> {
    let mut blob = Blob {
        raw_size: i32::try_from(content.len()).expect("small"),
        ..Blob::default()
    };
    if zlib {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&content).expect("in memory");
        blob.zlib = Some(encoder.finish().expect("in memory"));
    } else {
        blob.raw = Some(content);
    }
    framed(kind, &blob.encode_to_vec())
}

pub(super) fn framed(kind: &str, blob: &[u8]) -> Vec<u8> {
    let header = BlobHeader {
        kind: kind.to_owned(),
        datasize: i32::try_from(blob.len()).expect("small"),
    };
    let header = header.encode_to_vec();
    let mut bytes = u32::try_from(header.len()).expect("small").to_be_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(blob);
    bytes
}

pub(super) fn header(features: &[&str]) -> Vec<u8> {
    let header = HeaderBlock {
        required_features: features.iter().map(|feature| (*feature).to_owned()).collect(),
    };
    blob("OSMHeader", header.encode_to_vec(), false)
}

impl Map<'_> {
    pub(super) fn blobs(&self) -> Vec<Vec<u8>> {
        let mut strings = Strings::default();
        let nodes = PrimitiveGroup {
            nodes: if self.plain_nodes {
                self.plain(&mut strings)
            } else {
                Vec::new()
            },
            dense: (!self.plain_nodes).then(|| self.dense(&mut strings)),
            ways: Vec::new(),
        };
        let ways = PrimitiveGroup {
            ways: (1..)
                .zip(self.ways)
                .map(|(id, (nodes, tags))| {
                    let (keys, values) = strings.tags(tags);
                    let nodes = differences(nodes.iter().copied());
                    Way {
                        id,
                        keys,
                        values,
                        nodes,
                    }
                })
                .collect(),
            ..PrimitiveGroup::default()
        };
        let block = PrimitiveBlock {
            strings: Some(StringTable { all: strings.0 }),
            groups: vec![nodes, ways],
            // Thousandths of a degree, in nanodegrees, from an offset.
            granularity: Some(1_000_000),
            lat_offset: 34_800_000_000,
            lng_offset: 114_800_000_000,
        };
        vec![
            header(&["OsmSchema-V0.6", "DenseNodes"]),
            blob("OSMData", block.encode_to_vec(), self.zlib),
        ]
    }

    fn plain(&self, strings: &mut Strings) -> Vec<Node> {
        let node = |(id, lng, lat, tags): &(i64, i64, i64, Tagged)| {
            let (keys, values) = strings.tags(tags);
            let (id, lat, lng) = (*id, *lat, *lng);
            Node {
                id,
                keys,
                values,
                lat,
                lng,
            }
        };
        self.nodes.iter().map(node).collect()
    }

    fn dense(&self, strings: &mut Strings) -> DenseNodes {
        let mut words = Vec::new();
        for (.., tags) in self.nodes {
            for (key, value) in *tags {
                words.extend([strings.index(key), strings.index(value)]);
            }
            words.push(0);
        }
        DenseNodes {
            ids: differences(self.nodes.iter().map(|node| node.0)),
            lats: differences(self.nodes.iter().map(|node| node.2)),
            lngs: differences(self.nodes.iter().map(|node| node.1)),
            tags: words
                .into_iter()
                .map(|word| i32::try_from(word).expect("few"))
                .collect(),
        }
    }
}
