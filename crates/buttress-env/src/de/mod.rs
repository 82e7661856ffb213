//! Serde over variables: each value is read as the target's type asks for it,
//! and everything that is wrong is found in one call.
//!
//! A derived `Deserialize` stops at its first error. So a value that is missing
//! or bad is noted and a stand-in of the right type is given in its place; where
//! the type's own check refuses that as well, the walk starts again with another
//! stand-in there. What comes out of such a walk is thrown away: it only serves
//! to see the rest.

mod choice;
mod fault;
mod group;
mod list;
mod node;
mod pass;
mod plan;
mod scalar;
mod scrub;
mod solve;
mod stand_in;

pub(crate) use fault::is_ours;
pub(crate) use pass::{Row, is_under};
pub(crate) use solve::{Mode, Outcome, solve};
