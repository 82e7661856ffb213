//! Heads and bodies that are too large.

use super::load::Tally;
use super::row::Row;
use super::{start, times};
use crate::app::App;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What is sent, and which answer it gets.
fn requests() -> Vec<(Vec<u8>, u16)> {
    let long = |length| "x".repeat(length);
    let mut fields = String::new();
    for nth in 0..120 {
        fields += &format!("x-{nth}: {nth}\r\n");
    }
    let texts = [
        (
            format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", long(70_000)),
            431,
        ),
        (
            format!("GET /plain HTTP/1.1\r\nHost: x\r\n{fields}\r\n"),
            431,
        ),
        (
            format!(
                "GET /plain HTTP/1.1\r\nHost: x\r\nCookie: sid={}\r\n\r\n",
                long(500_000)
            ),
            431,
        ),
        (post("Content-Length: 3000000", &long(3_000_000)), 413),
        (post("Transfer-Encoding: chunked", &chunks(3_000_000)), 413),
    ];
    texts
        .map(|(text, status)| (text.into_bytes(), status))
        .into()
}

fn post(framing: &str, body: &str) -> String {
    let json = "Content-Type: application/json";
    format!("POST /echo HTTP/1.1\r\nHost: x\r\n{json}\r\n{framing}\r\n\r\n{body}")
}

fn chunks(length: usize) -> String {
    let chunk = format!("2710\r\n{}\r\n", "x".repeat(10_000));
    chunk.repeat(length / 10_000) + "0\r\n\r\n"
}

/// Sends all of it, as far as the app takes it, and reads the status.
async fn status(app: &App, request: Vec<u8>) -> Option<u16> {
    let stream = TcpStream::connect(app.addr).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    // Who refuses a request need not read it to its end.
    let sent = tokio::spawn(async move { write.write_all(&request).await });
    let mut answer = vec![0; 12];
    let read = read.read_exact(&mut answer).await;
    sent.abort();
    read.ok()?;
    let status = answer.strip_prefix(b"HTTP/1.1 ")?;
    std::str::from_utf8(status).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oversized_heads_and_bodies_are_refused_and_nothing_else_is() {
    let app = start(&[]).await;
    let row = Row::begin("oversized heads and bodies", &app);
    let mut tally = Tally::default();
    for _ in 0..4 * times() {
        for (request, wanted) in requests() {
            tally.answered += 1;
            match status(&app, request).await {
                Some(status) if status == wanted => tally.expected += 1,
                // The answer may be lost where a connection is closed with bytes in it
                // that nobody has read.
                None => tally.expected += 1,
                other => tally.unexpected.push(format!("{other:?} for {wanted}")),
            }
        }
        assert_eq!(app.get("/plain").await.status(), 200);
    }
    row.end(&app, &tally, "").await;
}
