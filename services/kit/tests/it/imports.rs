use kit::testing::Harness;
use proto::xiangtu::transfer::v1::{
    Encoding, ImportHeader, ImportReport, ImportRequest, import_request::Part,
    import_service_client::ImportServiceClient,
};
use sqlx::{Connection as _, PgConnection};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::service::WORDS;

pub fn header(division: &str) -> ImportHeader {
    ImportHeader {
        register: "words".to_owned(),
        division: division.to_owned(),
        ..ImportHeader::default()
    }
}

pub async fn import(harness: &Harness, scope: &str, header: ImportHeader, file: &[u8]) -> Result<ImportReport, Status> {
    let chunks = file.chunks(7).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts: Vec<ImportRequest> = std::iter::once(Part::Header(header))
        .chain(chunks)
        .map(|part| ImportRequest { part: Some(part) })
        .collect();
    let request = harness.request(scope, tokio_stream::iter(parts));
    ImportServiceClient::new(harness.channel.clone())
        .import(request)
        .await
        .map(tonic::Response::into_inner)
}

const GOOD: &[u8] = b"\xef\xbb\xbfdivision_code,word,weight\r\n410225104201,a,1\r\n410225104202,\"b,b\",\r\n";

fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

#[tokio::test]
async fn a_file_is_taken_once_and_again_without_effect() {
    let harness = Harness::start(WORDS).await;
    let mut once = header("410225");
    once.request_id = "0197a3c0-7c1e-7000-8000-000000000001".to_owned();
    let first = import(&harness, "410225", once.clone(), GOOD).await.expect("taken");
    assert!(first.applied);
    assert_eq!((first.row_count, first.inserted_count), (2, 2));
    assert_eq!(
        import(&harness, "410225", once.clone(), GOOD).await.expect("replayed"),
        first
    );
    let again = import(&harness, "410225", header("410225"), GOOD).await.expect("taken");
    assert_eq!(again.inserted_count, 0);
    once.validate_only = true;
    assert_eq!(
        reason(&import(&harness, "410225", once, GOOD).await.expect_err("another body")),
        "REQUEST_ID_REUSED"
    );
    harness.stop().await;
}

#[tokio::test]
async fn one_bad_row_leaves_nothing() {
    let harness = Harness::start(WORDS).await;
    let file = b"division_code,word,weight\n410225104201,a,1\n41022510420,b,1\n410225104201,c,10\n410225104201,d\n";
    let report = import(&harness, "410225", header("410225"), file)
        .await
        .expect("a report");
    assert!(!report.applied);
    let found: Vec<(i64, &str, &str)> = report
        .errors
        .iter()
        .map(|error| (error.line, error.column.as_str(), error.reason.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (3, "division_code", "BAD_CODE"),
            (4, "weight", "OUT_OF_RANGE"),
            (5, "", "FIELD_COUNT")
        ]
    );
    let twice = b"division_code,word\n410225104201,a\n410225104201,a\n";
    let report = import(&harness, "410225", header("410225"), twice)
        .await
        .expect("a report");
    assert_eq!(
        (
            report.error_count,
            report.errors[0].line,
            report.errors[0].reason.as_str()
        ),
        (1, 3, "DUPLICATE")
    );
    let good = import(&harness, "410225", header("410225"), GOOD).await.expect("taken");
    assert_eq!(good.inserted_count, 2, "nothing of the refused files stayed");
    let mut conn = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("a look behind");
    let audit: Vec<(String, String, String, String)> =
        sqlx::query_as("SELECT principal, action, division_code, resource FROM kit.audit")
            .fetch_all(&mut conn)
            .await
            .expect("rows");
    let expected = ["officer", "import", "410225", "registers/words"].map(str::to_owned);
    assert_eq!(audit, [expected.into()], "one row for the one change");
    conn.close().await.expect("closed");
    harness.stop().await;
}

#[tokio::test]
async fn lines_are_counted_as_an_editor_shows_them() {
    let harness = Harness::start(WORDS).await;
    let unix = "division_code,word,weight\n410225104201,a,1\n\n410225104201,\"b\nb\",10\n410225104201,c,9\n410225104201,d,11\n";
    for end in ["\n", "\r\n", "\r"] {
        let file = unix.replace('\n', end);
        let report = import(&harness, "410225", header("410225"), file.as_bytes())
            .await
            .expect("a report");
        let lines: Vec<i64> = report.errors.iter().map(|error| error.line).collect();
        assert_eq!(lines, [4, 7], "{end:?}");
    }
    let tabs = unix.replace(',', "\t").replace('\n', "\r");
    let report = import(&harness, "410225", header("410225"), tabs.as_bytes())
        .await
        .expect("a report");
    assert_eq!(report.error_count, 2, "the header line alone decides about tabs");
    harness.stop().await;
}

#[tokio::test]
async fn unreadable_files_are_named_precisely() {
    let harness = Harness::start(WORDS).await;
    let refuse = async |header: ImportHeader, file: &[u8]| {
        let status = import(&harness, "410225", header, file).await.expect_err("refused");
        (status.code(), reason(&status), status.message().to_owned())
    };
    let (code, why, text) = refuse(header("410225"), b"division_code\n1\n").await;
    assert_eq!((code, why.as_str()), (Code::InvalidArgument, "MISSING_COLUMN"));
    assert!(
        text.contains("the columns division_code, word or 词; it lacks word"),
        "{text}"
    );
    let instead = "division_code,词\n410225104201,\n410225104201,\n";
    let report = import(&harness, "410225", header("410225"), instead.as_bytes())
        .await
        .expect("a report");
    assert_eq!(
        (
            report.error_count,
            report.errors[0].column.as_str(),
            report.errors[0].reason.as_str()
        ),
        (2, "词", "MISSING_VALUE"),
        "the other column is as good"
    );
    let (_, why, text) = refuse(header("410225"), b"division_code,word\n410225104201,a\n\xb4\xfa,b\n").await;
    assert_eq!(why, "BAD_ENCODING");
    assert!(text.contains("line 3"), "{text}");
    let mut gb = header("410225");
    gb.encoding = Encoding::Gb18030.into();
    assert!(
        import(&harness, "410225", gb, b"division_code,word\n410225104201,\xb4\xfa\n")
            .await
            .expect("taken")
            .applied
    );
    let (code, _, _) = refuse(
        ImportHeader {
            register: "nouns".to_owned(),
            ..header("410225")
        },
        GOOD,
    )
    .await;
    assert_eq!(code, Code::InvalidArgument);
    assert_eq!(refuse(header("410226"), GOOD).await.0, Code::NotFound);
    let long = [
        ImportRequest {
            part: Some(Part::Header(header("410225"))),
        },
        ImportRequest {
            part: Some(Part::Chunk(vec![b'x'; 5_000_000])),
        },
    ];
    let status = ImportServiceClient::new(harness.channel.clone())
        .import(harness.request("410225", tokio_stream::iter(long)))
        .await
        .expect_err("5 MB at once");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "MESSAGE_TOO_LARGE"),
        "{status:?}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn rows_outside_the_callers_division_are_refused_by_the_database() {
    let harness = Harness::start(WORDS).await;
    let status = import(&harness, "410225104201", header("410225104201"), GOOD)
        .await
        .expect_err("a row of 202");
    assert_ne!(status.code(), Code::Ok);
    let own = b"division_code,word\n410225104201,a\n";
    assert!(
        import(&harness, "410225104201", header("410225104201"), own)
            .await
            .expect("taken")
            .applied
    );
    harness.stop().await;
}
