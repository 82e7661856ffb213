use crate::settings;
use clap::Parser;

/// An axum app that shows what each layer of buttress does.
///
/// Each flag stands for a variable, takes the same text and is stronger.
#[derive(Debug, Parser)]
#[command(version, after_help = after_help())]
pub(crate) struct Args {
    /// Address to listen on, such as 127.0.0.1:3000; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,

    /// Folder that /assets is served from
    #[arg(long, value_name = "DIR")]
    assets: Option<String>,

    /// Where sessions are kept: memory, sqlite:FILE or redis://HOST:PORT
    #[arg(long, alias = "session", value_name = "STORE")]
    sessions: Option<String>,

    /// Where cached responses are kept: memory or redis://HOST:PORT
    #[arg(long, value_name = "STORE")]
    cache: Option<String>,

    /// Redis for both, where neither says otherwise: redis://HOST:PORT
    #[arg(long, value_name = "URL")]
    redis: Option<String>,

    /// Time that requests in flight get to end after SIGTERM or Ctrl-C, such as 10s
    #[arg(long, value_name = "TIME")]
    drain_deadline: Option<String>,

    /// Panics within a minute beyond which the app drains and exits with code 70
    #[arg(long, value_name = "N")]
    panic_budget: Option<String>,

    /// Proxies to believe who the client is: false, true, a number of hops, or networks
    /// such as loopback,10.0.0.0/8
    #[arg(long, value_name = "WHOM")]
    trust_proxy: Option<String>,

    /// What blocks the workers: off, watch or exact
    #[arg(long, value_name = "MODE")]
    detect: Option<String>,

    /// Run so many worker processes under a supervisor, instead of one without
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,

    /// Print each setting with its value and where that comes from, and exit
    #[arg(long)]
    pub(crate) print_config: bool,

    /// Print a .env file with all settings, to be filled in, and exit
    #[arg(long)]
    pub(crate) print_env_example: bool,
}

/// The settings' own comments, so that they are written once.
fn after_help() -> String {
    format!(
        "Environment:\n{}\n\
         PORT is the port on 127.0.0.1 where neither --listen nor APP_LISTEN is given.\n\
         Each APP_ variable can be a file: APP_SESSION_SECRET_FILE=/run/secrets/session",
        settings::help()
    )
}

impl Args {
    /// The flags that were given, each with the name of its variable.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("APP_LISTEN", &self.listen),
            ("APP_ASSETS", &self.assets),
            ("APP_SESSION", &self.sessions),
            ("APP_CACHE", &self.cache),
            ("APP_REDIS", &self.redis),
            ("APP_DRAIN__DEADLINE", &self.drain_deadline),
            ("APP_PANICS__BUDGET", &self.panic_budget),
            ("APP_TRUST_PROXY", &self.trust_proxy),
            ("APP_DETECT", &self.detect),
        ]
        .into_iter()
        .filter_map(|(variable, flag)| Some((variable, flag.as_deref()?)))
    }
}
