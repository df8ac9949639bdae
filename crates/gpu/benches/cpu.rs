//! The CPU path.
fn main() {}
