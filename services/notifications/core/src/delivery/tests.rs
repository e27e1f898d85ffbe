use proptest::prelude::*;
use time::{Duration, macros::datetime};

use super::*;

const NOW: OffsetDateTime = datetime!(2024-11-04 08:00 UTC);

fn attempted(step: u32) -> Attempted {
    Attempted {
        step,
        due_at: NOW,
        expires_at: NOW + Duration::hours(76),
        probe: false,
    }
}

fn refused(status: u16) -> Outcome {
    Outcome::Refused {
        status,
        retry_after_s: None,
    }
}

#[test]
fn success_ends_it_and_shows_that_the_endpoint_works() {
    let verdict = decide(attempted(4), Outcome::Accepted, NOW, 0);
    assert_eq!((verdict.state, verdict.sign), (State::Delivered, Sign::Works));
}

#[test]
fn gone_ends_it_and_disables_the_endpoint() {
    let verdict = decide(attempted(0), refused(410), NOW, 0);
    assert_eq!((verdict.state, verdict.sign), (State::Failed, Sign::Gone));
}

#[test]
fn a_blamed_message_is_tried_three_times_and_leaves_the_endpoint_alone() {
    for (step, state) in [(0, State::Waiting), (1, State::Waiting), (2, State::Failed)] {
        let verdict = decide(attempted(step), refused(422), NOW, 0);
        assert_eq!((verdict.state, verdict.sign), (state, Sign::Neutral), "step {step}");
    }
}

#[test]
fn a_wish_for_a_pause_is_granted_and_costs_no_step() {
    let verdict = decide(
        attempted(10),
        Outcome::Refused {
            status: 429,
            retry_after_s: Some(7),
        },
        NOW,
        0,
    );
    let until = NOW + Duration::seconds(7);
    assert_eq!(
        verdict,
        Verdict {
            state: State::Waiting,
            due_at: until,
            step: 10,
            sign: Sign::Pause(until)
        }
    );
    // Other statuses do not get to choose.
    let verdict = decide(
        attempted(0),
        Outcome::Refused {
            status: 500,
            retry_after_s: Some(7),
        },
        NOW,
        200,
    );
    assert_eq!(
        (verdict.due_at, verdict.sign),
        (NOW + Duration::seconds(5), Sign::Fails)
    );
}

#[test]
fn a_probe_uses_up_nothing() {
    let due_at = NOW - Duration::seconds(3);
    let verdict = decide(
        Attempted {
            probe: true,
            due_at,
            ..attempted(2)
        },
        Outcome::TimedOut,
        NOW,
        0,
    );
    assert_eq!(
        verdict,
        Verdict {
            state: State::Waiting,
            due_at,
            step: 2,
            sign: Sign::Fails
        }
    );
}

#[test]
fn what_would_come_too_late_expires() {
    let late = Attempted {
        expires_at: NOW + Duration::seconds(3),
        ..attempted(0)
    };
    assert_eq!(decide(late, Outcome::Unreachable, NOW, 0).state, State::Expired);
}

#[test]
fn the_numbers_of_the_states_are_kept() {
    for (index, state) in State::ALL.into_iter().enumerate() {
        assert_eq!(usize::try_from(state.code()).expect("positive"), index + 1);
        assert_eq!(State::from_code(state.code()), Some(state));
    }
    assert_eq!(State::from_code(0), None);
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Accepted),
        Just(Outcome::TimedOut),
        Just(Outcome::Unreachable),
        Just(Outcome::Blocked),
        (300u16..600, proptest::option::of(any::<u64>()))
            .prop_map(|(status, retry_after_s)| Outcome::Refused { status, retry_after_s }),
    ]
}

proptest! {
    #[test]
    fn every_history_moves_along_the_allowed_ways_and_ends(
        outcomes in prop::collection::vec((outcomes(), any::<u32>(), any::<bool>()), 1..60),
    ) {
        let expires_at = NOW + Duration::hours(76);
        let (mut now, mut state, mut step, mut due_at) = (NOW, State::Ready, 0, NOW);
        for (outcome, chance, probe) in outcomes {
            if !state.is_open() {
                break;
            }
            prop_assert!(state.allows(State::Sending));
            let verdict = decide(Attempted { step, due_at, expires_at, probe }, outcome, now, chance);
            prop_assert!(State::Sending.allows(verdict.state));
            prop_assert!(verdict.step == step || verdict.step == step + 1);
            if verdict.state == State::Waiting {
                prop_assert!(verdict.due_at < expires_at);
                prop_assert!(verdict.due_at >= now || probe);
            } else {
                prop_assert!(!verdict.state.is_open());
            }
            (state, step, due_at) = (verdict.state, verdict.step, verdict.due_at);
            now = now.max(due_at);
        }
    }

    #[test]
    fn without_success_the_schedule_ends(chance in any::<u32>()) {
        let mut step = 0;
        let far = NOW + Duration::days(365);
        for _ in 0..12 {
            let verdict = decide(Attempted { step, due_at: NOW, expires_at: far, probe: false }, Outcome::TimedOut, NOW, chance);
            if verdict.state == State::Failed {
                prop_assert_eq!(step, 11);
                return Ok(());
            }
            step = verdict.step;
        }
        prop_assert!(false, "it never ends");
    }
}
