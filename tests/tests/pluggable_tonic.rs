//! gRPC goes through the layers as if they were not there.

use buttress_compression::{CompressionLayer, RequestDecompressionLayer};
use buttress_testing::within;
use buttress_tests::grpc::{Answer, Methods, call, call_ticks};
use std::net::SocketAddr;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tonic::transport::{
    Error, Server,
    server::{Router, TcpIncoming},
};
use tower::layer::util::{Identity, Stack};

type Both = Stack<RequestDecompressionLayer, Stack<CompressionLayer, Identity>>;

fn with_layers(methods: Methods) -> Router<Both> {
    Server::builder()
        .layer(CompressionLayer::new())
        .layer(RequestDecompressionLayer::new())
        .add_service(methods)
}

/// A running server and what stops it.
struct Running {
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), Error>>,
}

impl Running {
    async fn stop(self) {
        let _ = self.stop.send(());
        let ended = within("the end of the server", self.task).await;
        ended.unwrap().unwrap();
    }
}

// A macro, since the bounds on a generic `L` would be longer than all tests.
macro_rules! run {
    ($router:expr) => {{
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let incoming = TcpIncoming::from(listener);
        let stopped = async { drop(stopped.await) };
        let serve = $router.serve_with_incoming_shutdown(incoming, stopped);
        let task = tokio::spawn(serve);
        Running { addr, stop, task }
    }};
}

async fn with_and_without(method: &str) -> [Answer; 2] {
    let without = run!(Server::builder().add_service(Methods::default()));
    let with = run!(with_layers(Methods::default()));
    let answers = [
        call(without.addr, method).await,
        call(with.addr, method).await,
    ];
    without.stop().await;
    with.stop().await;
    answers
}

#[tokio::test]
async fn a_unary_answer_and_its_trailers_are_untouched() {
    let [without, with] = with_and_without("Echo").await;
    assert_eq!(without.trailers["grpc-status"], "0");
    assert!(without.data.len() > 5000);
    assert_eq!(with, without);
}

#[tokio::test]
async fn an_error_is_untouched() {
    let [without, with] = with_and_without("Fail").await;
    assert_eq!(without.headers["grpc-status"], "5");
    assert_eq!(with, without);
}

#[tokio::test]
async fn each_message_of_a_stream_comes_when_it_is_sent() {
    let methods = Methods::default();
    let gate = methods.gate.clone();
    let without = run!(Server::builder().add_service(methods));
    let expected = call_ticks(without.addr, &gate).await;
    without.stop().await;

    let methods = Methods::default();
    let gate = methods.gate.clone();
    let with = run!(with_layers(methods));
    let answer = call_ticks(with.addr, &gate).await;
    with.stop().await;

    assert_eq!(expected.trailers["grpc-status"], "0");
    assert_eq!(answer, expected);
}
