//! axum with one of the loggers, in a process of its own.

use crate::count::trace_layer;
use axum::{Router, routing::get};
use buttress_benches::{Result, clock::process_cpu, worker};
use buttress_log::{AccessLogLayer, Writer};
use std::{any::Any, fs::OpenOptions, net::SocketAddr, sync::Mutex};
use tokio::net::TcpListener;

/// Serves a hello at `/`, and logs to the file `log`. Answers `port`, and to `cpu` the
/// process's CPU nanoseconds.
pub(crate) fn serve(subject: &str, log: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (router, _guard) = router(subject, log)?;
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = runtime.block_on(TcpListener::bind(local))?;
    let port = listener.local_addr()?.port();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, service).await });
    worker::serve(|question| match question {
        "port" => Ok(vec![port.into()]),
        "cpu" => Ok(vec![process_cpu()]),
        _ => Err(format!("not a question: {question}").into()),
    })
}

/// With what has to live as long as the server.
fn router(subject: &str, log: &str) -> Result<(Router, Box<dyn Any>)> {
    let router = Router::new().route("/", get(|| async { "Hello, World!" }));
    let file = || OpenOptions::new().write(true).open(log);
    let json = || tracing_subscriber::fmt().json();
    Ok(match subject {
        "bare" => (router, Box::new(())),
        "ours" => {
            let (writer, guard) = Writer::builder().to(file()?)?;
            (router.layer(AccessLogLayer::new(writer)), Box::new(guard))
        }
        "trace" => {
            json().with_writer(Mutex::new(file()?)).init();
            (router.layer(trace_layer()), Box::new(()))
        }
        "trace-appender" => {
            let (writer, guard) = tracing_appender::non_blocking(file()?);
            json().with_writer(writer).init();
            (router.layer(trace_layer()), Box::new(guard))
        }
        _ => return Err("no such subject".into()),
    })
}
