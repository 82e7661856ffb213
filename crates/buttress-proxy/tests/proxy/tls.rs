//! Upstreams over TLS. The certificate of the tests is of no use elsewhere; it was made
//! with `openssl req -x509 -newkey ec -nodes -days 36500` for `localhost`.

use crate::support::{serve, through};
use buttress_proxy::{Builder, ReverseProxy, Upstream};
use buttress_testing::{Server, h1, within};
use http::StatusCode;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(include_bytes!("tls/cert.pem")).expect("a certificate")
}

/// An upstream that answers each connection once, and says what ALPN chose.
async fn origin(alpn: &'static [u8]) -> SocketAddr {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/key.pem")).expect("a key");
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate()], key)
        .expect("they fit");
    config.alpn_protocols = vec![alpn.to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut seen = Vec::new();
            while !seen.ends_with(b"\r\n\r\n") {
                let read = within("a request", stream.read_buf(&mut seen)).await;
                if !matches!(read, Ok(1..)) {
                    break;
                }
            }
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
    });
    addr
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

async fn proxy(addr: SocketAddr, settings: impl FnOnce(Builder) -> Builder) -> Server {
    let upstream = format!("https://localhost:{}", addr.port());
    let upstream: Upstream = upstream.parse().expect("an upstream");
    serve(settings(ReverseProxy::builder(upstream)).build()).await
}

#[tokio::test]
async fn an_upstream_that_is_trusted_is_spoken_to_over_tls() {
    let mut roots = RootCertStore::empty();
    roots.add(certificate()).expect("a certificate");
    let addr = origin(b"http/1.1").await;
    let server = proxy(addr, |settings| settings.tls(trusting(roots))).await;
    let mut client = h1::Connection::open(server.addr()).await;
    assert_eq!(client.get("/", &[]).await.status, StatusCode::OK);
    assert_eq!(client.body().await.complete(), "secret");
}

#[tokio::test]
async fn one_that_is_not_or_speaks_another_protocol_or_no_tls_is_502() {
    let addr = origin(b"http/1.1").await;
    let nobody = trusting(RootCertStore::empty());
    let server = proxy(addr, |settings| settings.tls(nobody)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let head = client.get("/", &[]).await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY, "not trusted");

    let mut roots = RootCertStore::empty();
    roots.add(certificate()).expect("a certificate");
    let config = trusting(roots);
    let http2 = config.clone();
    let server = proxy(addr, |settings| settings.tls(http2).http2(8)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let head = client.get("/", &[]).await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY, "no HTTP/2");

    let server = proxy(addr, |settings| settings).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let head = client.get("/", &[]).await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY, "no configuration");

    let (mut plain, _server, _client) = through(|settings| settings).await;
    let port = plain.addr().port();
    let server = proxy(([127, 0, 0, 1], port).into(), |settings| {
        settings.tls(config)
    })
    .await;
    let mut client = h1::Connection::open(server.addr()).await;
    let (head, ()) = tokio::join!(client.get("/", &[]), async {
        let mut stream = plain.accept().await.into_stream();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    assert_eq!(head.status, StatusCode::BAD_GATEWAY, "no TLS");
}
