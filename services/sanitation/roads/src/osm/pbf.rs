//! Blobs and messages of the file format (`fileformat.proto` and `osmformat.proto` of OSM-binary).

use std::io::Read as _;

use flate2::bufread::ZlibDecoder;
use prost::Message;

use super::OsmError;

/// Largest header of a blob and largest content, both fixed by the format.
const MOST_HEADER: usize = 64 << 10;
const MOST_CONTENT: usize = 32 << 20;

#[derive(Clone, PartialEq, Message)]
pub(super) struct BlobHeader {
    #[prost(string, tag = "1")]
    pub(super) kind: String,
    #[prost(int32, tag = "3")]
    pub(super) datasize: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Blob {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) raw: Option<Vec<u8>>,
    #[prost(int32, tag = "2")]
    pub(super) raw_size: i32,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) zlib: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) lzma: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub(super) lz4: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "7")]
    pub(super) zstd: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct HeaderBlock {
    #[prost(string, repeated, tag = "4")]
    pub(super) required_features: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PrimitiveBlock {
    #[prost(message, optional, tag = "1")]
    pub(super) strings: Option<StringTable>,
    #[prost(message, repeated, tag = "2")]
    pub(super) groups: Vec<PrimitiveGroup>,
    #[prost(int32, optional, tag = "17")]
    pub(super) granularity: Option<i32>,
    #[prost(int64, tag = "19")]
    pub(super) lat_offset: i64,
    #[prost(int64, tag = "20")]
    pub(super) lng_offset: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct StringTable {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) all: Vec<Vec<u8>>,
}

/// Relations and changesets are left unread.
#[derive(Clone, PartialEq, Message)]
pub(super) struct PrimitiveGroup {
    #[prost(message, repeated, tag = "1")]
    pub(super) nodes: Vec<Node>,
    #[prost(message, optional, tag = "2")]
    pub(super) dense: Option<DenseNodes>,
    #[prost(message, repeated, tag = "3")]
    pub(super) ways: Vec<Way>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Node {
    #[prost(sint64, tag = "1")]
    pub(super) id: i64,
    #[prost(uint32, repeated, tag = "2")]
    pub(super) keys: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    pub(super) values: Vec<u32>,
    #[prost(sint64, tag = "8")]
    pub(super) lat: i64,
    #[prost(sint64, tag = "9")]
    pub(super) lng: i64,
}

/// Differences to the node before; tags of all nodes in a row, each node's ended by 0.
#[derive(Clone, PartialEq, Message)]
pub(super) struct DenseNodes {
    #[prost(sint64, repeated, tag = "1")]
    pub(super) ids: Vec<i64>,
    #[prost(sint64, repeated, tag = "8")]
    pub(super) lats: Vec<i64>,
    #[prost(sint64, repeated, tag = "9")]
    pub(super) lngs: Vec<i64>,
    #[prost(int32, repeated, tag = "10")]
    pub(super) tags: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Way {
    #[prost(int64, tag = "1")]
    pub(super) id: i64,
    #[prost(uint32, repeated, tag = "2")]
    pub(super) keys: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    pub(super) values: Vec<u32>,
    /// Differences to the node before.
    #[prost(sint64, repeated, tag = "8")]
    pub(super) nodes: Vec<i64>,
}

/// Gives every block of map data to `each`, with where its blob begins.
pub(super) fn blocks(
    bytes: &[u8],
    mut each: impl FnMut(usize, &PrimitiveBlock) -> Result<(), OsmError>,
) -> Result<(), OsmError> {
    let mut rest = bytes;
    let mut headed = false;
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        let malformed = |what| OsmError::Malformed { at, what };
        let cut_off = || malformed("cut off");
        let (length, after) = rest.split_first_chunk().ok_or_else(cut_off)?;
        let length = u32::from_be_bytes(*length) as usize;
        if length > MOST_HEADER {
            return Err(malformed("the header is longer than 64 KiB"));
        }
        let (header, after) = after.split_at_checked(length).ok_or_else(cut_off)?;
        let header = BlobHeader::decode(header).map_err(|_| malformed("the header is not a BlobHeader"))?;
        let size = usize::try_from(header.datasize).map_err(|_| malformed("its size is negative"))?;
        if size > MOST_CONTENT {
            return Err(malformed("it is longer than 32 MiB"));
        }
        let (blob, after) = after.split_at_checked(size).ok_or_else(cut_off)?;
        rest = after;
        match header.kind.as_str() {
            "OSMHeader" => {
                headed = true;
                let header = HeaderBlock::decode(content(at, blob)?.as_slice());
                known_features(&header.map_err(|_| malformed("not a HeaderBlock"))?)?;
            }
            "OSMData" if !headed => return Err(malformed("data before the OSMHeader")),
            "OSMData" => {
                let block = PrimitiveBlock::decode(content(at, blob)?.as_slice());
                each(at, &block.map_err(|_| malformed("not a PrimitiveBlock"))?)?;
            }
            // The format says that unknown kinds are skipped.
            _ => {}
        }
    }
    if headed {
        Ok(())
    } else {
        Err(OsmError::Malformed {
            at: 0,
            what: "no OSMHeader",
        })
    }
}

fn known_features(header: &HeaderBlock) -> Result<(), OsmError> {
    let known = ["OsmSchema-V0.6", "DenseNodes"];
    let unknown = header
        .required_features
        .iter()
        .find(|feature| !known.contains(&feature.as_str()));
    match unknown {
        Some(feature) => Err(OsmError::Unsupported {
            what: format!("feature {feature:?}"),
        }),
        None => Ok(()),
    }
}

/// The content of a blob, unpacked.
fn content(at: usize, blob: &[u8]) -> Result<Vec<u8>, OsmError> {
    let malformed = |what| OsmError::Malformed { at, what };
    let blob = Blob::decode(blob).map_err(|_| malformed("not a Blob"))?;
    if let Some(raw) = blob.raw {
        return Ok(raw);
    }
    let Some(zlib) = blob.zlib else {
        let others = [("lzma", blob.lzma), ("lz4", blob.lz4), ("zstd", blob.zstd)];
        let used = others.into_iter().find_map(|(name, content)| content.map(|_| name));
        let other = |name| OsmError::Unsupported {
            what: format!("{name} compression"),
        };
        return Err(used.map_or_else(|| malformed("a blob without content"), other));
    };
    let size = usize::try_from(blob.raw_size).ok().filter(|size| *size <= MOST_CONTENT);
    let size = size.ok_or_else(|| malformed("the unpacked size is not 0 to 32 MiB"))?;
    let mut unpacked = Vec::new();
    // One byte more than stated shows that the statement is wrong, however much there is.
    let mut decoder = ZlibDecoder::new(zlib.as_slice()).take(size as u64 + 1);
    let read = decoder
        .read_to_end(&mut unpacked)
        .map_err(|_| malformed("damaged zlib data"))?;
    if read == size {
        Ok(unpacked)
    } else {
        Err(malformed("the unpacked size is not the one stated"))
    }
}
