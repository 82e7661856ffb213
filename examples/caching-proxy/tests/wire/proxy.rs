//! The proxy and its origin.

use crate::origin::Origin;
use buttress_testing::within;
use std::{net::SocketAddr, process::Stdio, sync::atomic::AtomicUsize};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A running proxy; killed when dropped.
pub(crate) struct Proxy {
    pub(crate) addr: SocketAddr,
    pub(crate) origin: Origin,
    pub(crate) child: Child,
    pub(crate) cases: AtomicUsize,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(args: &[&str]) -> Self {
        let origin = Origin::start();
        let upstream = format!("http://{}", origin.addr);
        Self::start_before(origin, &upstream, args).await
    }

    /// With an upstream that need not be the origin.
    pub(crate) async fn start_before(origin: Origin, upstream: &str, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_caching-proxy"))
            .args(["--listen", "127.0.0.1:0", "--upstream", upstream])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let mut line = String::new();
        let read = within("the address", BufReader::new(stdout).read_line(&mut line)).await;
        read.expect("stdout is readable");
        let addr = line.trim_end().strip_prefix("listening on http://");
        let addr = addr.and_then(|addr| addr.parse().ok());
        Self {
            addr: addr.unwrap_or_else(|| panic!("no address: {line:?}")),
            origin,
            child,
            cases: AtomicUsize::new(0),
        }
    }
}
