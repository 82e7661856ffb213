//! Servers of tonic, with and without layers.

use crate::grpc::{Answer, call, call_ticks};
use buttress_testing::{Gate, within};
use std::net::SocketAddr;
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::transport::Error;

/// A running server of [`Methods`](crate::grpc::Methods), and what stops it.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// That of its methods.
    pub gate: Gate,
    /// Stops it.
    pub stop: oneshot::Sender<()>,
    /// Where it runs.
    pub task: JoinHandle<Result<(), Error>>,
}

impl Running {
    async fn stop(self) {
        let _ = self.stop.send(());
        let ended = within("the end of the server", self.task).await;
        ended.expect("no panic").expect("no error");
    }
}

/// Starts a server with these layers.
// A macro, since the bounds on a generic layer would be longer than all tests.
#[macro_export]
macro_rules! grpc_server {
    ($($layer:expr),*) => {{
        let listener = ::tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let methods = $crate::grpc::Methods::default();
        let gate = methods.gate.clone();
        let (stop, stopped) = ::tokio::sync::oneshot::channel();
        let serve = ::tonic::transport::Server::builder()
            $(.layer($layer))*
            .add_service(methods)
            .serve_with_incoming_shutdown(
                ::tonic::transport::server::TcpIncoming::from(listener),
                async { drop(stopped.await) },
            );
        let task = ::tokio::spawn(serve);
        $crate::grpc_server::Running { addr, gate, stop, task }
    }};
}

/// What a unary method answers `without` the layers, having found that it is the
/// same `with` them.
///
/// # Panics
///
/// If it is not.
pub async fn unary(without: Running, with: Running, method: &str) -> Answer {
    let expected = call(without.addr, method).await;
    assert_eq!(call(with.addr, method).await, expected);
    without.stop().await;
    with.stop().await;
    expected
}

/// As [`unary`], of the stream, whose messages come when they are sent.
///
/// # Panics
///
/// If they do not, or are changed.
pub async fn stream(without: Running, with: Running) -> Answer {
    let expected = call_ticks(without.addr, &without.gate).await;
    assert_eq!(call_ticks(with.addr, &with.gate).await, expected);
    without.stop().await;
    with.stop().await;
    expected
}

/// Makes the tests that gRPC goes through these layers as if they were not
/// there.
#[macro_export]
macro_rules! grpc_is_untouched {
    ($($layer:expr),+) => {
        #[tokio::test]
        async fn a_unary_answer_and_its_trailers_are_untouched() {
            let (without, with) = ($crate::grpc_server!(), $crate::grpc_server!($($layer),+));
            let answer = $crate::grpc_server::unary(without, with, "Echo").await;
            assert_eq!(answer.trailers["grpc-status"], "0");
            assert!(answer.data.len() > 5000);
        }

        #[tokio::test]
        async fn an_error_is_untouched() {
            let (without, with) = ($crate::grpc_server!(), $crate::grpc_server!($($layer),+));
            let answer = $crate::grpc_server::unary(without, with, "Fail").await;
            assert_eq!(answer.headers["grpc-status"], "5");
        }

        #[tokio::test]
        async fn each_message_of_a_stream_comes_when_it_is_sent() {
            let (without, with) = ($crate::grpc_server!(), $crate::grpc_server!($($layer),+));
            let answer = $crate::grpc_server::stream(without, with).await;
            assert_eq!(answer.trailers["grpc-status"], "0");
        }
    };
}
