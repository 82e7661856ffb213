use std::{net::SocketAddr, path::PathBuf};

/// A gateway in front of other servers
#[derive(clap::Parser)]
pub(crate) struct Args {
    /// The configuration, in TOML; read again when it changes and at SIGHUP
    #[arg(long, value_name = "FILE", default_value = "gateway.toml")]
    pub(crate) config: PathBuf,

    /// Where to listen, instead of what the configuration says
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,

    /// So many processes under a supervisor, each with a cache and connections of its own
    #[arg(long, value_name = "NUMBER")]
    pub(crate) workers: Option<usize>,

    /// Checks the configuration, and ends
    #[arg(long)]
    pub(crate) check: bool,
}
