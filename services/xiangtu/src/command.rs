//! The subcommands.

mod changes;
mod custody;
mod doctor;
mod ledger;
mod plan;
mod records;
mod roads;
mod single;
mod up;

use std::time::Duration;

use kit::{auth::Mint, clock::Clock};

use crate::{
    cli::{Cli, Command, Token},
    client::{Client, Session},
    failure::Result,
    local::ISSUER,
    show,
};

/// Carries out what was asked.
pub async fn run(cli: Cli) -> Result<()> {
    let output = cli.output;
    let client = || Session::load(&cli.session).and_then(|session| Client::new(&session));
    match cli.command {
        Command::Up(up) => up::run(&up, output).await,
        Command::Import(import) => single::import(&client()?, &import, output).await,
        Command::Export(export) => single::export(&client()?, &export, output).await,
        Command::Roads(asked) => roads::run(&asked, output),
        Command::Plan(plan) => plan::run(&client()?, &plan, output).await,
        Command::Rate(day) => single::rate(&client()?, &day, output).await,
        Command::Route(route) => single::route(&client()?, &route, output).await,
        Command::Bill(bill) => single::bill(&client()?, &bill, output).await,
        Command::Bulletin(bulletin) => single::bulletin(&client()?, &bulletin, output).await,
        Command::Ledger(ledger) => ledger::run(&ledger, &cli.session, output).await,
        Command::Custody(custody) => custody::run(&custody, &cli.session, output).await,
        Command::Token(token) => issue(&token, &cli.session),
        Command::Seed { register, data } => single::seed(&register, &data),
        Command::Doctor => doctor::run(&Session::load(&cli.session)?, output).await,
    }
}

/// A token by the clock of the session's suite, if there is one.
fn issue(token: &Token, session: &std::path::Path) -> Result<()> {
    let clock = Clock::system();
    if let Ok(session) = Session::load(session) {
        clock.advance(time::Duration::seconds(session.clock_offset_s));
    }
    let mint = Mint::create(&token.keys, ISSUER)?;
    let permissions: Vec<&str> = token.permission.iter().map(String::as_str).collect();
    let ttl = Duration::from_hours(token.hours);
    show::say(&mint.mint(&token.subject, &permissions, &token.division, ttl, clock.now())?);
    Ok(())
}
