//! Instructions of one request. Under callgrind the kernel traps nothing, so not
//! of the exact tier.

use crate::{
    hello::router,
    programs::{Programs, Subject},
};
use axum::serve::Listener;
use buttress_benches::{Result, callgrind, spin, table::Table, verdict::Verdicts};
use buttress_sync_io::{Mode, SyncIoLayer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use std::{
    convert::Infallible,
    future::{Future, pending},
    hint::black_box,
    io,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tower::service_fn;
use tower_layer::{Identity, Layer};
use tower_service::Service;

const REQUESTS: u64 = 2_000;
const SUBJECTS: [Subject; 5] = [
    Subject::None,
    Subject::Identity,
    Subject::CompiledOut,
    Subject::Off,
    Subject::Watch,
];

pub(crate) fn table(programs: &Programs, verdicts: &mut Verdicts) -> Result<Table> {
    let of = |subject: Subject, what| {
        let (program, arguments) = (
            subject.program(programs),
            ["count", what, subject.argument()],
        );
        callgrind::instructions_of(program, "*counted*", &arguments, REQUESTS)
    };
    let (bare, hello) = (of(Subject::None, "bare")?, of(Subject::None, "hello")?);
    let columns = ["layer", "added to a bare service", "an axum hello", "ratio"];
    let mut table = Table::new(columns);
    for subject in SUBJECTS {
        let (added, whole) = (of(subject, "bare")? - bare, of(subject, "hello")?);
        let ratio = whole / hello;
        let name = subject.name();
        table.row([
            name.to_owned(),
            format!("{added:.0}"),
            format!("{whole:.0}"),
            format!("{ratio:.3}"),
        ]);
        if let Some(target) = subject.target() {
            let figure = format!("server, {name}: instructions, ratio to no layer (thousandths)");
            verdicts.at_most(figure, target, (1000.0 * ratio).round());
        }
    }
    Ok(table)
}

pub(crate) fn count(what: &str, subject: &str, count: &str) -> Result<()> {
    let count = count.parse()?;
    if what == "hello" {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        return hello(&runtime, router(subject)?, count);
    }
    let answer = |_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(
            b"Hello, World!",
        ))))
    };
    let service = service_fn(answer);
    match subject {
        "none" => counted_bare(service, count),
        "identity" => counted_bare(Identity::new().layer(service), count),
        mode => {
            let layer = SyncIoLayer::new(mode.parse::<Mode>()?);
            counted_bare(layer.layer(service), count);
        }
    }
    Ok(())
}

/// Not inlined, for callgrind counts below this name.
#[inline(never)]
fn counted_bare<S, B>(mut service: S, count: u64)
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error = Infallible>,
{
    for _ in 0..count {
        let answered = spin::block_on(service.call(black_box(Request::new(()))));
        let response = answered.unwrap_or_else(|never| match never {});
        let body = spin::block_on(response.into_body().collect());
        black_box(body.unwrap_or_else(|never| match never {}).to_bytes());
    }
}

/// Over a connection in memory: of the system there is nothing in it, and of the
/// client some hundred instructions.
fn hello(runtime: &tokio::runtime::Runtime, router: axum::Router, count: u64) -> Result<()> {
    let (mut client, server) = tokio::io::duplex(64 * 1024);
    runtime.block_on(async {
        tokio::spawn(async move { axum::serve(InMemory(Some(server)), router).await });
        for _ in 0..100 {
            exchange(&mut client).await?;
        }
        Ok::<_, io::Error>(())
    })?;
    Ok(counted(runtime, async {
        for _ in 0..count {
            exchange(&mut client).await?;
        }
        Ok::<_, io::Error>(())
    })?)
}

#[inline(never)]
fn counted<F: Future>(runtime: &tokio::runtime::Runtime, all: F) -> F::Output {
    runtime.block_on(all)
}

async fn exchange(client: &mut DuplexStream) -> io::Result<()> {
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n\r\n";
    client.write_all(request).await?;
    let (mut answer, mut len) = ([0; 1024], 0);
    while !answer[..len].ends_with(b"World!") {
        len += client.read(&mut answer[len..]).await?;
    }
    Ok(())
}

/// Has one connection.
struct InMemory(Option<DuplexStream>);

impl Listener for InMemory {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.take() {
            Some(server) => (server, ()),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}
