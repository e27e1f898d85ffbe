//! Files of records, each with its length before it.

use std::{
    fs,
    io::{BufWriter, Read, Write as _},
    path::Path,
};

use prost::Message;
use tonic::Streaming;

use crate::{
    failure::{Failure, Result},
    files,
};

/// Longest record that is read: a block of a thousand digests has 32 KiB.
const LONGEST: usize = 1 << 20;

/// Writes a stream of records; the file appears when it is whole. Answers how many there are.
pub(super) async fn write<M: Message + Default + 'static>(mut stream: Streaming<M>, path: &Path) -> Result<u64> {
    let draft = path.with_extension("part");
    let named = |error: std::io::Error| Failure::new(format!("{}: {error}", draft.display()));
    let mut file = BufWriter::new(files::create_private(&draft).map_err(named)?);
    let mut records = 0_u64;
    while let Some(record) = stream.message().await? {
        file.write_all(&record.encode_length_delimited_to_vec())
            .map_err(named)?;
        records += 1;
    }
    file.into_inner()
        .map_err(std::io::IntoInnerError::into_error)
        .and_then(|file| file.sync_all())
        .map_err(named)?;
    fs::rename(&draft, path).map_err(named)?;
    Ok(records)
}

/// The next record; `None` at the end of the file.
pub(super) fn next<M: Message + Default>(file: &mut impl Read) -> Result<Option<M>> {
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        let mut byte = [0];
        if file.read(&mut byte)? == 0 {
            return if shift == 0 { Ok(None) } else { Err(cut()) };
        }
        length |= usize::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            break;
        }
        shift += 7;
        if shift > 28 {
            return Err(cut());
        }
    }
    if length > LONGEST {
        return Err(cut());
    }
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes).map_err(|_| cut())?;
    Ok(Some(M::decode(bytes.as_slice())?))
}

fn cut() -> Failure {
    Failure::new("the file is cut short or is no file of this kind")
}
