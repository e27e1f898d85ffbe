//! The binary of the homestead service.

use std::process::ExitCode;

fn main() -> ExitCode {
    kit::service::main(homestead::service())
}
