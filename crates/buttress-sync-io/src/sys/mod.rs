//! All of this crate's unsafe code: what the kernel, the loader and the thread
//! library have to be asked in C.
//!
//! What is here has a safe interface, but for nothing: the callers know no
//! pointers. Each block says why it is sound.
#![allow(unsafe_code)]

mod descriptor;
mod dispatch;
mod memory;
mod modules;
mod perf;
mod thread;

pub(crate) use descriptor::{Descriptor, descriptor, name_of};
pub(crate) use dispatch::{Observer, Trap, arm, disarm, install, is_ours, switch_off, switch_on};
pub(crate) use memory::read_memory;
pub(crate) use modules::loaded_objects;
pub(crate) use perf::{Registers, snapshot};
pub(crate) use thread::{OwnStack, stack_of_this_thread, thread_id};
