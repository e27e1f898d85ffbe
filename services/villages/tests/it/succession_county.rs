//! The yearly update of real counties: 兴宁 (441481) and 滕州 (370481) whole, 襄城 (411025) refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::Path,
};

use flate2::read::GzDecoder;
use kit::testing::Harness;
use proto::xiangtu::{
    transfer::v1::{ImportChangeKind as Kind, ImportDecision as Decision, ImportHeader, ImportReport},
    villages::v1::{LineageKind, ListDivisionsRequest, ListHouseholdsRequest, ListLineageRequest},
};

use crate::county::{Asks as _, START, behind, counts, day, divisions, empty, header, households, import_as, refusals};

const XINGNING: &str = "441481";
const TENGZHOU: &str = "370481";
const XIANGCHENG: &str = "411025";
/// First day of the new list.
pub const NEW_YEAR: &str = "2024-05-01";

fn extract(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/successions/{name}.csv.gz"));
    let mut text = String::new();
    let file = fs::File::open(&path).expect("an extract");
    GzDecoder::new(file).read_to_string(&mut text).expect("gzip");
    text
}

/// The cells of each row, without the header line. No cell of the extracts is quoted.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

/// The list of the county after its changes: code and name.
fn newer(county: &str) -> BTreeMap<String, String> {
    let (old, changes) = (
        extract(&format!("{county}-2021")),
        extract(&format!("{county}-changes")),
    );
    let mut list: BTreeMap<String, String> = rows(&old)
        .map(|cells| (cells[0].to_owned(), cells[1].to_owned()))
        .collect();
    for cells in rows(&changes).filter(|cells| matches!(cells[0], "removed" | "recoded")) {
        list.remove(cells[2]);
    }
    for cells in rows(&changes).filter(|cells| cells[0] != "removed") {
        list.insert(cells[4].to_owned(), cells[5].to_owned());
    }
    list
}

fn csv(list: &BTreeMap<String, String>) -> String {
    let lines = list.iter().map(|(code, name)| format!("{code},{name}\n"));
    std::iter::once("code,name\n".to_owned()).chain(lines).collect()
}

fn about(county: &str, register: &str, date: &str) -> ImportHeader {
    ImportHeader {
        division: county.to_owned(),
        effective_date: date.to_owned(),
        ..header(register)
    }
}

async fn take(harness: &Harness, header: &ImportHeader, file: &str) -> ImportReport {
    import_as(harness, &header.division, header.clone(), file.as_bytes())
        .await
        .expect("a report")
}

/// A service with a county as it was, and one household in each village whose code the list of changes ends.
async fn before(county: &str) -> (Harness, BTreeSet<String>) {
    let harness = empty().await;
    let report = take(
        &harness,
        &about(county, "divisions", START),
        &extract(&format!("{county}-2021")),
    )
    .await;
    assert!(report.applied, "{report:?}");
    let changes = extract(&format!("{county}-changes"));
    let ends = rows(&changes).filter(|cells| matches!(cells[0], "removed" | "recoded") && cells[1] == "village");
    let villages: BTreeSet<String> = ends.map(|cells| cells[2].to_owned()).collect();
    let homes = villages
        .iter()
        .map(|village| format!("H{village},{village},赵水志,4,3,resident,0,1,0\n"));
    let head = "household_id,village_code,head_name,registered_persons,resident_persons,status,low_income,sewage_connected,\
                five_beauty\n";
    let file: String = std::iter::once(head.to_owned()).chain(homes).collect();
    if county != XIANGCHENG {
        let report = take(&harness, &about(county, "households", START), &file).await;
        assert!(report.applied, "{report:?}");
    }
    (harness, villages)
}

async fn listed(harness: &Harness, county: &str, month: i32, date: i32) -> BTreeMap<String, String> {
    let mut request = ListDivisionsRequest {
        subtree: county.to_owned(),
        as_of: day(2024, month, date),
        page_size: 1_000,
        ..ListDivisionsRequest::default()
    };
    let mut found = BTreeMap::new();
    loop {
        let asked = harness.ask(county, request.clone());
        let page = divisions(harness)
            .list_divisions(asked)
            .await
            .expect("a page")
            .into_inner();
        let named = page
            .divisions
            .into_iter()
            .map(|found| (format!("{:0<12}", found.code), found.display_name));
        found.extend(named);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return found;
        }
    }
}

async fn homes(harness: &Harness, county: &str, village: &str, month: i32, date: i32) -> Vec<String> {
    let request = ListHouseholdsRequest {
        division: village.to_owned(),
        as_of: day(2024, month, date),
        ..ListHouseholdsRequest::default()
    };
    let found = households(harness)
        .list_households(harness.ask(county, request))
        .await
        .expect("a list");
    let found = found.into_inner().households.into_iter();
    found
        .map(|household| household.name.trim_start_matches("households/").to_owned())
        .collect()
}

