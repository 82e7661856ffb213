use crate::{exchange::Pending, layer::Config};
use tracing::Span;

/// Carries what finds a request into the log of the app.
pub(crate) fn of(config: &Config, pending: &Pending) -> Span {
    let exchange = pending.exchange().filter(|_| config.span);
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
