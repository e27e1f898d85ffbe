//! `xiangtu up`: everything on this machine.

use std::{net::SocketAddr, path::Path};

use kit::clock::Clock;
use notifications::receiver::{Receiver, Secret};

use crate::{
    cli::Up,
    client::Client,
    county::Source,
    failure::{Failure, Result},
    local::Local,
    package::Package,
    progress::Progress,
    show::{Output, say},
    week::{self, Week},
};

/// Where the development receiver listens, if nobody else does.
const RECEIVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 50_099);

/// Starts everything, executes the week once, and stays up until interrupted.
pub async fn run(up: &Up, output: Output) -> Result<()> {
    let package = Package::load(&up.plan).map_err(|mistakes| {
        let lines: Vec<String> = mistakes
            .iter()
            .map(|mistake| format!("{}: {}", mistake.path, mistake.message))
            .collect();
        Failure::new(lines.join("\n"))
    })?;
    let progress = Progress::new();
    progress.begin("启动");
    let local = Local::start(&up.dir, &|what| progress.note(what)).await?;
    let worked = tokio::select! {
        worked = work(up, &local, &package, &progress, output) => worked,
        interrupted = stopped_by_signal() => interrupted,
    };
    progress.finish();
    let stopped = local.stop().await;
    worked.and(stopped)
}

async fn work(up: &Up, local: &Local, package: &Package, progress: &Progress, output: Output) -> Result<()> {
    let client = Client::new(local.session())?;
    let secret = Secret::parse(week::SECRET).map_err(|error| Failure::new(error.to_string()))?;
    let receiver = receiver(secret, local.clock()).await?;
    let kept = up.dir.join("week.json");
    let week = if let Some(week) = read(&kept) {
        week
    } else {
        let source = Source::open(&up.data)?;
        let week = week::execute(
            &client,
            &source,
            package,
            &receiver.url("/"),
            progress,
            up.search_seconds,
        )
        .await?;
        crate::files::write_private(&kept, serde_json::to_string_pretty(&week)?.as_bytes())?;
        week
    };
    progress.finish();
    report(&week, output)?;
    let tally = receiver.tally();
    if !tally.accepted.is_empty() && output == Output::Table {
        week::received(&tally).print(output);
    }
    if output == Output::Table {
        addresses(local, &up.dir);
    }
    if up.once {
        return Ok(());
    }
    std::future::pending().await
}

/// The week that was executed before, if there was one.
fn read(path: &Path) -> Option<Week> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

async fn receiver(secret: Secret, clock: &Clock) -> Result<Receiver> {
    match Receiver::start(RECEIVER, vec![secret.clone()], clock.clone()).await {
        Ok(receiver) => Ok(receiver),
        Err(_) => Ok(Receiver::start(SocketAddr::new(RECEIVER.ip(), 0), vec![secret], clock.clone()).await?),
    }
}

fn report(week: &Week, output: Output) -> Result<()> {
    if output == Output::Json {
        say(&serde_json::to_string_pretty(week)?);
        return Ok(());
    }
    for step in &week.steps {
        for table in &step.tables {
            table.print(output);
        }
    }
    week.summary().print(output);
    Ok(())
}

/// Addresses, the token, three calls to copy, and where the data are.
fn addresses(local: &Local, dir: &Path) {
    let session = local.session();
    for (name, url) in &session.endpoints {
        say(&format!("{name:<14} {url}"));
    }
    for (name, url) in local.admin_urls() {
        say(&format!("{name:<14} {url}/metrics"));
    }
    say(&format!("\nexport TOKEN={}\n", session.token));
    let address = |service: &str| session.endpoints.get(service).cloned().unwrap_or_default();
    let curl = "buf curl --protocol grpc --http2-prior-knowledge -H \"authorization: Bearer $TOKEN\"";
    say(&format!(
        "{curl} -d '{{\"division\": \"divisions/410225\"}}' \\\n  {}/xiangtu.villages.v1.RatingService/GetLeagueTable",
        address("villages")
    ));
    say(&format!(
        "{curl} -d '{{\"division\": \"410225104\", \"groupBy\": \"AGEING_GROUP_VILLAGE\"}}' \\\n  {}/xiangtu.homestead.v1.AgeingService/GetAgeingReport",
        address("homestead")
    ));
    say(&format!(
        "{curl} -d '{{\"division\": \"410225\", \"date\": {{\"year\": 2024, \"month\": 3, \"day\": 29}}}}' \\\n  {}/xiangtu.sanitation.v1.MassBalanceService/GetMassBalance\n",
        address("sanitation")
    ));
    say(&kept(dir));
}

fn kept(dir: &Path) -> String {
    let dir = dir.display();
    format!("Ctrl-C 停止；数据保留在 {dir}，删除该目录即全部删除。")
}

/// Waits for Ctrl-C or a request to terminate.
async fn stopped_by_signal() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_that_was_asked_for_is_named() {
        let told = kept(Path::new("/srv/county"));
        assert_eq!(told, "Ctrl-C 停止；数据保留在 /srv/county，删除该目录即全部删除。");
    }
}
