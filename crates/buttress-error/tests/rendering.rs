//! What goes out: forms, headers, and what is left alone.

mod support;

use buttress_error::{Error, ErrorLayer, Rendered};
use buttress_testing::{
    Scripted, ScriptedBody, Server, h1,
    service::{respond, service_fn},
};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use std::{error::Error as StdError, future::ready, sync::Arc};
use support::{Answer, Nothing, Reports, get, json, send, text};
use tower::Layer;

async fn failed(layer: &ErrorLayer, request: Request<()>) -> Answer<Full<Bytes>> {
    let service = service_fn(|_: Request<()>| ready(Nothing::Err(Scripted("private"))));
    send(layer, service, request).await
}

async fn answered(
    layer: &ErrorLayer,
    request: Request<()>,
    response: fn() -> Response<Full<Bytes>>,
) -> Answer<Full<Bytes>> {
    send(layer, respond(move |_| response()), request).await
}

#[tokio::test]
async fn the_form_is_what_the_client_accepts() {
    const JSON: &str = "application/problem+json";
    const HTML: &str = "text/html; charset=utf-8";
    const TEXT: &str = "text/plain; charset=utf-8";
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[], JSON),
        (&[("accept", "*/*")], JSON),
        (&[("accept", "application/json")], JSON),
        (
            &[("accept", "text/html,application/xml;q=0.9,*/*;q=0.8")],
            HTML,
        ),
        (&[("accept", "text/html;q=0.2, text/plain;q=0.3")], TEXT),
        (&[("accept", "application/json;q=0, */*;q=0.1")], HTML),
        (&[("accept", "image/png"), ("accept", "text/plain")], TEXT),
        (&[("accept", "!!;;q=,,")], JSON),
        (&[("accept", "image/png")], JSON),
    ];
    for (headers, expected) in cases {
        let response = failed(&ErrorLayer::new(), get(headers)).await;
        assert_eq!(response.headers()["content-type"], expected, "{headers:?}");
        assert_eq!(response.headers()["vary"], "accept");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert!(text(response).await.contains("Internal Server Error"));
    }
}

