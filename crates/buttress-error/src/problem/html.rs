//! `text/html`, for browsers. The page needs nothing else from the server,
//! which may be in no state to give it.

use super::Page;
use std::fmt::Write;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:10vh auto;max-width:48rem;\
padding:0 1rem;color:#222;background:#fff}h1{font-size:1.5rem}small,dt{color:#666}\
pre{overflow:auto;background:#f4f4f4;padding:1rem;font-size:.8rem}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre{background:#262626}\
small,dt{color:#999}}";

pub(super) fn write(page: &Page<'_>) -> String {
    let problem = page.problem;
    let title = format!(
        "{} {}",
        problem.status.as_u16(),
        escape(problem.title_or_reason())
    );
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n"
    );
    let mut part = |before: &str, value: Option<&str>, after: &str| {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{before}{}{after}", escape(value));
        }
    };
    part("<p>", problem.detail.as_deref(), "</p>");
    part(
        "<p><small>Request id: <code>",
        page.request_id,
        "</code></small></p>",
    );
    if let Some(report) = page.debug {
        let kind = format!(
            "{} in phase {}",
            report.kind().as_str(),
            report.phase().as_str()
        );
        part("<h2>", Some(&kind), "</h2>");
        part("<pre>", Some(report.message()), "</pre>");
        part("<p>at <code>", report.location(), "</code></p>");
        for source in report.source_chain() {
            part("<p>caused by: ", Some(source), "</p>");
        }
        part("<pre>", report.resolved_backtrace(), "</pre>");
    }
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;
    use http::StatusCode;

    #[test]
    fn what_is_shown_cannot_become_markup() {
        let problem = Problem::new(StatusCode::NOT_FOUND)
            .title("<b>")
            .detail("<script>alert('x')</script> & \"y\"");
        let page = write(&Page::of(&problem));
        assert!(page.contains("<h1>404 &lt;b&gt;</h1>"), "{page}");
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("&#39;x&#39;") && page.contains("&amp; &quot;y&quot;"));
    }
}
