//! Which fields are kept.

use crate::{
    case::{ask, ok},
    proxy::Proxy,
};

const FRESH: &str = "Cache-Control: max-age=3600";

#[tokio::test]
async fn fields_of_the_representation_are_kept() {
    let proxy = Proxy::start().await;
    for line in [
        "Test-Header: a",
        "X-Test-Header: a",
        "Content-Foo: a",
        "Content-Encoding: foo",
        "Content-Location: /bar",
        "Content-MD5: N7UdGUp1E+RbVvZSTy1R8g==",
        "Content-Range: foo",
        "Content-Security-Policy: default-src 'self'",
        "Content-Type: text/plain;charset=utf-8",
        "Clear-Site-Data: cookies",
        "ETag: \"ghijkl\"",
        "Expires: Mon, 11 Jan 2038 11:11:11 GMT",
        "Public-Key-Pins: a",
        "Set-Cookie2: a=c",
        "X-Frame-Options: sameorigin",
        "X-XSS-Protection: 1; mode=block",
    ] {
        let (name, value) = line.split_once(": ").expect("a line");
        let steps = || {
            vec![
                ask(&[]).gets(ok(&[FRESH, line])).has(name, value),
                ask(&[]).cached().has(name, value),
            ]
        };
        proxy.case(line, steps).await;
    }
}

#[tokio::test]
async fn fields_of_the_connection_are_not() {
    let proxy = Proxy::start().await;
    for name in [
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "upgrade",
    ] {
        let line = format!("{name}: a");
        let steps = || {
            vec![
                ask(&[]).gets(ok(&[FRESH, &line])),
                ask(&[]).cached().lacks(name),
            ]
        };
        proxy.case(name, steps).await;
    }
    let listed = [FRESH, "Connection: a, b", "a: 1", "b: 2", "c: 3"];
    let steps = || {
        vec![
            ask(&[]).gets(ok(&listed)).lacks("a").lacks("b"),
            ask(&[])
                .cached()
                .lacks("a")
                .lacks("b")
                .lacks("connection")
                .has("c", "3"),
        ]
    };
    proxy.case("connection", steps).await;
}

#[tokio::test]
async fn named_fields_are_not() {
    let proxy = Proxy::start().await;
    for directives in [
        "max-age=3600, no-cache=\"a, b\"",
        "max-age=3600, private=\"a, b\"",
    ] {
        let line = format!("Cache-Control: {directives}");
        let lines = [&*line, "a: 1", "b: 2", "c: 3"];
        let steps = || {
            vec![
                ask(&[]).gets(ok(&lines)).has("a", "1"),
                ask(&[]).cached().lacks("a").lacks("b").has("c", "3"),
            ]
        };
        proxy.case(directives, steps).await;
    }
}