#[tokio::test]
async fn the_answer_to_head_has_the_head_of_get_and_no_body() {
    let layer = ErrorLayer::new();
    let server = Server::h1(layer.layer(service_fn(|_: Request<_>| {
        ready(Nothing::Err(Scripted("x")))
    })))
    .await;
    let mut client = h1::Connection::open(server.addr()).await;
    let headers = [("x-request-id", "1")];
    let get = client.get("/", &headers).await;
    let len = client.body().await.complete().len().to_string();
    let head = client.request(Method::HEAD, "/", &headers, b"").await;
    assert_eq!(head.header("content-length"), Some(&*len));
    assert_eq!(get.headers.len(), head.headers.len());
    // The connection is not out of step.
    assert_eq!(client.get("/", &headers).await.status, 500);
    client.body().await;
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn grpc_clients_get_trailers_only() {
    let request = || {
        let content_type = [
            ("content-type", "application/grpc+proto"),
            ("x-request-id", "7"),
        ];
        let mut request = get(&content_type);
        *request.method_mut() = Method::POST;
        request
    };
    let response = failed(&ErrorLayer::new(), request()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "application/grpc");
    assert_eq!(headers["grpc-status"], "13");
    assert_eq!(
        headers["grpc-message"],
        "Internal Server Error (request id 7)"
    );
    assert_eq!(text(response).await, "");

    let response = answered(&ErrorLayer::new(), request(), || {
        Error::not_found("kein Käse, 100 %").into_http()
    })
    .await;
    assert_eq!(response.headers()["grpc-status"], "5");
    let message = "kein K%C3%A4se, 100 %25 (request id 7)";
    assert_eq!(response.headers()["grpc-message"], message);

    let mut web = get(&[("content-type", "application/grpc-web")]);
    *web.method_mut() = Method::POST;
    assert_eq!(failed(&ErrorLayer::new(), web).await.status(), 500);
}

/// A handler's own 500, with all that must not go out with it.
fn careless() -> Response<Full<Bytes>> {
    Response::builder()
        .status(500)
        .header("content-type", "text/html")
        .header("cache-control", "public, max-age=60")
        .header("etag", "\"a\"")
        .header("last-modified", "Mon, 23 Nov 2026 00:00:00 GMT")
        .header("expires", "Tue, 24 Nov 2026 00:00:00 GMT")
        .header("set-cookie", "a=1")
        .header("set-cookie", "b=2")
        .header("retry-after", "3")
        .header("allow", "GET")
        .header("www-authenticate", "Basic")
        .body(Full::from("<p>sorry"))
        .unwrap()
}

#[tokio::test]
async fn a_5xx_is_not_stored_and_loses_validators_and_cookies_even_if_left_alone() {
    let response = answered(&ErrorLayer::new(), get(&[]), careless).await;
    let headers = response.headers().clone();
    assert_eq!(headers["cache-control"], "no-store");
    for gone in ["etag", "last-modified", "expires", "set-cookie"] {
        assert!(!headers.contains_key(gone), "{gone}");
    }
    for kept in ["retry-after", "allow", "www-authenticate"] {
        assert!(headers.contains_key(kept), "{kept}");
    }
    assert_eq!(headers["content-type"], "text/html");
    assert_eq!(text(response).await, "<p>sorry");

    let rewritten = ErrorLayer::new().rewrite("text/html");
    let response = answered(&rewritten, get(&[]), careless).await;
    for kept in ["retry-after", "allow", "www-authenticate"] {
        assert!(response.headers().contains_key(kept), "{kept}");
    }
    let problem = json(response).await;
    assert_eq!(problem["status"], 500);
    assert_eq!(problem.get("detail"), None, "{problem}");
}

#[tokio::test]
async fn a_4xx_that_is_replaced_keeps_cookies_and_what_explains_it() {
    let response = answered(&ErrorLayer::new(), get(&[]), || {
        let mut response = Error::forbidden("not yours").into_http();
        let headers = response.headers_mut();
        headers.insert("set-cookie", HeaderValue::from_static("seen=1"));
        headers.insert("etag", HeaderValue::from_static("\"a\""));
        headers.insert("content-language", HeaderValue::from_static("fr"));
        headers.insert("vary", HeaderValue::from_static("origin, Accept"));
        response
    })
    .await;
    let headers = response.headers();
    assert_eq!(response.status(), 403);
    assert_eq!(headers["set-cookie"], "seen=1");
    assert_eq!(headers.get_all("vary").iter().count(), 1);
    assert!(!headers.contains_key("etag") && !headers.contains_key("content-language"));
    assert!(!headers.contains_key("cache-control"));
    assert_eq!(json(response).await["detail"], "not yours");
}

#[tokio::test]
async fn bodies_of_inner_layers_are_left_alone_unless_asked() {
    let rejection = || {
        Response::builder()
            .status(400)
            .header("content-type", "Text/Plain; charset=utf-8")
            .header("content-length", "14")
            .body(Full::from("missing field a"))
            .unwrap()
    };
    let response = answered(&ErrorLayer::new(), get(&[]), rejection).await;
    assert_eq!(text(response).await, "missing field a");

    let layer = ErrorLayer::new().rewrite("text/plain");
    let response = answered(&layer, get(&[]), rejection).await;
    let problem = json(response).await;
    assert_eq!(problem["detail"], "missing field a");
    assert_eq!(problem["status"], 400);

    let response = answered(&layer, get(&[]), || {
        Response::builder()
            .status(404)
            .header("content-type", "application/json")
            .body("{}".into())
            .unwrap()
    })
    .await;
    assert_eq!(text(response).await, "{}");
}

#[tokio::test]
async fn a_text_that_is_compressed_already_is_no_detail() {
    let layer = ErrorLayer::new().rewrite("text/plain");
    let response = answered(&layer, get(&[]), || {
        Response::builder()
            .status(400)
            .header("content-type", "text/plain")
            .header("content-encoding", "br")
            .body(Full::from("not what it seems"))
            .unwrap()
    })
    .await;
    assert!(!response.headers().contains_key("content-encoding"));
    assert_eq!(json(response).await.get("detail"), None);
}

#[tokio::test]
async fn what_a_layer_further_in_answered_is_not_rewritten_again() {
    let layer = || ErrorLayer::new().rewrite("text/plain");
    let service = |_: Request<()>| Error::not_found("no such tea").into_http::<Full<Bytes>>();
    let request = || get(&[("accept", "text/plain"), ("x-request-id", "1")]);
    let once = send(&layer(), respond(service), request()).await;
    let inner = layer().layer(respond(service));
    let twice = send(&layer(), inner, request()).await;
    assert_eq!(once.headers(), twice.headers());
    assert_eq!(text(once).await, text(twice).await);
}

#[tokio::test]
async fn a_text_to_rewrite_is_not_waited_for() {
    let never = buttress_testing::Gate::new();
    let bodies = [
        ScriptedBody::new().hold(&never),
        ScriptedBody::new().data("a").hold(&never),
        ScriptedBody::new().data("a".repeat(2000)).knows_its_end(),
        ScriptedBody::new().data(&b"\xff"[..]).knows_its_end(),
    ];
    for body in bodies {
        let probe = body.probe();
        let mut body = Some(body);
        let service = respond(move |_| {
            let response = Response::builder()
                .status(400)
                .header("content-type", "text/plain");
            response.body(body.take().unwrap()).unwrap()
        });
        let layer = ErrorLayer::new().rewrite("text/plain");
        let problem = json(send(&layer, service, get(&[])).await).await;
        assert_eq!(problem.get("detail"), None, "{problem}");
        assert!(probe.is_dropped());
    }
}

#[tokio::test]
async fn a_bare_status_gets_a_body_and_no_report() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    for status in [404, 503] {
        let service = respond(move |_| {
            Response::builder()
                .status(status)
                .body(Full::<Bytes>::default())
                .unwrap()
        });
        let response = send(&layer, service, get(&[])).await;
        assert_eq!(response.status(), status);
        assert_eq!(json(response).await["status"], status);
    }
    assert_eq!(reports.all().len(), 0);
}

