//! Of those who ask for the same at once, one asks the origin.

mod support;

use buttress_testing::{Flag, Gate, ScriptedBody};
use futures_util::future::join_all;
use http::StatusCode;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use support::{Asked, End, Got, Reply, Setup, get, reply};
use tokio::task::JoinSet;

/// Answers once the gate is open.
fn held<const N: usize>(
    gate: &Gate,
    fields: [(&'static str, &'static str); N],
) -> impl Fn(Asked) -> std::pin::Pin<Box<dyn Future<Output = Reply> + Send>> + Clone + Send + 'static
{
    let (gate, count) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
    move |_| {
        let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::SeqCst));
        Box::pin(async move {
            gate.pass().await;
            reply(fields, number.to_string())
        })
    }
}

async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn concurrent_misses_make_one_call() {
    for requests in [50, 10_000] {
        let gate = Gate::new();
        let app = Setup::new().around_async(held(&gate, [("cache-control", "max-age=60")]));
        let mut clients = JoinSet::new();
        for _ in 0..requests {
            let app = app.clone();
            clients.spawn(async move { app.get("/").await.body });
        }
        // The runtime polls some sixty tasks between two polls of this one.
        for _ in 0..20 + requests / 10 {
            tokio::task::yield_now().await;
        }
        gate.open();
        let bodies = clients.join_all().await;
        assert!(bodies.iter().all(|body| body == "0"));
        assert_eq!(app.calls.count(), 1);
        assert_eq!(app.cache.stats().coalesced, requests - 1);
    }
}

#[tokio::test]
async fn uncacheable_ones_run_side_by_side() {
    // Each waits until all are there: if one waited for another, none would end.
    let all = Flag::new();
    let (here, count) = (Arc::new(AtomicUsize::new(0)), 50);
    let app = Setup::new().around_async({
        let (all, here) = (all.clone(), here.clone());
        move |_| {
            let (all, here) = (all.clone(), here.clone());
            async move {
                match here.fetch_add(1, Ordering::SeqCst) {
                    // Its answer tells the others that there is nothing to share.
                    0 => {}
                    number if number == count - 1 => all.set(),
                    _ => all.wait().await,
                }
                reply([("cache-control", "no-store")], "mine")
            }
        }
    });
    let requests = (0..count).map(|_| app.get("/"));
    let all = buttress_testing::within("all answers", join_all(requests)).await;
    assert!(all.iter().all(|got| got.body == "mine"));
    assert_eq!(app.calls.count(), count);
}

#[tokio::test]
async fn after_an_uncacheable_answer_nobody_waits_for_another() {
    let gate = Gate::new();
    let count = Arc::new(AtomicUsize::new(0));
    let setup = Setup::new();
    let app = setup.around_async({
        let gate = gate.clone();
        move |_| {
            let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::SeqCst));
            async move {
                if number == 1 {
                    gate.pass().await;
                }
                reply([("cache-control", "private")], number.to_string())
            }
        }
    });
    app.get("/").await;
    let stuck = tokio::spawn({
        let app = app.clone();
        async move { app.get("/").await }
    });
    gate.reached().await;
    let got = buttress_testing::within("the other answer", app.get("/")).await;
    assert_eq!(got.body, "2");
    gate.open();
    stuck.await.unwrap();
}

#[tokio::test]
async fn a_leader_that_leaves_before_the_head_hands_over() {
    let gate = Gate::new();
    let app = Setup::new().around_async({
        let (gate, count) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
        move |asked: Asked| {
            let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::SeqCst));
            async move {
                if number == 0 {
                    gate.pass().await;
                }
                // It is called with a request of its own.
                let who = asked.headers()["x-who"].to_str().unwrap().to_owned();
                support::fresh(who)
            }
        }
    });
    let ask = |who| {
        let app = app.clone();
        tokio::spawn(async move { app.send(get("/").header("x-who", who).end()).await.body })
    };
    let leader = ask("leader");
    gate.reached().await;
    let (second, third) = (ask("second"), ask("third"));
    settle().await;
    leader.abort();
    assert_eq!(second.await.unwrap(), "second");
    assert_eq!(third.await.unwrap(), "second");
    assert_eq!(app.calls.count(), 2);
}

#[tokio::test]
async fn followers_that_leave_do_not_keep_others_from_leading() {
    let gate = Gate::new();
    let app = Setup::new().around_async({
        let (gate, count) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
        move |_| {
            let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::SeqCst));
            async move {
                if number == 0 {
                    gate.pass().await;
                }
                support::fresh(number.to_string())
            }
        }
    });
    let ask = || {
        let app = app.clone();
        tokio::spawn(async move { app.get("/").await.body })
    };
    let leader = ask();
    gate.reached().await;
    let (second, third) = (ask(), ask());
    settle().await;
    // Both at once: the second one is woken to lead, and never does.
    leader.abort();
    second.abort();
    let body = buttress_testing::within("an answer", third).await.unwrap();
    assert_eq!(body, "1");
}

