//! `cargo xtask bench error`: what guarding a request costs when nothing
//! happens, beside tower-http's CatchPanic, and what a failure costs.
//!
//! Prints Markdown. `--quick` takes fewer turns.

use axum::{Router, routing::get};
use buttress_benches::{
    Result, callgrind, clock,
    interleave::{Effort, interleave},
    machine,
    table::{Table, microseconds, thousands, times},
    verdict::Verdicts,
};
use buttress_error::{CatchPanicLayer, ErrorLayer, install_panic_hook};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, Uri, header};
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    env,
    future::Future,
    hint::black_box,
    panic,
    pin::{Pin, pin},
    process::ExitCode,
    sync::LazyLock,
    task::{Context, Poll, Waker},
};
use tower_http::catch_panic::CatchPanicLayer as PeerLayer;
use tower_layer::Layer;
use tower_service::Service;

const ITERATIONS: u64 = 2_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["count", subject, requests] => count(subject, requests),
        [] => run(Effort::FULL),
        ["--quick"] => run(Effort::QUICK),
        _ => Err("the only argument is --quick".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(effort: Effort) -> Result<()> {
    let mut verdicts = Verdicts::default();
    println!(
        "## error\n\n`cargo xtask bench error`\n\n{}\n",
        machine::describe()?
    );
    println!("{}", happy_path(&mut verdicts)?);
    println!("{}", failures(effort)?);
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}

/// What each layer adds while nothing happens, in instructions.
fn happy_path(verdicts: &mut Verdicts) -> Result<String> {
    let of =
        |subject: &str| callgrind::instructions("*run_requests*", &["count", subject], ITERATIONS);
    let mut table = Table::new(["layer", "over a service", "over an axum Router"]);
    let (service, router) = (of("service")?, of("router")?);
    let mut added = |name: &str, layer: &str| -> Result<[f64; 2]> {
        let over = [
            of(&format!("{layer}/service"))? - service,
            of(&format!("{layer}/router"))? - router,
        ];
        let cells = over.map(|added| format!("+{}", thousands(added.max(0.0).round() as u64)));
        let [over_service, over_router] = cells;
        table.row([name.to_owned(), over_service, over_router]);
        Ok(over)
    };
    let peer = added("tower-http CatchPanic", "peer")?;
    let catch = added("CatchPanicLayer", "catch")?;
    let error = added("ErrorLayer, without the peek", "error")?;
    let peek = added("ErrorLayer", "peek")?;
    added("ErrorLayer that makes the id", "made-id")?;
    verdicts.at_most("CatchPanicLayer over a service", 60.0, catch[0].round());
    verdicts.at_most(
        "CatchPanicLayer by tower-http's, over a Router",
        0.2,
        catch[1] / peer[1],
    );
    verdicts.at_most("ErrorLayer over a service", 1000.0, error[0].round());
    verdicts.at_most(
        "the peek over a service",
        400.0,
        (peek[0] - error[0]).round(),
    );
    verdicts.at_most(
        "the peek over a Router",
        400.0,
        (peek[1] - error[1]).round(),
    );
    Ok(format!(
        "### Nothing happens\n\nInstructions that a layer adds to a request with six header fields, by callgrind: \
         call, future, and a body of one frame read as hyper reads it. A service alone takes {}, a Router {}. \
         tower-http's guards no body.\n\n{table}",
        thousands(service.round() as u64),
        thousands(router.round() as u64),
    ))
}

fn count(subject: &str, requests: &str) -> Result<()> {
    let requests = requests.parse()?;
    let catch = CatchPanicLayer::new();
    let error = ErrorLayer::new().route(|extensions| extensions.get::<Route>().map(|it| it.0));
    match subject {
        "service" => run_requests(&mut Hello, requests, true),
        "router" => run_requests(&mut router(), requests, true),
        "peer/service" => run_requests(&mut PeerLayer::new().layer(Hello), requests, true),
        "peer/router" => run_requests(&mut PeerLayer::new().layer(router()), requests, true),
        "catch/service" => run_requests(&mut catch.layer(Hello), requests, true),
        "catch/router" => run_requests(&mut catch.layer(router()), requests, true),
        "error/service" => run_requests(&mut error.peek(false).layer(Hello), requests, true),
        "error/router" => run_requests(&mut error.peek(false).layer(router()), requests, true),
        "peek/service" => run_requests(&mut error.layer(Hello), requests, true),
        "peek/router" => run_requests(&mut error.layer(router()), requests, true),
        "made-id/service" => run_requests(&mut error.layer(Hello), requests, false),
        "made-id/router" => run_requests(&mut error.layer(router()), requests, false),
        _ => return Err("no such subject".into()),
    }
    Ok(())
}

/// What a failure costs, in CPU of the whole process.
fn failures(effort: Effort) -> Result<String> {
    // The hook that prints would measure stderr.
    panic::set_hook(Box::new(|_| {}));
    const NAMES: [&str; 3] = [
        "an answer of 200",
        "an error that is answered",
        "a panic that is answered",
    ];
    let mut table = Table::new(["with ErrorLayer", "µs of CPU", "by a 200"]);
    let measure = || {
        let mut service = ErrorLayer::new().layer(Failing);
        interleave(effort, NAMES.len(), |which, count| {
            let start = clock::thread_cpu();
            for _ in 0..count {
                let mut request = request(true);
                request.extensions_mut().insert(Wanted(which));
                black_box(answer(&mut service, request));
            }
            Ok(clock::thread_cpu() - start)
        })
    };
    let rounds = measure()?;
    for (which, name) in NAMES.iter().enumerate() {
        let cells = [
            microseconds(rounds.time(which)),
            times(rounds.ratio(which, 0)),
        ];
        let [time, ratio] = cells;
        table.row([(*name).to_owned(), time, ratio]);
    }
    install_panic_hook();
    let rounds = measure()?;
    table.row([
        "a panic, with place and backtrace".to_owned(),
        microseconds(rounds.time(2)),
        times(rounds.ratio(2, 0)),
    ]);
    Ok(format!(
        "### Something happens\n\nOn the worker; the names of backtraces are looked up on another thread.\n\n{table}"
    ))
}

/// Not inlined, for callgrind counts below this name.
#[inline(never)]
fn run_requests<S, B>(service: &mut S, requests: u64, has_id: bool)
where
    S: Service<Request<axum::body::Body>, Response = Response<B>>,
    B: Body,
{
    for _ in 0..requests {
        black_box(answer(service, black_box(request(has_id))));
    }
}

/// One request, served as hyper would.
fn answer<S, B>(service: &mut S, request: Request<axum::body::Body>) -> (u16, usize)
where
    S: Service<Request<axum::body::Body>, Response = Response<B>>,
    B: Body,
{
    let mut cx = Context::from_waker(Waker::noop());
    let is_ready = service.poll_ready(&mut cx).is_ready();
    let mut future = pin!(service.call(request));
    let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut cx) else {
        panic!("no answer from a service that is ready: {is_ready}");
    };
    let (parts, body) = response.into_parts();
    let mut body = pin!(body);
    let mut frames = 0;
    if !body.is_end_stream() {
        black_box(body.size_hint());
        while let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) {
            black_box(frame.data_ref().is_some());
            frames += 1;
            if body.is_end_stream() {
                break;
            }
        }
    }
    (parts.status.as_u16(), frames)
}

