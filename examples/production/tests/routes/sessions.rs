use crate::app::{Answer, App, run};
use crate::cached::until;
use buttress_testing::Redis;
use http::Method;
use serde_json::{Value, json};

async fn with_cookie(app: &App, method: Method, path: &str, cookie: &str) -> Answer {
    app.request(method, path, &[("Cookie", cookie)], b"").await
}

/// Logs in and gives the cookie to send.
pub(crate) async fn login(app: &App, user: &str) -> String {
    let body = json!({ "user": user }).to_string();
    let answer = app.post("/login", body.as_bytes()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json(), json!({ "user": user, "n": 0 }));
    cookie(&answer)
}

fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn without_a_login_there_is_no_user_and_no_cookie() {
    let app = App::start().await;
    let me = app.get("/me").await;
    assert_eq!(me.json(), json!({ "user": null, "n": 0 }));
    assert_eq!(me.header("set-cookie"), None);
    assert_eq!(app.get("/dump").await.json(), json!({}));
}

#[tokio::test]
async fn keys_set_at_the_same_time_are_all_kept() {
    let app = App::start().await;
    let cookie = login(&app, "ann").await;
    let paths: Vec<_> = (0..20).map(|k| format!("/set?k=k{k}")).collect();
    let set = paths
        .iter()
        .map(|path| with_cookie(&app, Method::POST, path, &cookie));
    for answer in futures_util::future::join_all(set).await {
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.json()["user"], "ann");
    }
    let me = with_cookie(&app, Method::GET, "/me", &cookie).await;
    assert_eq!(me.json(), json!({ "user": "ann", "n": 20 }));
    let dump = with_cookie(&app, Method::GET, "/dump", &cookie).await;
    let all: Value = (0..20).map(|k| (format!("k{k}"), json!(1))).collect();
    assert_eq!(dump.json(), all);
}

#[tokio::test]
async fn a_key_without_a_session_starts_one() {
    let app = App::start().await;
    let cookie = cookie(&app.post("/set?k=k3", b"").await);
    let dump = with_cookie(&app, Method::GET, "/dump", &cookie).await;
    assert_eq!(dump.json(), json!({ "k3": 1 }));
    for key in ["k20", "k", "x1", "-1"] {
        let answer = app.post(&format!("/set?k={key}"), b"").await;
        assert!(answer.problem(400).is_some(), "{key}");
    }
}

#[tokio::test]
async fn login_takes_a_new_id_and_logout_ends_it() {
    let app = App::start().await;
    let planted = "sid=00000000000000000000000000000001";
    let json = [("Content-Type", "application/json"), ("Cookie", planted)];
    let answer = app.request(Method::POST, "/login", &json, br#"{"user": "ann"}"#);
    let cookie = cookie(&answer.await);
    assert_ne!(cookie, planted);

    let logout = with_cookie(&app, Method::POST, "/logout", &cookie).await;
    assert_eq!(logout.status(), 200);
    assert!(logout.header("set-cookie").unwrap().contains("Max-Age=0"));
    for ended in [&cookie[..], planted] {
        let me = with_cookie(&app, Method::GET, "/me", ended).await;
        assert_eq!(me.json()["user"], Value::Null);
    }
}

const LISTEN: [&str; 2] = ["--listen", "127.0.0.1:0"];

async fn start_on(place: &str) -> App {
    App::start_with(&[LISTEN[0], LISTEN[1], "--session", place], &[]).await
}

/// Twenty requests to two processes at once, a restart, and a logout.
async fn two_processes_share(place: &str) {
    let (one, other) = (start_on(place).await, start_on(place).await);
    let cookie = login(&one, "ann").await;
    let paths: Vec<_> = (0..20).map(|k| format!("/set?k=k{k}")).collect();
    let apps = [&one, &other].into_iter().cycle();
    let set = apps
        .zip(&paths)
        .map(|(app, path)| with_cookie(app, Method::POST, path, &cookie));
    for answer in futures_util::future::join_all(set).await {
        assert_eq!(answer.status(), 200);
    }
    one.terminate().await;
    assert!(one.ended().await.status.success());
    let again = start_on(place).await;
    for app in [&again, &other] {
        let me = with_cookie(app, Method::GET, "/me", &cookie).await;
        assert_eq!(me.json(), json!({ "user": "ann", "n": 20 }));
    }
    let logout = with_cookie(&again, Method::POST, "/logout", &cookie).await;
    assert_eq!(logout.status(), 200);
    let me = with_cookie(&other, Method::GET, "/me", &cookie).await;
    assert_eq!(me.json()["user"], Value::Null);
}

#[tokio::test]
async fn two_processes_share_their_sessions_in_one_sqlite_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("sessions");
    two_processes_share(&format!("sqlite:{}", file.display())).await;
}

#[tokio::test]
async fn two_processes_share_their_sessions_in_one_redis() {
    let redis = Redis::start();
    two_processes_share(&redis.url()).await;
}

#[tokio::test]
async fn one_flag_puts_sessions_and_the_cache_into_one_redis() {
    let redis = Redis::start();
    let args = [LISTEN[0], LISTEN[1], "--redis", &redis.url()];
    let (one, other) = (
        App::start_with(&args, &[]).await,
        App::start_with(&args, &[]).await,
    );
    let cookie = login(&one, "ann").await;
    let me = with_cookie(&other, Method::GET, "/me", &cookie).await;
    assert_eq!(me.json()["user"], "ann");
    one.get("/cached/7").await;
    let pattern = ["KEYS", "{production}:b:*/cached/7"];
    until(async || !redis.command(&pattern).array().is_empty()).await;
    other.get("/cached/7").await;
    assert_eq!(other.get("/calls").await.text(), "0");
}

#[tokio::test]
async fn while_redis_is_down_other_routes_work_and_sessions_come_back_by_themselves() {
    let mut redis = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let app = start_on(&redis.url()).await;
    let cookie = login(&app, "ann").await;
    redis.kill();
    let me = with_cookie(&app, Method::GET, "/me", &cookie).await;
    assert_eq!((me.status(), me.header("retry-after")), (503, Some("1")));
    let plain = with_cookie(&app, Method::GET, "/plain", &cookie).await;
    assert_eq!(plain.status(), 200);
    redis.restart();
    let me = with_cookie(&app, Method::GET, "/me", &cookie).await;
    assert_eq!(me.json()["user"], "ann");
}

#[tokio::test]
async fn a_place_that_is_none_is_said_so_at_the_start() {
    for place in [
        "disk",
        "sqlite:",
        "sqlite:/no/such/folder/sessions",
        "mysql://host",
    ] {
        let ended = run(&[LISTEN[0], LISTEN[1], "--session", place], &[]).await;
        assert!(!ended.status.success(), "{place}");
        assert!(!ended.stderr.is_empty(), "{place}");
    }
}
