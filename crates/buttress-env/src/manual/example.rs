//! A `.env.example`: what is needed is there to be filled in, the rest is a comment.

use super::{Need, Setting};
use std::fmt::Write;

pub(super) fn write(environment: &Setting<'_>, settings: &[Setting<'_>]) -> String {
    let mut text = String::new();
    add(&mut text, environment);
    for setting in settings {
        text.push('\n');
        add(&mut text, setting);
    }
    text
}

fn add(text: &mut String, setting: &Setting<'_>) {
    add_comment(text, "", setting.doc);
    for choice in setting.choices {
        if !choice.name.is_empty() && !choice.doc.is_empty() {
            add_comment(text, &format!("- {}: ", choice.name), choice.doc);
        }
    }
    let (need, start, value) = match setting.need {
        Need::Needed => (", needed", "", String::new()),
        Need::Optional => (", optional", "# ", String::new()),
        Need::Default(value) => ("", "# ", quoted(value)),
    };
    let secret = if setting.secret { ", secret" } else { "" };
    let (expected, variable) = (&setting.expected, &setting.variable);
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "# {expected}{need}{secret}\n{start}{variable}={value}"
    );
}

fn add_comment(text: &mut String, start: &str, comment: &str) {
    for (index, line) in comment.lines().enumerate() {
        let start = if index == 0 { start } else { "" };
        let line = format!("# {start}{line}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

/// As our own parser reads it back, in one line.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@,=+%".contains(c);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    let mut quoted = String::from('"');
    for c in value.chars() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '"' | '\\' | '$' => quoted.extend(['\\', c]),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
