//! axum with one of the layers, in a process of its own.

use crate::{
    job::{Job, Subject},
    subject::{ours, tower_http},
};
use axum::{Router, routing::get};
use buttress_benches::{Result, clock::process_cpu, machine::page_faults, worker};
use http::{HeaderValue, header::CONTENT_TYPE};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Serves the job's sample at `/`, on a port that it answers to `port`, until
/// stdin ends. To `cpu` it answers the process's CPU nanoseconds, to `faults`
/// its page faults.
pub(crate) fn serve(job: Job) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = runtime.block_on(TcpListener::bind(local))?;
    let port = listener.local_addr()?.port();
    runtime.spawn(async move { axum::serve(listener, router(job)).await });
    worker::serve(|question| match question {
        "port" => Ok(vec![port.into()]),
        "cpu" => Ok(vec![process_cpu()]),
        "faults" => Ok(vec![page_faults()?]),
        _ => Err(format!("not a question: {question}").into()),
    })
}

fn router(job: Job) -> Router {
    let data = job.sample.bytes();
    let content_type = HeaderValue::from_static(job.sample.content_type());
    let handler = move || async move { ([(CONTENT_TYPE, content_type)], data) };
    let router = Router::new().route("/", get(handler));
    match job.subject {
        Subject::Bare => router,
        Subject::TowerHttp => router.layer(tower_http()),
        _ => router.layer(ours(&job)),
    }
}
