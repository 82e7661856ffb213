//! A type's own message may hold the value that it refused.

use std::collections::HashSet;

/// So many letters in a row are taken for a part of the value.
const SHARED: usize = 4;

/// The message if it shares nothing with any of the values.
pub(super) fn harmless<'m>(message: &'m str, values: &[impl AsRef<str>]) -> Option<&'m str> {
    let lower = lower(message);
    let shown = values.iter().any(|value| shares(&lower, value.as_ref()));
    (!shown).then_some(message)
}

/// Letter by letter, for `str::to_lowercase` looks at a letter's neighbours.
fn lower(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn shares(message: &[char], value: &str) -> bool {
    let value = lower(value);
    let window = SHARED.min(value.len());
    if window == 0 {
        return false;
    }
    // From the message's side: a value may be a megabyte, a message is a line.
    let parts: HashSet<&[char]> = message.windows(window).collect();
    value.windows(window).any(|part| parts.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_that_repeats_part_of_a_value_is_not_shown() {
        assert_eq!(harmless("bad scheme `ftpx`", &["ftpx://host"]), None);
        assert_eq!(harmless("BAD HUNTER", &["hunter2"]), None);
        assert_eq!(harmless("no 12 here", &["12"]), None);
        assert_eq!(harmless("must be even", &["13"]), Some("must be even"));
        assert_eq!(harmless("is empty", &[""]), Some("is empty"));
    }

    proptest! {
        #[test]
        fn no_message_around_a_value_is_shown(a in ".{0,9}", value in ".{1,30}", b in ".{0,9}") {
            let message = format!("{a}{value}{b}");
            prop_assert_eq!(harmless(&message, &[&value]), None);
        }
    }
}
