//! The binary of the villages service.

use std::process::ExitCode;

fn main() -> ExitCode {
    kit::service::main(villages::service())
}
