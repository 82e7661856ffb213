//! (2) The scheme and the host, from trusted peers alone.

mod support;

use buttress_trust_proxy::{Source, Trust, TrustProxyLayer};
use http::uri::Scheme;
use support::{lines, request, seen};

const PROXY: &str = "10.0.0.1:4711";
const FIELDS: [(&str, &str); 4] = [
    ("host", "app.example"),
    ("x-forwarded-for", "203.0.113.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "shop.example:8443"),
];

fn one_hop() -> TrustProxyLayer {
    TrustProxyLayer::new(Trust::hops(1))
}

#[test]
fn a_trusted_peer_is_believed() {
    let (info, headers) = seen(&one_hop(), request(PROXY, &FIELDS));
    assert!(info.is_https());
    assert_eq!(info.host(), Some("shop.example:8443"));
    let uri = info.uri(&"/path?query".parse().unwrap());
    assert_eq!(uri, "https://shop.example:8443/path?query");
    assert_eq!(headers.len(), FIELDS.len());
}

#[test]
fn others_are_not_and_their_fields_go() {
    let layer = TrustProxyLayer::new("10.0.0.0/8".parse().unwrap());
    let more = [
        ("forwarded", "for=6.6.6.6;proto=https;host=evil"),
        ("x-real-ip", "6.6.6.6"),
        ("x-forwarded-prefix", "/evil"),
    ];
    let fields = [&FIELDS[..], &more[..]].concat();
    let (info, headers) = seen(&layer, request("203.0.113.7:1", &fields));
    assert!(!info.is_https());
    assert_eq!(info.host(), Some("app.example"));
    assert_eq!(info.uri(&"/".parse().unwrap()), "http://app.example/");
    assert_eq!(
        headers.keys().map(|it| it.as_str()).collect::<Vec<_>>(),
        ["host"]
    );
}

#[test]
fn fields_stay_where_the_app_wants_them() {
    let layer = TrustProxyLayer::default().strip(false);
    let (info, headers) = seen(&layer, request(PROXY, &FIELDS));
    assert!(!info.is_https());
    assert_eq!(headers.len(), FIELDS.len());
}

#[test]
fn the_scheme_of_the_uri_is_what_a_client_says() {
    let mut request = request(PROXY, &[]);
    *request.uri_mut() = "https://app.example/".parse().unwrap();
    let (info, _) = seen(&TrustProxyLayer::default(), request);
    assert!(!info.is_https());
    assert_eq!(info.host(), Some("app.example"));
    assert_eq!(info.uri(&"/".parse().unwrap()), "http://app.example/");
}

#[test]
fn a_server_with_tls_says_so_itself() {
    let layer = TrustProxyLayer::default().scheme(Scheme::HTTPS);
    let (info, _) = seen(&layer, request(PROXY, &[("x-forwarded-proto", "http")]));
    assert!(info.is_https());
    let layer = one_hop().scheme(Scheme::HTTPS);
    let (info, _) = seen(&layer, request(PROXY, &[("x-forwarded-proto", "http")]));
    assert!(!info.is_https());
}

#[test]
fn of_a_list_the_farthest_trusted_hop_counts() {
    let list = |hops, proto| {
        let fields = [
            ("x-forwarded-for", "203.0.113.7, 10.0.0.2"),
            ("x-forwarded-proto", proto),
        ];
        let layer = TrustProxyLayer::new(Trust::hops(hops));
        let (info, headers) = seen(&layer, request(PROXY, &fields));
        let left = lines(&headers, "x-forwarded-proto").join("|");
        (info.is_https(), left)
    };
    // The peer alone is trusted: what is left of its own word is its client's.
    assert_eq!(list(1, "https, http"), (false, "http".to_owned()));
    assert_eq!(list(2, "https, http"), (true, "https, http".to_owned()));
    assert_eq!(
        list(2, "https, http, http"),
        (false, "http, http".to_owned())
    );
    // Each hop replaced it.
    assert_eq!(list(2, "https"), (true, "https".to_owned()));
}

#[test]
fn a_word_that_is_none_says_nothing() {
    for (proto, is_https) in [
        ("HTTPS", true),
        ("wss", true),
        ("ws", false),
        ("gopher", false),
        ("", false),
        ("https x", false),
    ] {
        let (info, _) = seen(&one_hop(), request(PROXY, &[("x-forwarded-proto", proto)]));
        assert_eq!(info.is_https(), is_https, "{proto}");
    }
    for host in ["", "a/b", "user@host", "a b", "host:port:80", "<script>"] {
        let fields = [("host", "app.example"), ("x-forwarded-host", host)];
        let (info, _) = seen(&one_hop(), request(PROXY, &fields));
        assert_eq!(info.host(), Some("app.example"), "{host}");
    }
}

#[test]
fn two_hosts_are_none() {
    let fields = [("host", "a.example"), ("host", "b.example")];
    let (info, _) = seen(&one_hop(), request(PROXY, &fields));
    assert_eq!(info.host(), None);
    assert_eq!(info.uri(&"/x".parse().unwrap()), "/x");
}

#[test]
fn forwarded_has_both() {
    let layer = one_hop().source(Source::Forwarded);
    let fields = [
        ("host", "app.example"),
        ("forwarded", "for=6.6.6.6;proto=http;host=evil.example"),
        (
            "forwarded",
            r#"for=203.0.113.7;proto=https;host="shop.example:8443""#,
        ),
    ];
    let (info, _) = seen(&layer, request(PROXY, &fields));
    assert!(info.is_https());
    assert_eq!(info.host(), Some("shop.example:8443"));
}
