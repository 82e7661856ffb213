//! Instructions that a line adds to a request, by callgrind.

use buttress_benches::{
    Result, callgrind,
    table::{Table, thousands, times},
    verdict::Verdicts,
};
use buttress_log::{AccessLogLayer, Common, Guard, Json, JsonMembers, Member, Writer};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    fs::{File, OpenOptions},
    future::{Future, Ready, ready},
    hint::black_box,
    net::SocketAddr,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Level;
use tracing_subscriber::{EnvFilter, prelude::*};

const ITERATIONS: u64 = 2_000;

pub(crate) fn table(verdicts: &mut Verdicts) -> Result<String> {
    let of =
        |subject: &str| callgrind::instructions("*run_requests*", &["count", subject], ITERATIONS);
    let bare = of("bare")?;
    let mut table = Table::new(["layer", "Ir added", "by ours"]);
    let ours = of("ours-eight")? - bare;
    let mut added = |name: &str, subject: &str| -> Result<f64> {
        let added = of(subject)? - bare;
        let count = format!("+{}", thousands(added.max(0.0).round() as u64));
        table.row([name.to_owned(), count, times(added / ours)]);
        Ok(added)
    };
    added("AccessLogLayer, eight members", "ours-eight")?;
    let whole = added("AccessLogLayer", "ours")?;
    added("AccessLogLayer, Common Log Format", "ours-common")?;
    added(
        "AccessLogLayer, registry, EnvFilter and span on",
        "ours-span",
    )?;
    added("AccessLogLayer that makes the id", "ours-made-id")?;
    added("AccessLogLayer, switched off", "ours-off")?;
    let trace = added("TraceLayer at INFO, fmt JSON", "trace-json")?;
    added("TraceLayer at INFO, fmt text", "trace-text")?;
    verdicts.at_most(
        "instructions of a line with eight members",
        2_500.0,
        ours.round(),
    );
    verdicts.at_most(
        "instructions of all members by TraceLayer's and fmt JSON's",
        1.0 / 15.0,
        whole / trace,
    );
    Ok(format!(
        "### Instructions of a line\n\nAdded to a request with six header fields and an address, whose body \
         of one frame is read as hyper reads it, {} without a layer. Ours has all its members: time, level, \
         method, target, version, route, status, outcome, bytes, both times, request id, client and user agent; the eight are time, method, target, route, status, \
         outcome, bytes and total time. Either settles the request's id and sends it. The thread that writes is not counted, neither ours nor a peer's: all write to /dev/null, the \
         peers at once.\n\n{table}",
        thousands(bare.round() as u64),
    ))
}

pub(crate) fn run(subject: &str, requests: &str) -> Result<()> {
    let requests = requests.parse()?;
    let (layer, _guard) = ours()?;
    match subject {
        "bare" => run_requests(&mut Hello, requests, true),
        "ours" => run_requests(&mut layer.layer(Hello), requests, true),
        "ours-eight" => run_requests(&mut layer.format(eight()).layer(Hello), requests, true),
        "ours-common" => run_requests(&mut layer.format(Common).layer(Hello), requests, true),
        "ours-made-id" => run_requests(&mut layer.layer(Hello), requests, false),
        "ours-off" => run_requests(&mut layer.enabled(false).layer(Hello), requests, true),
        "ours-span" => {
            let format = tracing_subscriber::fmt::layer().json().with_writer(null()?);
            let format = format.with_filter(EnvFilter::new("info"));
            let _default = tracing_subscriber::registry().with(format).set_default();
            run_requests(&mut layer.layer(Hello), requests, true);
        }
        "trace-json" => {
            let format = tracing_subscriber::fmt::layer().json().with_writer(null()?);
            let _default = tracing_subscriber::registry().with(format).set_default();
            run_requests(&mut trace_layer().layer(Hello), requests, true);
        }
        "trace-text" => {
            let format = tracing_subscriber::fmt::layer().with_ansi(false);
            let _default = tracing_subscriber::registry()
                .with(format.with_writer(null()?))
                .set_default();
            run_requests(&mut trace_layer().layer(Hello), requests, true);
        }
        _ => return Err("no such subject".into()),
    }
    Ok(())
}

fn ours() -> Result<(AccessLogLayer, Guard)> {
    let builder = Writer::builder().capacity(64 * 1024 * 1024);
    // Without a tick, which would come at another moment in each run.
    let (writer, guard) = builder.tick(Duration::from_secs(3_600)).to(null()?)?;
    fn route(_: &http::Extensions) -> Option<&str> {
        Some("/users/{id}")
    }
    Ok((AccessLogLayer::new(writer).route(route), guard))
}

fn eight() -> JsonMembers {
    Json::only([
        Member::Time,
        Member::Method,
        Member::Target,
        Member::Route,
        Member::Status,
        Member::Outcome,
        Member::Bytes,
        Member::TotalTime,
    ])
}

fn null() -> Result<File> {
    Ok(OpenOptions::new().write(true).open("/dev/null")?)
}

/// As its users turn it on: by default it prints nothing at `INFO`.
pub(crate) fn trace_layer()
-> TraceLayer<tower_http::classify::SharedClassifier<tower_http::classify::ServerErrorsAsFailures>>
{
    TraceLayer::new_for_http()
        .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
        .on_response(DefaultOnResponse::new().level(Level::INFO))
}

/// Not inlined, for callgrind counts below this name.
#[inline(never)]
fn run_requests<S, B>(service: &mut S, requests: u64, has_id: bool)
where
    S: Service<Request<Nothing>, Response = Response<B>, Error = Infallible>,
    B: Body<Data = Bytes>,
{
    for _ in 0..requests {
        let response = now(service.call(black_box(request(has_id))));
        let Ok(response) = response;
        read(response.into_body());
    }
}

fn request(has_id: bool) -> Request<Nothing> {
    let mut request = Request::new(Nothing);
    *request.uri_mut() = http::Uri::from_static("/users/7?full=1");
    let address: SocketAddr = ([192, 0, 2, 7], 4711).into();
    request.extensions_mut().insert(address);
    let headers = request.headers_mut();
    for (name, value) in [
        (header::HOST, "example.org"),
        (
            header::USER_AGENT,
            "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101",
        ),
        (header::ACCEPT, "application/json"),
        (header::ACCEPT_ENCODING, "gzip, br"),
        (header::ACCEPT_LANGUAGE, "en"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if has_id {
        headers.insert(
            "x-request-id",
            HeaderValue::from_static("0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
        );
    }
    request
}

/// Reads a body as hyper does: to the end that `is_end_stream` or `None` tells.
fn read<B: Body<Data = Bytes>>(body: B) {
    let mut body = pin!(body);
    let mut cx = Context::from_waker(Waker::noop());
    while !body.is_end_stream() {
        match body.as_mut().poll_frame(&mut cx) {
            Poll::Ready(Some(Ok(frame))) => drop(black_box(frame)),
            _ => return,
        }
    }
}

fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}

/// The body of a request without one, which TraceLayer wants to be a body.
struct Nothing;

impl Body for Nothing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

struct Hello;

impl Service<Request<Nothing>> for Hello {
    type Response = Response<Once>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Once>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Nothing>) -> Self::Future {
        drop(black_box(request));
        let mut response = Response::new(Once(Some(Bytes::from_static(b"Hello, World!"))));
        let text = HeaderValue::from_static("text/plain");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
        ready(Ok(response))
    }
}

struct Once(Option<Bytes>);

impl Body for Once {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |data| data.len() as u64))
    }
}
