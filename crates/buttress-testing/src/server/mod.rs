//! A hyper server on a free port of the loopback interface.

mod panics;

use crate::{Flag, within};
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use panics::{Panics, RecordingExecutor};
use std::{error::Error, net::SocketAddr, pin::pin};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tower_service::Service;

/// A running server. [`stop`](Self::stop) ends it in order; dropping it cuts
/// its connections.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    stop: Flag,
    panics: Panics,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves HTTP/1 alone.
    pub async fn h1<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        Self::spawn(service, Builder::http1_only).await
    }

    /// Serves HTTP/2 alone, by prior knowledge.
    pub async fn h2<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        Self::spawn(service, Builder::http2_only).await
    }

    /// Serves whichever of the two the client speaks.
    pub async fn auto<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        Self::spawn(service, |builder| builder).await
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Takes no more requests, and waits for those that run.
    ///
    /// # Panics
    ///
    /// If a service or a body panicked, or a request does not end.
    pub async fn stop(self) {
        let panics = self.stop_after_panics().await;
        assert!(panics.is_empty(), "the server panicked: {panics:?}");
    }

    /// As [`stop`](Self::stop) for a test that expects panics: gives their texts.
    pub async fn stop_after_panics(mut self) -> Vec<String> {
        self.stop.set();
        let ended = within("the last connection of the server", &mut self.task).await;
        // The task itself has nothing to panic about but a failing accept.
        assert!(ended.is_ok(), "the server failed: {ended:?}");
        self.panics.texts()
    }

    async fn spawn<S, B>(service: S, version: fn(Http) -> Http) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("the loopback interface has a free port");
        let (stop, panics) = (Flag::new(), Panics::default());
        let builder = version(builder(&panics));
        Self {
            addr: listener.local_addr().expect("the socket is bound"),
            task: tokio::spawn(accept(
                listener,
                builder,
                service,
                stop.clone(),
                panics.clone(),
            )),
            stop,
            panics,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Http = Builder<RecordingExecutor>;

fn builder(panics: &Panics) -> Http {
    let mut builder = Builder::new(RecordingExecutor::new(panics.clone()));
    builder.http1().timer(TokioTimer::new());
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).enable_connect_protocol();
    builder
}

async fn accept<S, B>(listener: TcpListener, builder: Http, service: S, stop: Flag, panics: Panics)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    // Dropped with this task, and then it ends the connections.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.expect("the socket accepts");
                let connection = serve(stream, builder.clone(), service.clone(), stop.clone());
                connections.spawn(panics.record(connection));
            }
            Some(_) = connections.join_next() => {}
            () = stop.wait() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve<S, B>(stream: TcpStream, builder: Http, service: S, stop: Flag)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    // Each write is seen by the client at once, as tests of flushing need.
    stream
        .set_nodelay(true)
        .expect("a TCP socket has the option");
    let service = TowerToHyperService::new(service);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // An aborted connection is what some tests are about: the client sees it.
        _ = connection.as_mut() => return,
        () = stop.wait() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
