//! The binary of the notifications service.

fn main() -> std::process::ExitCode {
    kit::service::main(notifications::service())
}
