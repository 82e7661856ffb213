//! Express's values of `trust proxy`.

mod support;

use buttress_trust_proxy::{Network, Trust, TrustProxyLayer};
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use support::seen;

fn trusts(trust: &str, address: &str) -> bool {
    let trust: Trust = trust.parse().unwrap();
    trust.is_trusted(Some(address.parse().unwrap()), 0)
}

#[test]
fn texts_of_express() {
    assert!(trusts("true", "8.8.8.8"));
    assert!(!trusts("false", "127.0.0.1"));
    assert!(!trusts("0", "127.0.0.1"));
    assert!(trusts("1", "8.8.8.8"));
    for (trust, inside, outside) in [
        ("loopback", "127.8.9.10", "128.0.0.1"),
        ("loopback", "::1", "::2"),
        ("linklocal", "169.254.1.1", "169.255.1.1"),
        ("linklocal", "febf::1", "fec0::1"),
        ("uniquelocal", "172.31.0.1", "172.32.0.1"),
        ("uniquelocal", "192.168.255.1", "192.169.0.1"),
        ("uniquelocal", "fdff::1", "fe00::1"),
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
        ("10.0.0.0/255.0.0.0", "10.255.0.1", "11.0.0.1"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        (
            "loopback, 10.0.0.0/8,2001:db8::1",
            "2001:db8::1",
            "2001:db8::2",
        ),
        ("0.0.0.0/0", "8.8.8.8", "::1"),
        ("::ffff:10.0.0.0/104", "10.2.3.4", "11.0.0.1"),
    ] {
        assert!(trusts(trust, inside), "{trust} {inside}");
        assert!(!trusts(trust, outside), "{trust} {outside}");
    }
}

#[test]
fn an_ipv4_address_in_ipv6_clothes_is_one() {
    assert!(trusts("10.0.0.0/8", "::ffff:10.1.1.1"));
    assert!(!trusts("::/0", "::ffff:10.1.1.1"));
}

#[test]
fn texts_that_trust_nobody_in_particular_are_errors() {
    for text in [
        "",
        "yes",
        "-1",
        "1.5",
        "10.0.0.0/33",
        "::/129",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0.0/255.0.255.0",
        "loopback,",
        "localhost",
        "99999999999999999999",
        "TRUE",
    ] {
        let error = text.parse::<Trust>().unwrap_err().to_string();
        assert!(error.contains("loopback, 10.0.0.0/8"), "{text}: {error}");
    }
}

#[test]
fn errors_name_the_part_that_is_wrong_and_how() {
    for (text, expected) in [
        (
            "loopback, 10.0.0.0/33",
            "10.0.0.0/33 needs a number of bits from 0 to 32; ",
        ),
        (
            "fc00::/7,::/129",
            "::/129 needs a number of bits from 0 to 128; ",
        ),
        (
            "10.0.0.0/255.0.255.0",
            "10.0.0.0/255.0.255.0 needs a mask of IPv4 without gaps; ",
        ),
        (
            "loopback, local\nhost",
            "local\\nhost begins with no IP address and is no known name; ",
        ),
        ("loopback,", "an entry is empty; "),
        (
            "99999999999999999999",
            "99999999999999999999 is too large a number of hops; ",
        ),
    ] {
        let error = text.parse::<Trust>().unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}

#[test]
fn a_peer_without_address_is_trusted_where_it_is_said_so() {
    let layer = |trust: &str| TrustProxyLayer::new(trust.parse().unwrap());
    let client = |layer: &TrustProxyLayer| {
        let request = http::Request::get("/").header("x-forwarded-for", "203.0.113.7");
        let (info, _) = seen(layer, request.body(()).unwrap());
        info.address()
    };
    let told = Some(IpAddr::from([203, 0, 113, 7]));
    assert_eq!(client(&layer("unix")), told);
    assert_eq!(client(&layer("unix, loopback")), told);
    assert_eq!(client(&layer("1")), told);
    assert_eq!(client(&layer("loopback")), None);
    assert_eq!(client(&layer("false")), None);
}

#[test]
fn another_place_may_have_the_peers_address() {
    #[derive(Clone)]
    struct Mine(std::net::SocketAddr);
    let layer = TrustProxyLayer::default().peer(|extensions| extensions.get().map(|Mine(it)| *it));
    let mut request = http::Request::get("/").body(()).unwrap();
    request
        .extensions_mut()
        .insert(Mine(([9, 9, 9, 9], 9).into()));
    let (info, _) = seen(&layer, request);
    assert_eq!(info.address(), Some([9, 9, 9, 9].into()));
    assert_eq!(info.port(), Some(9));
}

proptest! {
    #[test]
    fn a_network_has_the_addresses_that_begin_with_its_bits(
        network: u32, address: u32, prefix in 0u8..=32,
    ) {
        let network4 = Network::new(Ipv4Addr::from(network).into(), prefix).unwrap();
        let differs = (network ^ address).leading_zeros() < prefix.into();
        prop_assert_eq!(network4.contains(Ipv4Addr::from(address).into()), !differs);
        let text: Network = network4.to_string().parse().unwrap();
        prop_assert_eq!(text, network4);
    }

    #[test]
    fn a_network_of_ipv6_too(network: u128, flip in 0u8..128, prefix in 0u8..=128) {
        let network6 = Network::new(Ipv6Addr::from(network).into(), prefix).unwrap();
        let address = network ^ (1 << (127 - flip));
        prop_assert_eq!(network6.contains(Ipv6Addr::from(address).into()), flip >= prefix);
    }

    #[test]
    fn any_text_is_a_trust_or_an_error(text: String) {
        let _ = text.parse::<Trust>();
    }
}
