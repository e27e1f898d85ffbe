//! What can be asked of the command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::show::Output;

/// Runs and serves Xiangtu on one machine, and talks to its services anywhere.
#[derive(Parser)]
#[command(version, about)]
pub struct Cli {
    /// How results are written.
    #[arg(long, global = true, value_enum, default_value = "table")]
    pub output: Output,
    /// Addresses and token, as `xiangtu up` leaves them.
    #[arg(
        long,
        global = true,
        env = "XIANGTU_SESSION",
        default_value = ".local/run/session.json"
    )]
    pub session: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Starts everything on this machine, imports the county, executes the work week, and stays up until interrupted.
    Up(Up),
    /// Imports a CSV file into a register.
    Import(Import),
    /// Exports a register into a CSV file that an import takes back.
    Export(Export),
    /// Makes the tables `road_nodes` and `road_edges` of an OpenStreetMap extract, for `import`.
    Roads(Roads),
    /// Checks, compares or applies a plan package.
    #[command(subcommand)]
    Plan(Plan),
    /// Rates the villages of a division.
    Rate(Day),
    /// Plans the collection routes of a division for a day.
    Route(Route),
    /// Bills the households of a division.
    Bill(Bill),
    /// Issues a weekly bulletin and prints it.
    Bulletin(Bulletin),
    /// Takes the homestead ledger out with its signed chain, or verifies such a file without any service.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Takes the custody of waste out with its chains and keys, or verifies such a file without any service.
    #[command(subcommand)]
    Custody(Custody),
    /// Prints a development token.
    Token(Token),
    /// Prints a generated register of the county as CSV.
    Seed {
        /// households, homesteads or bins.
        register: String,
        #[arg(long, default_value = "tests/data/lankao")]
        data: PathBuf,
    },
    /// Asks every service of the session whether it is well.
    Doctor,
}

#[derive(Args)]
pub struct Up {
    /// Where stores, keys and results are kept.
    #[arg(long, default_value = ".local/run")]
    pub dir: PathBuf,
    /// Lists of the county.
    #[arg(long, default_value = "tests/data/lankao")]
    pub data: PathBuf,
    /// Plan package to apply.
    #[arg(long, default_value = "tests/data/plans/source-plan.yaml")]
    pub plan: PathBuf,
    /// Seconds of route search.
    #[arg(long, default_value_t = 20)]
    pub search_seconds: i32,
    /// Stop after the week instead of staying up.
    #[arg(long)]
    pub once: bool,
}

#[derive(Args)]
pub struct Import {
    /// Service that keeps the register.
    pub service: String,
    /// Name of the register, for example households.
    pub register: String,
    /// CSV file, gzipped if its name ends in .gz.
    pub file: PathBuf,
    /// Code of the division that the file is about.
    #[arg(long)]
    pub division: String,
    /// First day on which the rows hold, YYYY-MM-DD; today if left out.
    #[arg(long, default_value = "")]
    pub effective_date: String,
    /// utf8, gb18030 or utf16le; a byte-order mark is believed.
    #[arg(long, default_value = "utf8")]
    pub encoding: String,
    /// Check everything and change nothing.
    #[arg(long)]
    pub validate_only: bool,
}

#[derive(Args)]
pub struct Export {
    /// Service that keeps the register.
    pub service: String,
    /// Name of the register, for example households.
    pub register: String,
    /// CSV file, gzipped if its name ends in .gz; it appears when it is whole.
    pub file: PathBuf,
    /// Code of the division whose rows are meant, with all below it.
    #[arg(long)]
    pub division: String,
    /// Day on which the rows hold, YYYY-MM-DD; today if left out.
    #[arg(long)]
    pub date: Option<String>,
    /// Why personal data is needed in full; it is masked if left out. Kept in the audit trail.
    #[arg(long, default_value = "")]
    pub disclose: String,
}

#[derive(Subcommand)]
pub enum Plan {
    /// Reports every contradiction with its place.
    Validate { file: PathBuf },
    /// Says what would change and who is affected.
    Diff { file: PathBuf },
    /// Applies all sections, after all of them were found valid.
    Apply { file: PathBuf },
}

