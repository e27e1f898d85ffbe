use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};

use super::*;

fn place<'a>(code: &'a str, name: &'a str) -> Place<'a> {
    let parent = match code.len() {
        12 => &code[..9],
        9 => &code[..6],
        _ => "",
    };
    Place { code, parent, name }
}

fn places<'a>(rows: &[(&'a str, &'a str)]) -> Vec<Place<'a>> {
    rows.iter().map(|(code, name)| place(code, name)).collect()
}

/// Code, successor and whether it is only another code, of each that has a successor.
fn pairs<'a>(succession: &Succession<'a>) -> Vec<(&'a str, &'a str, bool)> {
    let pair = |ended: &Ended<'a>| match ended.fate {
        Fate::Follows { successor, recoded, .. } => Some((ended.place.code, successor.code, recoded)),
        Fate::Nothing | Fate::Open(_) => None,
    };
    succession.ended.iter().filter_map(pair).collect()
}

/// Code, and candidates with their likeness, of each that is open.
fn open<'a>(succession: &Succession<'a>) -> Vec<(&'a str, Vec<(&'a str, u16)>)> {
    let open = |ended: &Ended<'a>| match &ended.fate {
        Fate::Open(candidates) => Some((
            ended.place.code,
            candidates
                .iter()
                .map(|found| (found.place.code, found.similarity))
                .collect(),
        )),
        Fate::Follows { .. } | Fate::Nothing => None,
    };
    succession.ended.iter().filter_map(open).collect()
}

#[test]
fn villages_follow_their_township_to_another_code() {
    let register = places(&[
        ("441481128", "宁中镇"),
        ("441481128200", "先锋村委会"),
        ("441481129", "径南镇"),
        ("441481129200", "先锋村委会"),
    ]);
    let list = places(&[
        ("441481102", "宁中镇"),
        ("441481102200", "先锋村委会"),
        ("441481108", "径南镇"),
        ("441481108200", "先锋村委会"),
    ]);
    assert_eq!(
        pairs(&succeed(&register, &list, &[])),
        [
            ("441481128", "441481102", true),
            ("441481128200", "441481102200", true),
            ("441481129", "441481108", true),
            ("441481129200", "441481108200", true),
        ],
        "one name in two townships, told apart by what follows these"
    );
}

#[test]
fn a_name_is_looked_for_nearby_first_and_then_in_the_county() {
    let register = places(&[
        ("370481001", "龙泉街道"),
        ("370481002", "北辛街道"),
        ("370481001031", "韩桥居委会"),
        ("370481001032", "鲁西居委会"),
    ]);
    let list = places(&[
        ("370481001", "龙泉街道"),
        ("370481002", "北辛街道"),
        ("370481001200", "韩桥村村民委员会"),
        ("370481002201", "鲁西村"),
        ("370481002202", "韩桥村"),
    ]);
    assert_eq!(
        pairs(&succeed(&register, &list, &[])),
        [
            ("370481001031", "370481001200", true),
            ("370481001032", "370481002201", true)
        ]
    );
}

#[test]
fn what_is_not_certain_is_open_with_its_candidates() {
    let register = places(&[
        ("370481001", "龙泉街道"),
        ("370481001031", "前十里岗居委会"),
        ("370481001032", "王任居委会"),
        ("370481001033", "王任村委会"),
        ("370481001034", "唐村"),
        ("370481001035", "唐村社区"),
    ]);
    let list = places(&[
        ("370481001", "龙泉街道"),
        ("370481001035", "唐村社区"),
        ("370481001200", "十里岗村"),
        ("370481001201", "王任社区"),
        ("370481001202", "唐村居委会"),
    ]);
    let succession = succeed(&register, &list, &[]);
    assert_eq!(pairs(&succession), []);
    assert_eq!(
        open(&succession),
        [
            ("370481001031", vec![("370481001200", 857)]),
            ("370481001032", vec![("370481001201", 1_000)]),
            ("370481001033", vec![("370481001201", 1_000)]),
            ("370481001034", vec![("370481001035", 1_000), ("370481001202", 1_000)]),
        ],
        "alike but not the same; two that go for one; one that could go into two"
    );
    let stated = [
        Stated {
            old: "370481001031",
            new: Some("370481001200"),
        },
        Stated {
            old: "370481001032",
            new: Some("370481001201"),
        },
        Stated {
            old: "370481001033",
            new: Some("370481001201"),
        },
        Stated {
            old: "370481001034",
            new: None,
        },
    ];
    let succession = succeed(&register, &list, &stated);
    assert_eq!(
        pairs(&succession),
        [
            ("370481001031", "370481001200", true),
            ("370481001032", "370481001201", false),
            ("370481001033", "370481001201", false),
        ]
    );
    assert_eq!(succession.ended[3].fate, Fate::Nothing);
    let half = succeed(&register, &list, &stated[1..2]);
    assert_eq!(
        open(&half)[1],
        ("370481001033", vec![("370481001201", 1_000)]),
        "what is stated of one decides nothing of the other"
    );
    let into = [Stated {
        old: "370481001031",
        new: Some("370481001202"),
    }];
    let register = &register[..2];
    let register = [register, &[place("370481001036", "唐村")]].concat();
    let list = [&list[..1], &list[4..]].concat();
    assert_eq!(
        pairs(&succeed(&register, &list, &into)),
        [
            ("370481001031", "370481001202", false),
            ("370481001036", "370481001202", false)
        ],
        "one goes on under its name and takes in another"
    );
}

