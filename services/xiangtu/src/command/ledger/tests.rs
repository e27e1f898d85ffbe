use homestead_core::root::{Head, Roots};
use prost::Message as _;
use proto::xiangtu::homestead::v1::{LedgerHead, SealedEntry};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;

fn entries() -> Vec<SealedEntry> {
    let entry = |number: i64| SealedEntry {
        division: "divisions/410225001213".to_owned(),
        entry_number: number,
        fields: ["410225001213", &number.to_string(), &format!("id-{number}"), "2"]
            .map(str::to_owned)
            .to_vec(),
    };
    (1..=5).map(entry).collect()
}

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key")
}

/// Blocks over the first three entries and the rest.
fn blocks(entries: &[SealedEntry]) -> Vec<SealedBlock> {
    let (key, mut previous) = (key(), [0; 32]);
    let block = |(at, entries): (usize, &[SealedEntry])| {
        let digests = entries.iter().flat_map(|entry| {
            let mut canonical = Canonical::default();
            for field in &entry.fields {
                canonical.field(field);
            }
            canonical.digest(sha256)
        });
        let block = Block {
            division: "410225001213".to_owned(),
            from: i64::try_from(at).expect("few") * 3 + 1,
            previous,
            digests: digests.collect(),
        };
        let hash = block.hash(sha256);
        previous = hash;
        SealedBlock {
            division: "divisions/410225001213".to_owned(),
            from_entry_number: block.from,
            previous_sha256: block.previous.to_vec(),
            digests: block.digests,
            sha256: hash.to_vec(),
            signature: key.sign(&hash).as_ref().to_vec(),
            public_key: key.public_key().as_ref().to_vec(),
            seal_time: None,
        }
    };
    entries.chunks(3).enumerate().map(block).collect()
}

/// A root after each block.
fn rooted(blocks: &[SealedBlock]) -> Vec<LedgerRoot> {
    let (key, mut walk) = (key(), Roots::new(sha256, "410225"));
    let root = |block: &SealedBlock| {
        let last = block.from_entry_number + i64::try_from(block.digests.len() / 32).expect("few") - 1;
        let head = Head {
            division: "410225001213".to_owned(),
            last,
            hash: block.sha256.as_slice().try_into().expect("a hash"),
        };
        let (root, hash) = walk.next(vec![head]).expect("a root");
        assert!(walk.step(&root, &hash));
        LedgerRoot {
            division: "divisions/410225".to_owned(),
            root_number: root.number,
            previous_sha256: root.previous.to_vec(),
            book_count: 1,
            sha256: hash.to_vec(),
            signature: key.sign(&hash).as_ref().to_vec(),
            public_key: key.public_key().as_ref().to_vec(),
            moved_heads: vec![LedgerHead {
                division: block.division.clone(),
                last_entry_number: last,
                sha256: block.sha256.clone(),
            }],
            ..LedgerRoot::default()
        }
    };
    blocks.iter().map(root).collect()
}

fn write(name: &str, roots: Vec<LedgerRoot>, blocks: Vec<SealedBlock>, entries: &[SealedEntry]) -> std::path::PathBuf {
    let records = roots.into_iter().map(Record::Root);
    let records = records.chain(blocks.into_iter().map(Record::Block));
    let bytes: Vec<u8> = records
        .chain(entries.iter().cloned().map(Record::Entry))
        .flat_map(|record| LedgerRecord { record: Some(record) }.encode_length_delimited_to_vec())
        .collect();
    let path = std::env::temp_dir().join(format!("xiangtu-ledger-{}-{name}", std::process::id()));
    fs::write(&path, bytes).expect("written");
    path
}

/// What was sealed and rooted, with these entries instead.
fn file(name: &str, entries: &[SealedEntry]) -> std::path::PathBuf {
    let blocks = blocks(&self::entries());
    write(name, rooted(&blocks), blocks, entries)
}

#[test]
fn a_file_is_verified_alone() {
    let path = file("whole", &entries());
    let found = verify(&path, None, &[]).expect("read");
    assert_eq!(
        (found.books, found.entries, found.sealed, found.faults.len()),
        (1, 5, 5, 0)
    );
    assert_eq!(found.keys.len(), 1);
}

