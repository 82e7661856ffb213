//! Whatever blocks is reported, with the line that did it.
//!
//! In one program, which is also tested optimised: `cargo xtask ci optimised`.
#![cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]

#[path = "../support/mod.rs"]
mod support;

mod files;
mod kinds;
mod names;
mod sockets;
mod waits;
mod watch;
