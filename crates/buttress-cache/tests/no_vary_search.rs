//! Queries that a response calls the same share it.

mod support;

use http::{Request, Uri};
use support::{Asked, End, Reply, Setup, get, reply};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// An origin that answers with the query, and calls some of it noise.
fn echo(rule: &'static str) -> impl Fn(Asked) -> Reply + Clone + Send + 'static {
    move |asked: Asked| {
        let body = asked.uri().query().unwrap_or("none").to_owned();
        match rule {
            "" => reply([FRESH], body),
            rule => reply([FRESH, ("no-vary-search", rule)], body),
        }
    }
}

#[tokio::test]
async fn from_the_second_request_on_queries_share_an_entry() {
    let app = Setup::new().around(echo("params=(\"utm\"), key-order"));
    assert_eq!(app.get("/p?a=1&utm=x").await.body, "a=1&utm=x");
    // The rule is known now, and the entry of the first is not under it.
    assert_eq!(app.get("/p?a=1&utm=y").await.body, "a=1&utm=y");
    for path in ["/p?a=1&utm=z", "/p?a=1", "/p?utm=z&a=1", "/p?a=%31&utm"] {
        let got = app.get(path).await;
        assert_eq!(
            (got.is_hit(), &*got.body),
            (true, &b"a=1&utm=y"[..]),
            "{path}"
        );
    }
    assert_eq!(app.calls.count(), 2);
    assert_eq!(app.get("/p?a=2&utm=y").await.body, "a=2&utm=y");
    assert_eq!(app.get("/other?a=1").await.body, "a=1");
    assert_eq!(app.get("/p").await.body, "none");
}

#[tokio::test]
async fn without_a_rule_every_query_has_its_own() {
    let app = Setup::new().around(echo(""));
    for path in ["/p?a=1&b=2", "/p?b=2&a=1", "/p?a=1&b=2&", "/p?", "/p"] {
        assert!(!app.get(path).await.is_hit(), "{path}");
        assert!(app.get(path).await.is_hit(), "{path}");
    }
}

#[tokio::test]
async fn what_was_stored_under_one_rule_answers_nothing_under_another() {
    let app = Setup::new().around(|asked: Asked| {
        let query = asked.uri().query().unwrap_or_default().to_owned();
        let rule = if query.contains("new") {
            "params=(\"new\" \"b\")"
        } else {
            "params=(\"a\")"
        };
        reply([FRESH, ("no-vary-search", rule)], query)
    });
    app.get("/p?a=1&x").await;
    app.get("/p?a=2&x").await;
    assert!(app.get("/p?a=3&x").await.is_hit());
    // Asked for under the rule before it, so it is not stored, but learned from.
    assert!(!app.get("/p?new&x").await.is_hit());
    // Under the new rule `a` counts again.
    let got = app.get("/p?a=3&x").await;
    assert_eq!((got.is_hit(), &*got.body), (false, &b"a=3&x"[..]));
}

#[tokio::test]
async fn a_response_without_the_rule_ends_it() {
    let app = Setup::new().around(|asked: Asked| {
        let query = asked.uri().query().unwrap_or_default().to_owned();
        match query.contains("plain") {
            true => reply([FRESH], query),
            false => reply([FRESH, ("no-vary-search", "params")], query),
        }
    });
    app.get("/p?a=1").await;
    app.get("/p?a=2").await;
    assert!(app.get("/p?a=3").await.is_hit());
    app.cache
        .purge_prefix("http://")
        .await
        .expect("memory is always there");
    assert_eq!(app.get("/p?plain=1").await.body, "plain=1");
    assert_eq!(app.get("/p?plain=2").await.body, "plain=2");
    assert_eq!(app.get("/p?plain=1").await.body, "plain=1");
}

#[tokio::test]
async fn purges_and_unsafe_requests_reach_the_shared_entry() {
    let app = Setup::new().around(echo("params=(\"utm\")"));
    let uri: Uri = "http://example.com/p?a=1&utm=other".parse().expect("a URI");
    let fill = || async {
        app.get("/p?a=1&utm=1").await;
        app.get("/p?a=1&utm=2").await;
        assert!(app.get("/p?a=1&utm=3").await.is_hit());
    };
    fill().await;
    app.cache.purge(&uri).await.expect("memory is always there");
    assert!(!app.get("/p?a=1&utm=3").await.is_hit());
    fill().await;
    app.cache
        .soft_purge(&uri)
        .await
        .expect("memory is always there");
    assert!(!app.get("/p?a=1&utm=3").await.is_hit());
    fill().await;
    let post = Request::post("/p?a=1&utm=9")
        .header("host", "example.com")
        .end();
    app.send(post).await;
    assert!(!app.get("/p?a=1&utm=3").await.is_hit());
}

#[tokio::test]
async fn variants_stay_apart() {
    let app = Setup::new().around(|asked: Asked| {
        let language = asked.headers().get("accept-language").cloned();
        let body = language.map_or(Vec::new(), |value| value.as_bytes().to_vec());
        let lines = [
            FRESH,
            ("no-vary-search", "params"),
            ("vary", "accept-language"),
        ];
        reply(lines, body)
    });
    for query in 0..3 {
        for language in ["de", "en"] {
            let asked = get(&format!("/p?{query}"))
                .header("accept-language", language)
                .end();
            assert_eq!(app.send(asked).await.body, language);
        }
    }
}
