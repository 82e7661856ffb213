//! Where a request came from, and under which address.

use crate::RequestHead;
use http::{Extensions, Uri};
use std::net::SocketAddr;

/// The address of the connection, as servers put it into the extensions: bare, or as
/// axum's `ConnectInfo`.
pub(crate) fn address(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get().copied().or_else(|| of_axum(extensions))
}

#[cfg(feature = "axum")]
fn of_axum(extensions: &Extensions) -> Option<SocketAddr> {
    use axum::extract::ConnectInfo;
    extensions.get().map(|&ConnectInfo(address)| address)
}

#[cfg(not(feature = "axum"))]
fn of_axum(_: &Extensions) -> Option<SocketAddr> {
    None
}

/// The address that the client asked for, which a router in between may have cut.
#[cfg(feature = "axum")]
pub(crate) fn uri(head: &RequestHead<'_>) -> Uri {
    use axum::extract::OriginalUri;
    match head.extensions.get() {
        Some(OriginalUri(uri)) => uri.clone(),
        None => head.uri.clone(),
    }
}

#[cfg(not(feature = "axum"))]
pub(crate) fn uri(head: &RequestHead<'_>) -> Uri {
    head.uri.clone()
}
