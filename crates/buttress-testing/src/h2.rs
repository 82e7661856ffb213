//! An HTTP/2 client that shows each frame.

use crate::{
    wire::{Cut, Head, Piece, Received},
    within,
};
use bytes::Bytes;
use h2::{
    RecvStream, SendStream,
    client::{self, SendRequest},
};
use http::{HeaderMap, Method, Request};
use std::net::SocketAddr;
use tokio::{net::TcpStream, task::JoinHandle};

/// A connection by prior knowledge, without TLS; closed when dropped.
#[derive(Debug)]
pub struct Connection {
    addr: SocketAddr,
    send: SendRequest<Bytes>,
    task: JoinHandle<()>,
}

/// One response and, while it is open, the body of its request.
#[derive(Debug)]
pub struct Exchange {
    /// The head of the response.
    pub head: Head,
    /// Where the body of the request goes; closed for requests without one.
    pub upload: SendStream<Bytes>,
    download: RecvStream,
}

impl Connection {
    /// Connects.
    ///
    /// # Panics
    ///
    /// If the server does not speak HTTP/2.
    pub async fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await;
        let stream = stream.expect("the server accepts connections");
        let handshake = within("the HTTP/2 handshake", client::handshake(stream)).await;
        let (send, connection) = handshake.expect("the server speaks HTTP/2");
        let task = tokio::spawn(async {
            // What ends the connection is seen by the streams on it.
            let _ = connection.await;
        });
        Self { addr, send, task }
    }

    /// Sends a GET.
    ///
    /// # Panics
    ///
    /// If no head comes.
    pub async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Exchange {
        let request = self.head(Method::GET, path, headers);
        self.start(request, true).await
    }

    /// Sends a request with a body in one piece.
    ///
    /// # Panics
    ///
    /// If no head comes.
    pub async fn post(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Exchange {
        let request = self.head(Method::POST, path, headers);
        self.whole(request, body).await
    }

    /// Sends any request with a body in one piece; an empty one is not sent.
    ///
    /// # Panics
    ///
    /// If no head comes.
    pub async fn whole(&mut self, request: Request<()>, body: impl Into<Bytes>) -> Exchange {
        let body = body.into();
        let mut send = within("room for a stream", self.send.clone().ready()).await;
        let send = send.as_mut().expect("the connection is open");
        let (response, mut upload) = send
            .send_request(request, body.is_empty())
            .expect("the request is valid");
        if !body.is_empty() {
            let sent = upload.send_data(body, true);
            sent.expect("the stream is open");
        }
        Exchange::new(response, upload).await
    }

    /// Sends the head of any request; `is_over` if no body will follow.
    ///
    /// # Panics
    ///
    /// If no head comes.
    pub async fn start(&mut self, request: Request<()>, is_over: bool) -> Exchange {
        let mut send = within("room for a stream", self.send.clone().ready()).await;
        let send = send.as_mut().expect("the connection is open");
        let (response, upload) = send
            .send_request(request, is_over)
            .expect("the request is valid");
        Exchange::new(response, upload).await
    }

    /// A head with a path on this server, for [`start`](Self::start).
    ///
    /// # Panics
    ///
    /// If the path or a field is not valid.
    #[must_use]
    pub fn head(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.addr));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a valid request")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Exchange {
    async fn new(response: client::ResponseFuture, upload: SendStream<Bytes>) -> Self {
        let response = within("the head of a response", response).await;
        let (parts, download) = response.expect("a response").into_parts();
        let head = Head {
            status: parts.status,
            version: parts.version,
            headers: parts.headers,
            raw: Bytes::new(),
        };
        Self {
            head,
            upload,
            download,
        }
    }

    /// The next frame, waited for.
    ///
    /// # Panics
    ///
    /// If none comes.
    pub async fn piece(&mut self) -> Piece {
        match within("a DATA frame", self.download.data()).await {
            Some(Ok(data)) => {
                // Says that the client has room for as much again.
                let released = self.download.flow_control().release_capacity(data.len());
                released.expect("what was received can be released");
                Piece::Data(data)
            }
            Some(Err(error)) => Piece::Cut(cut(&error)),
            None => match within("the trailers", self.download.trailers()).await {
                Ok(trailers) => Piece::End(trailers.unwrap_or_else(HeaderMap::new)),
                Err(error) => Piece::Cut(cut(&error)),
            },
        }
    }

    /// The rest of the body.
    pub async fn body(&mut self) -> Received {
        let mut received = Received::default();
        while !received.take(self.piece().await) {}
        received
    }
}

fn cut(error: &h2::Error) -> Cut {
    Cut {
        reset: error.reason(),
        ..Cut::default()
    }
}
