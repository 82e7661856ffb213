//! The access log on stdout, and the app's own on stderr.

use buttress::log::{AccessLogLayer, AppFilter, Format, Guard, Json, Pretty, SpanFields, Writer};
use buttress_env::Environment;
use std::error::Error;
use std::io::{IsTerminal, stderr};
use std::time::Duration;
use tracing_subscriber::{Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// How long the last lines may take when the process ends.
const DEADLINE: Duration = Duration::from_secs(1);

pub(crate) struct Logs {
    pub(crate) access: AccessLogLayer,
    // They write what is left when they are dropped.
    _guards: [Guard; 2],
}

/// Neither waits for whoever reads it.
pub(crate) fn start(environment: Environment, filter: &str) -> Result<Logs, Box<dyn Error>> {
    let (access, access_guard) = Writer::stdout()?;
    let (own, own_guard) = Writer::stderr()?;
    for writer in [&access, &own] {
        writer.flush_at_exit(DEADLINE);
        writer.install_panic_hook(DEADLINE);
    }
    let format: Box<dyn Format> = if environment.is_development() {
        Box::new(Pretty::new())
    } else {
        Box::new(Json)
    };
    log_own_events(environment, filter, own)?;
    Ok(Logs {
        access: AccessLogLayer::new(access).format(format),
        _guards: [access_guard, own_guard],
    })
}

fn log_own_events(
    environment: Environment,
    filter: &str,
    writer: Writer,
) -> Result<(), Box<dyn Error>> {
    let (filter, _) = AppFilter::parse(filter)?;
    let events = tracing_subscriber::fmt::layer()
        .with_ansi(stderr().is_terminal())
        .with_writer(writer);
    let events = if environment.is_development() {
        events.boxed()
    } else {
        // The id of its request, for each event: written for each request, too.
        events.json().fmt_fields(SpanFields).boxed()
    };
    tracing_subscriber::registry()
        .with(events.with_filter(filter))
        .init();
    Ok(())
}
