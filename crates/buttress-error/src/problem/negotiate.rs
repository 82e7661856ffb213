//! Which form an error takes, by what the client accepts (RFC 9110 §12.5.1).

/// A form of an error that this crate can write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// `application/problem+json`: for those who ask for JSON, and for those
    /// who ask for nothing in particular.
    #[default]
    Json,
    /// `text/html`.
    Html,
    /// `text/plain`.
    Text,
}

/// A weight in thousandths.
type Quality = u16;

/// How exactly a range of `Accept` names a type; the closest one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    Anything,
    Type,
    /// Another name that clients of the format use.
    Relative,
    Exact,
}

impl Format {
    /// The order decides between forms that the client likes equally.
    const ALL: [Self; 3] = [Self::Json, Self::Html, Self::Text];

    /// The form that a client asks for by the lines of its `Accept`.
    ///
    /// An error has to be told in some form: where none is acceptable, no
    /// `Accept` came or it makes no sense, it is [`Json`](Self::Json).
    ///
    /// ```
    /// use buttress_error::Format;
    ///
    /// assert_eq!(Format::negotiate([&b"text/html;q=0.5, text/plain"[..]]), Format::Text);
    /// assert_eq!(Format::negotiate([&b"*/*"[..]]), Format::Json);
    /// ```
    pub fn negotiate<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut wishes = [None; Self::ALL.len()];
        for line in lines {
            for member in Unquoted::new(line, b',') {
                if let Some((range, quality)) = parse(member) {
                    for (format, wish) in Self::ALL.iter().zip(&mut wishes) {
                        if let Some(closeness) = format.closeness(range) {
                            merge(wish, (closeness, quality));
                        }
                    }
                }
            }
        }
        let mut best = (0, Self::default());
        for (format, wish) in Self::ALL.into_iter().zip(wishes) {
            if let Some((_, quality)) = wish.filter(|(_, quality)| *quality > best.0) {
                best = (quality, format);
            }
        }
        best.1
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/problem+json",
            Self::Html => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    fn closeness(self, range: &[u8]) -> Option<Closeness> {
        let (exact, relatives): (&str, &[&str]) = match self {
            Self::Json => (
                "application/problem+json",
                &["application/json", "text/json"],
            ),
            Self::Html => ("text/html", &[]),
            Self::Text => ("text/plain", &[]),
        };
        let is = |name: &str| range.eq_ignore_ascii_case(name.as_bytes());
        let family = match self {
            Self::Json => "application/*",
            Self::Html | Self::Text => "text/*",
        };
        if is(exact) {
            Some(Closeness::Exact)
        } else if relatives.iter().any(|name| is(name)) {
            Some(Closeness::Relative)
        } else if is(family) {
            Some(Closeness::Type)
        } else if is("*/*") {
            Some(Closeness::Anything)
        } else {
            None
        }
    }
}

/// The closer range counts; of two equally close ones the stronger wish, since
/// they may differ in parameters that mean nothing to us.
fn merge(wish: &mut Option<(Closeness, Quality)>, new: (Closeness, Quality)) {
    *wish = (*wish).max(Some(new));
}

/// The range and the weight of one member; `None` when it is malformed.
fn parse(member: &[u8]) -> Option<(&[u8], Quality)> {
    let mut parts = Unquoted::new(member, b';');
    let range = parts.next()?.trim_ascii();
    for parameter in parts {
        if let [b'q' | b'Q', rest @ ..] = parameter.trim_ascii() {
            if let [b'=', value @ ..] = rest.trim_ascii_start() {
                return Some((range, parse_quality(value.trim_ascii())?));
            }
        }
    }
    Some((range, 1000))
}

/// `qvalue`, and what clients send beyond its grammar: no leading zero, and more
/// than three decimals, of which those that are too small count as one.
fn parse_quality(value: &[u8]) -> Option<Quality> {
    let text = std::str::from_utf8(value).ok()?;
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = text.parse().ok().filter(|_| is_number)?;
    if !(0.0..=1.0).contains(&number) {
        return None;
    }
    let thousandths = (number * 1000.0).floor() as Quality;
    Some(if number > 0.0 { thousandths.max(1) } else { 0 })
}

/// Splits at a byte that does not stand in a quoted string (RFC 9110 §5.6.4).
struct Unquoted<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Unquoted<'a> {
    fn new(text: &'a [u8], separator: u8) -> Self {
        Self {
            rest: Some(text),
            separator,
        }
    }
}

impl<'a> Iterator for Unquoted<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let (mut is_quoted, mut is_escaped) = (false, false);
        for (index, &byte) in rest.iter().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_quoted => is_escaped = true,
                b'"' => is_quoted = !is_quoted,
                _ if byte == self.separator && !is_quoted => {
                    self.rest = Some(&rest[index + 1..]);
                    return Some(&rest[..index]);
                }
                _ => {}
            }
        }
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(accept: &str) -> Format {
        Format::negotiate([accept.as_bytes()])
    }

    #[test]
    fn absent_anything_and_garbage_are_json() {
        assert_eq!(Format::negotiate([]), Format::Json);
        for accept in [
            "",
            "*/*",
            ",,;q=x",
            "\u{fc}",
            "image/png",
            "text/html;q=2",
            "*/*;q=0",
            "text/html;q=nan",
        ] {
            assert_eq!(of(accept), Format::Json, "{accept}");
        }
    }

    #[test]
    fn the_strongest_wish_wins_and_then_our_order() {
        assert_eq!(of("text/html;q=0.5, text/plain;q=0.6"), Format::Text);
        assert_eq!(of("text/plain, text/html"), Format::Html);
        assert_eq!(of("text/html, application/json"), Format::Json);
        assert_eq!(of("application/json;q=.1, TEXT/Plain;Q=.2"), Format::Text);
        assert_eq!(of("text/plain;q=0.0001, image/png"), Format::Text);
    }

    #[test]
    fn browsers_get_html() {
        let chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,\
                        image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";
        assert_eq!(of(chromium), Format::Html);
    }

    #[test]
    fn the_closest_range_decides() {
        assert_eq!(of("application/json;q=0, */*"), Format::Html);
        assert_eq!(
            of("application/problem+json, application/json;q=0"),
            Format::Json
        );
        assert_eq!(of("text/*, text/html;q=0"), Format::Text);
        assert_eq!(of("application/*;q=0.5, text/*;q=0.4"), Format::Json);
        assert_eq!(
            of("*/*;q=0.1, text/plain;q=0.1, application/json;q=0.05"),
            Format::Html
        );
    }

    #[test]
    fn parameters_quoted_strings_and_lines_are_understood() {
        assert_eq!(
            of("text/plain; charset=utf-8; q=1, */*;q=0.1"),
            Format::Text
        );
        assert_eq!(of("text/html;x=\"a,b;q=0\";q=0.9, */*;q=0.1"), Format::Html);
        assert_eq!(of("text/html;x=\"\\\"\", */*;q=0.1"), Format::Html);
        let lines = [&b"image/png"[..], b"text/plain"];
        assert_eq!(Format::negotiate(lines), Format::Text);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_noise_changes_nothing(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let format = Format::negotiate([&bytes[..]]);
            prop_assert_eq!(Format::negotiate([&bytes[..], b"image/png;q=x, ;, =", b""]), format);
        }
    }
}
