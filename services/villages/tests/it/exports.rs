//! Registers as files: what leaves is what an import takes back, of one state, and masked unless disclosed.

use std::{fmt::Write as _, time::Duration};

use kit::testing::Harness;
use proto::xiangtu::{
    transfer::v1::{
        ExportRequest, ExportResponse, ExportTrailer, export_response::Part, export_service_client::ExportServiceClient,
    },
    villages::v1::{EndHouseholdRequest, HouseholdEndReason, MergeDivisionsRequest},
};
use tonic::{Code, Status, Streaming, transport::Endpoint};

use crate::{
    calls::{end_household, merge_divisions},
    county::{Asks as _, LANKAO, behind, counts, day, empty, fields, import, lankao, list, reason, request_id},
    township::{PILOT, SECOND, TOWN, division},
};

/// The registers in the order in which a county takes them.
const REGISTERS: [&str; 5] = ["divisions", "villages", "groups", "households", "cadres"];
const REASON: &str = "县档案馆年度备份";
/// Enough of them that a reader who waits makes the export wait, whatever is buffered on the way.
const HOUSEHOLDS: usize = 6_000;

fn wanted(register: &str, of: &str) -> ExportRequest {
    ExportRequest {
        register: register.to_owned(),
        division: division(of),
        ..ExportRequest::default()
    }
}

async fn stream(harness: &Harness, scope: &str, request: ExportRequest) -> Result<Streaming<ExportResponse>, Status> {
    let window = 65_535;
    let endpoint = Endpoint::from_shared(harness.url()).expect("a URL");
    let channel = endpoint
        .initial_stream_window_size(window)
        .initial_connection_window_size(window)
        .connect_lazy();
    Ok(ExportServiceClient::new(channel)
        .export(harness.ask(scope, request))
        .await?
        .into_inner())
}

/// Everything that still comes, as text, and the trailer.
async fn rest(mut stream: Streaming<ExportResponse>) -> (String, ExportTrailer) {
    let (mut bytes, mut trailer) = (Vec::new(), None);
    while let Some(message) = stream.message().await.expect("a message") {
        assert_eq!(trailer, None, "the trailer comes last");
        match message.part.expect("a part") {
            Part::Header(_) => {}
            Part::Chunk(chunk) => bytes.extend(chunk),
            Part::Trailer(end) => trailer = Some(end),
        }
    }
    let text = String::from_utf8(bytes).expect("UTF-8");
    (text, trailer.expect("a trailer"))
}

async fn export(harness: &Harness, scope: &str, request: ExportRequest) -> String {
    let (text, trailer) = rest(stream(harness, scope, request).await.expect("a stream")).await;
    assert_eq!(
        usize::try_from(trailer.row_count).expect("few"),
        text.lines().count() - 1
    );
    text
}

/// Exports a register with all it says.
async fn whole(harness: &Harness, register: &str) -> String {
    let personal = ["households", "cadres"].contains(&register);
    let request = ExportRequest {
        disclosure_reason: if personal { REASON.to_owned() } else { String::new() },
        ..wanted(register, LANKAO)
    };
    export(harness, LANKAO, request).await
}

/// Households of all kinds, in two villages; some know no more than they must.
fn households() -> String {
    let mut file = "household_id,village_code,group_code,head_name,phone,id_number,address,lng,lat,registered_persons,\
                    resident_persons,status,low_income,toilet,sewage_connected,house_grade,five_beauty\n"
        .to_owned();
    let status = ["resident", "seasonal", "vacant"];
    let toilets = ["none", "dry_pit", "double_urn", "three_chamber", "flush"];
    for n in 0..HOUSEHOLDS {
        let village = if n % 2 == 0 { PILOT } else { SECOND };
        let (yes, grade) = (n % 3 % 2, ["A", "B", "C", "D"][n % 4]);
        // One ID number for one household.
        let id_number = if n == 1 { "11010519491231002X" } else { "" };
        let street = "巷口老井旁".repeat(n % 7 * 4);
        let personal = match n % 5 {
            0 => ",,".to_owned(),
            _ => format!("1380000{n:04},{id_number},\"{street}\"\"东头\"\", {n} 号\""),
        };
        let place = if n % 7 == 0 {
            ",".to_owned()
        } else {
            format!("114.8{n:04},34.79{:04}", n * 3)
        };
        let toilet = if n % 6 == 5 { "" } else { toilets[n % 5] };
        writeln!(
            file,
            "H{n:05},{village},,王富{n},{personal},{place},{},{},{},{yes},{toilet},{yes},{grade},{yes}",
            n % 7,
            n % 5,
            status[n % 3]
        )
        .expect("a line");
    }
    file
}

