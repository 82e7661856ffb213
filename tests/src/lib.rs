//! What the tests of the layers share: for each layer a check that it does its
//! work, over HTTP/1 and HTTP/2, wherever it is plugged in, and what it must
//! leave alone: gRPC and upgraded connections.
#![forbid(unsafe_code)]

pub mod app;
pub mod cache;
pub mod catch_panic;
pub mod compression;
pub mod decompression;
pub mod doors;
pub mod drain;
pub mod env;
pub mod error_pages;
pub mod errors;
pub mod faults;
pub mod grpc;
pub mod grpc_server;
pub mod log;
pub mod session;
pub mod sync_io;
pub mod trust_proxy;
pub mod tunnel;

/// The example of the root README, compiled as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
