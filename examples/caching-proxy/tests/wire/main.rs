//! The proxy as a process, between clients that show the wire and an origin whose
//! answers are written by hand.

mod case;
mod client;
mod fields;
mod flow;
mod freshness;
mod invalidation;
mod methods;
mod origin;
mod parsing;
mod poisoning;
mod process;
mod proxy;
mod ranges;
mod requests;
mod stale;
mod statuses;
mod storing;
mod targeted;
mod through;
mod updates;
mod validation;
mod vary;
