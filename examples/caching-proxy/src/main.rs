//! A shared cache in front of any HTTP server.
//!
//! `serve.rs` has the connections, `handle.rs` what happens to a request on its
//! way in and out. Inside of that are `buttress_cache::CacheLayer` and, as the way to the
//! upstream server, `buttress_proxy::ReverseProxy`, put together in this file.

#![forbid(unsafe_code)]

mod cli;
mod fields;
mod handle;
mod interim;
mod serve;

use buttress_cache::{CacheLayer, MemoryStore, StatusMode, policy::Policy};
use buttress_proxy::{Forwarding, ReverseProxy};
use clap::Parser;
use cli::Args;
use std::{
    io::{self, Write},
    process::ExitCode,
};
use tokio::net::TcpListener;
use tower::Layer;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("caching-proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> io::Result<()> {
    let cached = cache(&args).layer(proxy(&args));
    let listener = TcpListener::bind(args.listen).await?;
    // Whoever starts us waits for this line, so it must not stay in a buffer.
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on http://{}", listener.local_addr()?)?;
    stdout.flush()?;
    serve::serve(listener, cached).await
}

/// The way to the server. What is for one hop only, and `Host`, are settled before the
/// cache, which has to see what the server sees.
fn proxy(args: &Args) -> ReverseProxy {
    ReverseProxy::builder(args.upstream.clone())
        .connect_timeout(args.timeout())
        .head_timeout(args.timeout())
        .via("caching-proxy")
        .forwarding(Forwarding::Untouched)
        .header_case(true)
        // Of a failure the cache decides.
        .retry_closed(false)
        .build()
}

fn cache(args: &Args) -> CacheLayer {
    // RFC 9110 §12.5.4: the order of languages cannot be relied upon.
    let policy = Policy::new().ignore_language_order();
    let policy = match args.share_set_cookie {
        true => policy.allow_set_cookie(),
        false => policy,
    };
    CacheLayer::new(MemoryStore::with_bytes(args.memory << 20))
        .policy(policy)
        .largest_body(args.largest_body << 20)
        .status(StatusMode::Full)
}
