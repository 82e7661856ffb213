//! The contract of the example's routes, on the wire, against the real binary.

mod app;
mod bodies;
mod compression;
mod faults;
mod process;
mod sessions;
mod settings;
mod streams;
mod waits;
