use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use proptest::{prelude::*, sample::Index};
use prost::Message as _;

use super::write::{Map, blob, framed, header};
use crate::{
    Network, OsmError, Profile,
    osm::pbf::{Blob, DenseNodes, Node, PrimitiveBlock, PrimitiveGroup, StringTable, Way},
};

fn blobs(plain_nodes: bool) -> Vec<Vec<u8>> {
    let road = &[("highway", "residential"), ("maxweight", "3.5")] as &[_];
    let map = Map {
        nodes: &[
            (1, 0, 0, &[("barrier", "gate")]),
            (2, 1, 0, &[]),
            (3, 2, 5, &[("maxheight", "3")]),
        ],
        ways: &[(&[1, 2, 3], road), (&[3, 1], road)],
        plain_nodes,
        zlib: false,
    };
    map.blobs()
}

fn read(bytes: &[u8]) -> Result<usize, OsmError> {
    Ok(Network::from_osm(bytes, &Profile::rural_truck())?.network.roads().len())
}

proptest! {
    /// Not packed, so that changes reach every message.
    #[test]
    fn changed_bytes_are_no_panic(
        plain in any::<bool>(), changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = blobs(plain).concat();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(roads) = read(&bytes) {
            prop_assert!(roads > 0);
        }
    }

    #[test]
    fn bytes_cut_off_are_told(plain in any::<bool>(), at in any::<Index>()) {
        let blobs = blobs(plain);
        let first = blobs[0].len();
        let bytes = blobs.concat();
        let at = at.index(bytes.len());
        let expected = match at {
            0 => OsmError::Malformed { at: 0, what: "no OSMHeader" },
            _ if at == first => OsmError::NoRoads { ways: 0 },
            _ => OsmError::Malformed { at: if at < first { 0 } else { first }, what: "cut off" },
        };
        prop_assert_eq!(read(&bytes[..at]), Err(expected));
    }

    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read(&bytes).is_err());
    }
}

/// What is said of a block after a proper header.
fn said_of(data: Vec<u8>) -> String {
    let mut bytes = header(&["OsmSchema-V0.6"]);
    bytes.extend(data);
    read(&bytes).expect_err("refused").to_string()
}

#[test]
fn what_is_wrong_is_named() {
    let block = |group| PrimitiveBlock {
        strings: Some(StringTable {
            all: vec![Vec::new(), b"highway".to_vec()],
        }),
        groups: vec![group],
        ..PrimitiveBlock::default()
    };
    let of = |group| said_of(blob("OSMData", block(group).encode_to_vec(), true));
    let way = |keys: &[u32], values: &[u32], nodes: &[i64]| {
        of(PrimitiveGroup {
            ways: vec![Way {
                id: 7,
                keys: keys.into(),
                values: values.into(),
                nodes: nodes.into(),
            }],
            ..PrimitiveGroup::default()
        })
    };
    let dense = |ids: &[i64], lats: &[i64], tags: &[i32]| {
        of(PrimitiveGroup {
            dense: Some(DenseNodes {
                ids: ids.into(),
                lats: lats.into(),
                lngs: lats.into(),
                tags: tags.into(),
            }),
            ..PrimitiveGroup::default()
        })
    };
    let plain = |lat| {
        of(PrimitiveGroup {
            nodes: vec![Node { lat, ..Node::default() }],
            ..PrimitiveGroup::default()
        })
    };
    let here = format!(
        "malformed .osm.pbf in the blob at byte {}: ",
        header(&["OsmSchema-V0.6"]).len()
    );
    for (said, what) in [
        (way(&[1], &[], &[]), "tags with more keys than values, or fewer"),
        (way(&[1], &[2], &[]), "a tag with a text that is not in the table"),
        (way(&[], &[], &[i64::MAX, 1]), "numbers beyond 64 bits"),
        (dense(&[1, 2], &[1], &[]), "dense nodes with lists of different lengths"),
        (dense(&[1], &[1], &[1]), "a tag with a text that is not in the table"),
        (dense(&[1], &[1], &[-1]), "a tag with a text that is not in the table"),
        (plain(900_000_001), "a node that is not on earth"),
        (plain(i64::MIN), "a node that is not on earth"),
        (said_of(blob("OSMData", vec![0xff], false)), "not a PrimitiveBlock"),
        (said_of(framed("OSMData", &[])), "a blob without content"),
        (said_of(framed("OSMData", &[0xff])), "not a Blob"),
    ] {
        assert_eq!(said, format!("{here}{what}"));
    }
}

#[test]
fn packing_is_held_to_its_word() {
    let packed = |raw_size, zlib: &[u8]| {
        let blob = Blob {
            raw_size,
            zlib: Some(zlib.to_vec()),
            ..Blob::default()
        };
        said_of(framed("OSMData", &blob.encode_to_vec()))
    };
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&[0; 8]).expect("in memory");
    let eight_zeros = encoder.finish().expect("in memory");
    for (said, what) in [
        (packed(7, &eight_zeros), "the unpacked size is not the one stated"),
        (packed(9, &eight_zeros), "the unpacked size is not the one stated"),
        (packed(8, &eight_zeros), "not a PrimitiveBlock"),
        (packed(-1, &eight_zeros), "the unpacked size is not 0 to 32 MiB"),
        (packed(33 << 20, &eight_zeros), "the unpacked size is not 0 to 32 MiB"),
        (packed(8, b"nothing"), "damaged zlib data"),
    ] {
        assert!(said.ends_with(what), "{said}");
    }
    let other = Blob {
        zstd: Some(Vec::new()),
        ..Blob::default()
    };
    let said = said_of(framed("OSMData", &other.encode_to_vec()));
    assert_eq!(said, ".osm.pbf with zstd compression, which is not supported");
    let history = read(&header(&["HistoricalInformation"])).expect_err("refused");
    assert_eq!(
        history.to_string(),
        ".osm.pbf with feature \"HistoricalInformation\", which is not supported"
    );
}
