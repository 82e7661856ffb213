//! Bodies whose every frame the test decides.

mod awkward;
mod error;
mod probe;
mod script;

pub use awkward::Awkward;
pub use error::Scripted;
pub use probe::Probe;
pub use script::ScriptedBody;
