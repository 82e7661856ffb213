//! Services that see how they are called, and those that only answer.

mod counted;
mod func;
mod ready;

pub use counted::{Calls, Counted};
pub use func::{Echo, FnService, Respond, respond, service_fn};
pub use ready::{ReadyChecked, ready_fn};