/// Predecessor and successor of all edges of a kind, by code.
async fn edges(harness: &Harness, county: &str, kind: LineageKind) -> Vec<(String, String)> {
    let request = ListLineageRequest {
        division: county.to_owned(),
        page_size: 1_000,
        ..ListLineageRequest::default()
    };
    let found = divisions(harness)
        .list_lineage(harness.ask(county, request))
        .await
        .expect("edges")
        .into_inner();
    assert_eq!(found.next_page_token, "");
    let of_kind = found.edges.into_iter().filter(|edge| edge.kind() == kind);
    let mut edges: Vec<_> = of_kind.map(|edge| (edge.predecessor, edge.successor)).collect();
    edges.sort();
    edges
}

fn of_kind(report: &ImportReport, kind: Kind) -> i64 {
    let counts = &report.diff.as_ref().expect("a diff").counts;
    counts
        .iter()
        .find(|count| count.kind() == kind)
        .map_or(0, |count| count.count)
}

#[tokio::test]
async fn a_county_under_new_codes_is_taken_whole_and_its_households_follow() {
    let (harness, villages) = before(XINGNING).await;
    let was = listed(&harness, XINGNING, 4, 30).await;
    let list = newer(XINGNING);
    let header = about(XINGNING, "division_list", NEW_YEAR);
    let dry = ImportHeader {
        validate_only: true,
        ..header.clone()
    };
    let preview = take(&harness, &dry, &csv(&list)).await;
    assert_eq!((counts(&preview), preview.applied), ((299, 299, 226), false));
    let diff = preview.diff.as_ref().expect("a diff");
    assert_eq!(
        (diff.counts.len(), of_kind(&preview, Kind::Recoded)),
        (1, 299),
        "{:?}",
        diff.counts
    );
    let name = diff
        .changes
        .iter()
        .find(|change| change.old_code == "441481130223")
        .expect("a change");
    assert_eq!(
        (name.new_code.as_str(), name.similarity_permille, name.decision()),
        ("441481110223", 1_000, Decision::Name)
    );
    assert_eq!(listed(&harness, XINGNING, 5, 1).await, was, "a preview changes nothing");

    let report = take(&harness, &header, &csv(&list)).await;
    assert!(report.applied);
    assert_eq!((counts(&report), report.diff), (counts(&preview), preview.diff));
    assert_eq!(listed(&harness, XINGNING, 5, 1).await, list);
    assert_eq!(listed(&harness, XINGNING, 4, 30).await, was);
    let went = edges(&harness, XINGNING, LineageKind::Merged).await;
    assert_eq!(went.len(), 299);
    for (old, new) in went {
        let (old, new) = (
            old.trim_start_matches("divisions/"),
            new.trim_start_matches("divisions/"),
        );
        if !villages.contains(old) {
            continue;
        }
        let home = vec![format!("H{old}")];
        assert_eq!(homes(&harness, XINGNING, old, 4, 30).await, home);
        assert_eq!(homes(&harness, XINGNING, new, 5, 1).await, home, "{old} is now {new}");
    }

    let events =
        "SELECT type || ' ' || count(*) FROM kit.outbox WHERE type LIKE 'division%' GROUP BY type ORDER BY type";
    let stated = behind(&harness, events).await;
    assert_eq!(stated, ["division.imported 2", "division.merged 299"]);
    let again = take(&harness, &header, &csv(&list)).await;
    assert_eq!((counts(&again), again.applied), ((0, 0, 525), true));
    assert_eq!(again.diff.expect("a diff").counts, []);
    assert_eq!(behind(&harness, events).await, stated);
    harness.stop().await;
}

