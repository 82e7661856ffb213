//! What the layer decides about a response, and what it does to its head.
//!
//! One test binary, so that the support is compiled and linked once.

mod adaptive;
mod coding_tables;
#[cfg(feature = "compress-once")]
mod compress_once;
mod content_type;
mod eligibility;
mod etag;
mod etag_round_trip;
mod fields;
mod forced;
mod head_method;
mod hints;
mod negotiator;
mod not_acceptable;
mod origin;
mod padding;
mod pass_through;
mod stats;
mod support;
mod tracing_events;
mod transfer_encoding;
mod vary;