#[test]
fn a_key_that_was_not_given_is_named() {
    let path = file("keys", &entries());
    let own = hex::encode(key().public_key());
    let other = "00".repeat(32);
    let faults = |keys: &[&String]| {
        let keys: Vec<String> = keys.iter().map(|key| (*key).clone()).collect();
        verify(&path, Some(&keys), &[]).expect("read").faults
    };
    assert_eq!(faults(&[&own]), Vec::<String>::new());
    // A key that was changed since is given beside the new one.
    assert_eq!(faults(&[&other, &own]), Vec::<String>::new());
    let fault = |what: &str| format!("{what} is signed with a key that was not given, {own}");
    let named = [
        fault("divisions/410225001213: the block from entry 1 on"),
        fault("divisions/410225001213: the block from entry 4 on"),
        fault("divisions/410225: root 1"),
        fault("divisions/410225: root 2"),
    ];
    assert_eq!(faults(&[&other]), named);
    // What the file names itself proves nothing.
    assert_eq!(faults(&[]), named);
}

#[test]
fn a_file_without_any_seal_shows_nothing() {
    let path = write("bare", Vec::new(), Vec::new(), &entries());
    let found = verify(&path, None, &[]).expect("read");
    assert_eq!(found.faults, ["nothing in the file is signed, so it shows nothing"]);
}

#[test]
fn keys_are_asked_for() {
    use clap::Parser as _;
    let parse = |arguments: &[&str]| {
        let line = ["xiangtu", "ledger", "verify", "file"].iter().chain(arguments);
        cli::Cli::try_parse_from(line).map(|cli| match cli.command {
            cli::Command::Ledger(cli::Ledger::Verify { key, any_key, .. }) => (key, any_key),
            _ => unreachable!(),
        })
    };
    let (one, other) = ("0a".repeat(32), "FF".repeat(32));
    assert!(parse(&[]).is_err());
    assert!(parse(&["--key", "0a"]).is_err());
    assert!(parse(&["--any-key", "--key", &one]).is_err());
    assert_eq!(parse(&["--any-key"]).ok(), Some((Vec::new(), true)));
    let both = vec![one.clone(), "ff".repeat(32)];
    assert_eq!(parse(&["--key", &one, "--key", &other]).ok(), Some((both, false)));
}

#[test]
fn a_cut_end_and_a_book_written_anew_are_named() {
    let (village, entries) = ("divisions/410225001213", entries());
    let blocks = blocks(&entries);
    let roots = rooted(&blocks);
    let path = write("cut", roots.clone(), blocks[..1].to_vec(), &entries[..3]);
    assert_eq!(
        verify(&path, None, &[]).expect("read").faults,
        [format!(
            "{village}: sealed up to entry 5 by a root, and here only up to 3"
        )]
    );
    // Whoever holds the key can seal another history, but not under the old roots.
    let mut other = entries.clone();
    other[1].fields[3] = "3".to_owned();
    let anew = self::blocks(&other);
    let path = write("anew", roots.clone(), anew.clone(), &other);
    assert_eq!(
        verify(&path, None, &[]).expect("read").faults,
        [format!(
            "{village}: written anew, for it has not the block up to entry 3 that a root states"
        )]
    );
    // Nor under new ones, once somebody has kept a root.
    let path = write("both", rooted(&anew), anew, &other);
    assert!(verify(&path, None, &[]).expect("read").faults.is_empty());
    let kept = hex::encode(&roots[0].sha256);
    assert_eq!(
        verify(&path, None, std::slice::from_ref(&kept)).expect("read").faults,
        [format!("the root {kept} is not in the file")]
    );
    let whole = write("kept", roots, blocks, &entries);
    assert!(verify(&whole, None, &[kept]).expect("read").faults.is_empty());
}

#[test]
fn one_flipped_byte_anywhere_is_noticed_and_an_entry_named() {
    let mut changed = entries();
    changed[3].fields[3] = "3".to_owned();
    let found = verify(&file("changed", &changed), None, &[]).expect("read");
    assert_eq!(
        found.faults,
        ["divisions/410225001213: entry 4 (entries/id-4) is not as it was sealed"]
    );
    let path = file("flipped", &entries());
    let whole = fs::read(&path).expect("read");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).expect("written");
        let noticed = verify(&path, None, &[]).map_or(true, |found| !found.faults.is_empty());
        assert!(noticed, "byte {at}");
    }
}
