//! The connections of clients, and their end.

use crate::{
    handle::handle,
    interim::{Connection, Outbox},
};
use buttress_cache::Cached;
use buttress_proxy::ReverseProxy;
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use std::{io, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    time::{sleep, timeout},
};

/// How long requests have to end after the signal.
const DEADLINE: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or SIGINT, then lets what runs come to its end.
pub(crate) async fn serve(listener: TcpListener, cached: Cached<ReverseProxy>) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let open = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => connect(stream, cached.clone(), &open),
                Err(error) => {
                    // Out of file descriptors, most likely: some will come back.
                    eprintln!("caching-proxy: cannot accept: {error}");
                    sleep(Duration::from_millis(100)).await;
                }
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    drop(listener);
    if timeout(DEADLINE, open.shutdown()).await.is_err() {
        eprintln!("caching-proxy: cut what did not end in {DEADLINE:?}");
    }
    Ok(())
}

fn connect(stream: TcpStream, cached: Cached<ReverseProxy>, open: &GracefulShutdown) {
    // An answer in small pieces must not wait for acknowledgements.
    let _ = stream.set_nodelay(true);
    let outbox = Outbox::default();
    let service = {
        let outbox = outbox.clone();
        service_fn(move |request| handle(cached.clone(), outbox.clone(), request))
    };
    let io = TokioIo::new(Connection::new(stream, outbox));
    let mut builder = Builder::new(TokioExecutor::new()).preserve_header_case(true);
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    let connection = builder.serve_connection(io, service).into_owned();
    let connection = open.watch(connection);
    tokio::spawn(async {
        // What ends a connection is the client's business.
        let _ = connection.await;
    });
}
