//! The binary of the sanitation service.

use std::process::ExitCode;

fn main() -> ExitCode {
    kit::service::main(sanitation::service())
}
