//! Header fields that mean nothing, out of the fuzzers' corpora.

use super::load::Tally;
use super::row::Row;
use super::start;
use buttress_testing::h1::Connection;
use std::path::Path;

const FIELDS: [&str; 11] = [
    "Accept-Encoding",
    "Accept",
    "Cookie",
    "Range",
    "If-Range",
    "Cache-Control",
    "Forwarded",
    "X-Forwarded-For",
    "If-None-Match",
    "Traceparent",
    "X-Request-Id",
];

const PATHS: [&str; 4] = ["/cached/1", "/page", "/me", "/assets/logo.svg"];

/// Lines of all seeds: what a field can hold.
fn values() -> Vec<Vec<u8>> {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut values = vec![
        vec![b'='; 8_000],
        vec![b','; 8_000],
        b"\xff\xfe; =\"".to_vec(),
    ];
    for corpus in std::fs::read_dir(corpora).expect("the corpora") {
        for seed in std::fs::read_dir(corpus.unwrap().path()).unwrap() {
            let seed = std::fs::read(seed.unwrap().path()).unwrap();
            let lines = seed
                .split(|byte| matches!(byte, b'\n' | b'\r' | 0))
                .take(20);
            values.extend(lines.map(sendable));
        }
    }
    values.sort_unstable();
    values.dedup();
    values
}

/// Without what ends a field, and not too long for a head.
fn sendable(line: &[u8]) -> Vec<u8> {
    let bytes = line.iter().copied().take(16_000);
    bytes
        .filter(|byte| !matches!(byte, 0..=8 | 10..=31 | 127))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_fields_are_answered_with_no_5xx_and_on_the_same_connection() {
    let app = start(&[]).await;
    let row = Row::begin("malformed fields", &app);
    let mut connection = app.connect().await;
    let mut tally = Tally::default();
    let values = values();
    assert!(values.len() > 50, "{} seeds", values.len());
    for (nth, value) in values.iter().enumerate() {
        for field in FIELDS {
            let path = PATHS[(nth + field.len()) % PATHS.len()];
            let status = ask(&mut connection, path, field, value).await;
            tally.answered += 1;
            match status {
                200..=399 => {}
                // What cannot be met is said so.
                400 | 404 | 406 | 412 | 416 | 417 => tally.expected += 1,
                // What is asked for if it is stored, and is not (RFC 9111, 5.2.1.7).
                504 if value.starts_with(b"only-if-cached") => tally.expected += 1,
                status => {
                    let value = String::from_utf8_lossy(value);
                    tally
                        .unexpected
                        .push(format!("{status} for {field}: {value}"));
                }
            }
        }
    }
    row.end(&app, &tally, "").await;
}

async fn ask(connection: &mut Connection, path: &str, field: &str, value: &[u8]) -> u16 {
    let start = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{field}: ");
    connection
        .send([start.as_bytes(), value, b"\r\n\r\n"].concat())
        .await;
    let head = connection.head().await;
    let _ = connection.body().await.complete();
    head.status.as_u16()
}
