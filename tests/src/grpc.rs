//! A gRPC service without protobuf, and what its client sees.

use buttress_testing::{
    Gate, corpus, h2,
    wire::{Piece, Received},
};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::{Stream, stream};
use http::{HeaderMap, Request, Response};
use http_body::Body;
use std::{
    convert::Infallible,
    error::Error,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{Grpc, NamedService},
};
use tower::{Service, service_fn};

/// Three methods: `Echo` and `Fail` are unary, `Ticks` streams two messages
/// with a gate between them.
#[derive(Clone, Debug, Default)]
pub struct Methods {
    /// Stands between the messages of `Ticks`.
    pub gate: Gate,
}

impl NamedService for Methods {
    const NAME: &'static str = "buttress.Methods";
}

impl<B> Service<Request<B>> for Methods
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    type Response = Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let gate = self.gate.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(BytesCodec);
            let method = request.uri().path().rsplit('/').next();
            Ok(match method.unwrap_or_default() {
                "Echo" => grpc.unary(service_fn(echo), request).await,
                "Ticks" => {
                    let ticks = move |_| ticks(gate.clone());
                    grpc.server_streaming(service_fn(ticks), request).await
                }
                _ => grpc.unary(service_fn(fail), request).await,
            })
        })
    }
}

async fn echo(request: tonic::Request<Bytes>) -> Result<tonic::Response<Bytes>, Status> {
    Ok(tonic::Response::new(request.into_inner()))
}

async fn fail(_: tonic::Request<Bytes>) -> Result<tonic::Response<Bytes>, Status> {
    Err(Status::not_found("no such thing"))
}

async fn ticks(
    gate: Gate,
) -> Result<tonic::Response<impl Stream<Item = Result<Bytes, Status>> + Send>, Status> {
    let ticks = stream::unfold(0, move |tick| {
        let gate = gate.clone();
        async move {
            if tick == 1 {
                gate.pass().await;
            }
            (tick < 2).then(|| (Ok(message()), tick + 1))
        }
    });
    Ok(tonic::Response::new(ticks))
}

/// Worth compressing, if it were not gRPC's.
fn message() -> Bytes {
    corpus::json(100).into()
}

/// Messages that are bytes.
#[derive(Clone, Copy, Debug)]
struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

/// What came back: all of it, so that two can be compared.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The header fields but `Date`.
    pub headers: HeaderMap,
    /// All data frames together.
    pub data: Bytes,
    /// The trailers.
    pub trailers: HeaderMap,
}

/// Calls a unary method as a client does that would take any content coding.
///
/// # Panics
///
/// If the answer is cut off.
pub async fn call(addr: SocketAddr, method: &str) -> Answer {
    let mut client = h2::Connection::open(addr).await;
    let mut exchange = start(&mut client, method).await;
    let body = exchange.body().await;
    answer(exchange, &body)
}

/// Calls `Ticks`; the first message has to come before the gate is opened.
///
/// # Panics
///
/// If it does not, or the answer is cut off.
pub async fn call_ticks(addr: SocketAddr, gate: &Gate) -> Answer {
    let mut client = h2::Connection::open(addr).await;
    let mut exchange = start(&mut client, "Ticks").await;
    let first = frame(&message());
    let mut data = BytesMut::new();
    while data.len() < first.len() {
        match exchange.piece().await {
            Piece::Data(piece) => data.extend_from_slice(&piece),
            other => panic!("{other:?} instead of the first message"),
        }
    }
    assert_eq!(data, first);
    gate.open();
    let rest = exchange.body().await;
    data.extend_from_slice(&rest.complete());
    let mut answer = answer(exchange, &rest);
    answer.data = data.freeze();
    answer
}

async fn start(client: &mut h2::Connection, method: &str) -> h2::Exchange {
    let headers = [
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
    ];
    let path = format!("/{}/{method}", Methods::NAME);
    client.post(&path, &headers, frame(&message())).await
}

fn answer(exchange: h2::Exchange, body: &Received) -> Answer {
    assert_eq!(exchange.head.status, 200);
    let mut headers = exchange.head.headers;
    headers.remove("date");
    // The one field that a log adds.
    headers.remove("x-request-id");
    Answer {
        headers,
        data: body.complete(),
        trailers: body.trailers.clone(),
    }
}

/// A message as gRPC frames it: not compressed, its length, itself.
fn frame(message: &Bytes) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).expect("a short message"));
    frame.put_slice(message);
    frame.freeze()
}
