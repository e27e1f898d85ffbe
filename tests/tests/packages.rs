//! The plan packages that come with the suite: the command finds each valid for the county that it names.

use tests::{Suite, import, lankao, xiangtu};

const COUNTY: &str = "410225";

#[tokio::test(flavor = "multi_thread")]
async fn every_package_is_valid_and_a_contradiction_is_named() {
    let suite = Suite::start(&[]).await;
    let divisions = lankao("divisions", |_| true);
    let report = import(
        &suite,
        "villages",
        "divisions",
        COUNTY,
        "2024-01-01",
        divisions.as_bytes(),
    )
    .await;
    assert!(report.expect("the official list").applied);
    for package in ["source-plan", "gbt-32000-2015", "two-tier"] {
        let file = format!("data/plans/{package}.yaml");
        let output = xiangtu(&suite, COUNTY, &["plan", "validate", &file]).await;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("方案有效"),
            "{package}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    // A quota beyond the villages of the county.
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/two-tier.yaml"));
    let text = text
        .expect("a package")
        .replace("village_count: 463", "village_count: 470");
    let path = suite.folder().join("too-many.yaml");
    std::fs::write(&path, text).expect("a file");
    let output = xiangtu(&suite, COUNTY, &["plan", "validate", path.to_str().expect("UTF-8")]).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        !output.status.success() && said.contains("villages.quotas[1].village_count"),
        "{said}"
    );
}
