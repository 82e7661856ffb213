//! `text/plain`, for people at a terminal.

use super::Page;
use std::fmt::Write;

pub(super) fn write(page: &Page<'_>) -> String {
    let problem = page.problem;
    let mut out = format!(
        "{} {}\n",
        problem.status.as_u16(),
        problem.title_or_reason()
    );
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name}{value}");
        }
    };
    line("", problem.detail.as_deref());
    line("request id: ", page.request_id);
    if let Some(report) = page.debug {
        line("\nmessage: ", Some(report.message()));
        line("location: ", report.location());
        for source in report.source_chain() {
            line("caused by: ", Some(source));
        }
        line("\n", report.resolved_backtrace());
    }
    out
}
