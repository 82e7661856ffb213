use crate::settings::Settings;
use buttress_cache::policy::Metadata;
use std::time::Duration;

/// How long Redis keeps a response: as long as it can answer, and some time more
/// if it can be validated. `None` if it is of no use.
///
/// Counted from when it was received, which needs no clock: what took a while to
/// come lives that much longer.
pub(crate) fn time_to_live(metadata: &Metadata, for_validation: Duration) -> Option<Duration> {
    let freshness = &metadata.freshness;
    let useful = freshness.useless_at().since(freshness.received);
    let more = match metadata.has_validator() {
        true => for_validation,
        false => Duration::ZERO,
    };
    let ttl = Duration::from(useful).saturating_add(more);
    Some(ttl.min(Settings::LONGEST)).filter(|ttl| !ttl.is_zero())
}
