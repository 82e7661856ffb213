use clap::Parser;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// An axum app that shows what each layer of buttress does.
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Address to listen on, such as 127.0.0.1:3000; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,

    /// Folder that /assets is served from
    // The default is a path of the machine that compiled this. That is right
    // for an example that `cargo run` starts; a deployed app passes its own.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/assets"), hide_default_value = true)]
    pub(crate) assets: PathBuf,

    /// Seconds that requests in flight get to end after SIGTERM or Ctrl-C
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) drain_deadline: Duration,
}

const AFTER_HELP: &str = "Environment:
  APP_LISTEN  address, where --listen is not given
  PORT        port on 127.0.0.1, where neither is given (default 3000)
  APP_ENV     development, test, staging or production (the default)";

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "expected a number of seconds, such as 10 or 0.5".to_owned())
}
