//! The lines of the input are those of an `Accept-Encoding`. Whatever they say,
//! the choice has to be one that they allow, and the same however it is written.
#![no_main]

use buttress_compression::{Encoding, Negotiator};
use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let lines: Vec<_> = data
        .split(|&byte| byte == b'\n')
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    let choice = negotiate(&lines);
    assert_asked_for(choice, &lines);
    if lines.is_empty() {
        return;
    }
    let joined = lines.iter().map(HeaderValue::as_bytes);
    let joined = joined.collect::<Vec<_>>().join(&b',');
    assert_eq!(choice, negotiate(&[value(&joined)]), "lines are a list");
    assert_eq!(choice, negotiate(&[value(&joined.to_ascii_uppercase())]));
    let mut noisy = joined;
    noisy.extend(b" , ;, gzip;q=2, =\xff;q");
    assert_eq!(choice, negotiate(&[value(&noisy)]), "malformed is absent");
});

/// The choice, which the codings that were not chosen must not sway.
fn negotiate(lines: &[HeaderValue]) -> Encoding {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(ACCEPT_ENCODING, line.clone());
    }
    let choice = Negotiator::default().negotiate(&headers);
    for encoding in Encoding::PREFERENCE {
        let alone = Negotiator::new([encoding]).negotiate(&headers);
        match choice {
            Encoding::Identity => assert_eq!(alone, Encoding::Identity),
            choice if choice == encoding => assert_eq!(alone, encoding),
            _ => assert!([encoding, Encoding::Identity].contains(&alone)),
        }
    }
    choice
}

fn assert_asked_for(choice: Encoding, lines: &[HeaderValue]) {
    let asked = |token: &str| {
        lines.iter().any(|line| {
            let line = line.as_bytes().to_ascii_lowercase();
            line.windows(token.len())
                .any(|part| part == token.as_bytes())
        })
    };
    assert!(
        choice == Encoding::Identity || asked(choice.as_str()) || asked("*"),
        "{choice} was chosen unasked"
    );
}

fn value(bytes: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(bytes).expect("made of valid values")
}
