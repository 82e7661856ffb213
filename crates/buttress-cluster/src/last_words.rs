//! What a worker said last of its own trouble. It stands in shared memory, for who
//! aborts has no time to send it.

use crate::page::{self, Page, Row};
use std::{panic, time::Duration};

/// Older ones are not why it ended: one that leaves after a panic drains for a while.
const RECENT: Duration = Duration::from_secs(60);

/// Has each panic of this process remembered, besides what is done with it anyhow.
pub(crate) fn remember_panics(row: Row) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        row.say(&info.to_string(), page::now());
        before(info);
    }));
}

/// What the worker of this row said, and how long ago, if that is not too long.
pub(crate) fn of(page: &Page, row: usize) -> Option<String> {
    let (text, then) = page.row(row).said()?;
    let ago = Duration::from_nanos(page::now().saturating_sub(then));
    (ago < RECENT).then(|| format!("{ago:.1?} before: {}", one_line(&text)))
}

/// It goes to terminals and logs, and nobody has looked at it.
fn one_line(text: &str) -> String {
    let words = text.split(|it: char| it.is_control() || it.is_whitespace());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_one_line_without_control_characters_and_grows_old() {
        let page = Page::new().unwrap();
        assert_eq!(of(&page, 3), None);
        let row = page.row(3);
        row.say("panicked at a.rs:1:2:\nno \x1b[31mway", page::now());
        let said = of(&page, 3).unwrap();
        assert!(
            said.ends_with("before: panicked at a.rs:1:2: no [31mway"),
            "{said}"
        );
        let long_ago = page::now().saturating_sub(61_000_000_000);
        row.say("x", long_ago);
        assert_eq!(of(&page, 3), None);
    }
}
