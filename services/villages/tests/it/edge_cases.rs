//! The same list of 东坝头镇 as different programs write it, and the oddities of the real national list.

use std::collections::{BTreeMap, BTreeSet};

use kit::division::Division;
use proto::xiangtu::{transfer::v1::Encoding, villages::v1::GetDivisionRequest};
use tonic::Code;

use crate::county::{
    Asks as _, LANKAO, behind, counts, divisions, edge_case, empty, header, import, import_as, reason,
};

#[tokio::test]
async fn every_usual_encoding_gives_the_same_list() {
    let harness = empty().await;
    let cases = [
        ("dongbatou-utf8-bom-crlf.csv", Encoding::Unspecified),
        ("dongbatou-gb18030-crlf.csv", Encoding::Gb18030),
        ("dongbatou-utf16le-tab.txt", Encoding::Unspecified),
        ("dongbatou-utf8-quoted.csv", Encoding::Utf8),
    ];
    for (index, (name, encoding)) in cases.into_iter().enumerate() {
        let mut how = header("divisions");
        how.encoding = encoding.into();
        let report = import_as(&harness, LANKAO, how, &edge_case(name)).await.expect(name);
        assert!(report.applied, "{name}: {report:?}");
        let expected = if index == 0 { (17, 0, 2) } else { (0, 0, 19) };
        assert_eq!(counts(&report), expected, "{name}");
    }
    let request = GetDivisionRequest {
        name: "divisions/410225106202".to_owned(),
        as_of: None,
        known_at: None,
    };
    let division = divisions(&harness)
        .get_division(harness.ask(LANKAO, request))
        .await
        .expect("there");
    assert_eq!(division.into_inner().display_name, "东坝头村委会");
    harness.stop().await;
}

#[tokio::test]
async fn codes_that_a_spreadsheet_made_numbers_are_refused_by_line_and_cause() {
    let harness = empty().await;
    let report = import(
        &harness,
        "divisions",
        &edge_case("dongbatou-excel-scientific-codes.csv"),
    )
    .await
    .expect("a report");
    assert_eq!((report.row_count, report.error_count, report.applied), (19, 19, false));
    let first = &report.errors[0];
    assert_eq!(
        (first.line, first.column.as_str(), first.value.as_str()),
        (2, "行政区划代码", "4.10000E+11")
    );
    assert!(report.errors.iter().all(|error| error.reason == "CODE_AS_NUMBER"));
    assert!(first.message.contains("spreadsheet") && first.message_zh.contains("电子表格"));
    harness.stop().await;
}

#[tokio::test]
async fn another_encoding_than_declared_is_refused_as_a_whole() {
    let harness = empty().await;
    let refused = import(&harness, "divisions", &edge_case("dongbatou-gb18030-crlf.csv"))
        .await
        .expect_err("not UTF-8");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::InvalidArgument, "BAD_ENCODING")
    );
    harness.stop().await;
}

#[tokio::test]
async fn oddities_of_the_real_list_are_taken_and_lost_characters_refused() {
    let harness = empty().await;
    let (mut taken, mut refused) = (0, 0);
    for (province, names) in oddities() {
        let mut how = header("divisions");
        how.division.clone_from(&province);
        let bad: BTreeSet<&str> = names
            .iter()
            .filter(|(_, name)| is_lost(name))
            .map(|(code, _)| code.as_str())
            .collect();
        let report = import_as(&harness, "", how.clone(), &file(&names, &BTreeSet::new()))
            .await
            .expect("a report");
        if bad.is_empty() {
            assert!(report.applied, "{province} {:?}", report.errors);
        } else {
            assert!(
                report.errors.iter().all(|error| error.reason == "LOST_CHARACTER"),
                "{province} {report:?}"
            );
            assert_eq!(
                (report.error_count, report.applied),
                (count(bad.len()), false),
                "{province}"
            );
            let report = import_as(&harness, "", how, &file(&names, &bad))
                .await
                .expect("a report");
            assert!(report.applied, "{province} {:?}", report.errors);
        }
        taken += names.len() - bad.len();
        refused += bad.len();
    }
    assert!(
        taken > 850 && (5..60).contains(&refused),
        "{taken} taken, {refused} refused"
    );
    let odd = "SELECT display_name FROM divisions WHERE display_name IN ('茶花社区', '小（氵甸）村委会') ORDER BY display_name COLLATE \"C\"";
    assert_eq!(behind(&harness, odd).await, ["小（氵甸）村委会", "茶花社区"]);
    harness.stop().await;
}

/// Published names by code, by province.
fn oddities() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = String::from_utf8(edge_case("real-oddities.csv")).expect("UTF-8");
    let mut provinces = BTreeMap::<String, BTreeMap<String, String>>::new();
    for line in text.lines().skip(1) {
        let mut parts = line.split(',');
        if let (Some(code), Some(name)) = (parts.next(), parts.next()) {
            provinces
                .entry(code[..2].to_owned())
                .or_default()
                .entry(code.to_owned())
                .or_insert_with(|| name.to_owned());
        }
    }
    provinces
}

/// A question mark or a private-use character.
fn is_lost(name: &str) -> bool {
    name.chars()
        .any(|character| matches!(character, '?' | '？' | '\u{e000}'..='\u{f8ff}'))
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).expect("few rows")
}

/// The names with everything above them, without those of `left_out`.
fn file(names: &BTreeMap<String, String>, left_out: &BTreeSet<&str>) -> Vec<u8> {
    let mut rows = BTreeMap::new();
    for code in names.keys() {
        let mut above = Division::parse("code", code).expect("a real code").parent();
        while let Some(division) = above {
            rows.entry(division.code().to_owned())
                .or_insert_with(|| "上级".to_owned());
            above = division.parent();
        }
    }
    for (code, name) in names {
        let short = Division::parse("code", code).expect("a real code").into_code();
        let name = if left_out.contains(code.as_str()) {
            "改正"
        } else {
            name
        };
        rows.insert(short, name.to_owned());
    }
    let rows = rows.iter().map(|(code, name)| format!("{code},{name}\n"));
    std::iter::once("code,name\n".to_owned())
        .chain(rows)
        .collect::<String>()
        .into_bytes()
}
