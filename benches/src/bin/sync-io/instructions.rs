//! Instructions of one request through the layer: call, future and body. Under
//! callgrind the kernel traps nothing, so not of the exact tier.

use buttress_benches::{Result, callgrind, spin, table::Table};
use buttress_sync_io::{Mode, SyncIoLayer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use std::{convert::Infallible, hint::black_box};
use tower::service_fn;
use tower_layer::Layer;
use tower_service::Service;

const REQUESTS: u64 = 2_000;

pub(crate) fn table() -> Result<Table> {
    let of = |mode| callgrind::instructions("*requests*", &["count", mode], REQUESTS);
    let bare = of("none")?;
    let mut table = Table::new(["a request, above a bare service", "Ir"]);
    for mode in ["off", "watch"] {
        table.row([mode.to_owned(), format!("{:.0}", of(mode)? - bare)]);
    }
    Ok(table)
}

pub(crate) fn count(mode: &str, count: &str) -> Result<()> {
    let answer = |_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(
            b"Hello, World!",
        ))))
    };
    let (service, count) = (service_fn(answer), count.parse()?);
    match mode {
        "none" => requests(service, count),
        mode => requests(
            SyncIoLayer::new(mode.parse::<Mode>()?).layer(service),
            count,
        ),
    }
    Ok(())
}

/// Not inlined, for callgrind counts below this name.
#[inline(never)]
fn requests<S, B>(mut service: S, count: u64)
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
