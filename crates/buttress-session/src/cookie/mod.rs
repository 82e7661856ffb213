//! The cookie that carries the id, or the whole of a sealed session.

mod attributes;
mod header;

pub use attributes::{Cookie, CookieBuilder, CookieError, SameSite};
pub(crate) use header::Cookies;
