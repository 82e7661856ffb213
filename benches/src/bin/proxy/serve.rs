//! What runs in a process of its own: the origin, ours, and peers that are crates.

use axum_reverse_proxy::ReverseProxy as AxumReverseProxy;
use buttress_benches::Result;
use buttress_cache::{CacheLayer, MemoryStore};
use buttress_proxy::{ErrorPageLayer, ReverseProxy};
use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, Uri,
    header::{CACHE_CONTROL, CONTENT_TYPE, FORWARDED, HOST},
};
use http_body::Body;
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use std::{convert::Infallible, io::Write, net::SocketAddr};
use tokio::net::TcpListener;
use tower::Layer;

pub(crate) const ORIGIN: &str = "origin";
/// As a gateway has it: under buttress-drain's server, with error pages.
pub(crate) const OURS: &str = "buttress-proxy";
/// As the peers are: under hyper's server.
pub(crate) const BARE: &str = "buttress-proxy, hyper's server";
pub(crate) const CACHED: &str = "buttress-proxy with buttress-cache";
pub(crate) const HYPER_UTIL: &str = "hyper-util's client";
pub(crate) const AXUM: &str = "axum-reverse-proxy";

/// Serves until it is killed.
pub(crate) fn run(subject: &str, origin: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(subject, origin))
}

async fn serve(subject: &str, origin: &str) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let proxy =
        || -> Result<ReverseProxy> { Ok(ReverseProxy::new(format!("http://{origin}").parse()?)) };
    let pages = ErrorPageLayer::new();
    match subject {
        ORIGIN => accept(listener, || service_fn(answer)).await,
        OURS => {
            let _ = buttress_drain::serve(listener, pages.layer(proxy()?)).await?;
            Ok(())
        }
        CACHED => {
            let cache = CacheLayer::new(MemoryStore::new());
            let service = pages.layer(cache.layer(proxy()?));
            let _ = buttress_drain::serve(listener, service).await?;
            Ok(())
        }
        BARE => {
            let proxy = proxy()?;
            accept(listener, || TowerToHyperService::new(proxy.clone())).await
        }
        HYPER_UTIL => {
            let mut connector = HttpConnector::new();
            connector.set_nodelay(true);
            let client = Client::builder(TokioExecutor::new()).build(connector);
            let origin: SocketAddr = origin.parse()?;
            accept(listener, || {
                let client = client.clone();
                service_fn(move |request| client.request(directed(request, origin)))
            })
            .await
        }
        AXUM => {
            let proxy = AxumReverseProxy::new("/", &format!("http://{origin}"));
            let app: axum::Router = proxy.into();
            axum::serve(listener, app).await?;
            Ok(())
        }
        _ => Err(format!("no such subject: {subject}").into()),
    }
}

/// What hyper-util's client needs of a request; the fields of a proxy are left out.
fn directed(mut request: Request<Incoming>, origin: SocketAddr) -> Request<Incoming> {
    let path = request.uri().path_and_query().cloned();
    let mut uri = Uri::builder().scheme("http").authority(origin.to_string());
    if let Some(path) = path {
        uri = uri.path_and_query(path);
    }
    *request.uri_mut() = uri.build().unwrap_or_default();
    request.headers_mut().remove(FORWARDED);
    let host = HeaderValue::from_static("localhost");
    request.headers_mut().insert(HOST, host);
    request
}

async fn accept<S, B>(listener: TcpListener, mut service: impl FnMut() -> S) -> Result<()>
where
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service());
        tokio::spawn(async {
            let _ = served.await;
        });
    }
}

/// `/128` is a body of so many bytes; `/slow/128` comes after 50 ms.
async fn answer(
    request: Request<Incoming>,
) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    static BLOCK: [u8; 64 * 1024] = [b'a'; 64 * 1024];
    let path = request.uri().path();
    if path.starts_with("/slow") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let length = path
        .rsplit('/')
        .next()
        .and_then(|length| length.parse().ok());
    let length: usize = length.unwrap_or(128).min(BLOCK.len());
    let mut response = Response::new(Full::new(Bytes::from_static(&BLOCK[..length])));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    Ok(response)
}
