use std::{fmt, net::SocketAddr, path::PathBuf};

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Tcp(SocketAddr),
    Unix(PathBuf),
    /// Given by the service manager, and nothing else is known of it.
    #[cfg(target_os = "linux")]
    Given,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(addr) => addr.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
            #[cfg(target_os = "linux")]
            Self::Given => f.write_str("given"),
        }
    }
}
