//! Two instances behind a proxy: one is killed and comes back, the other is reloaded.

use crate::app::App;
use crate::client::{Clients, login};
use crate::proxy::Proxy;
use buttress_testing::{Redis, within};

/// An instance, on a port that it keeps over restarts.
async fn instance(addr: &str, redis: &Redis) -> App {
    let args = [
        "--listen",
        addr,
        "--sessions",
        &redis.url(),
        "--trust-proxy",
        "loopback",
    ];
    // Long enough for two checks of HAProxy's.
    let variables = [
        ("APP_DRAIN__PRE_STOP", "600ms"),
        ("APP_DRAIN__LINGER", "1s"),
    ];
    App::start_with(&args, &variables).await
}

async fn fails_over(redis: Redis, first: App, second: App, proxy: Proxy) {
    let [a, b] = [&first, &second].map(|app| app.addr.to_string());
    let mut clients = Clients::start(&proxy, 4).await;
    clients.get(300).await;

    // Killed: what it had in flight is cut, and its port refuses.
    first.kill().await;
    clients.get(300).await;
    let first = instance(&a, &redis).await;
    is_back(&proxy, &first).await;
    clients.get(300).await;

    // Reloaded: it drains, ends, and a new one takes its place.
    second.terminate().await;
    let ended = within("the drain", second.ended()).await;
    assert!(ended.status.success(), "{}", ended.stderr);
    clients.get(300).await;
    let second = instance(&b, &redis).await;
    is_back(&proxy, &second).await;
    clients.get(300).await;

    let seen = clients.seen().await;
    assert_eq!(seen.failures, [""; 0], "of {}", seen.requests);
}

/// Waits until the proxy has found out that an instance is back: until it has answered
/// something that is in no cache.
async fn is_back(proxy: &Proxy, app: &App) {
    let found_out = async {
        for number in 1_000.. {
            if app.get("/calls").await.text() != "0" {
                return;
            }
            let mut connection = proxy.connect().await;
            let path = format!("/cached/{number}");
            let head = connection.get(&path, &[]).await;
            assert_eq!(head.status, 200);
            let _ = connection.body().await.complete();
        }
    };
    within("the proxy to find out", found_out).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_no_request_fails_and_no_session_is_lost() {
    let redis = Redis::start();
    let first = instance("127.0.0.1:0", &redis).await;
    let second = instance("127.0.0.1:0", &redis).await;
    let proxy = Proxy::nginx([&first, &second]).await;
    fails_over(redis, first, second, proxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_haproxy_no_request_fails_and_no_session_is_lost() {
    let redis = Redis::start();
    let first = instance("127.0.0.1:0", &redis).await;
    let second = instance("127.0.0.1:0", &redis).await;
    let proxy = Proxy::haproxy([&first, &second]).await;
    fails_over(redis, first, second, proxy).await;
}

/// The log of an instance has the client's address, which the proxy tells; not what the
/// client says of itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_app_knows_the_client_behind_both() {
    let redis = Redis::start();
    for name in ["nginx", "haproxy"] {
        let apps = [
            instance("127.0.0.1:0", &redis).await,
            instance("127.0.0.1:0", &redis).await,
        ];
        let proxy = match name {
            "nginx" => Proxy::nginx([&apps[0], &apps[1]]).await,
            _ => Proxy::haproxy([&apps[0], &apps[1]]).await,
        };
        let mut connection = proxy.connect().await;
        let spoofed = [("X-Forwarded-For", "6.6.6.6"), ("Forwarded", "for=6.6.6.6")];
        let head = connection
            .request(http::Method::GET, "/plain", &spoofed, b"")
            .await;
        assert_eq!(head.status, 200, "{name}");
        let _ = connection.body().await.complete();
        let mut log = String::new();
        for app in apps {
            app.terminate().await;
            log += &within("the end", app.ended()).await.stdout;
        }
        let line = log.lines().find(|line| line.contains("/plain"));
        let line = line.unwrap_or_else(|| panic!("{name}: no line in {log}"));
        assert!(line.contains(r#""client":"127.0.0.1""#), "{name}: {line}");
        assert!(!log.contains("6.6.6.6"), "{name}: {log}");
    }
}

/// What the app compresses arrives as it was, and is cached by nginx with its variants.
#[tokio::test(flavor = "multi_thread")]
async fn nginx_caches_what_the_app_has_compressed() {
    let redis = Redis::start();
    let apps = [
        instance("127.0.0.1:0", &redis).await,
        instance("127.0.0.1:0", &redis).await,
    ];
    let proxy = Proxy::nginx([&apps[0], &apps[1]]).await;
    let mut found = Vec::new();
    for coding in ["gzip", "gzip", "br", "br"] {
        let mut connection = proxy.connect().await;
        let headers = [("Accept-Encoding", coding)];
        let head = connection
            .request(http::Method::GET, "/cached/7", &headers, b"")
            .await;
        let body = connection.body().await.complete();
        assert_eq!(head.status, 200);
        let cache = head.header("x-cache").unwrap_or("none").to_owned();
        found.push((
            head.header("content-encoding").map(str::to_owned),
            cache,
            body.len(),
        ));
    }
    assert_eq!(found[1].1, "HIT", "{found:?}");
    assert_eq!(found[3].1, "HIT", "{found:?}");
    assert_eq!(found[0].0, found[1].0);
    // Sessions are nobody else's.
    let (_, cookies) = login(&proxy, 1).await;
    let mut connection = proxy.connect().await;
    let headers = [("Cookie", cookies.as_str())];
    for _ in 0..2 {
        let head = connection
            .request(http::Method::GET, "/me", &headers, b"")
            .await;
        let _ = connection.body().await.complete();
        assert_ne!(head.header("x-cache"), Some("HIT"));
    }
}
