//! What 304 and HEAD change.

use crate::{
    case::{answer, ask, ask_by, not_modified, ok},
    proxy::Proxy,
};

const STALE: &str = "Cache-Control: max-age=60";
const OLD: &str = "Age: 60";
const MODIFIED: &str = "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT";

#[tokio::test]
async fn a_304_updates_what_it_names() {
    let proxy = Proxy::start().await;
    for (name, before, after) in [
        ("Test-Header", "1", "2"),
        ("X-Test-Header", "1", "2"),
        ("Content-Foo", "1", "2"),
        ("Cache-Control", "max-age=60", "max-age=3600"),
        ("Content-Type", "text/plain", "text/plain;charset=utf-8"),
        ("Content-Location", "/foo", "/bar"),
        (
            "Content-MD5",
            "rL0Y20zC+Fzt72VPzMSk2A==",
            "N7UdGUp1E+RbVvZSTy1R8g==",
        ),
        (
            "Expires",
            "Fri, 01 Jan 2038 01:01:01 GMT",
            "Mon, 11 Jan 2038 11:11:11 GMT",
        ),
        ("Set-Cookie2", "a=b", "a=c"),
        ("X-Frame-Options", "deny", "sameorigin"),
    ] {
        let (old, new) = (format!("{name}: {before}"), format!("{name}: {after}"));
        let own = name == "Cache-Control";
        for validator in ["ETag: \"a\"", MODIFIED] {
            let first: Vec<_> = [&*old, OLD, validator]
                .into_iter()
                .chain((!own).then_some(STALE))
                .collect();
            let second: Vec<_> = [&*new, validator]
                .into_iter()
                .chain((!own).then_some(STALE))
                .collect();
            let steps = || {
                vec![
                    ask(&[]).gets(ok(&first)).has(name, before),
                    ask(&[])
                        .validated_by(not_modified(&second))
                        .has(name, after)
                        .text("body"),
                    ask(&[]).cached().has(name, after).text("body"),
                ]
            };
            proxy.case(&format!("{name}, {validator}"), steps).await;
        }
    }
}

#[tokio::test]
async fn a_304_keeps_what_it_does_not_name_and_the_length() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&[]).gets(ok(&[STALE, OLD, MODIFIED, "Test-Header: 1"])),
            ask(&[])
                .validated_by(not_modified(&[MODIFIED, "Content-Length: 10"]))
                .has("test-header", "1")
                .has("content-length", "4"),
            ask(&[])
                .cached()
                .has("test-header", "1")
                .has("content-length", "4"),
        ]
    };
    proxy.case("omitted", steps).await;
}

#[tokio::test]
async fn something_newer_takes_its_place() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&[]).gets(answer(200, &[STALE, OLD, "ETag: \"a\""], "one")),
            ask(&[])
                .validated_by(answer(200, &[STALE, "ETag: \"b\""], "two"))
                .text("two"),
            ask(&[]).cached().text("two").has("etag", "\"b\""),
        ]
    };
    proxy.case("200", steps).await;
}

#[tokio::test]
async fn head_is_answered_from_get_and_get_not_from_head() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
        ask_by("HEAD", &[]).gets((200, crate::origin::Answer::Bytes(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\n".to_vec()))).text(""),
        ask(&[]).gets(ok(&[STALE])).text("body"),
        ask_by("HEAD", &[]).cached().text("").has("content-length", "4"),
        ask(&[]).cached().text("body"),
    ]
    };
    proxy.case("head, get, head", steps).await;
}

#[tokio::test]
async fn head_updates_what_is_stored() {
    let proxy = Proxy::start().await;
    let head = |text: &str| {
        (
            200,
            crate::origin::Answer::Bytes(format!("HTTP/1.1 200 OK\r\n{text}\r\n\r\n").into_bytes()),
        )
    };
    let steps = || {
        vec![
            ask(&[]).gets(ok(&[STALE, OLD, "ETag: \"a\"", "A: 1", "B: 1"])),
            ask_by("HEAD", &[])
                .gets(head(
                    "Cache-Control: max-age=600\r\nETag: \"a\"\r\nContent-Length: 4\r\nA: 2",
                ))
                .has("a", "2"),
            ask(&[]).cached().text("body").has("a", "2").has("b", "1"),
        ]
    };
    proxy.case("the same version", steps).await;
    let steps = || {
        vec![
            ask(&[]).gets(ok(&[STALE, "ETag: \"a\""])),
            ask_by("HEAD", &["cache-control: no-cache"]).gets(head(
                "Cache-Control: max-age=600\r\nETag: \"b\"\r\nContent-Length: 4",
            )),
            ask(&[]).gets(ok(&[STALE, "ETag: \"b\""])),
        ]
    };
    proxy.case("another version", steps).await;
}
