//! `Cache-Control` (RFC 9111 §5.2).

mod lexer;
mod request;
mod response;

pub(super) use self::{lexer::parse_seconds, response::FieldNames};
pub use self::{request::RequestDirectives, response::ResponseDirectives};
