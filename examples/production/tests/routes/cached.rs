//! The cache in front of the slow route. All that it can do is tested in its own
//! crate.

use crate::app::App;
use buttress_testing::decode::decode;
use http::Method;

#[tokio::test]
async fn a_second_request_is_answered_from_the_cache_and_runs_no_handler() {
    let app = App::start().await;
    assert_eq!(app.get("/calls").await.text(), "0");
    let first = app.get("/cached/7").await;
    assert_eq!(first.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(first.json()["id"], "7");
    let length = first.body.len();
    assert!((3800..4400).contains(&length), "{length}");
    assert!(
        first
            .header("cache-status")
            .unwrap()
            .contains("fwd=uri-miss")
    );
    let second = app.get("/cached/7").await;
    assert!(
        second
            .header("cache-status")
            .unwrap()
            .starts_with("buttress;hit")
    );
    assert!(second.header("age").is_some());
    assert_eq!(second.body, first.body);
    assert_ne!(app.get("/cached/8").await.body, first.body);
    assert_eq!(app.get("/calls").await.text(), "2");
    assert!(app.get("/cached/%ff").await.problem(400).is_some());
}

#[tokio::test]
async fn requests_at_the_same_time_run_one_handler() {
    let app = App::start().await;
    let requests = (0..20).map(|_| app.get("/cached/9"));
    for answer in futures_util::future::join_all(requests).await {
        assert_eq!(answer.json()["id"], "9");
    }
    assert_eq!(app.get("/calls").await.text(), "1");
}

#[tokio::test]
async fn each_coding_is_made_from_the_one_that_is_stored() {
    let app = App::start().await;
    let plain = app.get("/cached/7").await;
    for coding in ["zstd", "br", "gzip"] {
        let accept = [("Accept-Encoding", coding)];
        let answer = app.request(Method::GET, "/cached/7", &accept, b"").await;
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert!(
            answer
                .header("cache-status")
                .unwrap()
                .starts_with("buttress;hit")
        );
        assert!(decode(coding, &answer.body).unwrap() == plain.body);
    }
    let range = [("Range", "bytes=0-9")];
    let part = app.request(Method::GET, "/cached/7", &range, b"").await;
    assert_eq!(
        (part.head.status.as_u16(), &*part.body),
        (206, &plain.body[..10])
    );
}
