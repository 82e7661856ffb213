//! What has no fields that serde could read, and an attribute that says nothing.

use buttress_env::Describe;

#[derive(Describe)]
union Union {
    a: u8,
    b: i8,
}

#[derive(Describe)]
#[describe(rename = "b")]
struct Config {
    /// A field.
    a: u8,
}

fn main() {}
