use proptest::prelude::*;

use super::*;

const COUNTY: &str = "410225";

/// FNV-1a over four lanes: good enough to tell single bytes apart.
fn toy(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (lane, part) in out.chunks_mut(8).enumerate() {
        let seed = 0xcbf2_9ce4_8422_2325_u64 ^ u64::try_from(lane).expect("small");
        let sum = bytes.iter().fold(seed, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        part.copy_from_slice(&sum.to_be_bytes());
    }
    out
}

fn head(village: u8, last: i64) -> Head {
    Head {
        division: format!("4102250012{village:02}"),
        last,
        hash: toy(format!("{village}/{last}").as_bytes()),
    }
}

/// A root with its hash.
type Hashed = (Root, [u8; 32]);

/// Roots of rounds, in each of which some books go on by some entries, and the ends of all blocks.
fn rooted(rounds: &[Vec<(u8, i64)>]) -> (Vec<Hashed>, BTreeMap<u8, Vec<i64>>) {
    let (mut ends, mut walk, mut roots) = (BTreeMap::<u8, Vec<i64>>::new(), Roots::new(toy, COUNTY), Vec::new());
    for round in rounds {
        for (village, more) in round {
            let ends = ends.entry(*village).or_default();
            let last = ends.last().copied().unwrap_or_default();
            ends.push(last + more);
        }
        let now = ends.iter().map(|(village, ends)| head(*village, ends[ends.len() - 1]));
        if let Some((root, hash)) = walk.next(now.collect()) {
            assert!(walk.step(&root, &hash));
            roots.push((root, hash));
        }
    }
    (roots, ends)
}

fn faulty(roots: &[Hashed]) -> Vec<i64> {
    let mut walk = Roots::new(toy, COUNTY);
    let wrong = |(root, hash): &&Hashed| !walk.step(root, hash);
    roots.iter().filter(wrong).map(|(root, _)| root.number).collect()
}

fn rounds() -> impl Strategy<Value = Vec<Vec<(u8, i64)>>> {
    proptest::collection::vec(proptest::collection::vec((0..4_u8, 1..5_i64), 0..4), 1..8)
}

#[test]
fn a_book_that_is_shorter_stays_accused() {
    let walk = Roots::after(toy, COUNTY, 3, [1; 32], [head(1, 9), head(2, 4)]);
    assert_eq!(walk.next(vec![head(1, 8), head(2, 4)]), None);
    let (root, _) = walk.next(vec![head(1, 8), head(2, 5)]).expect("a root");
    assert_eq!((root.number, root.moved), (4, vec![head(2, 5)]));
}

#[test]
fn a_root_is_of_its_county_and_place() {
    let first = |county| Roots::new(toy, county).next(vec![head(1, 9)]).expect("a root").1;
    assert_ne!(first(COUNTY), first("410226"));
    let (root, hash) = Roots::new(toy, "410226").next(vec![head(1, 9)]).expect("a root");
    assert!(
        !Roots::new(toy, "410226").step(&root, &hash),
        "a village of another county"
    );
    assert_eq!(faulty(&[(Root { number: 2, ..root }, hash)]), [2]);
}

proptest! {
    #[test]
    fn roots_follow_each_other_and_their_heads_hold(rounds in rounds()) {
        let (roots, ends) = rooted(&rounds);
        prop_assert_eq!(faulty(&roots), Vec::<i64>::new());
        for (village, ends) in ends {
            let blocks: BTreeMap<_, _> = ends.iter().map(|last| (*last, head(village, *last).hash.to_vec())).collect();
            let stated: Vec<_> = roots.iter().flat_map(|(root, _)| &root.moved)
                .filter(|stated| stated.division == head(village, 1).division).cloned().collect();
            prop_assert_eq!(lost(&stated, &blocks), None);
            // Cut off at the end, or written anew from some block on.
            let last = ends[ends.len() - 1];
            let mut cut = blocks.clone();
            cut.remove(&last);
            prop_assert_eq!(lost(&stated, &cut), stated.last());
            let mut anew = blocks;
            for hash in anew.values_mut() {
                hash[0] ^= 1;
            }
            prop_assert_eq!(lost(&stated, &anew), stated.first());
        }
    }

    #[test]
    fn one_change_is_named(rounds in rounds(), what in 0..5_u8, at in 0..100_usize, bit in 0..8_u8) {
        let (mut roots, _) = rooted(&rounds);
        prop_assume!(!roots.is_empty());
        let at = at % roots.len();
        let named = roots[at].0.number;
        match what {
            0 => roots[at].1[at % 32] ^= 1 << bit,
            1 => roots[at].0.previous[at % 32] ^= 1 << bit,
            2 => roots[at].0.moved[0].hash[at % 32] ^= 1 << bit,
            3 => roots[at].0.moved[0].last += 1,
            _ => { roots[at].0.moved.pop(); }
        }
        prop_assert!(faulty(&roots).contains(&named));
    }

    #[test]
    fn a_root_that_is_gone_is_missed(rounds in rounds(), at in 0..100_usize) {
        let (mut roots, _) = rooted(&rounds);
        prop_assume!(roots.len() > 1);
        let at = at % (roots.len() - 1);
        roots.remove(at);
        prop_assert!(faulty(&roots).contains(&roots[at].0.number));
    }
}