#[tokio::test]
async fn an_attached_error_is_reported_and_never_seen_by_an_outer_layer() {
    let attached = |body: &'static str| {
        move |_: Request<()>| {
            let error: Arc<dyn StdError + Send + Sync> = Arc::new(Scripted("disk gone"));
            let mut response = Response::new(Full::<Bytes>::from(body));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response.extensions_mut().insert(error);
            response
        }
    };
    for body in ["", "written by the handler"] {
        let reports = Reports::new();
        let layer = ErrorLayer::new().on_report(reports.sink());
        let service = layer.layer(respond(attached(body)));
        let response = send(&layer, service, get(&[])).await;
        assert_eq!(response.status(), 502);
        let text = text(response).await;
        assert!(!text.contains("disk gone"));
        assert!(body.is_empty() || text == body);
        let report = reports.only();
        assert_eq!(report.message(), "disk gone");
        assert_eq!(report.status(), Some(StatusCode::BAD_GATEWAY));
    }
}

#[tokio::test]
async fn a_renderer_of_the_apps_own_goes_first() {
    let layer = ErrorLayer::new().renderer(|page| {
        let text = format!("<error status='{}'/>", page.problem.status.as_u16());
        let is_xml = page.request_id != Some("other");
        is_xml.then(|| Rendered::new(HeaderValue::from_static("application/xml"), text))
    });
    let response = failed(&layer, get(&[])).await;
    assert_eq!(response.headers()["content-type"], "application/xml");
    assert_eq!(text(response).await, "<error status='500'/>");
    json(failed(&layer, get(&[("x-request-id", "other")])).await).await;
}

#[tokio::test]
async fn a_made_id_reaches_the_handler_the_client_and_the_report() {
    for (trusted, sent) in [
        (true, None),
        (true, Some("bad id")),
        (false, Some("forged")),
    ] {
        let reports = Reports::new();
        let layer = ErrorLayer::new()
            .trust_request_id(trusted)
            .on_report(reports.sink());
        let service = service_fn(|request: Request<()>| {
            let id = request.headers()["x-request-id"]
                .to_str()
                .unwrap()
                .to_owned();
            ready(Nothing::Err(std::io::Error::other(id)))
        });
        let sent: Vec<_> = sent.into_iter().map(|id| ("x-request-id", id)).collect();
        let response = send(&layer, service, get(&sent)).await;
        let id = response.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(id.len(), 32);
        assert_eq!(json(response).await["request_id"], *id);
        let report = reports.only();
        assert_eq!(report.request_id(), Some(&*id));
        assert_eq!(report.message(), id);
    }
}

#[tokio::test]
async fn good_answers_and_heads_go_through_untouched() {
    let body = || ScriptedBody::new().data("a").trailers([("x-sum", "1")]);
    for (method, status, polls) in [
        (Method::GET, 200, true),
        (Method::HEAD, 200, false),
        (Method::GET, 204, false),
        (Method::GET, 304, false),
        (Method::GET, 101, false),
        (Method::CONNECT, 200, false),
    ] {
        let inner = body();
        let probe = inner.probe();
        let mut inner = Some(inner);
        let service = respond(move |_| {
            let response = Response::builder()
                .status(status)
                .version(http::Version::HTTP_2);
            let response = response.header("etag", "\"a\"").extension(7_u8);
            response.body(inner.take().unwrap()).unwrap()
        });
        let request = Request::builder()
            .method(method.clone())
            .uri("/")
            .body(())
            .unwrap();
        let response = send(&ErrorLayer::new(), service, request).await;
        assert_eq!(response.headers()["etag"], "\"a\"");
        assert_eq!(response.headers().len(), 1);
        assert_eq!(response.version(), http::Version::HTTP_2);
        assert_eq!(response.extensions().get(), Some(&7_u8));
        assert_eq!(probe.polls() > 0, polls, "{method} {status}");
    }
}
