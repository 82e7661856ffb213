//! What is given in place of a missing or bad value, so that the rest is seen.
//! Types with a check of their own get one after the other.

/// How many there are.
pub(super) const COUNT: usize = 16;

const TEXTS: [&str; COUNT] = [
    "a",
    "1",
    "127.0.0.1:80",
    "127.0.0.1",
    "http://localhost/",
    "a@example.org",
    "1s",
    "/",
    "2000-01-01T00:00:00Z",
    "2000-01-01",
    "00000000-0000-4000-8000-000000000000",
    "1.0.0",
    "postgres://a:a@localhost/a",
    "abcdefgh-ABCDEFGH-12345678-abcdefgh",
    "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

const NUMBERS: [u8; COUNT] = [1, 0, 2, 10, 100, 50, 5, 20, 16, 64, 32, 8, 4, 3, 7, 127];

pub(super) fn text(index: usize) -> &'static str {
    TEXTS[index % COUNT]
}

/// Fits every kind of number.
pub(super) fn number(index: usize) -> u8 {
    NUMBERS[index % COUNT]
}

/// How many elements a list has: one, then none.
pub(super) fn length(index: usize) -> usize {
    (index + 1) % 2
}
