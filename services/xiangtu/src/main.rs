//! The `xiangtu` command.
fn main() {}