#[tokio::test]
async fn who_comes_too_late_for_a_body_asks_for_itself() {
    let gate = Gate::new();
    let setup = Setup::new().with(|layer| layer.largest_body(10_000));
    let app = setup.around_async({
        let gate = gate.clone();
        move |_| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                let mut response = reply([("cache-control", "max-age=60")], "");
                let chunks = vec![vec![b'x'; 1000]; 100];
                *response.body_mut() = ScriptedBody::new().chunks(chunks);
                response
            }
        }
    });
    let mut clients = JoinSet::new();
    for _ in 0..2 {
        let app = app.clone();
        clients.spawn(async move { app.get("/").await.body.len() });
    }
    settle().await;
    assert_eq!(app.calls.count(), 1);
    // The first one reads past the cap before the other one is polled.
    gate.open();
    assert_eq!(clients.join_all().await, [100_000; 2]);
    assert_eq!(app.calls.count(), 2);
}

#[tokio::test]
async fn a_failed_leader_hands_over() {
    use tower::{Layer, ServiceExt, service_fn};
    let gate = Gate::new();
    let count = Arc::new(AtomicUsize::new(0));
    let origin = service_fn({
        let (gate, count) = (gate.clone(), count.clone());
        move |_: Asked| {
            let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::SeqCst));
            async move {
                if number == 0 {
                    gate.pass().await;
                    return Err("down");
                }
                Ok(support::fresh("up"))
            }
        }
    });
    let service = Setup::new().layer.layer(origin);
    let ask = || tokio::spawn(service.clone().oneshot(get("/").end()));
    let leader = ask();
    gate.reached().await;
    let follower = ask();
    settle().await;
    gate.open();
    assert_eq!(leader.await.unwrap().err(), Some("down"));
    let got = Got::read(follower.await.unwrap().unwrap()).await;
    assert_eq!((&*got.body, count.load(Ordering::SeqCst)), (&b"up"[..], 2));
}

#[tokio::test]
async fn a_panic_releases_all() {
    let gate = Gate::new();
    let app = Setup::new().around_async({
        let (gate, count) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
        move |_| {
            let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::SeqCst));
            async move {
                gate.pass().await;
                assert!(number > 0, "the leader panics");
                support::fresh("calm")
            }
        }
    });
    let ask = || {
        let app = app.clone();
        tokio::spawn(async move { app.get("/").await.body })
    };
    let leader = ask();
    gate.reached().await;
    let followers: Vec<_> = (0..10).map(|_| ask()).collect();
    settle().await;
    gate.open();
    assert!(leader.await.unwrap_err().is_panic());
    for follower in followers {
        let body = buttress_testing::within("an answer", follower).await;
        assert_eq!(body.unwrap(), "calm");
    }
    assert_eq!(app.calls.count(), 2);
}

#[tokio::test]
async fn each_variant_has_a_leader_of_its_own() {
    let gate = Gate::new();
    let app = Setup::new().around_async({
        let gate = gate.clone();
        move |asked: Asked| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                let language = asked.headers()["accept-language"].clone();
                let fields = [("cache-control", "max-age=60"), ("vary", "accept-language")];
                reply(fields, language.to_str().unwrap().to_owned())
            }
        }
    });
    let mut clients = JoinSet::new();
    for number in 0..60 {
        let (app, language) = (app.clone(), ["de", "en", "fr"][number % 3]);
        clients.spawn(async move {
            let asked = get("/").header("accept-language", language).end();
            assert_eq!(app.send(asked).await.body, language);
        });
    }
    settle().await;
    gate.open();
    clients.join_all().await;
    assert_eq!(app.calls.count(), 3);
}

#[tokio::test]
async fn what_is_stale_at_once_is_asked_for_by_each() {
    let gate = Gate::new();
    let fields = [("cache-control", "max-age=0"), ("etag", "\"1\"")];
    let app = Setup::new().around_async(held(&gate, fields));
    let requests = (0..10).map(|_| app.get("/"));
    let opens = async {
        settle().await;
        gate.open();
    };
    let (got, ()) = tokio::join!(join_all(requests), opens);
    assert!(got.iter().all(|got| got.status == StatusCode::OK));
    assert_eq!(app.calls.count(), 10);
}

#[tokio::test]
async fn a_validation_is_shared_too() {
    let gate = Gate::new();
    let app = Setup::new().around_async({
        let gate = gate.clone();
        move |asked: Asked| {
            let gate = gate.clone();
            async move {
                let fields = [("cache-control", "max-age=60"), ("etag", "\"1\"")];
                let mut response = reply(fields, "the body");
                if asked.headers().contains_key("if-none-match") {
                    gate.pass().await;
                    *response.status_mut() = StatusCode::NOT_MODIFIED;
                }
                response
            }
        }
    });
    app.get("/").await;
    app.clock.advance(std::time::Duration::from_secs(61));
    let requests = (0..10).map(|_| app.get("/"));
    let opens = async {
        gate.reached().await;
        settle().await;
        gate.open();
    };
    let (got, ()) = tokio::join!(join_all(requests), opens);
    assert!(got.iter().all(|got| got.body == "the body"));
    assert_eq!(app.calls.count(), 2);
}
