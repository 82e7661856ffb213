//! Where a connection comes from.

use http::Extensions;
use std::net::SocketAddr;

/// The address that the server put into the extensions.
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
