//! (1) `X-Forwarded-For`: spoofed, of several lines, malformed, IPv6 with ports.

mod support;

use buttress_trust_proxy::{Trust, TrustProxyLayer};
use support::{client, lines, request, seen};

const PROXY: &str = "10.0.0.1:4711";
const XFF: &str = "x-forwarded-for";

fn private() -> TrustProxyLayer {
    TrustProxyLayer::new("loopback, uniquelocal".parse().unwrap())
}

#[test]
fn the_leftmost_entry_is_not_believed_because_it_stands_there() {
    let fields = [(XFF, "6.6.6.6, 203.0.113.7")];
    assert_eq!(client(&private(), PROXY, &fields), "203.0.113.7");
    let fields = [(XFF, "127.0.0.1, 10.9.9.9, 203.0.113.7, 10.0.0.2")];
    assert_eq!(client(&private(), PROXY, &fields), "203.0.113.7");
}

#[test]
fn nobody_is_believed_by_default() {
    let fields = [(XFF, "6.6.6.6")];
    let layer = TrustProxyLayer::default();
    assert_eq!(client(&layer, PROXY, &fields), "10.0.0.1");
}

#[test]
fn a_peer_that_is_not_trusted_is_the_client() {
    let fields = [(XFF, "10.0.0.2, 127.0.0.1")];
    assert_eq!(client(&private(), "8.8.8.8:1", &fields), "8.8.8.8");
}

#[test]
fn several_lines_are_one_list() {
    let fields = [(XFF, "6.6.6.6"), (XFF, "203.0.113.7"), (XFF, "10.0.0.2")];
    assert_eq!(client(&private(), PROXY, &fields), "203.0.113.7");
}

#[test]
fn a_walk_stops_before_what_is_no_address() {
    for garbage in [
        "",
        "evil",
        "1.2.3",
        "1.2.3.4.5",
        "[::1",
        "::1]",
        "1.2.3.4:",
        "1.2.3.4:x",
    ] {
        let list = format!("203.0.113.7, {garbage}, 10.0.0.2");
        assert_eq!(
            client(&private(), PROXY, &[(XFF, &list)]),
            "10.0.0.2",
            "{garbage}"
        );
        let last = format!("203.0.113.7, {garbage}");
        assert_eq!(
            client(&private(), PROXY, &[(XFF, &last)]),
            "10.0.0.1",
            "{garbage}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_no_address() {
    let mut request = request(PROXY, &[]);
    let value = http::HeaderValue::from_bytes(b"203.0.113.7, \xff\xfe").unwrap();
    request.headers_mut().insert(XFF, value);
    let (info, _) = seen(&private(), request);
    assert_eq!(info.address().unwrap().to_string(), "10.0.0.1");
}

#[test]
fn addresses_may_have_ports_and_brackets() {
    for (entry, address, port) in [
        ("203.0.113.7:8080", "203.0.113.7", Some(8080)),
        ("2001:db8::1", "2001:db8::1", None),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("[2001:db8::1]:443", "2001:db8::1", Some(443)),
        ("::ffff:203.0.113.7", "203.0.113.7", None),
        ("  203.0.113.7\t", "203.0.113.7", None),
    ] {
        let (info, _) = seen(&private(), request(PROXY, &[(XFF, entry)]));
        assert_eq!(info.address().unwrap().to_string(), address, "{entry}");
        assert_eq!(info.port(), port, "{entry}");
    }
}

#[test]
fn a_client_that_a_proxy_hides_has_no_address() {
    let (info, _) = seen(&private(), request(PROXY, &[(XFF, "6.6.6.6, unknown")]));
    assert_eq!(info.address(), None);
    assert_eq!(info.port(), None);
    assert_eq!(info.identifier(), Some("unknown"));
}

#[test]
fn hops_count_from_the_peer() {
    let list = [(XFF, "1.1.1.1, 2.2.2.2, 3.3.3.3")];
    for (hops, expected) in [
        (0, "10.0.0.1"),
        (1, "3.3.3.3"),
        (2, "2.2.2.2"),
        (3, "1.1.1.1"),
        (9, "1.1.1.1"),
    ] {
        let layer = TrustProxyLayer::new(Trust::hops(hops));
        assert_eq!(client(&layer, PROXY, &list), expected, "{hops}");
    }
    let layer = TrustProxyLayer::new(Trust::all());
    assert_eq!(client(&layer, PROXY, &list), "1.1.1.1");
}

#[test]
fn a_function_is_asked_for_each_hop() {
    let trust = Trust::function(|address, hop| {
        hop == 0 || address.is_some_and(|it| it.to_string() == "3.3.3.3")
    });
    let list = [(XFF, "1.1.1.1, 2.2.2.2, 3.3.3.3")];
    assert_eq!(
        client(&TrustProxyLayer::new(trust), PROXY, &list),
        "2.2.2.2"
    );
}

#[test]
fn the_chain_goes_from_the_peer_to_the_client() {
    let list = [(XFF, "6.6.6.6, 203.0.113.7, 10.0.0.3, 10.0.0.2")];
    let (info, _) = seen(&private(), request(PROXY, &list));
    let chain: Vec<_> = info.chain().map(|it| it.to_string()).collect();
    assert_eq!(chain, ["10.0.0.1", "10.0.0.2", "10.0.0.3", "203.0.113.7"]);
    assert!(info.is_proxied());
    let (info, _) = seen(&private(), request(PROXY, &[]));
    let chain: Vec<_> = info.chain().map(|it| it.to_string()).collect();
    assert_eq!(chain, ["10.0.0.1"]);
    assert!(!info.is_proxied());
}

#[test]
fn a_way_without_end_is_not_followed() {
    let list = vec!["10.0.0.9"; 5_000].join(",");
    let (info, headers) = seen(&private(), request(PROXY, &[(XFF, &list)]));
    assert_eq!(info.chain().count(), 65);
    assert_eq!(lines(&headers, XFF)[0].split(", ").count(), 64);
}

#[test]
fn what_stands_left_of_the_client_is_cut_off() {
    let fields = [(XFF, "6.6.6.6, 7.7.7.7"), (XFF, "203.0.113.7, 10.0.0.2")];
    let (_, headers) = seen(&private(), request(PROXY, &fields));
    assert_eq!(lines(&headers, XFF), ["203.0.113.7, 10.0.0.2"]);
    // What is believed as a whole stays as it is.
    let fields = [(XFF, "203.0.113.7"), (XFF, "10.0.0.2")];
    let (_, headers) = seen(&private(), request(PROXY, &fields));
    assert_eq!(lines(&headers, XFF), ["203.0.113.7", "10.0.0.2"]);
    // Nothing is believed of this.
    let (_, headers) = seen(&private(), request(PROXY, &[(XFF, "evil")]));
    assert_eq!(lines(&headers, XFF), [""; 0]);
}
