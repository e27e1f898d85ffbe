//! Year ends, 29 February, and midnight in Shanghai, eight hours before that of UTC.

mod leap;
mod new_year;

use std::process::Command;

use time::OffsetDateTime;

use crate::world::World;

impl World {
    /// Sets the clock.
    fn at(&self, instant: OffsetDateTime) {
        self.harness.kit.clock.set(instant);
    }
}

/// Tests once more in a process whose own day differs from that of Shanghai most of the time.
fn again_in(zone: &str, tests: &str) {
    let this = std::env::current_exe().expect("this program");
    let mut again = Command::new(this);
    let done = again.args([tests, "--test-threads=2"]).env("TZ", zone).output();
    let done = done.expect("run");
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{zone}:\n{told}");
    assert!(!told.contains(" 0 passed"), "{zone}: nothing was run:\n{told}");
}

#[test]
fn the_zone_of_the_process_is_no_matter_in_the_far_west() {
    again_in("WEST+12", "calendar::new_year::");
}

#[test]
fn the_zone_of_the_process_is_no_matter_in_the_far_east() {
    again_in("EAST-14", "calendar::leap::");
}
