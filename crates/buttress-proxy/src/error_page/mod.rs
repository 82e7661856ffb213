//! Answers for requests that got none.

mod body;
mod future;
mod layer;
mod page;
mod service;

pub use body::PageBody;
pub use future::PageFuture;
pub use layer::ErrorPageLayer;
pub use service::ErrorPages;
