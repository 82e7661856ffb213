//! Variants (RFC 9111 §4.1).

use crate::support::*;
use buttress_cache::policy::{Policy, VariantKey, Vary};
use http::header::ACCEPT_ENCODING;

fn key_with(policy: &Policy, vary: &[&str], request: &[&str]) -> Option<VariantKey> {
    policy.variant_key(&Vary::parse(&headers(vary)), &headers(request))
}

fn key(vary: &str, request: &[&str]) -> VariantKey {
    key_with(&Policy::new(), &[&format!("vary: {vary}")], request).expect("matches something")
}

#[test]
fn all_lines_name_fields_in_any_case_and_order() {
    let parse = |lines: &[&str]| Vary::parse(&headers(lines));
    let both = parse(&["vary: Foo, Bar"]);
    assert_eq!(both, parse(&["vary: bar,foo"]));
    assert_eq!(both, parse(&["vary: bar", "vary: FOO"]));
    assert_eq!(both, parse(&["vary: bar, , foo, bar"]));
    assert!(parse(&[]).is_none() && parse(&["vary: ,"]).is_none());
    assert!(!both.is_none() && !Vary::Any.is_none());
}

#[test]
fn a_star_matches_nothing() {
    for lines in [
        &["vary: *"][..],
        &["vary: foo, *"],
        &["vary: foo", "vary: *"],
        &["vary: a b"],
    ] {
        assert_eq!(key_with(&Policy::new(), lines, &[]), None, "{lines:?}");
    }
}

#[test]
fn named_fields_are_compared_and_others_are_not() {
    assert_eq!(
        key("foo", &["foo: 1", "other: 2"]),
        key("foo", &["other: 3", "foo: 1"])
    );
    assert_ne!(key("foo", &["foo: 1"]), key("foo", &["foo: 2"]));
    assert_ne!(
        key("foo, bar", &["foo: 1", "bar: 2"]),
        key("foo, bar", &["foo: 2", "bar: 1"])
    );
    assert_ne!(
        key("foo, bar", &["foo: 1", "bar: 2"]),
        key("foo, bar", &["foo: 1"])
    );
    assert_eq!(
        key("foo, bar", &["foo: 1", "bar: 2"]),
        key("Bar, Foo", &["bar: 2", "foo: 1"])
    );
}

#[test]
fn an_absent_field_is_a_value_of_its_own() {
    assert_eq!(key("foo", &[]), key("foo", &["bar: 1"]));
    assert_ne!(key("foo", &[]), key("foo", &["foo:"]));
    assert_ne!(key("foo", &[]), key("foo", &["foo: 1"]));
}

#[test]
fn lines_are_joined_and_spaces_do_not_matter() {
    let expected = key("foo", &["foo: 1,2"]);
    for lines in [
        &["foo: 1, 2"][..],
        &["foo: 1 ,\t2"],
        &["foo: 1", "foo: 2"],
        &["foo: , 1,, 2,"],
    ] {
        assert_eq!(key("foo", lines), expected, "{lines:?}");
    }
    assert_ne!(key("foo", &["foo: 2, 1"]), expected);
    assert_ne!(key("foo", &["foo: 12"]), expected);
    assert_ne!(key("foo", &["foo: 1 2"]), expected);
    assert_ne!(
        key("foo", &["foo: \"1, 2\""]),
        key("foo", &["foo: \"1,2\""])
    );
    assert_ne!(key("foo", &["foo: a"]), key("foo", &["foo: A"]));
}

#[test]
fn one_field_cannot_pass_for_two() {
    assert_ne!(
        key("a, b", &["a: 1", "b: 2"]),
        key("a, b", &["a: 1b", "b: 2"])
    );
    assert_ne!(key("a", &["a: b"]), key("b", &["b: b"]));
}

#[test]
fn codings_and_languages_have_no_case_and_a_weight_of_one() {
    for name in ["accept-encoding", "accept-language", "accept-charset"] {
        let with = |value: &str| key(name, &[&format!("{name}: {value}")]);
        let expected = with("aa, bb;q=0.5");
        assert_eq!(with("AA;q=1 , bB; q=0.5"), expected, "{name}");
        assert_eq!(with("aa;Q=1.000,bb ;q=0.5"), expected, "{name}");
        assert_ne!(with("aa;q=0.9, bb;q=0.5"), expected, "{name}");
        assert_ne!(with("bb;q=0.5, aa"), expected, "{name}");
    }
}

#[test]
fn the_order_of_languages_matters_unless_the_app_says_not() {
    let with = |policy: &Policy, value: &str| {
        let line = format!("accept-language: {value}");
        key_with(policy, &["vary: accept-language"], &[&line])
    };
    let strict = Policy::new();
    assert_ne!(with(&strict, "en, de"), with(&strict, "de, en"));
    let lenient = Policy::new().ignore_language_order();
    assert_eq!(with(&lenient, "en, de"), with(&lenient, "De, eN"));
    assert_ne!(
        with(&lenient, "en, de;q=0.5"),
        with(&lenient, "de, en;q=0.5")
    );
}

#[test]
fn an_app_can_put_a_token_in_place_of_a_value() {
    let vary = Vary::parse(&headers(["vary: accept-encoding, accept-language"]));
    let policy = Policy::new();
    let key = |lines: &[&str]| {
        policy.variant_key_with(&vary, &headers(lines), |name, request| {
            let accepts = request.get(ACCEPT_ENCODING)?.to_str().ok()?;
            let codec = if accepts.contains("br") {
                "br"
            } else {
                "identity"
            };
            (name == ACCEPT_ENCODING).then(|| codec.into())
        })
    };
    assert_eq!(
        key(&["accept-encoding: gzip, br"]),
        key(&["accept-encoding: br;q=0.1, zstd"])
    );
    assert_ne!(
        key(&["accept-encoding: gzip, br"]),
        key(&["accept-encoding: gzip"])
    );
    assert_ne!(
        key(&["accept-encoding: br", "accept-language: de"]),
        key(&["accept-encoding: br"])
    );
    assert_ne!(
        key(&["accept-encoding: br"]),
        policy.variant_key(&vary, &headers(["accept-encoding: br"]))
    );
}

#[test]
fn a_key_is_bytes_for_a_store() {
    let key = key("foo", &["foo: 1"]);
    assert_eq!(VariantKey::from(Box::from(key.as_bytes())), key);
}
