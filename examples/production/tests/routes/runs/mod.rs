//! Runs in which something is broken on purpose, under load: short here, long with
//! `cargo xtask faults`, which prints what each of them counted.
//!
//! No request may fail but those that the fault itself must fail, and these get a
//! proper status before their client loses patience.

mod asks;
mod clients;
mod end;
mod load;
mod malformed;
mod memory;
mod oversized;
mod panics;
mod redis;
mod row;
mod soak;

use crate::app::App;

/// By what the long form is longer.
fn times() -> usize {
    let factor = std::env::var("BUTTRESS_FAULTS");
    factor.map_or(1, |it| it.parse().expect("BUTTRESS_FAULTS is a number"))
}

/// The app on a port of its own, and whatever else it is told.
async fn start(args: &[&str]) -> App {
    App::start_with(&[&["--listen", "127.0.0.1:0"], args].concat(), &[]).await
}
