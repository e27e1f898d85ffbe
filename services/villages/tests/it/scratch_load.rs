use crate::county::{import, lankao, list, counts, households, Asks as _, LANKAO};
use std::io::Read as _;
#[tokio::test]
async fn scratch() {
    let harness = lankao().await;
    import(&harness, "groups", &list("groups")).await.expect("groups");
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(std::env::var("HH").expect("HH")).expect("f")).read_to_end(&mut text).expect("gz");
    for _ in 0..2 {
        let t = std::time::Instant::now();
        let report = import(&harness, "households", &text).await.expect("taken");
        println!("{:?} {:?} {:?}", counts(&report), report.applied, t.elapsed());
    }
    for req in [
        proto::xiangtu::villages::v1::ListHouseholdsRequest { head_name: "赵水志".to_owned(), ..Default::default() },
        proto::xiangtu::villages::v1::ListHouseholdsRequest { division: "410225001213".to_owned(), ..Default::default() },
        proto::xiangtu::villages::v1::ListHouseholdsRequest { page_size: 1000, ..Default::default() },
        proto::xiangtu::villages::v1::ListHouseholdsRequest { division: "410225".to_owned(), page_size: 1000, filter: "toilet = \"NONE\"".to_owned(), ..Default::default() },
    ] {
        let t = std::time::Instant::now();
        let n = households(&harness).list_households(harness.ask(LANKAO, req)).await.expect("list").into_inner().households.len();
        println!("list {n} {:?}", t.elapsed());
    }
    let mut sorted = crate::county::behind(&harness, "SELECT pg_size_pretty(pg_total_relation_size('households'))").await;
    println!("{:?}", sorted.pop());
    harness.stop().await;
}
