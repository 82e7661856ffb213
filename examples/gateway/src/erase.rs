//! Services and bodies without their long types.

use buttress_cache::BoxError;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper::body::{Body as HttpBody, Incoming};
use tower::{Service, ServiceExt, util::BoxCloneSyncService};

pub(crate) type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A box around a service, one around each of its futures and one around each body.
pub(crate) fn erase<S, B, E>(
    service: S,
) -> BoxCloneSyncService<Request<Incoming>, Response<Body>, E>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    S::Error: Into<E>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    E: 'static,
{
    let service = service
        .map_response(|response: Response<B>| {
            response.map(|body| body.map_err(Into::into).boxed_unsync())
        })
        .map_err(Into::into);
    BoxCloneSyncService::new(service)
}
