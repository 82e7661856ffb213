//! What the compiler says of mistakes that users make.
//!
//! The texts are the compiler's: after an update of it, write them again with
//! `TRYBUILD=overwrite cargo test -p buttress-tests --test ui`, and read the diff.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
