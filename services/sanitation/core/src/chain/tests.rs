use proptest::prelude::*;

use super::*;

/// Stands for SHA-256 here: every byte counts.
fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut state = [0_u64; 4];
    for (at, byte) in bytes.iter().enumerate() {
        let lane = &mut state[at % 4];
        *lane = (*lane ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(7) ^ (at as u64);
    }
    let mut out = [0; 32];
    for (lane, chunk) in state.iter().zip(out.chunks_mut(8)) {
        chunk.copy_from_slice(&lane.to_be_bytes());
    }
    out
}

fn chain(weights: &[i64]) -> Vec<Link> {
    let mut previous = Vec::new();
    let link = |(net, position): (&i64, i64)| {
        let mut link = Link {
            statement: Statement {
                trip: "trips/T1".to_owned(),
                kind: "collected".to_owned(),
                net_kg: Some(*net),
                ..Statement::default()
            },
            position,
            version: 1,
            previous: previous.clone(),
            ..Link::default()
        };
        link.digest = link.reckoned(hash).to_vec();
        previous = link.digest.clone();
        link
    };
    weights.iter().zip(1..).map(link).collect()
}

#[test]
fn both_sides_sign_these_lines() {
    let statement = Statement {
        trip: "trips/T1".to_owned(),
        kind: "delivered".to_owned(),
        from: "vehicles/V1".to_owned(),
        to: "facilities/P1".to_owned(),
        at_us: 1_711_800_600_000_000,
        gross_kg: Some(23_965),
        tare_kg: Some(13_000),
        net_kg: Some(10_965),
        device: "devices/WB".to_owned(),
        seal_number: "S1".to_owned(),
        seal_state: "intact".to_owned(),
        corrects: Some(2),
        correction_reason: "抄错".to_owned(),
        ..Statement::default()
    };
    let expected = "xiangtu hand-over 1\ntrip=trips/T1\nkind=HAND_OVER_KIND_DELIVERED\nfrom=vehicles/V1\nto=facilities/P1\n\
                    time=1711800600000000\ngross_kg=23965\ntare_kg=13000\nnet_kg=10965\nbin_count=\ndevice=devices/WB\n\
                    seal_number=S1\nseal_state=SEAL_STATE_INTACT\nresidue_kg=\nreason=\ncorrects=trips/T1/handOvers/2\n\
                    correction_reason=抄错\n";
    assert_eq!(String::from_utf8(statement.bytes()).expect("UTF-8"), expected);
}

#[test]
fn an_intact_chain_is_whole_and_an_empty_one_too() {
    assert_eq!(first_broken(&[], hash), None);
    assert_eq!(first_broken(&chain(&[3, 1, 4, 1]), hash), None);
}

proptest! {
    #[test]
    fn the_first_broken_link_is_named(weights in prop::collection::vec(0..9_000i64, 2..12), at in any::<prop::sample::Index>(), by in 1..500i64) {
        let whole = chain(&weights);
        let at = at.index(whole.len());
        let position = whole[at].position;
        let mut changed = whole.clone();
        changed[at].statement.net_kg = Some(weights[at] + by);
        prop_assert_eq!(first_broken(&changed, hash), Some(position));
        // With a digest made anew, the next one does not follow.
        changed[at].digest = changed[at].reckoned(hash).to_vec();
        let next = whole.get(at + 1).map(|link| link.position);
        prop_assert_eq!(first_broken(&changed, hash), next);
        let mut removed = whole.clone();
        removed.remove(at);
        prop_assert_eq!(first_broken(&removed, hash), next);
        let mut swapped = whole;
        if at > 0 {
            swapped.swap(at - 1, at);
            prop_assert_eq!(first_broken(&swapped, hash), Some(position));
        }
    }

    #[test]
    fn no_field_runs_into_the_next(left in "[a-z=]{0,6}", right in "[a-z=]{0,6}") {
        let of = |device: &str, seal: &str| Statement {
            device: device.to_owned(),
            seal_number: seal.to_owned(),
            ..Statement::default()
        };
        prop_assert_eq!(of(&left, &right).bytes() == of(&right, &left).bytes(), left == right);
    }
}
