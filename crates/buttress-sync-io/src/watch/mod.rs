//! The watch tier: finds polls that hold their worker longer than the budget.

mod classify;
mod dog;
mod pool;
mod slot;

pub(crate) use classify::{Doing, Times};
pub(crate) use dog::{looked, start, wake};
pub(crate) use pool::{all, slot_of_this_thread};
use slot::Seen;
pub(crate) use slot::{Slot, Thread};
