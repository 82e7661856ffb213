//! Requests that change something go to the origin, and make stale what is stored.

mod support;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use support::{Asked, End, Setup, counting, get, reply};

fn request(method: Method, path: &str) -> Asked {
    let request = Request::builder().method(method).uri(path);
    request.header("host", "example.com").end()
}

#[tokio::test]
async fn a_post_is_never_replayed() {
    let app = Setup::new().around(counting([("cache-control", "max-age=60")]));
    for number in ["0", "1", "2"] {
        assert_eq!(app.send(request(Method::POST, "/")).await.body, number);
    }
    assert_eq!(app.get("/").await.body, "3");
}

#[tokio::test]
async fn a_get_with_a_body_is_not_stored_and_not_answered() {
    let app = Setup::new().around(counting([("cache-control", "max-age=60")]));
    let with_body = || get("/").body(Full::new(Bytes::from("q"))).unwrap();
    assert_eq!(app.send(with_body()).await.body, "0");
    assert_eq!(app.send(with_body()).await.body, "1");
    assert_eq!(app.get("/").await.body, "2");
    assert_eq!(app.send(with_body()).await.body, "3");
}

#[tokio::test]
async fn what_is_stored_goes_when_its_target_is_changed() {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let app = Setup::new().around(counting([("cache-control", "max-age=60")]));
        app.get("/a").await;
        app.get("/b").await;
        app.send(request(method.clone(), "/a")).await;
        assert_eq!(app.get("/a").await.body, "3", "{method}");
        assert!(app.get("/b").await.is_hit(), "{method}");
    }
}

#[tokio::test]
async fn location_and_content_location_of_the_same_origin_go_too() {
    let app = Setup::new().around(|asked| {
        let fields = [("cache-control", "max-age=60")];
        let mut response = reply(fields, asked.uri().to_string());
        if asked.method() == Method::POST {
            let headers = response.headers_mut();
            headers.insert("location", "/new".parse().unwrap());
            headers.insert(
                "content-location",
                "http://example.com/list".parse().unwrap(),
            );
        }
        response
    });
    for path in ["/new", "/list", "/other"] {
        app.get(path).await;
    }
    app.send(request(Method::POST, "/")).await;
    for (path, is_hit) in [("/new", false), ("/list", false), ("/other", true)] {
        assert_eq!(app.get(path).await.is_hit(), is_hit, "{path}");
    }
}

#[tokio::test]
async fn an_error_and_another_origin_make_nothing_stale() {
    let app = Setup::new().around(|asked| {
        let mut response = support::fresh("x");
        if asked.method() == Method::POST {
            let elsewhere = "http://elsewhere.example/a".parse().unwrap();
            response.headers_mut().insert("location", elsewhere);
            *response.status_mut() = match asked.uri().path() {
                "/fails" => http::StatusCode::INTERNAL_SERVER_ERROR,
                _ => http::StatusCode::CREATED,
            };
        }
        response
    });
    app.get("/fails").await;
    let elsewhere = || Request::get("http://elsewhere.example/a").end();
    app.send(elsewhere()).await;
    app.send(request(Method::POST, "/fails")).await;
    app.send(request(Method::POST, "/b")).await;
    assert!(app.get("/fails").await.is_hit());
    assert!(app.send(elsewhere()).await.is_hit());
}

#[tokio::test]
async fn a_safe_method_makes_nothing_stale() {
    let app = Setup::new().around(counting([("cache-control", "max-age=60")]));
    app.get("/").await;
    for method in [Method::OPTIONS, Method::TRACE] {
        app.send(request(method, "/")).await;
    }
    assert!(app.get("/").await.is_hit());
}

#[tokio::test]
async fn groups_go_together() {
    let app = Setup::new().around(|asked| {
        let fields = [
            ("cache-control", "max-age=60"),
            ("cache-groups", "\"scripts\""),
        ];
        let mut response = reply(fields, "x");
        if asked.method() == Method::POST {
            let groups = "\"scripts\"".parse().unwrap();
            response
                .headers_mut()
                .insert("cache-group-invalidation", groups);
        }
        response
    });
    let elsewhere = || Request::get("http://elsewhere.example/a").end();
    app.get("/a").await;
    app.send(elsewhere()).await;
    app.send(request(Method::POST, "/b")).await;
    assert!(!app.get("/a").await.is_hit());
    assert!(
        app.send(elsewhere()).await.is_hit(),
        "another origin's group"
    );
}