#[tokio::test]
async fn what_a_list_leaves_open_is_refused_until_a_person_decides_it() {
    let (harness, _) = before(TENGZHOU).await;
    let was = listed(&harness, TENGZHOU, 4, 30).await;
    let list = newer(TENGZHOU);
    let header = about(TENGZHOU, "division_list", NEW_YEAR);
    let refused = take(&harness, &header, &csv(&list)).await;
    assert_eq!((refused.error_count, refused.applied), (26, false));
    assert!(
        refusals(&refused)
            .iter()
            .all(|error| *error == (0, "code", "SUCCESSOR_UNDECIDED"))
    );
    let first = &refused.errors[0];
    assert_eq!(first.value, "370481001040");
    let names = [
        "前十里岗居委会",
        "1 households",
        "perhaps 370481001208 东十里岗村村民委员会 (750 ‰)",
    ];
    assert!(
        names.iter().all(|name| first.message.contains(name)),
        "{}",
        first.message
    );
    assert_eq!(
        [Kind::Undecided, Kind::Recoded, Kind::Renamed, Kind::Added].map(|kind| of_kind(&refused, kind)),
        [26, 80, 88, 11]
    );
    assert_eq!(listed(&harness, TENGZHOU, 5, 1).await, was, "refused as a whole");

    // Whoever decides lets all of them go into the first village of their township.
    let target = |code: &str| {
        list.keys()
            .find(|new| new.starts_with(&code[..9]) && new.as_str() > code)
            .expect("one")
    };
    let open: Vec<&str> = refused.errors.iter().map(|error| error.value.as_str()).collect();
    let ended = open
        .iter()
        .map(|code| format!("{code},{},{}\n", was[*code], target(code)));
    let listing = list.iter().map(|(code, name)| format!("{code},{name},\n"));
    let file: String = std::iter::once("code,name,successor_code\n".to_owned())
        .chain(listing)
        .chain(ended)
        .collect();
    let report = take(&harness, &header, &file).await;
    assert!(report.applied, "{:?}", report.errors);
    assert_eq!(of_kind(&report, Kind::Undecided), 0);
    assert_eq!(listed(&harness, TENGZHOU, 5, 1).await, list);
    for code in open {
        let found = homes(&harness, TENGZHOU, target(code), 5, 1).await;
        assert!(found.contains(&format!("H{code}")), "{code}");
    }
    let again = take(&harness, &header, &file).await;
    assert_eq!((counts(&again).0, counts(&again).1, again.applied), (0, 0, true));
    harness.stop().await;
}

#[tokio::test]
async fn a_list_of_changes_comes_to_what_the_list_itself_says() {
    let (harness, villages) = before(TENGZHOU).await;
    let list = newer(TENGZHOU);
    let changes = extract(&format!("{TENGZHOU}-changes"));
    let header = about(TENGZHOU, "division_changes", NEW_YEAR);
    let refused = take(&harness, &header, &changes).await;
    assert_eq!(refused.error_count, 26);
    let lines: Vec<&str> = changes.lines().collect();
    let mut decided: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    for error in &refused.errors {
        assert_eq!(
            (error.column.as_str(), error.reason.as_str()),
            ("old_code", "SUCCESSOR_UNDECIDED")
        );
        let at = usize::try_from(error.line - 1).expect("a line");
        let cells: Vec<&str> = lines[at].split(',').collect();
        assert_eq!((cells[0], cells[2]), ("removed", error.value.as_str()));
        let target = list
            .keys()
            .find(|new| new[..9] == cells[2][..9] && new[9..] > cells[2][9..])
            .expect("one");
        decided[at] = format!("{},{},{},{},{target},", cells[0], cells[1], cells[2], cells[3]);
    }
    let decided = decided.join("\n");
    let report = take(&harness, &header, &decided).await;
    assert!(report.applied, "{:?}", report.errors);
    assert_eq!(counts(&report), (91, 106 + 88, 0));
    assert_eq!(listed(&harness, TENGZHOU, 5, 1).await, list);
    assert_eq!(edges(&harness, TENGZHOU, LineageKind::Renamed).await.len(), 88);
    let went = edges(&harness, TENGZHOU, LineageKind::Merged).await;
    let from: BTreeSet<String> = went
        .iter()
        .map(|(old, _)| old.trim_start_matches("divisions/").to_owned())
        .collect();
    assert_eq!(from, villages);

    let again = take(&harness, &header, &decided).await;
    assert_eq!((counts(&again), again.applied), ((0, 0, 285), true));
    let whole = take(&harness, &about(TENGZHOU, "division_list", NEW_YEAR), &csv(&list)).await;
    assert_eq!(
        (counts(&whole), whole.applied),
        ((0, 0, 1_202), true),
        "{:?}",
        whole.errors
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_list_of_changes_about_another_register_is_refused_by_line() {
    let (harness, _) = before(XIANGCHENG).await;
    let was = listed(&harness, XIANGCHENG, 5, 1).await;
    let changes = extract(&format!("{XIANGCHENG}-changes"));
    let report = take(&harness, &about(XIANGCHENG, "division_changes", NEW_YEAR), &changes).await;
    let unknown = changes.lines().zip(1..).filter(|(line, _)| {
        let cells: Vec<&str> = line.split(',').collect();
        matches!(cells[0], "removed" | "recoded" | "renamed") && !was.contains_key(cells[2])
    });
    let unknown: Vec<(i64, &str, &str)> = unknown
        .map(|(_, line)| (line, "old_code", "UNKNOWN_DIVISION"))
        .collect();
    assert_eq!((unknown.len(), report.applied), (2, false));
    assert_eq!(refusals(&report), unknown);
    assert_eq!(listed(&harness, XIANGCHENG, 5, 1).await, was);
    harness.stop().await;
}
