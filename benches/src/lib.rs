//! What the comparisons share: clocks and counters, workers to measure in,
//! and tables to print.

pub mod alloc;
pub mod callgrind;
pub mod clock;
pub mod corpora;
pub mod example;
pub mod idle;
pub mod interleave;
pub mod load;
pub mod machine;
pub mod nginx;
pub mod npm;
pub mod process;
pub mod spin;
pub mod statistics;
pub mod table;
pub mod verdict;
pub mod worker;

/// Any failure: a bench prints it and stops.
pub type Error = Box<dyn std::error::Error>;
/// See [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
