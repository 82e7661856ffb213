//! Many panics leave nothing behind.

mod support;

use buttress_error::{ErrorLayer, PanicBudget, flush_reports, install_panic_hook};
use buttress_testing::{
    ScriptedBody,
    alloc::{CountingAllocator, live_bytes},
    service::service_fn,
};
use http::{Request, Response};
use std::{convert::Infallible, panic, time::Duration};
use support::get;
use tower::{Layer, Service, ServiceExt};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

async fn handler(request: Request<()>) -> Result<Response<ScriptedBody>, Infallible> {
    match request.headers().len() {
        1 => panic!("in the handler"),
        2 => Ok(Response::new(
            ScriptedBody::new().panic("in the first frame"),
        )),
        _ => Ok(Response::new(
            ScriptedBody::new().data("a").pause().panic("in the body"),
        )),
    }
}

async fn storm(
    service: &mut (
             impl Service<Request<()>, Response = Response<impl http_body::Body>, Error = Infallible>
             + Send
         ),
    requests: usize,
) {
    let kinds: [&[(&str, &str)]; 3] = [&[], &[("a", "1")], &[("a", "1"), ("b", "2")]];
    for index in 0..requests {
        let request = get(kinds[index % 3]);
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        let mut body = std::pin::pin!(response.into_body());
        while std::future::poll_fn(|cx| body.as_mut().poll_frame(cx))
            .await
            .is_some_and(|it| it.is_ok())
        {}
    }
    assert!(flush_reports(Duration::from_secs(60)));
}

#[cfg(target_os = "linux")]
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[cfg(not(target_os = "linux"))]
fn threads() -> usize {
    1
}

#[tokio::test]
async fn a_hundred_thousand_panics_leave_no_memory_and_no_thread() {
    // Instead of the hook that writes 100,000 times to stderr.
    panic::set_hook(Box::new(|_| {}));
    install_panic_hook();
    let budget = PanicBudget::new(1000, Duration::from_secs(1));
    let mut service = ErrorLayer::new()
        .panic_budget(budget)
        .layer(service_fn(handler));
    // What is made once: the symbols, the thread, the budget's account.
    storm(&mut service, 3000).await;
    let (bytes, count) = (live_bytes(), threads());
    storm(&mut service, 100_000).await;
    let grown = live_bytes().saturating_sub(bytes);
    assert!(grown < 64 * 1024, "{grown} bytes are left");
    assert_eq!(threads(), count);
}
