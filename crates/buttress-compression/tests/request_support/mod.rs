//! Encoded bodies made by other libraries than ours, and one exchange of a
//! request through the layer.

// Each test binary compiles this anew and uses some of it.
#![allow(dead_code)]

use buttress_compression::{
    DecompressionResponseBody, Encoding, RequestBody, RequestDecompressionError,
    RequestDecompressionLayer,
};
use buttress_testing::{Collected, ScriptedBody, collect, service};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header::CONTENT_ENCODING, request};
use http_body::Body;
use std::{
    convert::Infallible,
    error::Error,
    io::{self, Read, Write},
    sync::{Arc, Mutex},
};
use tower::{Layer, ServiceExt};

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

pub(crate) const ALL: [Encoding; 4] = Encoding::PREFERENCE;

/// What the layer and the handler behind it made of a request.
pub(crate) struct Exchange {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: Bytes,
    /// What came to the handler, if it ran.
    pub(crate) seen: Option<Seen>,
}

pub(crate) struct Seen {
    pub(crate) head: request::Parts,
    pub(crate) body: Collected<BoxError>,
}

impl Exchange {
    pub(crate) fn seen(&self) -> &Seen {
        self.seen.as_ref().expect("the handler did not run")
    }

    /// The decoded data of a request that went well from end to end.
    pub(crate) fn decoded(&self) -> Bytes {
        assert_eq!(self.status, StatusCode::OK);
        self.seen().body.complete()
    }

    /// The error that ended the body, which has to be one of the layer's.
    pub(crate) fn error(&self) -> &RequestDecompressionError {
        let error = self.seen().body.error.as_ref().expect("no error came");
        error.downcast_ref().expect("an error of another kind")
    }
}

/// Sends `request` through `layer` to a handler that reads the whole body and
/// answers 200 whatever it met.
pub(crate) async fn exchange<B>(layer: &RequestDecompressionLayer, request: Request<B>) -> Exchange
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let seen = Arc::new(Mutex::new(None));
    let handler = service::ready_fn(|request: Request<RequestBody<B>>| {
        let seen = seen.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = collect(body).await;
            *seen.lock().unwrap() = Some(Seen { head, body });
            Ok::<_, Infallible>(Response::new(ScriptedBody::new().data("handled")))
        }
    });
    let Ok(response) = layer.layer(handler).oneshot(request).await;
    let (head, body) = response.into_parts();
    let seen = seen.lock().unwrap().take();
    Exchange {
        status: head.status,
        headers: head.headers,
        text: text_of(body).await,
        seen,
    }
}

async fn text_of(body: DecompressionResponseBody<ScriptedBody>) -> Bytes {
    collect(body).await.complete()
}

/// A request that says `Content-Encoding: coding`.
pub(crate) fn request<B>(coding: &str, body: B) -> Request<B> {
    let request = Request::post("/").header(CONTENT_ENCODING, coding);
    request.body(body).unwrap()
}

/// The same with a body in one frame.
pub(crate) fn whole(coding: &str, data: impl Into<Bytes>) -> Request<ScriptedBody> {
    request(coding, ScriptedBody::new().data(data))
}

/// No limit that a test could meet.
pub(crate) fn unlimited() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new()
        .max_size(u64::MAX)
        .max_ratio(u32::MAX)
}

pub(crate) fn encode(encoding: Encoding, data: &[u8]) -> Vec<u8> {
    encode_from(encoding, data)
}

/// `bytes` zeros, never held in memory as such.
pub(crate) fn bomb(encoding: Encoding, bytes: u64) -> Vec<u8> {
    encode_from(encoding, io::repeat(0).take(bytes))
}

pub(crate) fn raw_deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn encode_from(encoding: Encoding, mut data: impl Read) -> Vec<u8> {
    let level = flate2::Compression::new(6);
    match encoding {
        Encoding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            io::copy(&mut data, &mut encoder).unwrap();
            encoder.finish().unwrap()
        }
        Encoding::Deflate => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            io::copy(&mut data, &mut encoder).unwrap();
            encoder.finish().unwrap()
        }
        Encoding::Br => {
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
            io::copy(&mut data, &mut encoder).unwrap();
            encoder.into_inner()
        }
        Encoding::Zstd => zstd::encode_all(data, 3).unwrap(),
        other => panic!("no encoder for {other}"),
    }
}
