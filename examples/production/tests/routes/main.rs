//! The contract of the example's routes, on the wire, against the real binary.

mod app;
mod bodies;
mod cached;
mod cluster;
mod compression;
mod drain;
mod faults;
mod logs;
mod page;
mod process;
mod runs;
mod sessions;
mod settings;
mod storm;
mod streams;
mod waits;
