//! Ten handlers that block their worker, and what buttress-sync-io prints of
//! each. Run it, then look at the lines it names in `handlers.rs`.

#![forbid(unsafe_code)]

mod handlers;

use axum::{body::Body, extract::Request};
use buttress_sync_io::{Mode, Report, SyncIoLayer, flush_reports};
use std::{io, time::Duration};
use tower::ServiceExt;

#[tokio::main]
async fn main() -> io::Result<()> {
    // Each call, however short: the watchdog alone would find the long ones.
    let layer = SyncIoLayer::new(Mode::Exact).log(false).on_report(print);
    let app = handlers::router()?.layer(layer);
    for (path, what) in handlers::PATHS {
        println!("{path}: {what}");
        let request = Request::get(path).body(Body::empty());
        let request = request.map_err(io::Error::other)?;
        // On a worker: the main thread is none.
        let answered = tokio::spawn(app.clone().oneshot(request)).await?;
        let status = answered.map_or_else(|never| match never {}, |answer| answer.status());
        // What was found is reported by a thread of its own.
        flush_reports(Duration::from_secs(10));
        println!("    answered {status}\n");
    }
    Ok(())
}

/// The parts of a report that say most. Its `Display` has the stack as well.
fn print(report: &Report) {
    let (kind, call) = (report.kind.as_str(), report.call.unwrap_or("no call"));
    let target = report.target.as_deref().unwrap_or("-");
    let elapsed = report.elapsed.unwrap_or_default();
    let calls = report.calls;
    println!("    {kind}: {call} of {target}, {calls} calls, {elapsed:.1?}");
    if let Some(location) = report.location() {
        println!("    {location}");
    }
}
