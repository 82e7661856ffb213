use super::{Every, every};
use crate::Backend;
use std::{net::SocketAddr, time::Duration};

/// All addresses of a name and a port (`app.internal:3000`), looked up again and again.
///
/// The system's resolver does that, which does not tell how long its answers are valid.
pub fn dns(host: impl Into<String>, period: Duration) -> Every<SocketAddr> {
    let host = host.into();
    every(period, move || {
        let host = host.clone();
        async move {
            let mut addresses: Vec<_> = tokio::net::lookup_host(host).await?.collect();
            // Resolvers give them in turns.
            addresses.sort_unstable();
            addresses.dedup();
            Ok(addresses.into_iter().map(Backend::new).collect())
        }
    })
}
