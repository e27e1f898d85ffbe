//! Registers leave through the command as files that it takes back.

use std::fs;

use tests::{Suite, import, lankao, xiangtu};

const COUNTY: &str = "410225";

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_file_is_whole_and_an_import_finds_nothing_new_in_it() {
    let suite = Suite::start(&[]).await;
    let divisions = lankao("divisions", |_| true);
    import(
        &suite,
        "villages",
        "divisions",
        COUNTY,
        "2024-01-01",
        divisions.as_bytes(),
    )
    .await
    .expect("the official list");
    for name in ["divisions.csv", "divisions.csv.gz"] {
        let path = suite.folder().join(name);
        let path = path.to_str().expect("UTF-8");
        let export = ["export", "villages", "divisions", path, "--division", COUNTY];
        let output = xiangtu(&suite, COUNTY, &export).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let back = [
            "--output",
            "json",
            "import",
            "villages",
            "divisions",
            path,
            "--division",
            COUNTY,
        ];
        let output = xiangtu(&suite, COUNTY, &back).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tables: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let report = tables.as_array().and_then(|tables| tables.last()).expect("a table");
        // Register, rows, new, changed, as they were: all but the province and the prefecture above the county.
        assert_eq!(
            report["rows"][0],
            serde_json::json!(["divisions", "492", "0", "0", "492"]),
            "{tables}"
        );
    }

    // What is refused leaves no file, and no draft of one.
    let path = suite.folder().join("parcels.csv");
    let name = path.to_str().expect("UTF-8");
    let output = xiangtu(
        &suite,
        COUNTY,
        &["export", "villages", "parcels", name, "--division", COUNTY],
    )
    .await;
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("one of divisions, villages"));
    let left = fs::read_dir(suite.folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("par")).collect();
    assert!(left.is_empty(), "{left:?}");
}