/// The county with all its registers.
async fn filled() -> Harness {
    let harness = lankao().await;
    for (register, file) in [
        ("villages", list("villages")),
        ("groups", list("groups")),
        ("households", households().into_bytes()),
        ("cadres", list("cadres")),
    ] {
        let report = import(&harness, register, &file).await.expect(register);
        assert!(report.applied, "{register}: {report:?}");
    }
    harness
}

#[tokio::test]
async fn what_leaves_is_what_an_import_takes_back() {
    let harness = filled().await;
    let mut files = Vec::new();
    for register in REGISTERS {
        let file = whole(&harness, register).await;
        let rows = i64::try_from(file.lines().count()).expect("few") - 1;
        assert!(rows >= 469, "{register}: {rows}");
        let again = import(&harness, register, file.as_bytes()).await.expect("a report");
        assert_eq!(
            (again.applied, counts(&again)),
            (true, (0, 0, rows)),
            "{register}: {:?}",
            again.errors
        );
        files.push(file);
    }
    let other = empty().await;
    for (register, file) in REGISTERS.into_iter().zip(&files) {
        let report = import(&other, register, file.as_bytes()).await.expect("a report");
        assert!(report.applied, "{register}: {report:?}");
        assert!(whole(&other, register).await == *file, "{register} differs");
    }
    // Each with its reason, and none for the registers without personal data.
    let audited = behind(
        &harness,
        "SELECT resource || ' ' || division_code || ' ' || detail FROM kit.audit WHERE action = 'disclose' ORDER BY id",
    )
    .await;
    let expected = ["households", "cadres"].map(|register| format!("registers/{register} {LANKAO} {REASON}"));
    assert_eq!(audited, expected);
    other.stop().await;
    harness.stop().await;
}