/// Where the app keeps its route.
#[derive(Clone)]
struct Route(&'static str);

/// The fields of a request. As with hyper, all of them are parts of one buffer.
const FIELDS: [(HeaderName, &str); 5] = [
    (header::HOST, "localhost:3000"),
    (
        header::USER_AGENT,
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/142",
    ),
    (header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8"),
    (header::ACCEPT_ENCODING, "gzip, deflate, br, zstd"),
    (header::COOKIE, "session=0123456789abcdef"),
];
const ID: &str = "0af7651916cd43dd8448eb211c80319c";

fn request(has_id: bool) -> Request<axum::body::Body> {
    static BUFFER: LazyLock<Bytes> = LazyLock::new(|| {
        let values = FIELDS.iter().map(|(_, value)| *value).chain([ID]);
        Bytes::from(values.collect::<String>())
    });
    let mut request = Request::new(axum::body::Body::empty());
    *request.uri_mut() = Uri::from_static("/hello");
    request.extensions_mut().insert(Route("/hello"));
    let last = if has_id {
        "x-request-id"
    } else {
        "x-other-name"
    };
    let last = (HeaderName::from_static(last), ID);
    let mut start = 0;
    for (name, value) in FIELDS.into_iter().chain([last]) {
        let end = start + value.len();
        let value = HeaderValue::from_maybe_shared(BUFFER.slice(start..end));
        request
            .headers_mut()
            .insert(name, value.expect("a valid value"));
        start = end;
    }
    request
}

fn router() -> Router {
    Router::new().route("/hello", get(|| async { "Hello, World!" }))
}

/// A service of its own, as small as one can be that has a future and a body.
#[derive(Clone)]
struct Hello;

impl<ReqBody> Service<Request<ReqBody>> for Hello {
    type Response = Response<Whole>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<ReqBody>) -> Answer {
        Answer(Some(Bytes::from_static(b"Hello, World!")))
    }
}

struct Answer(Option<Bytes>);

impl Future for Answer {
    type Output = std::result::Result<Response<Whole>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(Response::new(Whole(self.0.take()))))
    }
}

/// As http-body-util's `Full`.
struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let len = self.0.as_ref().map_or(0, |data| data.len());
        SizeHint::with_exact(len as u64)
    }
}

/// Which of [`failures`] a request asks for.
#[derive(Clone, Copy)]
struct Wanted(usize);

#[derive(Clone)]
struct Failing;

impl<ReqBody> Service<Request<ReqBody>> for Failing {
    type Response = Response<Whole>;
    type Error = std::num::ParseIntError;
    type Future = std::future::Ready<std::result::Result<Response<Whole>, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        match request.extensions().get() {
            Some(Wanted(0)) => {}
            Some(Wanted(1)) => {
                return std::future::ready("x".parse::<u8>().map(|_| Response::new(Whole(None))));
            }
            _ => panic!("as asked"),
        }
        std::future::ready(Ok(Response::new(Whole(Some(Bytes::from_static(b"Hello"))))))
    }
}