#[test]
fn a_code_given_to_another_division_on_the_same_day_is_told_from_a_new_name() {
    let register = places(&[
        ("230124103", "会发镇"),
        ("230124103200", "得莫利村委会"),
        ("230124103202", "伊汉通村委会"),
        ("230124103203", "建国村委会"),
    ]);
    let list = places(&[
        ("230124103", "会发镇"),
        ("230124103200", "伊汉通村村民委员会"),
        ("230124103202", "得莫利村民委员会"),
        ("230124103203", "庆丰村村民委员会"),
    ]);
    let succession = succeed(&register, &list, &[]);
    let reused: Vec<_> = succession
        .reused
        .iter()
        .map(|reused| (reused.given.code, reused.elsewhere))
        .collect();
    assert_eq!(
        reused,
        [("230124103200", "230124103202"), ("230124103202", "230124103200")]
    );
    assert_eq!(succession.renamed.len(), 3);
}

const REGISTER: &[(&str, &str)] = &[
    ("410225001", "兰阳街道"),
    ("410225001201", "甲庄村委会"),
    ("410225001202", "乙庄村委会"),
    ("410225001203", "丙庄村委会"),
];

fn change<'a>(line: i64, kind: ChangeKind, old: &'a str, new: (&'a str, &'a str)) -> Change<'a> {
    Change {
        line,
        kind,
        old,
        old_name: "",
        new: place(new.0, new.1),
    }
}

fn flaws<'a>(changes: &[Change<'a>], register: &[Place<'a>]) -> Vec<(i64, Flaw<'a>)> {
    let refused = revise(register, changes, &BTreeSet::new(), "410225001").expect_err("refused");
    refused
        .into_iter()
        .map(|flawed| (flawed.change.line, flawed.flaw))
        .collect()
}

#[test]
fn rows_make_the_list_that_they_describe() {
    let register = places(REGISTER);
    let changes = [
        change(2, ChangeKind::Renamed, "410225001201", ("410225001201", "甲庄社区")),
        change(3, ChangeKind::Merged, "410225001202", ("410225001201", "")),
        change(4, ChangeKind::Split, "410225001203", ("410225001204", "丁庄村委会")),
        change(5, ChangeKind::Added, "", ("410225001205", "戊庄村委会")),
    ];
    let revised = revise(&register, &changes, &BTreeSet::new(), "410225001").expect("sound");
    let list: BTreeMap<&str, &str> = revised.list.iter().map(|place| (place.code, place.name)).collect();
    let expected = [
        ("410225001", "兰阳街道"),
        ("410225001201", "甲庄社区"),
        ("410225001203", "丙庄村委会"),
        ("410225001204", "丁庄村委会"),
        ("410225001205", "戊庄村委会"),
    ];
    assert_eq!((list, revised.effective), (expected.into(), 4));
    assert_eq!(
        revised.stated,
        [Stated {
            old: "410225001202",
            new: Some("410225001201")
        }]
    );

    let done = [("410225001202", "410225001201"), ("410225001203", "410225001204")].into();
    let again = revise(&revised.list, &changes, &done, "410225001").expect("done already");
    assert_eq!((again.list, again.effective), (revised.list, 0));
}

#[test]
fn rows_that_contradict_the_register_or_one_another_are_named() {
    let register = places(REGISTER);
    let misnamed = Change {
        old_name: "乙家庄",
        ..change(6, ChangeKind::Removed, "410225001202", ("", ""))
    };
    let found = flaws(
        &[
            change(2, ChangeKind::Removed, "410225001299", ("", "")),
            change(3, ChangeKind::Added, "", ("410225001201", "己庄村委会")),
            change(4, ChangeKind::Recoded, "410225001203", ("410225002201", "丙庄村委会")),
            change(5, ChangeKind::Abolished, "410225001203", ("", "")),
            misnamed,
        ],
        &register,
    );
    let expected = [
        (2, Flaw::Unknown),
        (3, Flaw::InUse("甲庄村委会")),
        (4, Flaw::Orphan),
        (5, Flaw::EndsTwice(4)),
        (6, Flaw::Name("乙庄村委会")),
    ];
    assert_eq!(found, expected);
    let found = flaws(
        &[
            change(2, ChangeKind::Recoded, "410225001201", ("410225001202", "甲庄村委会")),
            change(3, ChangeKind::Removed, "410225001202", ("", "")),
            change(4, ChangeKind::Merged, "410225001203", ("410225001299", "")),
            change(5, ChangeKind::Added, "", ("410225001205", "戊庄村委会")),
            change(6, ChangeKind::Added, "", ("410225001205", "己庄村委会")),
        ],
        &register,
    );
    assert_eq!(
        found,
        [(2, Flaw::Reused(3)), (4, Flaw::NoSuccessor), (6, Flaw::NamedTwice(5))]
    );
    let found = flaws(&[change(2, ChangeKind::Abolished, "410225001", ("", ""))], &register);
    assert_eq!(found, [(2, Flaw::Below("410225001201", 3))]);
}

