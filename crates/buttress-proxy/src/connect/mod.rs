//! The way to an upstream: TCP, a Unix socket, TLS.

mod io;
#[cfg(feature = "tls")]
mod tls;

pub(crate) use io::{Io, Stream, Traffic};
#[cfg(feature = "tls")]
pub(crate) use tls::Tls;

use crate::{
    error::{Error, Kind},
    upstream::{Address, Upstream},
};
use std::{future::Future, io::Result as IoResult, pin::Pin, sync::Arc, time::Duration};
use tokio::{net::TcpStream, runtime::Handle, time::timeout};

/// Opens connections to one upstream.
pub(crate) struct Connector {
    address: Address,
    /// Instead of the address.
    dial: Option<Arc<Dial>>,
    timeout: Duration,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

/// How an app opens connections itself.
pub(crate) type Dial = dyn Fn() -> Dialled + Send + Sync;
pub(crate) type Dialled = Pin<Box<dyn Future<Output = IoResult<Stream>> + Send>>;

impl Connector {
    pub(crate) fn new(upstream: &Upstream, dial: Option<Arc<Dial>>, timeout: Duration) -> Self {
        Self {
            address: upstream.address().clone(),
            dial,
            timeout,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Speaks TLS on what it opens.
    #[cfg(feature = "tls")]
    pub(crate) fn tls(mut self, tls: Option<Tls>) -> Self {
        self.tls = tls;
        self
    }

    /// Connects, its name's resolution and TLS included.
    pub(crate) async fn connect(&self) -> Result<Io, Error> {
        if Handle::try_current().is_err() {
            return Err(Error::because(Kind::Connect, "no tokio runtime is here"));
        }
        match timeout(self.timeout, self.open()).await {
            Ok(opened) => opened.map_err(|error| Error::because(Kind::Connect, error)),
            Err(_) => Err(Error::new(Kind::ConnectTimeout)),
        }
    }

    async fn open(&self) -> IoResult<Io> {
        if let Some(dial) = &self.dial {
            return dial().await.map(Io::new);
        }
        let stream = match &self.address {
            Address::Tcp { host, port } => TcpStream::connect((host.as_str(), *port)).await?,
            #[cfg(unix)]
            Address::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await?;
                return Ok(Io::new(Stream::Unix(stream)));
            }
        };
        // A request in small pieces must not wait for acknowledgements.
        stream.set_nodelay(true)?;
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            let stream = tls.connect(stream).await?;
            return Ok(Io::new(Stream::Tls(Box::new(stream))));
        }
        Ok(Io::new(Stream::Tcp(stream)))
    }
}
