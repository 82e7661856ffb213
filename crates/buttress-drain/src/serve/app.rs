use super::BoxError;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use tower_service::Service;

/// What [`serve`](crate::serve()) can serve: a name for its bounds, which
/// every tower service has that fulfils them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be served",
    note = "`serve` takes a `tower::Service<http::Request<hyper::body::Incoming>>` that is \
            `Clone + Send + 'static`, has a future that is `Send` and an error that becomes a \
            `Box<dyn Error + Send + Sync>`, and answers with an `http::Response`",
    note = "with axum, that is a `Router` whose state was given by `with_state`"
)]
pub trait App:
    Service<
        Request<Incoming>,
        Response = Response<<Self as App>::Body>,
        Error: Into<BoxError>,
        Future: Send,
    > + Clone
    + Send
    + 'static
{
    /// The body of its responses.
    type Body: Body<Data: Send, Error: Into<BoxError>> + Send + 'static;
}

impl<S, B> App for S
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Body = B;
}