#[tokio::test]
async fn personal_data_is_masked_unless_its_disclosure_is_permitted_and_reasoned() {
    let harness = filled().await;
    let file = export(&harness, LANKAO, wanted("households", LANKAO)).await;
    let (header, first) = (
        file.lines().next().expect("a header"),
        file.lines().nth(2).expect("a row"),
    );
    assert!(
        header.contains(",head_name_masked,phone_masked,id_number_masked,address,"),
        "{header}"
    );
    assert!(
        first.starts_with("H00001,410225101202,,王**,138****0001,110105********002X,"),
        "{first}"
    );
    assert!(!file.contains("王富") && !file.contains("13800000001"));
    let refused = import(&harness, "households", file.as_bytes())
        .await
        .expect_err("masked");
    assert_eq!(reason(&refused), "MISSING_COLUMN");

    let disclosed = ExportRequest {
        disclosure_reason: REASON.to_owned(),
        ..wanted("households", LANKAO)
    };
    let ask = async |permissions: &[&str], request: &ExportRequest| {
        let token = harness.pass(permissions, LANKAO);
        let request = harness.request_with(&token, request.clone());
        ExportServiceClient::new(harness.channel.clone())
            .export(request)
            .await
            .map(drop)
    };
    let (reads, may) = (
        ["exports.read", "villages.households.read"],
        "villages.households.disclose",
    );
    for (permissions, request, missing) in [
        (
            &["exports.read"][..],
            &wanted("households", LANKAO),
            "villages.households.read",
        ),
        (&["villages.*"], &wanted("households", LANKAO), "exports.read"),
        (&reads, &disclosed, may),
    ] {
        let status = ask(permissions, request).await.expect_err("denied");
        assert_eq!(status.code(), Code::PermissionDenied);
        assert!(status.message().contains(missing), "{status:?}");
    }
    ask(&reads, &wanted("households", LANKAO)).await.expect("masked");
    ask(&[reads[0], reads[1], may], &disclosed).await.expect("in full");
    // Kept for the one that was permitted.
    assert_eq!(
        behind(&harness, "SELECT detail FROM kit.audit WHERE action = 'disclose'").await,
        [REASON]
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_file_is_of_one_state_however_slowly_it_is_read() {
    let harness = filled().await;
    let before = whole(&harness, "households").await;
    let slow = ExportRequest {
        disclosure_reason: REASON.to_owned(),
        ..wanted("households", LANKAO)
    };
    let mut begun = stream(&harness, LANKAO, slow).await.expect("a stream");
    let first = begun.message().await.expect("a message").expect("a header");
    assert!(matches!(first.part, Some(Part::Header(header)) if header.disclosed && header.as_of == day(2024, 6, 1)));
    let end = EndHouseholdRequest {
        name: format!("households/H{:05}", HOUSEHOLDS - 1),
        end_reason: HouseholdEndReason::Extinct.into(),
        effective_date: day(2024, 5, 1),
        basis: "注销证明".to_owned(),
        request_id: request_id(&harness),
        ..EndHouseholdRequest::default()
    };
    end_household(&harness, LANKAO, end).await.expect("ended");
    let (text, trailer) = rest(begun).await;
    assert!(text == before);
    assert_eq!(usize::try_from(trailer.row_count).expect("few"), HOUSEHOLDS);
    assert_eq!(whole(&harness, "households").await.lines().count(), HOUSEHOLDS);
    // And a day before is asked for by its date.
    let earlier = ExportRequest {
        as_of: day(2024, 4, 30),
        disclosure_reason: REASON.to_owned(),
        ..wanted("households", LANKAO)
    };
    assert!(export(&harness, LANKAO, earlier).await == before);
    harness.stop().await;
}

#[tokio::test]
async fn an_officer_exports_what_lies_in_the_own_division() {
    let harness = filled().await;
    let merger = MergeDivisionsRequest {
        sources: vec![division(PILOT)],
        target: division(SECOND),
        effective_date: day(2024, 5, 1),
        request_id: request_id(&harness),
        ..MergeDivisionsRequest::default()
    };
    merge_divisions(&harness, LANKAO, merger).await.expect("merged");
    let file = export(&harness, TOWN, wanted("divisions", TOWN)).await;
    assert!(file.lines().skip(1).all(|line| line.starts_with(TOWN)) && file.lines().count() > 30);
    assert!(!file.contains(PILOT), "it has ended");
    // Households stay where they were registered, and belong to the village that took theirs in.
    let merged = export(&harness, TOWN, wanted("households", SECOND)).await;
    assert_eq!(merged.lines().count() - 1, HOUSEHOLDS);

    let outside = stream(&harness, TOWN, wanted("households", LANKAO))
        .await
        .expect_err("outside");
    assert_eq!(outside.code(), Code::NotFound);
    for (request, field) in [
        (wanted("parcels", LANKAO), "register"),
        (
            ExportRequest {
                division: String::new(),
                ..wanted("households", LANKAO)
            },
            "division",
        ),
        (
            ExportRequest {
                disclosure_reason: "　 ".to_owned(),
                ..wanted("households", LANKAO)
            },
            "disclosure_reason",
        ),
        (
            ExportRequest {
                disclosure_reason: "据".repeat(201),
                ..wanted("households", LANKAO)
            },
            "disclosure_reason",
        ),
        (
            ExportRequest {
                disclosure_reason: REASON.to_owned(),
                ..wanted("divisions", LANKAO)
            },
            "disclosure_reason",
        ),
        (
            ExportRequest {
                as_of: day(2024, 2, 30),
                ..wanted("divisions", LANKAO)
            },
            "as_of",
        ),
    ] {
        let status = stream(&harness, LANKAO, request).await.expect_err("refused");
        assert_eq!(
            (status.code(), fields(&status)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    harness.stop().await;
}

#[tokio::test]
async fn a_third_export_is_told_to_come_back() {
    let harness = filled().await;
    let open = || stream(&harness, LANKAO, wanted("households", LANKAO));
    let (first, second) = (open().await.expect("a stream"), open().await.expect("a stream"));
    let third = open().await.expect_err("busy");
    assert_eq!(
        (third.code(), reason(&third).as_str()),
        (Code::ResourceExhausted, "TOO_MANY_CALLS")
    );
    // Whoever goes away makes room.
    drop(first);
    let room = tokio::time::timeout(Duration::from_secs(30), async {
        while open().await.is_err() {
            tokio::task::yield_now().await;
        }
    });
    room.await.expect("room");
    drop(second);
    harness.stop().await;
}
