//! One line for each variable.

use super::{Need, Setting};
use crate::describe::summary;

pub(super) fn write(environment: &Setting<'_>, settings: &[Setting<'_>]) -> String {
    let all = || std::iter::once(environment).chain(settings);
    let names = all().map(|setting| setting.variable.chars().count());
    let width = names.max().unwrap_or_default();
    let line = |setting: &Setting<'_>| format!("{:width$}  {}", setting.variable, about(setting));
    all().map(line).collect::<Vec<_>>().join("\n")
}

/// What it is, or else what is expected; then what else there is to know.
fn about(setting: &Setting<'_>) -> String {
    let summary = summary(setting.doc);
    let about = if summary.is_empty() {
        &setting.expected
    } else {
        &summary
    };
    let secret = setting.secret.then(|| "secret".to_owned());
    let need = match setting.need {
        Need::Needed => "needed".to_owned(),
        Need::Optional => "optional".to_owned(),
        Need::Default(value) => format!("default: {}", value.escape_debug()),
    };
    let notes: Vec<String> = secret.into_iter().chain([need]).collect();
    format!("{about} [{}]", notes.join(", "))
}
