//! What an idle connection to an upstream takes.

use crate::{Bench, process::Server, serve::ORIGIN};
use buttress_benches::{Result, alloc, table::Table};
use buttress_proxy::ReverseProxy;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use std::{process::Command, time::Duration};
use tokio::task::JoinSet;
use tower::ServiceExt;

const CONNECTIONS: usize = 200;

pub(crate) fn make(_: &mut Bench) -> Result<String> {
    let origin = Server::ours(ORIGIN, None)?;
    let held = Command::new(std::env::current_exe()?)
        .args(["hold", &origin.addr.to_string()])
        .output()?;
    let held = String::from_utf8(held.stdout)?;
    let mut numbers = held.split_whitespace();
    let mut table = Table::new(["an idle connection to the upstream", "bytes of heap"]);
    for when in ["at once", "after two seconds"] {
        let bytes = numbers.next().ok_or("it did not say")?;
        table.row([when.to_owned(), bytes.to_owned()]);
    }
    Ok(table.to_string())
}

/// Opens connections, and prints what each takes.
pub(crate) fn hold(origin: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let proxy = ReverseProxy::builder(format!("http://{origin}").parse()?)
        .idle_connections(CONNECTIONS, Duration::from_secs(60))
        .build();
    // What the first request makes for all.
    runtime.block_on(ask(&proxy, 1))?;
    for pause in [Duration::ZERO, Duration::from_secs(2)] {
        let proxy = ReverseProxy::builder(format!("http://{origin}").parse()?)
            .idle_connections(CONNECTIONS, Duration::from_secs(60))
            .build();
        let (asked, counts) = alloc::measure(|| {
            runtime.block_on(async {
                ask(&proxy, CONNECTIONS).await?;
                tokio::time::sleep(pause).await;
                Ok::<_, buttress_benches::Error>(())
            })
        });
        asked?;
        println!("{}", counts.live / CONNECTIONS as i64);
    }
    Ok(())
}

async fn ask(proxy: &ReverseProxy, requests: usize) -> Result<()> {
    let mut asked = JoinSet::new();
    for _ in 0..requests {
        let request = Request::get("/slow/128").header("host", "a");
        let answered = proxy.clone().oneshot(request.body(Empty::<Bytes>::new())?);
        asked.spawn(async {
            let body = answered
                .await
                .map_err(|error| error.to_string())?
                .into_body();
            body.collect().await.map_err(|error| error.to_string())
        });
    }
    while let Some(answered) = asked.join_next().await {
        answered?.map_err(buttress_benches::Error::from)?;
    }
    Ok(())
}
