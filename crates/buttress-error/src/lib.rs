//! Turns panics and errors into proper responses, as tower layers.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod background;
mod backtrace;
mod body;
mod budget;
mod catch_panic;
mod cause;
mod chain;
mod current;
mod error;
mod failure;
mod future;
mod guard;
mod guarded_future;
mod hook;
mod layer;
mod map;
mod problem;
mod ready;
mod report;
mod reporter;
mod request;
mod request_id;
mod respond;
mod route;
mod scope;
mod service;

pub use background::flush_reports;
pub use body::ResponseBody;
pub use budget::PanicBudget;
pub use catch_panic::{CatchPanic, CatchPanicBody, CatchPanicFuture, CatchPanicLayer};
pub use current::{CurrentRequest, CurrentRequestExt, InCurrentRequest, current_request};
pub use error::{Error, OptionExt, ResultExt};
pub use failure::Failure;
pub use future::ResponseFuture;
pub use hook::install_panic_hook;
pub use layer::ErrorLayer;
pub use problem::{Format, Page, Problem, Rendered, Value};
pub use report::{Kind, Phase, Report};
pub use service::ErrorService;

/// Any error, in a box.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
