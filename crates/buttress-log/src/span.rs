use crate::{exchange::Pending, layer::Config};
use tracing::{Level, Span, level_filters::LevelFilter};

/// Carries what finds a request into the log of the app.
pub(crate) fn of(config: &Config, pending: &Pending) -> Span {
    // Without a subscriber the macro would still tell the `log` crate, in an app that has
    // this feature of `tracing` on.
    let is_wanted = config.span && LevelFilter::current() >= Level::INFO;
    let exchange = pending.exchange().filter(|_| is_wanted);
    let Some(exchange) = exchange else {
        return Span::none();
    };
    tracing::info_span!(
        target: "buttress_log",
        "request",
        request_id = exchange.id.to_str().unwrap_or_default(),
        method = exchange.method.as_str(),
        route = exchange.route.as_str().unwrap_or("unmatched"),
    )
}
