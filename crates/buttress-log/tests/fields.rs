//! What is in a line.

mod support;

use buttress_log::{Combined, Common, Ecs, Format, Json, Member, Otel, Pretty, Record, Value};
use bytes::Bytes;
use http::{Extensions, HeaderName, HeaderValue, Request, Response, Version, header::REFERER};
use http_body_util::Full;
use std::{convert::Infallible, future::ready, net::SocketAddr};
use support::Log;
use tower::{Layer, ServiceExt, service_fn};

const ACCEPT: HeaderName = http::header::ACCEPT;
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[derive(Clone)]
struct User(&'static str);

#[derive(Clone)]
struct Hits(u64);

async fn serve<B>(
    layer: buttress_log::AccessLogLayer,
    request: Request<B>,
) -> Response<impl Sized> {
    let service = service_fn(|_: Request<B>| {
        let mut response = Response::new(Full::<Bytes>::from("hello"));
        response.extensions_mut().insert(Hits(7));
        response
            .headers_mut()
            .insert("x-shard", HeaderValue::from_static("3"));
        ready(Ok::<_, Infallible>(response))
    });
    let response = layer.layer(service).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    assert_eq!(buttress_testing::collect(body).await.complete(), "hello");
    Response::from_parts(parts, ())
}

fn request() -> Request<()> {
    let peer: SocketAddr = "192.0.2.7:4711".parse().unwrap();
    Request::get("/a?b=1&token=hush")
        .header("user-agent", "curl/8")
        .header("accept", "text/html")
        .header("referer", "http://x/?token=hush")
        .header("x-request-id", "id-1")
        .header("traceparent", PARENT)
        .extension(peer)
        .extension(User("ann"))
        .body(())
        .unwrap()
}

#[tokio::test]
async fn a_line_holds_what_is_known_of_the_request() {
    let log = Log::new();
    let layer = log
        .layer()
        .header(ACCEPT)
        .response_header(HeaderName::from_static("x-shard"))
        .field("user", |extensions| {
            Some(extensions.get::<User>()?.0.into())
        })
        .response_field("hits", |extensions| {
            Some(extensions.get::<Hits>()?.0.into())
        })
        .field("absent", |_| None);
    serve(layer, request()).await;
    let line = log.only();
    for (member, expected) in [
        ("method", "GET".into()),
        ("target", "/a?b=1&token=[redacted]".into()),
        ("version", "HTTP/1.1".into()),
        ("route", "unmatched".into()),
        ("status", 200.into()),
        ("bytes", 5.into()),
        ("request_id", "id-1".into()),
        ("trace_id", "0af7651916cd43dd8448eb211c80319c".into()),
        ("parent_id", "b7ad6b7169203331".into()),
        ("client", "192.0.2.7".into()),
        ("user_agent", "curl/8".into()),
        ("headers", serde_json::json!({"accept": "text/html"})),
        ("response_headers", serde_json::json!({"x-shard": "3"})),
        ("fields", serde_json::json!({"user": "ann", "hits": 7})),
    ] {
        assert_eq!(line[member], expected, "{member}");
    }
    for absent in ["peer", "sample", "dropped", "grpc_status"] {
        assert!(line.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn a_trusted_address_stands_beside_that_of_the_connection() {
    let log = Log::new();
    let layer = log.layer().client(|head| {
        head.headers
            .get("x-forwarded-for")?
            .to_str()
            .ok()?
            .parse()
            .ok()
    });
    let mut forwarded = request();
    forwarded
        .headers_mut()
        .insert("x-forwarded-for", HeaderValue::from_static("198.51.100.1"));
    serve(layer.clone(), forwarded).await;
    serve(layer, request()).await;
    let lines = log.json();
    assert_eq!(lines[0]["client"], "198.51.100.1");
    assert_eq!(lines[0]["peer"], "192.0.2.7:4711");
    assert_eq!(lines[1]["client"], "192.0.2.7");
    assert!(lines[1].get("peer").is_none());
}

#[tokio::test]
async fn a_route_is_what_the_app_says() {
    let log = Log::new();
    fn route(extensions: &Extensions) -> Option<&str> {
        extensions.get::<User>().map(|user| user.0)
    }
    serve(log.layer().route(route), request()).await;
    assert_eq!(log.only()["route"], "ann");
}

#[tokio::test]
async fn targets_of_every_form_are_shown() {
    let log = Log::new();
    for (method, uri) in [
        ("OPTIONS", "*"),
        ("CONNECT", "example.org:443"),
        ("GET", "http://example.org/a?b"),
        ("GET", "/"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .version(Version::HTTP_2);
        serve(log.layer(), request.body(()).unwrap()).await;
    }
    let targets: Vec<_> = log
        .json()
        .iter()
        .map(|line| line["target"].clone())
        .collect();
    assert_eq!(targets, ["*", "example.org:443", "/a?b", "/"]);
    assert!(log.json().iter().all(|line| line["version"] == "HTTP/2.0"));
}

#[tokio::test]
async fn the_conventions_of_opentelemetry_name_the_attributes() {
    let log = Log::new();
    serve(log.layer().format(Otel).header(ACCEPT), request()).await;
    let line = log.only();
    assert_eq!(line["SeverityText"], "INFO");
    assert_eq!(line["SeverityNumber"], 9);
    assert_eq!(line["TraceId"], "0af7651916cd43dd8448eb211c80319c");
    assert!(line["Timestamp"].as_str().unwrap().parse::<u64>().is_ok());
    let attributes = &line["Attributes"];
    for (name, expected) in [
        ("http.request.method", "GET".into()),
        ("url.path", "/a".into()),
        ("url.query", "b=1&token=[redacted]".into()),
        ("http.response.status_code", 200.into()),
        ("http.response.body.size", 5.into()),
        ("network.protocol.version", "1.1".into()),
        ("client.address", "192.0.2.7".into()),
        ("network.peer.port", 4711.into()),
        ("user_agent.original", "curl/8".into()),
        (
            "http.request.header.accept",
            serde_json::json!(["text/html"]),
        ),
    ] {
        assert_eq!(attributes[name], expected, "{name}");
    }
    assert!(attributes["http.server.request.duration"].as_f64().unwrap() < 10.0);
    assert!(attributes.get("error.type").is_none());
}

#[tokio::test]
async fn the_elastic_common_schema_names_the_fields() {
    let log = Log::new();
    serve(log.layer().format(Ecs), request()).await;
    let line = log.only();
    for (name, expected) in [
        ("log.level", "info".into()),
        ("ecs.version", "8.11".into()),
        ("event.outcome", "success".into()),
        ("url.path", "/a".into()),
        ("url.query", "b=1&token=[redacted]".into()),
        ("http.response.status_code", 200.into()),
        ("http.response.body.bytes", 5.into()),
        ("client.ip", "192.0.2.7".into()),
        (
            "trace.id",
            serde_json::Value::from("0af7651916cd43dd8448eb211c80319c"),
        ),
    ] {
        assert_eq!(line[name], expected, "{name}");
    }
    assert!(line["event.duration"].is_u64());
}

#[tokio::test]
async fn the_common_and_combined_formats_are_those_of_apache() {
    let (log, clock) = (Log::new(), buttress_testing::ManualClock::new());
    serve(log.layer_at(&clock).format(Common), request()).await;
    serve(log.layer_at(&clock).format(Combined), request()).await;
    let start = r#"192.0.2.7 - - [01/Jan/2026:00:00:00 +0000] "GET /a?b=1&token=[redacted] HTTP/1.1" 200 5"#;
    let combined = format!(r#"{start} "http://x/?token=[redacted]" "curl/8""#);
    assert_eq!(log.lines(), [start.to_owned(), combined]);
}

#[tokio::test]
async fn an_aborted_exchange_is_no_clean_line_in_any_format() {
    for format in formats() {
        let log = Log::new();
        let service = service_fn(|_: Request<()>| {
            let body = buttress_testing::ScriptedBody::new().data("a").data("b");
            ready(Ok::<_, Infallible>(Response::new(body)))
        });
        let layer = log.layer().format(format);
        drop(layer.layer(service).oneshot(request()).await.unwrap());
        let line = log.lines().remove(0);
        assert!(
            line.contains("aborted") || line.contains("failure"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn the_pretty_format_has_colours_where_they_are_asked_for() {
    let (log, clock) = (Log::new(), buttress_testing::ManualClock::new());
    for colours in [false, true] {
        let layer = log.layer_at(&clock).format(Pretty::new().colours(colours));
        serve(layer, request()).await;
    }
    let plain = "00:00:00.000 GET /a?b=1&token=[redacted] 200 0.000 ms 5 B id-1";
    let coloured = "\u{1b}[2m00:00:00.000\u{1b}[0m GET /a?b=1&token=[redacted] \u{1b}[32m200\u{1b}[0m 0.000 ms 5 B \u{1b}[2mid-1\u{1b}[0m";
    assert_eq!(log.lines(), [plain, coloured]);
}

#[tokio::test]
async fn the_members_of_json_can_be_chosen_and_the_truth_about_drops_stays() {
    let log = Log::new();
    let short = Json::only([Member::Status, Member::Target]);
    serve(log.layer().format(short).header(ACCEPT), request()).await;
    let line = r#"{"target":"/a?b=1&token=[redacted]","status":200,"headers":{"accept":"#;
    assert!(log.lines()[0].starts_with(line), "{:?}", log.lines());

    let log = Log::new();
    serve(log.layer().format(Json::only([])), request()).await;
    assert_eq!(log.lines(), ["{}"]);
}

#[tokio::test]
async fn a_method_of_any_length_is_cut() {
    let log = Log::new();
    let mut request = request();
    *request.method_mut() = "M".repeat(20_000).parse().unwrap();
    serve(log.layer(), request).await;
    let line = log.only();
    assert!(line["method"].as_str().unwrap().ends_with("M…"));
    assert!(log.lines()[0].len() < 10_000);
}

#[tokio::test]
async fn a_format_of_the_apps_own_that_breaks_the_line_does_not() {
    struct Broken;
    impl Format for Broken {
        fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
            out.extend_from_slice(format!("a\nb\r{}\n", record.bytes()).as_bytes());
        }
    }
    let log = Log::new();
    serve(log.layer().format(Broken), request()).await;
    assert_eq!(log.lines(), ["a b 5 "]);
}

#[tokio::test]
async fn a_format_that_panics_loses_its_line_and_no_response() {
    struct Bomb;
    impl Format for Bomb {
        fn encode(&self, _: &Record<'_>, _: &mut Vec<u8>) {
            panic!("no format");
        }
    }
    let log = Log::new();
    serve(log.layer().format(Bomb), request()).await;
    assert_eq!(log.lines().len(), 0);
    assert_eq!(log.writer.stats().dropped(), 1);
    serve(log.layer(), request()).await;
    assert_eq!(log.only()["dropped"], 1);
}

#[tokio::test]
async fn hostile_headers_and_paths_stay_on_one_line() {
    for format in formats() {
        let log = Log::new();
        let mut request = request();
        // No escape byte gets into a header, but those of the C1 range do.
        let value = HeaderValue::from_bytes(b"\"}\\ \xff\xc2\x9b31m \t").unwrap();
        for name in [http::header::USER_AGENT, ACCEPT, REFERER] {
            request.headers_mut().insert(name, value.clone());
        }
        *request.uri_mut() = "/%0a\"{}?a='b'&c=ä".parse().unwrap();
        let layer = log
            .layer()
            .format(format)
            .header(ACCEPT)
            .field("text", |_| {
                Some(Value::from("line\nbreak \u{1b}[31m \u{9b}"))
            });
        serve(layer, request).await;
        let lines = log.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(!lines[0].chars().any(char::is_control), "{lines:?}");
        if lines[0].starts_with('{') {
            serde_json::from_str::<serde_json::Value>(&lines[0]).unwrap();
        }
    }
}

fn formats() -> [Box<dyn Format>; 6] {
    [
        Box::new(Json),
        Box::new(Otel),
        Box::new(Ecs),
        Box::new(Common),
        Box::new(Combined),
        Box::new(Pretty::new().colours(false)),
    ]
}
