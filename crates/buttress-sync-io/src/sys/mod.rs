//! All of this crate's unsafe code: what the kernel, the loader and the thread
//! library have to be asked in C.
//!
//! What is here has a safe interface, but for nothing: the callers know no
//! pointers. Each block says why it is sound.
#![allow(unsafe_code)]

mod descriptor;
mod dispatch;
#[cfg(all(feature = "interpose", target_env = "gnu"))]
mod interpose;
mod memory;
mod modules;
mod perf;
mod thread;

pub(crate) use descriptor::{Descriptor, descriptor, name_of};
pub(crate) use dispatch::{Observer, Trap, arm, disarm, install, is_ours, switch_off, switch_on};
#[cfg(all(feature = "interpose", target_env = "gnu"))]
pub(crate) use interpose::{interpose, interposes};
pub(crate) use memory::read_memory;
pub(crate) use modules::loaded_objects;
pub(crate) use perf::{Registers, Sampler};
pub(crate) use thread::{OwnStack, stack_of_this_thread, thread_id};

/// There is nothing in the C library's place.
#[cfg(not(all(feature = "interpose", target_env = "gnu")))]
pub(crate) fn interpose() -> bool {
    false
}

/// See [`interpose`].
#[cfg(not(all(feature = "interpose", target_env = "gnu")))]
pub(crate) fn interposes() -> bool {
    false
}
