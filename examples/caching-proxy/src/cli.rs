use buttress_proxy::Upstream;
use std::{net::SocketAddr, time::Duration};

/// A shared HTTP cache (RFC 9111) in front of one HTTP server
#[derive(clap::Parser)]
pub(crate) struct Args {
    /// Where to listen, for HTTP/1.1 and for HTTP/2 by prior knowledge
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// The server that is asked: http://HOST, with :PORT and /PATH where it has them, or
    /// unix:/PATH
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: Upstream,

    /// How many seconds the server has to answer with a head
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,

    /// How many MiB the cache may have
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    pub(crate) memory: usize,

    /// The largest body that is stored, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 2)]
    pub(crate) largest_body: usize,

    /// Store responses with Set-Cookie when they have explicit freshness, as RFC
    /// 9111 §7.3 allows: all users get the same cookie then
    #[arg(long)]
    pub(crate) share_set_cookie: bool,
}

impl Args {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}
