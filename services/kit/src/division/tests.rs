use proptest::prelude::*;

use super::*;

fn division(value: &str) -> Division {
    Division::parse("division", value).expect("a code that is written correctly")
}

#[test]
fn filling_is_dropped() {
    for (written, code, level) in [
        ("41", "41", Level::Province),
        ("410000", "41", Level::Province),
        ("410200", "4102", Level::Prefecture),
        ("410225", "410225", Level::County),
        ("410225000000", "410225", Level::County),
        ("410225104", "410225104", Level::Township),
        ("410225001000", "410225001", Level::Township),
        ("divisions/410225104201", "410225104201", Level::Village),
        ("410225104201000", "410225104201", Level::Village),
        ("410225104201003", "410225104201003", Level::Group),
        ("441900003000", "441900003", Level::Township),
    ] {
        let division = division(written);
        assert_eq!((division.code(), division.level()), (code, level), "{written}");
    }
}

#[test]
fn what_is_no_code_is_refused() {
    for written in [
        "",
        "divisions/",
        "4",
        "410",
        "41022",
        "4102251",
        "41022510420",
        "410225104201003000",
        "41022a",
        "４１０２２５",
        " 410225",
        "410225\0",
        "000000",
        "00",
        "011234",
        "410025",
        "410225000201",
        "410225104000001",
        "divisions/divisions/41",
        "divisions/41/x",
        "-41022",
    ] {
        let error = Division::parse("division", written).expect_err(written);
        assert_eq!(error.violations()[0].field, "division", "{written}");
    }
}

#[test]
fn parents_begin_their_children() {
    let mut at = Some(division("410225104201003"));
    let mut codes = Vec::new();
    while let Some(division) = at {
        at = division.parent();
        codes.push(division.into_code());
    }
    assert_eq!(
        codes,
        ["410225104201003", "410225104201", "410225104", "410225", "4102", "41"]
    );
    assert_eq!(division("441900003").parent(), Some(division("4419")));
    assert_eq!(division("441900003").at(Level::County), None);
    assert_eq!(
        division("410225104201").at(Level::Township),
        Some(division("410225104"))
    );
    assert_eq!(division("410225").at(Level::Village), None);
}

#[test]
fn containment_follows_the_prefix() {
    assert!(division("410225").contains(&division("410225104201")));
    assert!(division("410225").contains(&division("410225")));
    assert!(!division("410225104").contains(&division("410225105")));
    assert!(!division("410225104").contains(&division("410225")));
    assert!(
        division("410225").within("") && division("410225").within("4102") && !division("410225").within("410225104")
    );
}

#[test]
fn digits_tell_the_kind() {
    for (code, kind) in [
        ("41", None),
        ("4102", None),
        ("410225", None),
        ("410225001", Some(Kind::Street)),
        ("410225104", Some(Kind::Town)),
        ("410225200", Some(Kind::Township)),
        ("410225400", Some(Kind::TownshipOther)),
        ("410225104001", Some(Kind::ResidentsCommittee)),
        ("410225104201", Some(Kind::VillagersCommittee)),
        ("410225104400", Some(Kind::VillageOther)),
        ("410225104201001", None),
    ] {
        assert_eq!(division(code).kind(), kind, "{code}");
    }
}

#[test]
fn a_name_begins_with_its_division() {
    let of = |name: &str| Division::of_name("name", name).map(Division::into_code).ok();
    assert_eq!(of("divisions/410225104/plans/7").as_deref(), Some("410225104"));
    assert_eq!(of("divisions/410225104").as_deref(), Some("410225104"));
    assert_eq!(of("410225104000").as_deref(), Some("410225104"));
    assert_eq!(of("households/7"), None);
    assert_eq!(of("divisions/"), None);
}

proptest! {
    #[test]
    fn no_text_panics(text in prop_oneof![".*", "(divisions/)?[0-9]{0,16}(/.*)?"]) {
        for division in [
            Division::parse("division", &text),
            Division::of_name("name", &text),
            Division::of_name("name", &format!("divisions/{text}")),
        ]
        .into_iter()
        .flatten()
        {
            let _ = (division.kind(), division.parent(), division.name());
            for level in [Level::Province, Level::Prefecture, Level::County, Level::Township, Level::Village, Level::Group] {
                let _ = division.at(level);
            }
            prop_assert!(division.contains(&division) && division.within(""));
        }
    }

    #[test]
    fn a_code_reads_back_and_lies_in_its_ancestors(digits in "[1-8][1-9]([0-9]{2}){0,2}|[1-8][1-9][0-9]{7}|[1-8][1-9][0-9]{10}([0-9]{3})?") {
        if let Ok(division) = Division::parse("division", &digits) {
            prop_assert_eq!(&Division::parse("division", division.code()).expect("its own code"), &division);
            prop_assert_eq!(&Division::parse("division", &division.name()).expect("its own name"), &division);
            let mut at = division.parent();
            while let Some(parent) = at {
                prop_assert!(parent.contains(&division));
                prop_assert!(parent.level() < division.level());
                at = parent.parent();
            }
        }
    }
}
