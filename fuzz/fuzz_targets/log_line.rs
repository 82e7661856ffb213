//! The input's lines are target, user agent, referer, `traceparent`, `x-request-id` and
//! a field of the app's own. Whatever they hold, each format makes one line of visible
//! text, those of JSON an object, and a secret does not show.
#![no_main]

use buttress_log::{
    AccessLogLayer, Combined, Common, Ecs, Format, Json, Otel, Pretty, Record, Value, Writer,
};
use http::{HeaderValue, Request, Response, Uri, header};
use libfuzzer_sys::fuzz_target;
use std::{convert::Infallible, future::ready, io, sync::LazyLock};
use tower::{Layer, Service, service_fn};

const SECRET: &str = "hush-7F3A91";

static LAYER: LazyLock<AccessLogLayer> = LazyLock::new(|| {
    let (writer, guard) = Writer::builder().to(io::sink()).expect("a thread");
    std::mem::forget(guard);
    AccessLogLayer::new(writer)
        .format(Checked)
        .header(header::ACCEPT)
        .field("text", |extensions| {
            Some(extensions.get::<String>()?.clone().into())
        })
        .field("no", |_| Some(Value::Bool(false)))
});

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|&byte| byte == b'\n');
    let mut next = || lines.next().unwrap_or_default();
    let Ok(mut uri) = Uri::try_from(next()) else {
        return;
    };
    if uri.query().is_some() {
        let with_secret = format!("{uri}&Token={SECRET}");
        uri = with_secret.parse().unwrap_or(uri);
    }
    let mut request = Request::new(());
    *request.uri_mut() = uri;
    for name in [
        "user-agent",
        "referer",
        "traceparent",
        "x-request-id",
        "accept",
    ] {
        if let Ok(value) = HeaderValue::from_bytes(next()) {
            request.headers_mut().insert(name, value);
        }
    }
    let text = String::from_utf8_lossy(next()).into_owned();
    request.extensions_mut().insert(text);
    let service =
        service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::new(String::new()))));
    // Not awaited: the exchange ends as aborted, and that has a line as well.
    drop(LAYER.layer(service).call(request));
});

/// Runs all formats. libFuzzer ends at the first panic, also where one is caught.
struct Checked;

impl Format for Checked {
    fn encode(&self, record: &Record<'_>, _: &mut Vec<u8>) {
        let text = [
            &Common as &dyn Format,
            &Combined,
            &Pretty::new().colours(false),
        ];
        for format in text {
            let line = line_of(format, record);
            assert!(
                line.bytes().all(|byte| matches!(byte, b' '..=b'~')),
                "{line}"
            );
        }
        for format in [&Json as &dyn Format, &Otel, &Ecs] {
            let line = line_of(format, record);
            assert!(!line.chars().any(char::is_control), "{line:?}");
            let object: serde_json::Value = serde_json::from_str(&line).expect("JSON");
            assert!(object.is_object(), "{line}");
        }
    }

    fn shows_referer(&self) -> bool {
        true
    }
}

fn line_of(format: &dyn Format, record: &Record<'_>) -> String {
    let mut line = Vec::new();
    format.encode(record, &mut line);
    let line = String::from_utf8(line).expect("UTF-8");
    assert!(!line.contains(SECRET), "{line}");
    line
}
