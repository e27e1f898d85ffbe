//! The strings of [`crate::search::ruin`] in chains.

use crate::search::net::Net;
use crate::search::plain::links::Links;
use crate::search::rng::Rng;
use crate::search::ruin::Sizes;
use crate::search::state::NONE;

/// Removes strings around a stop and appends their stops to `removed`.
pub(crate) fn ruin(links: &mut Links, net: &Net<'_>, rng: &mut Rng, (seed, mean): (u32, f64), removed: &mut Vec<u32>) {
    let sizes = Sizes::draw(rng, mean);
    // Routes beyond those that fit here are ruined once more at worst.
    let mut ruined = [NONE; 32];
    let mut count = 0;
    for &stop in std::iter::once(&seed).chain(net.near.of(seed)) {
        if count >= sizes.strings {
            break;
        }
        let vehicle = links.stops[stop as usize].route;
        if vehicle == NONE || ruined[..count.min(32)].contains(&vehicle) {
            continue;
        }
        ruined[count % 32] = vehicle;
        count += 1;
        take_string(links, net, rng, stop, sizes.longest, removed);
    }
}

/// Removes one string that holds the stop.
fn take_string(links: &mut Links, net: &Net<'_>, rng: &mut Rng, stop: u32, longest: f64, removed: &mut Vec<u32>) {
    let size = links.chains[links.stops[stop as usize].route as usize].stops as usize;
    let string = Sizes::string(rng, longest, size);
    let width = string.count + string.kept;
    // How many stops of the string come before this one.
    let (mut first, mut before) = (stop, 0);
    while before + 1 < width && links.stops[first as usize].prev != NONE {
        first = links.stops[first as usize].prev;
        before += 1;
    }
    let (mut last, mut behind) = (stop, 0);
    while behind + 1 < width && links.stops[last as usize].next != NONE {
        last = links.stops[last as usize].next;
        behind += 1;
    }
    let choices = before + behind + 2 - width;
    for _ in 0..rng.below(choices) {
        first = links.stops[first as usize].next;
    }
    if string.kept == 0 {
        links.cut(net, first, string.count, removed);
        return;
    }
    let head = 1 + rng.below(string.count - 1);
    let mut tail = first;
    for _ in 0..head + string.kept {
        tail = links.stops[tail as usize].next;
    }
    links.cut(net, tail, string.count - head, removed);
    links.cut(net, first, head, removed);
}
