//! Who the client is, as other layers use it: by closures that they have.

use axum::{Router, routing::get};
use buttress_cache::{CacheLayer, MemoryStore};
use buttress_drain::{Drain, Listener, serve};
use buttress_log::{AccessLogLayer, Writer};
use buttress_testing::{h1, within};
use buttress_trust_proxy::{
    ClientInfo, ProxiedAddr, ProxyProtocol, ProxyStream, Trust, TrustProxyLayer,
};
use http::{HeaderValue, header::SET_COOKIE};
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{io::AsyncWriteExt, net::TcpListener};

/// Serves a router until the drain is dropped with the test.
async fn start<L: Listener>(listener: L, app: Router) -> Drain {
    let drain = Drain::new().linger(Duration::ZERO);
    tokio::spawn(std::future::IntoFuture::into_future(
        serve(listener, app).drain(drain.clone()),
    ));
    drain
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    (listener, addr)
}

fn loopback() -> TrustProxyLayer {
    TrustProxyLayer::new("loopback".parse::<Trust>().unwrap())
}

async fn ask(addr: SocketAddr, fields: &[(&str, &str)]) -> (Option<String>, String) {
    let mut client = h1::Connection::open(addr).await;
    let head = client.get("/", fields).await;
    assert_eq!(head.status, 200);
    let cookie = head.header("set-cookie").map(str::to_owned);
    let body = client.body().await.complete();
    (cookie, String::from_utf8_lossy(&body).into_owned())
}

#[derive(Clone, Debug, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_the_clients_address() {
    let text = Text::default();
    let (writer, guard) = Writer::builder().to(text.clone()).unwrap();
    let log =
        AccessLogLayer::new(writer).client(|head| head.extensions.get::<ClientInfo>()?.address());
    let app = Router::new().route("/", get(async || "hello"));
    let (listener, addr) = listen().await;
    let _drain = start(listener, app.layer((loopback(), log))).await;
    ask(addr, &[("x-forwarded-for", "6.6.6.6, 203.0.113.7")]).await;
    guard.flush(Duration::from_secs(10)).unwrap();
    let text = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains(r#""client":"203.0.113.7""#), "{text}");
    assert!(!text.contains("6.6.6.6"), "{text}");
}

/// Two schemes, and two hosts, are three entries.
#[tokio::test]
async fn the_cache_has_the_clients_scheme_and_host() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let handler = move |client: ClientInfo| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        let uri = client.uri(&"/".parse().unwrap());
        async move { ([("cache-control", "max-age=60")], format!("{uri} {call}")) }
    };
    let cache = CacheLayer::new(MemoryStore::default()).uri(|parts| {
        let client = parts.extensions.get::<ClientInfo>();
        client.map_or_else(|| parts.uri.clone(), |it| it.uri(&parts.uri))
    });
    // What the layer has vouched for is part of the key.
    let cache = cache.trust(&http::HeaderName::from_static("x-forwarded-host"));
    let app = Router::new()
        .route("/", get(handler))
        .layer((loopback(), cache));
    let (listener, addr) = listen().await;
    let _drain = start(listener, app).await;
    let https = ("x-forwarded-proto", "https");
    let host = ("x-forwarded-host", "shop.example");
    for _ in 0..2 {
        assert_eq!(ask(addr, &[]).await.1, "http://localhost/ 0");
        assert_eq!(ask(addr, &[https]).await.1, "https://localhost/ 1");
        assert_eq!(ask(addr, &[https, host]).await.1, "https://shop.example/ 2");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

/// `Secure` where the client used HTTPS, whatever the proxy speaks to us.
#[tokio::test]
async fn a_cookie_is_secure_where_the_client_is() {
    let handler = async |client: ClientInfo| {
        let cookie = match client.is_https() {
            true => "id=1; Secure",
            false => "id=1",
        };
        [(SET_COOKIE, HeaderValue::from_static(cookie))]
    };
    let app = Router::new().route("/", get(handler)).layer(loopback());
    let (listener, addr) = listen().await;
    let _drain = start(listener, app).await;
    let (cookie, _) = ask(addr, &[("x-forwarded-proto", "https")]).await;
    assert_eq!(cookie.as_deref(), Some("id=1; Secure"));
    let (cookie, _) = ask(addr, &[]).await;
    assert_eq!(cookie.as_deref(), Some("id=1"));
}

/// As the README has it.
struct Proxied<L> {
    inner: L,
    protocol: ProxyProtocol,
}

impl<L: Listener<Addr = SocketAddr>> Listener for Proxied<L> {
    type Io = ProxyStream<L::Io>;
    type Addr = ProxiedAddr;

    async fn accept(&mut self) -> io::Result<(Self::Io, ProxiedAddr)> {
        let (io, peer) = self.inner.accept().await?;
        Ok(self.protocol.wrap(io, peer))
    }

    fn turn_away(&mut self) -> Duration {
        self.inner.turn_away()
    }

    fn close(self, mut take: impl FnMut(Self::Io, ProxiedAddr)) -> Result<(), (Self, io::Error)> {
        let Self { inner, protocol } = self;
        let closed = inner.close(|io, peer| {
            let (io, addr) = protocol.wrap(io, peer);
            take(io, addr);
        });
        closed.map_err(|(inner, error)| (Self { inner, protocol }, error))
    }

    fn peer(addr: &ProxiedAddr) -> Option<SocketAddr> {
        Some(addr.client())
    }
}

/// A header, and a request on the same connection.
async fn ask_with(addr: SocketAddr, header: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream
        .write_all(format!("{header}{request}").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    let read = tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer);
    // Closed is an answer, too.
    let _ = within("an answer", read).await;
    answer
}

#[tokio::test]
async fn buttress_drain_serves_connections_with_a_proxy_header() {
    let address = async |client: ClientInfo| format!("<{}>", client.address().unwrap());
    let app = || {
        Router::new()
            .route("/", get(address))
            .layer(TrustProxyLayer::default())
    };
    let header = "PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n";
    for (trust, proxied, plain) in [
        ("loopback", "<203.0.113.7>", ""),
        ("10.0.0.0/8", "400 Bad Request", "<127.0.0.1>"),
    ] {
        let (inner, addr) = listen().await;
        let protocol = ProxyProtocol::new(trust.parse().unwrap());
        let _drain = start(Proxied { inner, protocol }, app()).await;
        let answer = ask_with(addr, header).await;
        assert!(answer.contains(proxied), "{trust}: {answer}");
        let answer = ask_with(addr, "").await;
        assert!(
            answer.contains(plain) && answer.is_empty() == plain.is_empty(),
            "{trust}: {answer}"
        );
    }
}
