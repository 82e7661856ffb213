//! The grammar that the `.env` readers of other languages agree on: comments,
//! `export`, values bare, in single quotes (as they stand) or in double quotes
//! (with `\n`, `\r`, `\t`, `\"`, `\\`, `\$`), both of which may span lines.
//!
//! Nothing is substituted: a `$` in a password is a `$`. dotenvy, the usual
//! parser, substitutes from the process environment, has the line's text in its
//! errors, and takes the rest of the file for a quote after `'C:\'`.

use std::iter::Peekable;
use std::str::Chars;
use zeroize::Zeroizing;

/// One assignment and the line that it starts on.
pub(super) struct Assignment {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) value: Zeroizing<String>,
}

/// What is wrong with a line; it never holds any of its text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    pub(super) line: usize,
    pub(super) why: &'static str,
}

/// All assignments in order, and all lines that are none.
pub(super) fn parse(text: &str) -> (Vec<Assignment>, Vec<BadLine>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Lines {
        chars: text.chars().peekable(),
        line: 1,
    };
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    while lines.chars.peek().is_some() {
        let line = lines.line;
        match lines.assignment() {
            Ok(Some((name, value))) => good.push(Assignment { line, name, value }),
            Ok(None) => {}
            Err(why) => bad.push(BadLine { line, why }),
        }
        lines.skip_line();
    }
    (good, bad)
}

struct Lines<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
}

type Value = Result<Zeroizing<String>, &'static str>;

const NO_ASSIGNMENT: &str = "expected NAME=value";

impl Lines<'_> {
    fn assignment(&mut self) -> Result<Option<(String, Zeroizing<String>)>, &'static str> {
        self.skip_blanks();
        if self.at_end() {
            return Ok(None);
        }
        let mut name = self.name()?;
        if name == "export" && self.skip_blanks() && self.chars.peek() != Some(&'=') {
            name = self.name()?;
        }
        self.skip_blanks();
        if self.chars.next_if_eq(&'=').is_none() {
            return Err(NO_ASSIGNMENT);
        }
        self.skip_blanks();
        let value = match self.chars.peek() {
            Some('\'') => self.quoted('\'')?,
            Some('"') => self.quoted('"')?,
            _ => self.bare(),
        };
        Ok(Some((name, value)))
    }

    fn name(&mut self) -> Result<String, &'static str> {
        let mut name = String::new();
        let part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        while let Some(c) = self.chars.next_if(part) {
            name.push(c);
        }
        let starts_well = |c: char| c.is_ascii_alphabetic() || c == '_';
        if name.starts_with(starts_well) {
            Ok(name)
        } else {
            Err(NO_ASSIGNMENT)
        }
    }

    /// Up to the line's end or a `#` behind a blank.
    fn bare(&mut self) -> Zeroizing<String> {
        let mut value = Zeroizing::new(String::new());
        let mut after_blank = true;
        while let Some(&c) = self.chars.peek() {
            if c == '\n' || (c == '#' && after_blank) {
                break;
            }
            after_blank = is_blank(c);
            value.push(c);
            self.chars.next();
        }
        let kept = value.trim_end().len();
        value.truncate(kept);
        value
    }

    fn quoted(&mut self, quote: char) -> Value {
        self.chars.next();
        let mut value = Zeroizing::new(String::new());
        loop {
            match self.next().ok_or("the quote is not closed")? {
                c if c == quote => break,
                '\\' if quote == '"' => self.escape(&mut value),
                // As an editor shows it, whatever ends the lines of the file.
                '\r' if self.chars.peek() == Some(&'\n') => {}
                c => value.push(c),
            }
        }
        self.skip_blanks();
        if self.at_end() {
            Ok(value)
        } else {
            Err("expected nothing after the closing quote")
        }
    }

    /// What follows a backslash; one that means nothing stays as it is.
    fn escape(&mut self, value: &mut String) {
        let meaning = match self.chars.peek() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(&c @ ('"' | '\\' | '$')) => c,
            _ => return value.push('\\'),
        };
        self.chars.next();
        value.push(meaning);
    }

    fn at_end(&mut self) -> bool {
        matches!(self.chars.peek(), None | Some('\n' | '#'))
    }

    /// Whether there were any.
    fn skip_blanks(&mut self) -> bool {
        let mut any = false;
        while self.chars.next_if(|c| is_blank(*c)).is_some() {
            any = true;
        }
        any
    }

    fn skip_line(&mut self) {
        while let Some(c) = self.next() {
            if c == '\n' {
                break;
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        self.line += usize::from(c == '\n');
        Some(c)
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let (good, bad) = parse(text);
        assert_eq!(bad, []);
        good.into_iter()
            .map(|one| (one.name, one.value.to_string()))
            .collect()
    }

    fn value(text: &str) -> String {
        let mut all = values(text);
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0).1
    }

    #[test]
    fn bare_values_are_trimmed_and_end_at_a_comment() {
        assert_eq!(value("A=b"), "b");
        assert_eq!(value("  A = b c  # why"), "b c");
        assert_eq!(value("A=b#c"), "b#c");
        assert_eq!(value("A=#c"), "");
        assert_eq!(value("A="), "");
        assert_eq!(value("A=it's $HOME \\n"), "it's $HOME \\n");
        assert_eq!(value("A=x=y"), "x=y");
    }

    #[test]
    fn quotes_keep_what_they_hold_and_double_ones_know_escapes() {
        assert_eq!(value("A=' # \\n$x\"' # why"), " # \\n$x\"");
        assert_eq!(value(r#"A=" \n\t\"\\\$\d ""#), " \n\t\"\\$\\d ");
        assert_eq!(value("A='C:\\'"), "C:\\");
        assert_eq!(value("A=\"one\r\ntwo\"\r\n"), "one\ntwo");
        assert_eq!(value("A=''"), "");
    }

    #[test]
    fn export_comments_blank_lines_and_a_byte_order_mark_are_known() {
        let text = "\u{feff}# top\r\n\r\nexport A=1\r\n\texport\tB=2\nexport=3\n";
        let expected = [("A", "1"), ("B", "2"), ("export", "3")];
        assert_eq!(values(text), expected.map(|(k, v)| (k.into(), v.into())));
    }

    #[test]
    fn bad_lines_are_named_by_number_and_the_rest_is_read() {
        let (good, bad) = parse("A=1\nnonsense\n9=x\nB='x' y\nC=2\nD=\"never\nclosed");
        let names: Vec<_> = good
            .iter()
            .map(|one| (one.line, one.name.as_str()))
            .collect();
        assert_eq!(names, [(1, "A"), (5, "C")]);
        let lines: Vec<_> = bad.iter().map(|one| one.line).collect();
        assert_eq!(lines, [2, 3, 4, 6]);
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_panic(text in "(?s).{0,200}") {
            parse(&text);
        }

        #[test]
        fn what_is_quoted_comes_back(text in "[^\\\\\"\r]{0,60}", tail in "( *#.*)?") {
            let escaped = text.replace('$', "\\$");
            prop_assert_eq!(value(&format!("A=\"{escaped}\"{tail}\nB=1").replace("\nB=1", "")), text);
        }
    }
}
