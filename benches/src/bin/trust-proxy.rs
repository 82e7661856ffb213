//! `cargo xtask bench trust-proxy`: what it takes to find out who the client is.
//!
//! Prints Markdown.

use buttress_benches::{
    Result, callgrind, machine,
    table::{Table, thousands},
    verdict::Verdicts,
};
use buttress_trust_proxy::{ClientInfo, Network, Source, Trust, TrustProxyLayer};
use bytes::BytesMut;
use http::{HeaderName, HeaderValue, Request, Response, header};
use std::{
    convert::Infallible,
    env,
    future::{Ready, ready},
    hint::black_box,
    net::SocketAddr,
    process::ExitCode,
    task::{Context, Poll},
};
use tower_layer::Layer;
use tower_service::Service;

const ITERATIONS: u64 = 2_000;

/// Each kind of request, what it is called, and its target.
const KINDS: [(&str, &str, Option<f64>); 7] = [
    ("off", "switched off", None),
    (
        "insert",
        "floor: a value of that size into the extensions",
        None,
    ),
    ("direct", "nobody is trusted, no fields", None),
    (
        "spoofed",
        "nobody is trusted, three fields are removed",
        None,
    ),
    ("one", "one hop: address, scheme and host", Some(600.0)),
    ("three", "three hops in a list", None),
    ("forwarded", "one hop by RFC 7239", None),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["count", kind, requests] => count(kind, requests),
        [] => run(),
        _ => Err("there are no arguments".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut verdicts = Verdicts::default();
    println!(
        "## trust-proxy\n\n`cargo xtask bench trust-proxy`\n\n{}\n",
        machine::describe()?
    );
    let mut table = Table::new(["", "request alone", "the layer adds"]);
    let of = |layer: &str| callgrind::instructions("*serve_one*", &["count", layer], ITERATIONS);
    for (kind, name, target) in KINDS {
        let bare = of(&format!("bare-{kind}"))?;
        let added = of(kind)? - bare;
        if let Some(target) = target {
            verdicts.at_most(name, target, added.round());
        }
        let cells = [bare, added].map(|count| thousands(count.max(0.0).round() as u64));
        let [bare, added] = cells;
        table.row([name.to_owned(), bare, format!("+{added}")]);
    }
    println!(
        "Instructions by callgrind. A request has five fields beside those of proxies, and is dropped by the \
         service; both are counted, with and without the layer, so that what is added holds the drop of what \
         the layer leaves in the extensions.\n\n{table}"
    );
    println!("### Figures\n\n{verdicts}");
    Ok(())
}

fn count(kind: &str, requests: &str) -> Result<()> {
    let requests: u64 = requests.parse()?;
    let (is_bare, kind) = match kind.strip_prefix("bare-") {
        Some(kind) => (true, kind),
        None => (false, kind),
    };
    let trusting = || Trust::networks("10.0.0.0/8".parse::<Network>());
    let (trust, fields): (_, &[(&'static str, &'static str)]) = match kind {
        "off" | "insert" | "direct" => (Trust::none(), &[]),
        "spoofed" => (Trust::none(), &PROXIED),
        "one" => (trusting(), &PROXIED),
        "three" => (trusting(), &LISTED),
        "forwarded" => (trusting(), &FORWARDED),
        _ => return Err("no such kind".into()),
    };
    let source = match kind {
        "forwarded" => Source::Forwarded,
        _ => Source::XForwarded,
    };
    let layer = TrustProxyLayer::new(trust).source(source);
    let mut service = layer.enabled(kind != "off").layer(Drops);
    for _ in 0..requests {
        let request = black_box(request(fields));
        match (is_bare, kind) {
            (true, _) => serve_one(&mut Drops, request),
            (false, "insert") => serve_one(&mut Inserts, request),
            (false, _) => serve_one(&mut service, request),
        }
    }
    Ok(())
}

const PROXIED: [(&str, &str); 3] = [
    ("x-forwarded-for", "203.0.113.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "shop.example"),
];
const LISTED: [(&str, &str); 3] = [
    ("x-forwarded-for", "203.0.113.7, 10.0.0.3, 10.0.0.2"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "shop.example"),
];
const FORWARDED: [(&str, &str); 1] =
    [("forwarded", "for=203.0.113.7;proto=https;host=shop.example")];

/// As hyper makes it: values are parts of one buffer.
fn request(fields: &[(&'static str, &'static str)]) -> Request<()> {
    let own = [
        (header::HOST, "localhost:3000"),
        (header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64)"),
        (header::ACCEPT, "text/html,application/xhtml+xml"),
        (header::ACCEPT_ENCODING, "gzip, deflate, br, zstd"),
        (header::COOKIE, "session=0123456789abcdef"),
    ];
    let fields = fields
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), *value));
    let fields: Vec<_> = own.into_iter().chain(fields).collect();
    let mut buffer = BytesMut::new();
    for (_, value) in &fields {
        buffer.extend_from_slice(value.as_bytes());
    }
    let mut request = Request::new(());
    request
        .extensions_mut()
        .insert(SocketAddr::from(([10, 0, 0, 1], 50_000)));
    for (name, value) in fields {
        let value = HeaderValue::from_maybe_shared(buffer.split_to(value.len()).freeze());
        request
            .headers_mut()
            .insert(name, value.expect("a valid value"));
    }
    request
}

/// Not inlined, for callgrind counts below this name.
#[inline(never)]
fn serve_one<S: Service<Request<()>>>(service: &mut S, request: Request<()>) {
    drop(black_box(service.call(request)));
}

struct Drops;

impl Service<Request<()>> for Drops {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<std::result::Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        drop(black_box(request));
        ready(Ok(Response::new(())))
    }
}

/// Puts as many bytes into the extensions as the layer does: what no layer that tells the
/// service inside of something can do without.
struct Inserts;

#[derive(Clone)]
struct Stored(
    #[allow(dead_code, reason = "it is there for its size")] [u8; size_of::<ClientInfo>()],
);

impl Service<Request<()>> for Inserts {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<std::result::Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<()>) -> Self::Future {
        let stored = Stored(black_box([0; size_of::<ClientInfo>()]));
        request.extensions_mut().insert(stored);
        Drops.call(request)
    }
}
