//! Variants.

use crate::{
    case::{answer, ask, ok},
    proxy::Proxy,
};

fn varies(vary: &str) -> Vec<String> {
    vec![
        "Cache-Control: max-age=5000".to_owned(),
        format!("Vary: {vary}"),
    ]
}

async fn share(proxy: &Proxy, vary: &str, one: &[&str], other: &[&str]) {
    let lines = varies(vary);
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let steps = || vec![ask(one).gets(ok(&lines)), ask(other).cached()];
    proxy
        .case(&format!("{one:?} and {other:?} by {vary}"), steps)
        .await;
}

async fn differ(proxy: &Proxy, vary: &str, one: &[&str], other: &[&str]) {
    let lines = varies(vary);
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let steps = || {
        vec![
            ask(one).gets(answer(200, &lines, "one")),
            ask(other).gets(answer(200, &lines, "other")),
            ask(one).cached().text("one"),
            ask(other).cached().text("other"),
        ]
    };
    proxy
        .case(&format!("{one:?} and {other:?} by {vary}"), steps)
        .await;
}

#[tokio::test]
async fn requests_that_say_the_same_share() {
    let proxy = Proxy::start().await;
    share(&proxy, "Foo", &["foo: 1"], &["foo: 1"]).await;
    share(
        &proxy,
        "Foo",
        &["foo: 1", "other: 2"],
        &["foo: 1", "other: 3"],
    )
    .await;
    share(
        &proxy,
        "Foo, Bar",
        &["foo: 1", "bar: abc"],
        &["bar: abc", "foo: 1"],
    )
    .await;
    share(
        &proxy,
        "Foo, Bar, Baz",
        &["foo: 1", "baz: 789"],
        &["foo: 1", "baz: 789"],
    )
    .await;
    share(&proxy, "Foo", &["foo: 1, 2"], &["foo: 1", "foo: 2"]).await;
    share(&proxy, "Foo", &["foo: 1,2"], &["foo:  1, 2 "]).await;
    share(&proxy, "Foo", &[], &[]).await;
    share(
        &proxy,
        "Accept-Language",
        &["accept-language: en, de"],
        &["accept-language: eN, De"],
    )
    .await;
    share(
        &proxy,
        "Accept-Language",
        &["accept-language: en, de"],
        &["accept-language:  en ,   de"],
    )
    .await;
    share(
        &proxy,
        "Accept-Language",
        &["accept-language: en, de"],
        &["accept-language: de, en"],
    )
    .await;
}

#[tokio::test]
async fn requests_that_differ_have_a_response_each() {
    let proxy = Proxy::start().await;
    differ(&proxy, "Foo", &["foo: 1"], &["foo: 2"]).await;
    differ(&proxy, "Foo", &["foo: 1"], &[]).await;
    differ(&proxy, "Foo", &[], &["foo: 1"]).await;
    differ(
        &proxy,
        "Foo, Bar",
        &["foo: 1", "bar: abc"],
        &["foo: 2", "bar: abc"],
    )
    .await;
    differ(&proxy, "Foo, Bar", &["foo: 1"], &[]).await;
    differ(
        &proxy,
        "Foo, Bar, Baz",
        &["foo: 1", "bar: abc", "baz: 789"],
        &["foo: 1", "baz: 789", "bar: abcde"],
    )
    .await;
    differ(
        &proxy,
        "Accept-Language",
        &["accept-language: en"],
        &["accept-language: de"],
    )
    .await;
    differ(
        &proxy,
        "Accept-Encoding",
        &["accept-encoding: gzip"],
        &["accept-encoding: br"],
    )
    .await;
}

#[tokio::test]
async fn a_validation_is_sent_with_the_fields_that_select() {
    let proxy = Proxy::start().await;
    let lines = ["Cache-Control: max-age=0", "ETag: \"a\"", "Vary: Abc"];
    let steps = || {
        vec![
            ask(&["abc: 123"]).gets(ok(&lines)),
            ask(&["abc: 123"])
                .validated_by(crate::case::not_modified(&lines))
                .sends("abc", "123")
                .sends("if-none-match", "\"a\""),
            ask(&["abc: 456"])
                .gets(ok(&lines))
                .sends_no("if-none-match"),
        ]
    };
    proxy.case("etag and vary", steps).await;
}
