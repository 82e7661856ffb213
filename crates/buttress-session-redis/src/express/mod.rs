//! Sessions that an Express app shares.

mod ids;
mod record;
mod store;

pub use ids::ExpressIds;
pub use store::ExpressStore;
