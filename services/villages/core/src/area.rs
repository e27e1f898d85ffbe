//! Contracted areas: divisions gathered across the official tree, and in which area a division lies on a later day.

use std::collections::BTreeMap;

/// The pairs of positions whose divisions are the same or lie one inside the other, the outer one first.
pub fn overlaps(divisions: &[&str]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..divisions.len()).collect();
    order.sort_by_key(|at| divisions[*at]);
    let (mut around, mut pairs): (Vec<usize>, _) = (Vec::new(), Vec::new());
    for at in order {
        while let Some(outer) = around.last()
            && !divisions[at].starts_with(divisions[*outer])
        {
            around.pop();
        }
        pairs.extend(around.iter().map(|outer| (*outer, at)));
        around.push(at);
    }
    pairs
}

/// A division on a day, that an area was drawn around or that came out of one such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held<'a> {
    /// Code of the area.
    pub area: &'a str,
    /// The division that the area was drawn around.
    pub drawn: &'a str,
    /// The division of the day.
    pub now: &'a str,
}

/// The areas of one tree on a day: which area each division lies in.
#[derive(Debug, Default)]
pub struct Tree {
    /// Divisions that areas were drawn around and that are still there; none lies inside another one.
    drawn: BTreeMap<String, String>,
    /// Divisions that came out of others and lie in none of those; the outermost of such that lie one inside the other.
    come: BTreeMap<String, String>,
}

impl Tree {
    /// A division that came out of those of several areas lies in the area of the smallest code among them.
    pub fn new<'a>(held: impl IntoIterator<Item = Held<'a>>) -> Self {
        let (drawn, mut come): (Vec<_>, Vec<_>) = held.into_iter().partition(|it| it.drawn == it.now);
        let mut tree = Self::default();
        tree.drawn
            .extend(drawn.iter().map(|it| (it.now.to_owned(), it.area.to_owned())));
        come.sort_by_key(|it| (it.now, it.drawn));
        for it in come {
            if tree.area_of(it.now).is_none() {
                tree.come.insert(it.now.to_owned(), it.area.to_owned());
            }
        }
        tree
    }

    /// The area in which a division lies. One that was drawn around it goes before one that something else brought it to.
    pub fn area_of(&self, division: &str) -> Option<&str> {
        around(&self.drawn, division).or_else(|| around(&self.come, division))
    }

    /// The divisions that lie in an area, by code, none inside another one.
    pub fn members(&self, area: &str) -> Vec<&str> {
        let all = self.drawn.iter().chain(&self.come);
        let mut members: Vec<&str> = all
            .filter(|(_, of)| *of == area)
            .map(|(code, _)| code.as_str())
            .collect();
        members.sort_unstable();
        members.dedup_by(|inner, outer| inner.starts_with(*outer));
        members
    }

    /// The divisions of other areas that lie inside those of an area.
    pub fn cut_out(&self, area: &str) -> Vec<&str> {
        let others = self.drawn.iter().filter(|(_, of)| *of != area);
        let inside = others.filter(|(code, _)| around(&self.come, code) == Some(area));
        inside.map(|(code, _)| code.as_str()).collect()
    }
}

fn around<'a>(areas: &'a BTreeMap<String, String>, division: &str) -> Option<&'a str> {
    let mut codes = (1..=division.len()).filter_map(|end| division.get(..end));
    codes.find_map(|code| areas.get(code).map(String::as_str))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn held(rows: &[(&'static str, &'static str, &'static str)]) -> Tree {
        Tree::new(rows.iter().map(|(area, drawn, now)| Held { area, drawn, now }))
    }

    #[test]
    fn a_division_lies_where_it_was_drawn_and_else_where_it_came_from() {
        let tree = held(&[
            ("b", "101", "101"),
            ("a", "102201", "103202"),
            ("b", "102202", "103202"),
            ("a", "102203", "101203"),
            ("c", "104201", "105"),
            ("b", "105209", "105209"),
        ]);
        // Came out of villages of two areas: the smaller code decides.
        assert_eq!(tree.area_of("103202"), Some("a"));
        // Came out of one of `a`, into the township that `b` was drawn around.
        assert_eq!(tree.area_of("101203"), Some("b"));
        assert_eq!((tree.area_of("103"), tree.area_of("105209001")), (None, Some("b")));
        assert_eq!(tree.members("a"), ["103202"]);
        assert_eq!(tree.members("b"), ["101", "105209"]);
        assert_eq!((tree.members("c"), tree.cut_out("c")), (vec!["105"], vec!["105209"]));
        assert_eq!(tree.area_of("105201"), Some("c"));
    }

    proptest! {
        #[test]
        fn overlaps_are_those_of_every_pair(codes in prop::collection::vec("[12]{1,4}", 0..12)) {
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            let mut expected = Vec::new();
            for (outer, a) in codes.iter().enumerate() {
                for (inner, b) in codes.iter().enumerate() {
                    let inside = b.starts_with(a) && (b.len() > a.len() || outer < inner);
                    if outer != inner && inside {
                        expected.push((outer, inner));
                    }
                }
            }
            let mut found = overlaps(&codes);
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }

        /// What is listed of an area is what lies in it.
        #[test]
        fn members_and_areas_agree(rows in prop::collection::vec(("[abc]", "[12]{2,4}", "[12]{2,4}", any::<bool>()), 0..10)) {
            let drawn: Vec<&str> = rows.iter().map(|row| row.1.as_str()).collect();
            let first = |at: usize| !drawn.iter().take(at).any(|code| code.starts_with(drawn[at]) || drawn[at].starts_with(code));
            let held = rows.iter().enumerate().filter(|(at, _)| first(*at)).map(|(_, (area, drawn, now, stays))| Held {
                area,
                drawn,
                now: if *stays { drawn } else { now },
            });
            let tree = Tree::new(held);
            for number in 0..16_u8 {
                let village: String = (0..4).map(|bit| if number >> bit & 1 == 1 { '1' } else { '2' }).collect();
                for area in ["a", "b", "c"] {
                    let inside = |codes: Vec<&str>| codes.iter().any(|code| village.starts_with(code));
                    let listed = inside(tree.members(area)) && !inside(tree.cut_out(area));
                    prop_assert_eq!(listed, tree.area_of(&village) == Some(area), "{} in {}", village, area);
                }
            }
        }
    }
}
