//! The gateway as a process, between clients that see the wire and apps in this
//! process.

mod balancing;
mod files;
mod load;
mod outage;
mod process;
mod reload;
mod workers;
