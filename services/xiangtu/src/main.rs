//! The `xiangtu` command.

mod package;

fn main() {}
