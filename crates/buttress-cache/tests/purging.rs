//! Purges: by key, prefix and tag, hard and soft, and while something comes.

mod support;

use buttress_cache::CacheRules;
use buttress_testing::{Gate, ScriptedBody, collect};
use http_body_util::BodyExt;
use support::{App, End, Origin, Setup, fresh, get, reply};

fn uri(text: &str) -> http::Uri {
    text.parse().unwrap()
}

/// Tags each response with the first part of its path.
fn tagging(setup: &Setup) -> App<impl Origin<Future: Send>> {
    setup.around(|asked| {
        let fields = [("cache-control", "max-age=60"), ("etag", "\"1\"")];
        let mut response = reply(fields, asked.uri().path().to_owned());
        let tag = asked.uri().path().split('/').nth(1).unwrap();
        response.extensions_mut().insert(CacheRules::new().tag(tag));
        if asked.headers().contains_key("if-none-match") {
            *response.status_mut() = http::StatusCode::NOT_MODIFIED;
        }
        response
    })
}

async fn hits<S: Origin<Future: Send>>(app: &App<S>, paths: [&str; 3]) -> [bool; 3] {
    let mut hits = [false; 3];
    for (hit, path) in hits.iter_mut().zip(paths) {
        *hit = app.get(path).await.is_hit();
    }
    hits
}

const PATHS: [&str; 3] = ["/a/1", "/a/2", "/b/1"];

#[tokio::test]
async fn a_purge_takes_out_what_it_names() {
    let app = tagging(&Setup::new());
    hits(&app, PATHS).await;
    assert_eq!(hits(&app, PATHS).await, [true; 3]);
    app.cache
        .purge(&uri("http://Example.com:80/a/1"))
        .await
        .unwrap();
    assert_eq!(hits(&app, PATHS).await, [false, true, true]);
    app.cache.purge_tag("a").await.unwrap();
    assert_eq!(hits(&app, PATHS).await, [false, false, true]);
    app.cache
        .purge_prefix("http://example.com/a/")
        .await
        .unwrap();
    assert_eq!(hits(&app, PATHS).await, [false, false, true]);
    app.cache.purge_all().await.unwrap();
    assert_eq!(hits(&app, PATHS).await, [false; 3]);
    assert!(app.cache.purge(&uri("/a/1")).await.is_err());
}

#[tokio::test]
async fn a_soft_purge_has_it_validated() {
    let app = tagging(&Setup::new());
    hits(&app, PATHS).await;
    app.cache
        .soft_purge(&uri("http://example.com/a/1"))
        .await
        .unwrap();
    assert_eq!(hits(&app, PATHS).await, [false, true, true]);
    app.cache.soft_purge_tag("a").await.unwrap();
    assert_eq!(hits(&app, PATHS).await, [false, false, true]);
    app.cache
        .soft_purge_prefix("http://example.com/b")
        .await
        .unwrap();
    assert_eq!(hits(&app, PATHS).await, [true, true, false]);
    assert_eq!(app.cache.stats().revalidated, 4);
    assert_eq!(hits(&app, PATHS).await, [true; 3]);
}

/// A body that stands still in the middle, and what purges it meanwhile.
async fn is_stored_despite(purge: impl AsyncFnOnce(&buttress_cache::Cache)) -> bool {
    let gate = Gate::new();
    let app = Setup::new().around({
        let gate = gate.clone();
        move |_| {
            let mut response = fresh("");
            response.extensions_mut().insert(CacheRules::new().tag("a"));
            *response.body_mut() = ScriptedBody::new().data("old").hold(&gate);
            response
        }
    });
    let mut body = app.start(get("/a").end()).await.into_body();
    body.frame().await.unwrap().unwrap();
    purge(&app.cache).await;
    gate.open();
    assert!(collect(body).await.error.is_none());
    app.get("/a").await.is_hit()
}

#[tokio::test]
async fn a_purge_during_a_fill_is_not_undone_by_it() {
    assert!(is_stored_despite(async |_| {}).await);
    let a = uri("http://example.com/a");
    assert!(!is_stored_despite(async |cache| cache.purge(&a).await.unwrap()).await);
    assert!(!is_stored_despite(async |cache| cache.soft_purge(&a).await.unwrap()).await);
    assert!(!is_stored_despite(async |cache| cache.purge_tag("a").await.unwrap()).await);
    assert!(!is_stored_despite(async |cache| cache.purge_all().await.unwrap()).await);
    let prefix = async |cache: &buttress_cache::Cache| {
        cache.purge_prefix("http://example.com/").await.unwrap();
    };
    assert!(!is_stored_despite(prefix).await);
    let others = async |cache: &buttress_cache::Cache| {
        cache.purge(&uri("http://example.com/b")).await.unwrap();
        cache.purge_tag("b").await.unwrap();
        cache.purge_prefix("http://example.com/b").await.unwrap();
    };
    assert!(is_stored_despite(others).await);
}

#[tokio::test]
async fn a_purge_while_the_origin_is_asked_is_not_undone_either() {
    let gate = Gate::new();
    let app = Setup::new().around_async({
        let gate = gate.clone();
        move |_| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                fresh("old")
            }
        }
    });
    let asks = tokio::spawn({
        let app = app.clone();
        async move { app.get("/").await }
    });
    gate.reached().await;
    app.cache.purge(&uri("http://example.com/")).await.unwrap();
    gate.open();
    asks.await.unwrap();
    assert!(!app.get("/").await.is_hit());
}

#[tokio::test]
async fn all_variants_go_together() {
    let app = Setup::new().around(|_| {
        reply(
            [("cache-control", "max-age=60"), ("vary", "accept-language")],
            "x",
        )
    });
    let ask = async |language| {
        let asked = get("/").header("accept-language", language).end();
        app.send(asked).await.is_hit()
    };
    for is_hit in [false, true, false] {
        for language in ["de", "en"] {
            assert_eq!(ask(language).await, is_hit, "{language}");
        }
        if is_hit {
            app.cache.purge(&uri("http://example.com/")).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_namespace_is_part_of_what_is_purged() {
    let setup = Setup::new().with(|layer| layer.namespace("shop"));
    let app = setup.around(|_| fresh("x"));
    let other = setup.clone().with(|layer| layer.namespace("blog"));
    let other = other.around(|_| fresh("y"));
    assert_eq!(
        (app.get("/").await.body, other.get("/").await.body),
        ("x".into(), "y".into())
    );
    app.cache.purge(&uri("http://example.com/")).await.unwrap();
    assert!(!app.get("/").await.is_hit());
    assert!(other.get("/").await.is_hit());
    app.cache.purge_prefix("http://").await.unwrap();
    assert!(!app.get("/").await.is_hit());
    assert!(other.get("/").await.is_hit());
}
