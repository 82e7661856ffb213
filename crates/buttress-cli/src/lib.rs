//! `buttress`: the client of `buttress-cluster`, a supervisor for programs that know
//! nothing of it, and a writer of systemd units.
//!
//! A library only for what tests and docs need: use the program. The README has its
//! commands, and `buttress help` all of their options.
//!
//! # Errors and limits
//!
//! What is wrong is said on stderr, and the code is 1; 2 if the arguments are wrong.
//! Each question is a line to the supervisor's control socket, each answer a line of
//! 1 MiB at most, waited for 10 minutes at most. `buttress run` ends with the code of
//! its cluster.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(target_os = "linux")]
mod args;
#[cfg(target_os = "linux")]
mod ask;
mod command;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod table;
#[cfg(target_os = "linux")]
mod top;
#[cfg(target_os = "linux")]
mod unit;

pub use command::main;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