#[derive(Subcommand)]
pub enum Ledger {
    /// Exports the journal of a division.
    Export {
        file: PathBuf,
        /// Code of the division; all that the token reaches if left out.
        #[arg(long, default_value = "")]
        division: String,
    },
    /// Verifies an exported journal; names every entry, block and root that is not as it was sealed.
    Verify {
        file: PathBuf,
        /// Public key in hex, 64 digits, that blocks and roots may be signed with, as you learned it from elsewhere than the
        /// file; may be repeated, since keys are changed.
        #[arg(long, value_parser = public_key, required_unless_present = "any_key")]
        key: Vec<String>,
        /// Believe whatever keys the file names: shows that it is whole, not whose it is.
        #[arg(long, conflicts_with = "key")]
        any_key: bool,
        /// Hash in hex of a root that was kept and must be in the file; may be repeated.
        #[arg(long)]
        root: Vec<String>,
    },
}

#[derive(Subcommand)]
pub enum Custody {
    /// Exports the hand-overs of a division's trips on some days.
    Export {
        file: PathBuf,
        /// Code of the division; all that the token reaches if left out.
        #[arg(long, default_value = "")]
        division: String,
        /// First day of trips, YYYY-MM-DD.
        #[arg(long)]
        from: String,
        /// Last day of trips, YYYY-MM-DD.
        #[arg(long)]
        to: String,
    },
    /// Verifies exported hand-overs; names the first link of each chain and every signature that does not hold.
    Verify {
        file: PathBuf,
        /// Public key in hex, 64 digits, that may have signed, as you learned it from its holder; may be repeated.
        #[arg(long, value_parser = public_key, required_unless_present = "any_key")]
        key: Vec<String>,
        /// Believe whatever keys the file names: shows that it is whole, not who signed.
        #[arg(long, conflicts_with = "key")]
        any_key: bool,
        /// Public key of the service in hex, 64 digits, that signed days and export, as you learned it from the county.
        #[arg(long, value_parser = public_key)]
        service_key: Option<String>,
        /// A side that has not signed is a fault.
        #[arg(long)]
        signed: bool,
    },
}

#[derive(Args)]
pub struct Roads {
    /// Extract of the county, .osm.pbf.
    pub extract: PathBuf,
    /// CSV file of the junctions.
    pub nodes: PathBuf,
    /// CSV file of the roads.
    pub edges: PathBuf,
    /// Export of the register `road_edges`: roads that stand there and not in the extract are written as closed.
    #[arg(long)]
    pub known: Option<PathBuf>,
}

#[derive(Args)]
pub struct Day {
    /// Code of the division.
    pub division: String,
    /// The day, YYYY-MM-DD; today if left out.
    #[arg(long)]
    pub date: Option<String>,
}

#[derive(Args)]
pub struct Route {
    #[command(flatten)]
    pub day: Day,
    /// Seconds of search.
    #[arg(long, default_value_t = 20)]
    pub search_seconds: i32,
    /// Same seed and iterations, same routes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where distances and driving times come from.
    #[arg(long, value_enum, default_value = "great-circle")]
    pub travel: Travel,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Travel {
    /// Straight lines by the detour of the plan section.
    GreatCircle,
    /// The register of roads.
    Roads,
    /// The router that the operator of the service has set up.
    Osrm,
}

#[derive(Args)]
pub struct Bill {
    /// Code of the division.
    pub division: String,
    /// Year to bill.
    #[arg(long)]
    pub year: i32,
    /// Due date, YYYY-MM-DD.
    #[arg(long)]
    pub due: String,
    /// Compute everything and post nothing.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args)]
pub struct Bulletin {
    /// Code of the township or county.
    pub division: String,
    /// ISO week, for example 2024-W14; the last week that is over if left out.
    #[arg(default_value = "")]
    pub week: String,
    /// Print what would be issued and keep nothing.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args)]
pub struct Token {
    /// Who it names.
    #[arg(long, default_value = "developer")]
    pub subject: String,
    /// Code prefix of the divisions it reaches; empty for all.
    #[arg(long, default_value = "")]
    pub division: String,
    /// What it permits, for example homestead.*; may be repeated.
    #[arg(long, default_value = "*")]
    pub permission: Vec<String>,
    /// How many hours it is good for.
    #[arg(long, default_value_t = 24)]
    pub hours: u64,
    /// Folder of the development keys; made if it is new.
    #[arg(long, default_value = ".local/run/keys")]
    pub keys: PathBuf,
}

/// Reads a public key as this command writes them.
fn public_key(text: &str) -> Result<String, String> {
    match hex::decode(text) {
        Ok(key) if key.len() == 32 => Ok(hex::encode(key)),
        _ => Err("an Ed25519 public key has 64 hexadecimal digits".to_owned()),
    }
}