/// A county of up to two townships with names of few characters, so that they often meet.
fn county() -> impl Strategy<Value = BTreeMap<String, String>> {
    let villages = vec((0..3_u8, 1..12_u8, "[甲乙丙]{2,3}(村委会|居委会|社区)"), 0..24);
    let townships = vec(("[甲乙]{2}(镇|乡|街道)", any::<bool>()), 3);
    (villages, townships).prop_map(|(villages, townships)| {
        let mut county = BTreeMap::from([("410225".to_owned(), "兰考县".to_owned())]);
        for (at, (name, there)) in townships.into_iter().enumerate() {
            if there {
                county.insert(format!("41022510{at}"), name);
            }
        }
        for (township, village, name) in villages {
            let code = format!("41022510{township}");
            if county.contains_key(&code) {
                county.insert(format!("{code}2{village:02}"), name);
            }
        }
        county
    })
}

fn of(county: &BTreeMap<String, String>) -> Vec<Place<'_>> {
    county.iter().map(|(code, name)| place(code, name)).collect()
}

proptest! {
    #[test]
    fn all_that_ends_is_followed_inside_the_county_or_reported(before in county(), after in county()) {
        let (register, list) = (of(&before), of(&after));
        let succession = succeed(&register, &list, &[]);
        let ended: Vec<&str> = succession.ended.iter().map(|ended| ended.place.code).collect();
        let gone: Vec<&str> = before.keys().filter(|code| !after.contains_key(*code)).map(String::as_str).collect();
        prop_assert_eq!(ended, gone);
        let mut taken = BTreeSet::new();
        for (old, new, _) in pairs(&succession) {
            prop_assert!(after.contains_key(new) && new.len() == old.len());
            prop_assert_eq!(stem(old, &before[old]), stem(new, &after[new]));
            prop_assert!(taken.insert(new), "only a person lets two go into one");
        }
        for (old, candidates) in open(&succession) {
            for (new, similarity) in candidates {
                prop_assert!(after.contains_key(new) && new.len() == old.len() && similarity >= 600);
            }
        }
        let added = succession.added.iter().map(|place| place.code);
        let fresh = after.keys().filter(|code| !before.contains_key(*code)).map(String::as_str);
        prop_assert!(added.eq(fresh));
    }

    #[test]
    fn the_order_of_what_is_given_does_not_matter(before in county(), after in county(), by in 0..24_usize) {
        let (mut register, mut list) = (of(&before), of(&after));
        let expected = succeed(&register, &list, &[]);
        register.reverse();
        let turn = by % list.len().max(1);
        list.rotate_left(turn);
        prop_assert_eq!(succeed(&register, &list, &[]), expected);
    }

    #[test]
    fn a_list_taken_twice_changes_nothing(before in county(), after in county()) {
        let list = of(&after);
        let first = succeed(&of(&before), &list, &[]);
        prop_assert_eq!(first.added.len() + before.len(), after.len() + first.ended.len());
        let again = succeed(&list, &list, &[]);
        prop_assert!(again.added.is_empty() && again.renamed.is_empty() && again.ended.is_empty());
    }

    #[test]
    fn rows_of_all_differences_make_the_list(before in county(), after in county()) {
        let (register, list) = (of(&before), of(&after));
        let mut rows = Vec::new();
        for place in &list {
            let kind = match before.get(place.code) {
                None => ChangeKind::Added,
                Some(name) if name == place.name => continue,
                Some(_) => ChangeKind::Renamed,
            };
            let old = if kind == ChangeKind::Renamed { place.code } else { "" };
            rows.push(Change { line: 0, kind, old, old_name: "", new: *place });
        }
        for place in register.iter().filter(|place| !after.contains_key(place.code)) {
            rows.push(change(0, ChangeKind::Removed, place.code, ("", "")));
        }
        let revised = revise(&register, &rows, &BTreeSet::new(), "410225");
        prop_assert_eq!(revised.map(|revised| revised.list), Ok(list));
    }
}
