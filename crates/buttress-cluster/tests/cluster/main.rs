//! Clusters as real processes: each behaviour with clients that count what fails.
#![cfg(target_os = "linux")]

mod balance;
mod control;
mod crash;
mod deploy;
mod drain;
mod hang;
mod init;
mod kill;
mod orphans;
mod recycle;
mod reload;
mod rescue;
mod scale;
mod settings;
mod store;
mod support;
mod systemd;
