//! The way to the upstream server, over HTTP/1.1 with connections kept alive.

use crate::fields;
use http::{Request, Response, Uri, Version, uri::PathAndQuery};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tower::Service;

/// Sends requests to one server.
#[derive(Clone)]
pub(crate) struct Forward {
    client: Client<HttpConnector, Incoming>,
    upstream: Uri,
    timeout: Duration,
}

/// The server gave no answer. The cache inside of us sees it as an error, so that
/// it can serve what is stale.
#[derive(Debug)]
pub(crate) enum ForwardError {
    Failed(Error),
    TimedOut(Duration),
    /// Path and query do not fit behind the upstream's path.
    Target(http::Error),
}

impl Forward {
    pub(crate) fn new(upstream: Uri, timeout: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(timeout));
        let client = Client::builder(TokioExecutor::new())
            .http1_preserve_header_case(true)
            .build(connector);
        Self {
            client,
            upstream,
            timeout,
        }
    }

    /// Makes a request one for the upstream; its fields are that already.
    fn direct(&self, request: &mut Request<Incoming>) -> Result<(), http::Error> {
        let version = request.version();
        fields::add_via(request.headers_mut(), version);
        *request.uri_mut() = self.target(request.uri())?;
        *request.version_mut() = Version::HTTP_11;
        Ok(())
    }

    fn target(&self, uri: &Uri) -> Result<Uri, http::Error> {
        let mut parts = self.upstream.clone().into_parts();
        let base = self.upstream.path().trim_end_matches('/');
        let rest = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let path = match (base, rest) {
            ("", rest) => PathAndQuery::try_from(rest)?,
            (base, rest) => PathAndQuery::try_from(format!("{base}{rest}"))?,
        };
        parts.path_and_query = Some(path);
        Ok(Uri::from_parts(parts)?)
    }
}

impl Service<Request<Incoming>> for Forward {
    type Response = Response<Incoming>;
    type Error = ForwardError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Incoming>, ForwardError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ForwardError>> {
        // The client opens as many connections as there are requests.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        let directed = self.direct(&mut request).map_err(ForwardError::Target);
        let (client, timeout) = (self.client.clone(), self.timeout);
        Box::pin(async move {
            directed?;
            let answered = tokio::time::timeout(timeout, client.request(request)).await;
            let answered = answered.map_err(|_| ForwardError::TimedOut(timeout))?;
            let mut response = answered.map_err(ForwardError::Failed)?;
            fields::strip(response.headers_mut());
            Ok(response)
        })
    }
}

impl fmt::Display for ForwardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(_) => f.write_str("the upstream server gave no answer"),
            Self::TimedOut(limit) => write!(f, "the upstream server gave no answer in {limit:?}"),
            Self::Target(_) => f.write_str("the target is none for the upstream server"),
        }
    }
}

impl std::error::Error for ForwardError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Target(error) => Some(error),
            Self::TimedOut(_) => None,
        }
    }
}
