//! (8) Sticky clients: the loss of a backend moves its own clients and no others; a
//! cookie that is forged or stale chooses nothing.

mod support;

use buttress_balance::{Change, Policy, Sticky, StickyCookie};
use bytes::Bytes;
use http::{
    HeaderName, Request, Response,
    header::{COOKIE, SET_COOKIE},
};
use http_body_util::Full;
use std::collections::HashMap;
use support::{Cluster, Does, Tested, who};
use tower::ServiceExt;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn cluster() -> Cluster {
    Cluster::new(&NAMES.map(|name| (name, Does::Answers)))
}

fn by_cookie(cluster: &Cluster) -> Tested {
    let sticky = StickyCookie::new("backend", SECRET);
    cluster.builder().sticky(sticky).build(cluster.names())
}

/// Who answers, and the cookie that the client gets.
async fn visit(balancer: &Tested, cookie: Option<&str>) -> (String, Option<String>) {
    let mut request = Request::get("/");
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, format!("other=1; backend={cookie}; more=2"));
    }
    let request = request.body(Full::new(Bytes::new())).unwrap();
    let response = balancer.clone().oneshot(request).await.unwrap();
    let given = cookie_of(&response);
    (who(Ok(response)).await, given)
}

fn cookie_of<B>(response: &Response<B>) -> Option<String> {
    let line = response.headers().get(SET_COOKIE)?.to_str().unwrap();
    let (value, attributes) = line.strip_prefix("backend=")?.split_once(';').unwrap();
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax; Secure");
    Some(value.to_owned())
}

#[tokio::test]
async fn a_client_with_a_cookie_comes_back_to_its_backend() {
    let balancer = by_cookie(&cluster());
    for _ in 0..20 {
        let (first, cookie) = visit(&balancer, None).await;
        let cookie = cookie.expect("a cookie");
        assert!(!cookie.contains(&first) || cookie.len() == 22);
        for _ in 0..5 {
            // It is not given again.
            assert_eq!(visit(&balancer, Some(&cookie)).await, (first.clone(), None));
        }
        // Another process knows it, too.
        let other = by_cookie(&cluster());
        assert_eq!(visit(&other, Some(&cookie)).await.0, first);
    }
}

#[tokio::test]
async fn a_forged_cookie_chooses_nothing() {
    let sticky = StickyCookie::new("backend", SECRET);
    let balancer = cluster().builder().sticky(sticky);
    let balancer = balancer.policy(Policy::RoundRobin).build(NAMES);
    let real = visit(&balancer, None).await.1.unwrap();
    let mut cut = real.clone();
    cut.pop();
    let stranger = cluster()
        .builder()
        .sticky(StickyCookie::new("backend", b"another secret ."));
    let stranger = visit(&stranger.build(NAMES), None).await.1.unwrap();
    for forged in ["a", "", "AAAAAAAAAAAAAAAAAAAAAA", &cut, &stranger, "=;="] {
        let mut answered = HashMap::new();
        for _ in 0..60 {
            let (name, given) = visit(&balancer, Some(forged)).await;
            // A real one takes its place.
            assert!(given.is_some(), "{forged}");
            *answered.entry(name).or_insert(0) += 1;
        }
        // The policy chooses, as if there were none.
        let shares = NAMES.map(|name| (name.to_owned(), 12));
        assert_eq!(answered, HashMap::from(shares), "{forged}");
    }
}

#[tokio::test]
async fn the_loss_of_a_backend_moves_its_clients_alone() {
    let balancer = by_cookie(&cluster());
    let mut clients = Vec::new();
    while clients.len() < 200 {
        let (name, cookie) = visit(&balancer, None).await;
        clients.push((name, cookie.unwrap()));
    }
    balancer.apply(Change::Remove("c"));
    for (name, cookie) in &clients {
        let (now, given) = visit(&balancer, Some(cookie)).await;
        assert_eq!(now != *name, name == "c");
        assert_eq!(given.is_some(), name == "c");
    }
}

/// A backend that fails is no better than one that is gone.
#[tokio::test]
async fn a_client_goes_elsewhere_while_its_backend_fails() {
    let cluster = cluster();
    let balancer = by_cookie(&cluster);
    let (name, cookie) = visit(&balancer, None).await;
    let cookie = cookie.unwrap();
    let name = NAMES.into_iter().find(|it| *it == name).unwrap();
    cluster.set(name, Does::Refuses);
    let (other, given) = visit(&balancer, Some(&cookie)).await;
    assert_ne!(other, name);
    let given = given.expect("the cookie of the other");
    assert_eq!(visit(&balancer, Some(&given)).await, (other, None));
}

#[tokio::test]
async fn an_old_secret_is_understood() {
    let cookie = visit(&by_cookie(&cluster()), None).await;
    let rotated = StickyCookie::new("backend", b"the secret after").old_secret(SECRET);
    let balancer = cluster().builder().sticky(rotated).build(NAMES);
    let (name, given) = visit(&balancer, cookie.1.as_deref()).await;
    assert_eq!(name, cookie.0);
    assert!(given.is_some(), "signed with the new one");
}

async fn by_key(balancer: &Tested, key: usize) -> String {
    let request = Request::get("/").header("x-tenant", key.to_string());
    let request = request.body(Full::new(Bytes::new())).unwrap();
    who(balancer.clone().oneshot(request).await).await
}

#[tokio::test]
async fn keys_move_only_as_they_must() {
    let keyed = || Sticky::header(HeaderName::from_static("x-tenant"));
    let cluster = cluster();
    let balancer = cluster.builder().sticky(keyed()).build(NAMES);
    let mut before = Vec::new();
    for key in 0..1_000 {
        before.push(by_key(&balancer, key).await);
    }
    // Evenly.
    for name in NAMES {
        let count = before.iter().filter(|it| *it == name).count();
        assert!((150..250).contains(&count), "{name}: {count}");
    }
    balancer.apply(Change::Remove("b"));
    let mut moved = 0;
    for (key, name) in before.iter().enumerate() {
        let now = by_key(&balancer, key).await;
        assert_eq!(now != *name, name == "b");
        moved += usize::from(now != *name);
    }
    assert!(moved < 250, "{moved}");
    // When it is back, so are its keys.
    balancer.apply(Change::Insert("b".into()));
    for (key, name) in before.iter().enumerate() {
        assert_eq!(by_key(&balancer, key).await, *name);
    }
}

#[test]
#[should_panic(expected = "16 bytes")]
fn a_short_secret_is_refused() {
    let _ = StickyCookie::new("backend", b"short");
}
