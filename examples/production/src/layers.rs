//! The layers around every route: what makes an app ready for production.
//!
//! `Production` of the crate `buttress` has them in the right order, and says why in
//! its module `ordering`. What is left to say is where things are kept, and who wants
//! to hear of what happens. Still further out is `serve` of buttress-drain, which sees
//! each response to its end on the socket.

use crate::live::Observed;
use crate::logs::Logs;
use crate::sessions::ring;
use crate::settings::Settings;
use axum::http::request::Parts;
use buttress::Production;
use buttress::error::PanicBudget;
use buttress::sync_io::SyncIoLayer;
use buttress::trust_proxy::Trust;
use buttress_env::Loaded;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// How often sessions are looked for whose time is over.
const SWEEP: Duration = Duration::from_secs(60);

pub(crate) async fn stack(
    settings: &Loaded<Settings>,
    logs: &Logs,
    budget: &PanicBudget,
    observed: &Arc<Observed>,
) -> Result<Production, Box<dyn Error + Send + Sync>> {
    let environment = settings.environment();
    let sessions = observed.trips.counted(settings.sessions().open().await?);
    let ring = ring(settings.session_secret.as_ref())?;
    let detector = SyncIoLayer::new(settings.detect(environment));
    let [requests, panics, blocked] = [observed; 3].map(Arc::clone);
    let stack = Production::builder(environment)
        .log(
            logs.access
                .clone()
                .on_record(move |it| requests.meter.record(it)),
        )
        .cache_store(settings.cached().store()?)
        .cache(|cache| cache.bypass(is_held))
        .session_store(sessions)
        .session(|session| match ring {
            Some(ring) => session.keys(ring),
            None => session,
        })
        .errors(|errors| errors.on_report(move |it| panics.panics.record(it)))
        .sync_io(|_| detector.on_report(move |it| blocked.blocked.record(it)))
        .panic_budget(budget.clone())
        .trust_proxy(match &settings.trust_proxy {
            Some(trust) => trust.0.clone(),
            None => Trust::none(),
        })
        .build()?;
    tokio::spawn(stack.sweep_sessions(SWEEP));
    Ok(stack)
}

/// Of requests for one address that come at once, the first one asks and the others
/// wait for what it brings. That is the point of a cache where the answer may be
/// shared, and a waste of time where it takes long and never may be.
fn is_held(request: &Parts) -> bool {
    request.uri.path() == "/hold"
}
