//! A shared HTTP cache as a tower layer.
//!
//! [`policy`] has the rules of RFC 9111 and its kin as pure functions: what may
//! be stored, how long it is fresh, what answers a request. The layer and its
//! stores are built on it.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

pub mod policy;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
