//! What the layer asks of the service that it is put around, by one name each.

use crate::BoxError;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

/// A service that a trip can take along.
pub(crate) trait Origin<Q, B>:
    Service<Request<Q>, Response = Response<B>, Future: Send + 'static, Error: Send + 'static>
    + Send
    + 'static
{
}

impl<S, Q, B> Origin<Q, B> for S
where
    S: Service<Request<Q>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
}

/// A body that can be read by many.
pub(crate) trait OriginBody:
    Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static
{
}

impl<B> OriginBody for B where B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static {}
