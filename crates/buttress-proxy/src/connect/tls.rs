use rustls::{ClientConfig, pki_types::ServerName};
use std::{io, sync::Arc};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// TLS to one server name.
pub(crate) struct Tls {
    /// `None` if nothing was set up that could be trusted.
    dial: Option<(TlsConnector, ServerName<'static>)>,
    is_http2: bool,
}

impl Tls {
    /// Offers `alpn` alone, whatever the configuration says.
    pub(crate) fn new(config: Option<&ClientConfig>, name: &str, alpn: &[u8]) -> Self {
        let connector = config.cloned().map(|mut config| {
            config.alpn_protocols = vec![alpn.to_vec()];
            TlsConnector::from(Arc::new(config))
        });
        Self {
            dial: connector.zip(ServerName::try_from(name.to_owned()).ok()),
            is_http2: alpn == b"h2",
        }
    }

    pub(super) async fn connect(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let Some((connector, name)) = &self.dial else {
            return Err(io::Error::other(
                "TLS needs a configuration and a host name",
            ));
        };
        let stream = connector.connect(name.clone(), stream).await?;
        if self.is_http2 && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(io::Error::other("the upstream does not speak HTTP/2"));
        }
        Ok(stream)
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("is_http2", &self.is_http2)
            .finish_non_exhaustive()
    }
}
