#![doc = include_str!("../README.md")]

mod cli;
mod client;
mod command;
mod county;
mod export;
mod failure;
mod files;
mod import;
mod local;
mod package;
mod progress;
mod show;
mod week;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            progress::complain(&format!("no runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(command::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            progress::complain(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}
