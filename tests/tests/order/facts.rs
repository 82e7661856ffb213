//! What holds of the whole stack.

use crate::rig::{PAGE, Rig};
use http::StatusCode;

const CHROME: &str = "gzip, deflate, br, zstd";
const FIREFOX: &str = "gzip, deflate, br;q=1.0, zstd;q=1.0";
/// Of `curl --compressed`.
const CURL: &str = "deflate, gzip, br, zstd";
const SAFARI: &str = "gzip, deflate, br";

/// The cookie of a new session, as a client sends it back.
async fn log_in(rig: &Rig, user: &str) -> String {
    let response = rig.get(&format!("/login?{user}"), &[]).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_cached_answer_is_served_compressed_without_compressing_again() {
    let rig = Rig::new();
    let mut bodies = Vec::new();
    for _ in 0..3 {
        let response = rig.get("/public", &[("accept-encoding", CHROME)]).await;
        assert_eq!(response.headers()["content-encoding"], "zstd");
        bodies.push(response.into_body());
    }
    assert!(bodies[0].len() < PAGE.len() * 200 && bodies[0] == bodies[1] && bodies[1] == bodies[2]);
    assert_eq!((rig.calls(), rig.encoded()), (1, 1));
}

#[tokio::test]
async fn browsers_that_get_the_same_coding_share_an_entry() {
    let rig = Rig::new();
    for accepted in [CHROME, FIREFOX, CURL, "zstd", "*"] {
        let response = rig.get("/public", &[("accept-encoding", accepted)]).await;
        assert_eq!(response.headers()["content-encoding"], "zstd", "{accepted}");
    }
    assert_eq!(rig.calls(), 1);
    for accepted in [SAFARI, "br", "br, gzip;q=0.5"] {
        let response = rig.get("/public", &[("accept-encoding", accepted)]).await;
        assert_eq!(response.headers()["content-encoding"], "br", "{accepted}");
    }
    assert_eq!(rig.calls(), 2);
    for headers in [&[][..], &[("accept-encoding", "identity")]] {
        let response = rig.get("/public", headers).await;
        assert!(!response.headers().contains_key("content-encoding"));
    }
    assert_eq!(rig.calls(), 3);
}

#[tokio::test]
async fn a_panic_anywhere_is_logged_once_with_its_true_status() {
    for path in ["/boom", "/boom-body"] {
        let rig = Rig::new();
        let response = rig.get(path, &[]).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        let lines = rig.lines();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert_eq!(lines[0]["status"], 500);
        assert_eq!(lines[0]["route"], path);
        assert_eq!(lines[0]["outcome"], "ok");
    }
}

#[tokio::test]
async fn a_cached_public_answer_loads_no_session() {
    let rig = Rig::new();
    let cookie = log_in(&rig, "ann").await;
    rig.get("/public", &[]).await;
    assert!(rig.store.take_trips() > 0);
    for _ in 0..3 {
        let response = rig.get("/public", &[("cookie", &cookie)]).await;
        assert_eq!(response.status(), StatusCode::OK);
    }
    assert_eq!((rig.store.take_trips(), rig.calls()), (0, 1));
}

#[tokio::test]
async fn a_private_answer_is_never_cached() {
    let rig = Rig::new();
    let (ann, bob) = (log_in(&rig, "ann").await, log_in(&rig, "bob").await);
    for _ in 0..2 {
        for (cookie, user) in [(&ann, "ann"), (&bob, "bob")] {
            let response = rig.get("/private", &[("cookie", cookie)]).await;
            assert_eq!(response.body(), user);
            let control = response.headers()["cache-control"].to_str().unwrap();
            assert!(
                control.contains("private") && !control.contains("public"),
                "{control}"
            );
        }
    }
    assert_eq!(rig.get("/private", &[]).await.body(), "nobody");
}

#[tokio::test]
async fn a_private_answer_read_late_in_a_stream_is_not_stored() {
    let rig = Rig::new();
    let ann = log_in(&rig, "ann").await;
    assert_eq!(
        rig.get("/late", &[("cookie", &ann)]).await.body(),
        "too late"
    );
    // What may have been stored is nobody's.
    assert_eq!(rig.get("/late", &[]).await.body(), "too late");
}

#[tokio::test]
async fn blocked_time_is_charged_to_its_route() {
    let rig = Rig::new();
    rig.get("/block", &[]).await;
    buttress::sync_io::flush_reports(std::time::Duration::from_secs(10));
    let reports = rig.blocked.lock().unwrap();
    assert_eq!(reports.len(), 1, "{reports:#?}");
    assert_eq!(reports[0].route.as_deref(), Some("/block"));
    assert_eq!(reports[0].method.as_deref(), Some("GET"));
}

#[tokio::test]
async fn one_request_id_is_in_every_layers_output() {
    let rig = Rig::new();
    let response = rig.get("/boom", &[]).await;
    let sent = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let problem: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(problem["request_id"], sent);
    assert_eq!(rig.lines()[0]["request_id"], sent);
}
