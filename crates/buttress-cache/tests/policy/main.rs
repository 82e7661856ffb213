//! The rules, without a layer or a clock.
//!
//! One test binary, so that the support is compiled and linked once.

mod cache_status;
mod conditional;
mod freshness;
mod invalidation;
mod model;
mod no_vary_search;
mod ranges;
mod requests;
mod stale;
mod storing;
mod support;
mod targeted;
mod total;
mod updates;
mod vary;
