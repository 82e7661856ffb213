//! The layers of `Production` together: each fact that their order is for, and what
//! breaks when two neighbours change places.

mod facts;
mod rig;
mod settings;
mod swapped;
