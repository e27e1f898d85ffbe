//! Names of divisions, and how alike two of them are.

/// What committees of villages are called: the ending, and how much of it belongs to the name of the village.
const COMMITTEES: &[(&str, &str)] = &[
    ("村民委员会", "村"),
    ("村委会", "村"),
    ("居民委员会", ""),
    ("居委会", ""),
];
const OF_VILLAGES: &[&str] = &["社区", "村", "嘎查"];
const OF_TOWNSHIPS: &[&str] = &["街道办事处", "街道办", "街道", "镇", "乡", "苏木"];
const OF_COUNTIES: &[&str] = &["县", "市", "区", "旗"];

/// The name of a division without what says of which kind it is; at least two characters of it, if it has as many. `code` tells
/// the level by its length.
pub fn stem<'a>(code: &str, name: &'a str) -> &'a str {
    let (mut stem, endings) = match code.len() {
        12 => (without_committee(name), OF_VILLAGES),
        9 => (name, OF_TOWNSHIPS),
        6 => (name, OF_COUNTIES),
        _ => return name,
    };
    while let Some(shorter) = endings
        .iter()
        .filter_map(|ending| stem.strip_suffix(ending))
        .find(|rest| rest.chars().nth(1).is_some())
    {
        stem = shorter;
    }
    stem
}

fn without_committee(name: &str) -> &str {
    let named = COMMITTEES.iter().find_map(|(ending, kept)| {
        let rest = name.strip_suffix(ending).filter(|rest| !rest.is_empty())?;
        name.get(..rest.len() + kept.len())
    });
    named.unwrap_or(name)
}

/// How alike two stems are, in permille: 1,000 for equal ones, for others twice the length of their longest common subsequence
/// over the sum of their lengths, at most 899.
pub fn similarity(one: &str, other: &str) -> u16 {
    if one == other {
        return 1_000;
    }
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let sum = one.len() + other.len();
    let permille = 2_000 * common(&one, &other) / sum.max(1);
    u16::try_from(permille.min(899)).unwrap_or(899)
}

/// Length of the longest common subsequence.
fn common(one: &[char], other: &[char]) -> usize {
    let mut row = vec![0; other.len() + 1];
    for a in one {
        let mut diagonal = 0;
        for (at, b) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stems_leave_out_what_a_division_is() {
        for (code, name, expected) in [
            ("370481001200", "韩桥村村民委员会", "韩桥"),
            ("370481001031", "韩桥居委会", "韩桥"),
            ("370481001004", "曹庄社区居民委员会", "曹庄"),
            ("411025106207", "水坑陈村委会", "水坑陈"),
            ("410225001201", "程村民委员会", "程村"),
            ("410225001202", "西村居委会", "西村"),
            ("410225001203", "新村村委会", "新村"),
            ("410225001204", "居委会", "居委会"),
            ("410225001205", "朱仙镇村委会", "朱仙镇"),
            ("411025202", "茨沟乡", "茨沟"),
            ("411025002", "茨沟街道", "茨沟"),
            ("411025001", "城关街道办事处", "城关"),
            ("540422", "米林县", "米林"),
            ("410225001201003", "三组", "三组"),
        ] {
            assert_eq!(stem(code, name), expected, "{name}");
        }
    }

    #[test]
    fn likeness_is_a_share_of_what_both_have() {
        assert_eq!(similarity("前十里岗", "前十里岗"), 1_000);
        assert_eq!(similarity("前十里岗", "十里岗"), 857);
        assert_eq!(similarity("张庄", "李庄"), 500);
        assert_eq!(similarity("", "李庄"), 0);
        assert_eq!(
            similarity(&"甲".repeat(50), &"甲".repeat(49)),
            899,
            "never as sure as equal"
        );
    }

    proptest! {
        #[test]
        fn likeness_has_no_direction(one in "[甲乙丙丁]{0,8}", other in "[甲乙丙丁]{0,8}") {
            prop_assert_eq!(similarity(&one, &other), similarity(&other, &one));
            prop_assert_eq!(similarity(&one, &other) == 1_000, one == other);
        }
    }
}
