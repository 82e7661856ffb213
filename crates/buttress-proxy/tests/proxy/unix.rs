//! An upstream on a Unix socket.

use crate::support::serve;
use buttress_proxy::{ReverseProxy, Upstream};
use buttress_testing::{h1, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixListener,
};

#[tokio::test]
async fn a_unix_socket_is_an_upstream_like_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.sock");
    let listener = UnixListener::bind(&path).expect("a socket");
    let upstream: Upstream = format!("unix:{}", path.display()).parse().expect("one");
    let server = serve(ReverseProxy::new(upstream)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let (head, seen) = tokio::join!(client.get("/a", &[]), async {
        let (mut stream, _) = within("a connection", listener.accept())
            .await
            .expect("one");
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\n") {
            stream.read_buf(&mut seen).await.expect("a head");
        }
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        stream.write_all(answer).await.expect("open");
        String::from_utf8_lossy(&seen).into_owned()
    });
    assert_eq!(head.status.as_u16(), 200);
    assert_eq!(client.body().await.complete(), "ok");
    assert!(seen.starts_with("GET /a HTTP/1.1\r\n"), "{seen}");
}
