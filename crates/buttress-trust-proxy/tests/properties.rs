//! What holds for any bytes in the fields.

mod support;

use buttress_trust_proxy::{Source, Trust, TrustProxyLayer};
use http::HeaderValue;
use proptest::prelude::*;
use support::{request, seen};

const PROXY: &str = "10.0.0.1:4711";

/// A field's value that is full of what the parsers look at.
fn awkward() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"for=".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\\".to_vec()),
        Just(b",".to_vec()),
        Just(b";".to_vec()),
        Just(b"10.0.0.2".to_vec()),
        Just(b"[::1]:80".to_vec()),
        Just(b"unknown".to_vec()),
        Just(b"_x".to_vec()),
        Just(b"proto=https".to_vec()),
        prop::collection::vec(32u8..=255, 0..4),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| {
        let mut bytes = pieces.concat();
        bytes.retain(|&byte| byte != 127);
        bytes
    })
}

fn sources() -> impl Strategy<Value = (Source, &'static str)> {
    prop_oneof![
        Just((Source::XForwarded, "x-forwarded-for")),
        Just((Source::Forwarded, "forwarded")),
    ]
}

proptest! {
    /// A client cannot say who it is, whatever stands left of what the proxy appends.
    #[test]
    fn nothing_on_the_left_changes_what_a_trusted_peer_says(
        left in awkward(),
        (source, name) in sources(),
        own_line: bool,
    ) {
        let told = match source {
            Source::XForwarded => "203.0.113.7",
            Source::Forwarded => r#"for="203.0.113.7:1";proto=http;host="a.example""#,
        };
        let mut asked = request(PROXY, &[]);
        let joined = [&left[..], b", ", told.as_bytes()].concat();
        let lines = match own_line {
            true => vec![left, told.into()],
            false => vec![joined],
        };
        for line in lines {
            asked.headers_mut().append(name, HeaderValue::from_bytes(&line).unwrap());
        }
        let trust: Trust = "10.0.0.0/8".parse().unwrap();
        let (info, headers) = seen(&TrustProxyLayer::new(trust).source(source), asked);
        prop_assert_eq!(info.address().unwrap().to_string(), "203.0.113.7");
        prop_assert!(!info.is_https());
        // And nothing of it is left.
        let kept: Vec<_> = headers.get_all(name).iter().collect();
        prop_assert_eq!(kept, [told]);
    }

    /// Once cut, a field says the same, as a whole.
    #[test]
    fn what_is_left_of_a_field_says_the_same_again(
        line in awkward(),
        (source, name) in sources(),
        hops in 0usize..4,
    ) {
        let layer = TrustProxyLayer::new(Trust::hops(hops)).source(source);
        let mut asked = request(PROXY, &[]);
        asked.headers_mut().append(name, HeaderValue::from_bytes(&line).unwrap());
        let (info, headers) = seen(&layer, asked);
        let mut again = request(PROXY, &[]);
        *again.headers_mut() = headers.clone();
        let (info_again, headers_again) = seen(&layer, again);
        prop_assert_eq!(info, info_again);
        prop_assert_eq!(headers, headers_again);
    }
}
