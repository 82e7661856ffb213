//! (1) `Forwarded` of RFC 7239: spoofed, of several lines, malformed, obfuscated.

mod support;

use buttress_trust_proxy::{Source, Trust, TrustProxyLayer};
use support::{client, lines, request, seen};

const PROXY: &str = "10.0.0.1:4711";
const FORWARDED: &str = "forwarded";

fn private() -> TrustProxyLayer {
    let trust: Trust = "loopback, uniquelocal".parse().unwrap();
    TrustProxyLayer::new(trust).source(Source::Forwarded)
}

#[test]
fn the_first_element_is_not_believed_because_it_stands_there() {
    let fields = [(FORWARDED, "for=6.6.6.6, for=203.0.113.7;proto=https")];
    assert_eq!(client(&private(), PROXY, &fields), "203.0.113.7");
    let fields = [
        (FORWARDED, "for=6.6.6.6"),
        (FORWARDED, "for=203.0.113.7"),
        (FORWARDED, "for=10.0.0.2"),
    ];
    assert_eq!(client(&private(), PROXY, &fields), "203.0.113.7");
}

#[test]
fn examples_of_the_rfc() {
    for (element, address, port) in [
        (
            r#"for="[2001:db8:cafe::17]:4711""#,
            "2001:db8:cafe::17",
            Some(4711),
        ),
        (r#"For="[2001:db8:cafe::17]""#, "2001:db8:cafe::17", None),
        (
            "for=192.0.2.60;proto=http;by=203.0.113.43",
            "192.0.2.60",
            None,
        ),
        (r#"for="192.0.2.43:47011""#, "192.0.2.43", Some(47011)),
        (r#"for="192.0.2.43:_port""#, "192.0.2.43", None),
        (r#"by="a,b;c\"d";for="192.0.2.\43""#, "192.0.2.43", None),
        // As it is found, although a colon has to be quoted.
        ("for=192.0.2.43:80; proto=https", "192.0.2.43", Some(80)),
    ] {
        let (info, _) = seen(&private(), request(PROXY, &[(FORWARDED, element)]));
        assert_eq!(info.address().unwrap().to_string(), address, "{element}");
        assert_eq!(info.port(), port, "{element}");
    }
}

#[test]
fn a_client_that_a_proxy_hides_has_no_address() {
    for (element, name) in [
        ("for=unknown", "unknown"),
        ("for=_SEVKISEK", "_SEVKISEK"),
        (r#"for="_gazonk:80""#, "_gazonk"),
        ("proto=https", "unknown"),
    ] {
        let list = format!("for=6.6.6.6, {element}");
        let (info, _) = seen(&private(), request(PROXY, &[(FORWARDED, &list)]));
        assert_eq!(info.address(), None, "{element}");
        assert_eq!(info.identifier(), Some(name), "{element}");
    }
}

#[test]
fn a_walk_stops_before_what_cannot_be_read() {
    for garbage in [
        "",
        "for",
        "for=",
        "for=evil",
        "for=2001:db8::1",
        "for=1.1.1.1;for=2.2.2.2",
        "=1.1.1.1",
        r#"for="1.1.1.1"#,
        r#"for="1.1.1.1\"#,
        "for=1.1.1.1 proto=http",
        "for= 1.1.1.1",
        "for=1.1.1.1;",
        r#"for="[::1""#,
        r#"for="1.1.1.1"x"#,
        "for=_",
        "for=1.1.1.1:99999",
    ] {
        let list = format!("for=203.0.113.7, {garbage}");
        let seen = client(&private(), PROXY, &[(FORWARDED, &list)]);
        assert_eq!(seen, "10.0.0.1", "{garbage}");
        let list = format!("for=203.0.113.7, {garbage}, for=10.0.0.2");
        let seen = client(&private(), PROXY, &[(FORWARDED, &list)]);
        assert_eq!(seen, "10.0.0.2", "{garbage}");
    }
}

/// Whatever a client opens on the left, what the proxy appends is read as it stands.
#[test]
fn an_open_quote_on_the_left_changes_nothing() {
    for attack in [
        r#"for=""#,
        r#"for="\"#,
        r#"for="_a;by=""#,
        r#"""""#,
        r#"for="6.6.6.6"#,
    ] {
        let list = format!("{attack}, for=203.0.113.7");
        let seen = client(&private(), PROXY, &[(FORWARDED, &list)]);
        assert_eq!(seen, "203.0.113.7", "{attack}");
        let list = format!(r#"{attack}, for="[2001:db8::1]:80";host="a,b""#);
        let seen = client(&private(), PROXY, &[(FORWARDED, &list)]);
        assert_eq!(seen, "2001:db8::1", "{attack}");
    }
}

#[test]
fn the_fields_are_not_mixed() {
    let both = [
        (FORWARDED, "for=203.0.113.7"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-proto", "https"),
    ];
    let (info, headers) = seen(&private(), request(PROXY, &both));
    assert_eq!(info.address().unwrap().to_string(), "203.0.113.7");
    assert!(!info.is_https());
    assert_eq!(lines(&headers, "x-forwarded-for"), [""; 0]);
    assert_eq!(lines(&headers, "x-forwarded-proto"), [""; 0]);
    assert_eq!(lines(&headers, FORWARDED), ["for=203.0.113.7"]);

    let other = TrustProxyLayer::new(Trust::hops(1));
    let (info, headers) = seen(&other, request(PROXY, &both));
    assert_eq!(info.address().unwrap().to_string(), "6.6.6.6");
    assert_eq!(lines(&headers, FORWARDED), [""; 0]);
    // Not even where the one is missing.
    let (info, _) = seen(&other, request(PROXY, &both[..1]));
    assert_eq!(info.address().unwrap().to_string(), "10.0.0.1");
}

#[test]
fn what_stands_left_of_the_client_is_cut_off() {
    let fields = [
        (FORWARDED, r#"for=6.6.6.6, for="_a,b""#),
        (FORWARDED, r#"for="203.0.113.7";by="x,y""#),
    ];
    let (_, headers) = seen(&private(), request(PROXY, &fields));
    assert_eq!(
        lines(&headers, FORWARDED),
        [r#"for="203.0.113.7";by="x,y""#]
    );
}
