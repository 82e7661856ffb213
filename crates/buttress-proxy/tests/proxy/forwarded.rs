//! What the upstream is told about the client.

use crate::support::{both, through};
use buttress_proxy::{Builder, Forwarding};
use std::net::IpAddr;

const SPOOFED: [(&str, &str); 7] = [
    ("X-Forwarded-For", "6.6.6.6"),
    ("X-Forwarded-For", "7.7.7.7"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Real-IP", "6.6.6.6"),
    ("X-Forwarded-Port", "1"),
    ("Forwarded", "for=6.6.6.6;host=evil.example"),
];

async fn seen(settings: impl FnOnce(Builder) -> Builder) -> String {
    let (mut origin, _server, mut client) = through(settings).await;
    let (_, seen) = both(client.get("/", &SPOOFED), async {
        origin.accept().await.answer("").await
    })
    .await;
    seen
}

fn from(settings: Builder, peer: &str) -> Builder {
    let peer: IpAddr = peer.parse().expect("an address");
    settings.peer(move |_| Some(peer))
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_dropped() {
    let seen = seen(|settings| from(settings, "192.0.2.1")).await;
    for field in [
        "x-forwarded-for: 192.0.2.1",
        "x-forwarded-proto: http",
        "x-forwarded-host: localhost",
    ] {
        assert!(
            seen.contains(&format!("\r\n{field}\r\n")),
            "{field}: {seen}"
        );
    }
    for spoofed in [
        "6.6.6.6",
        "7.7.7.7",
        "evil",
        "https",
        "forwarded-port",
        "\r\nforwarded",
    ] {
        assert!(!seen.contains(spoofed), "{spoofed}: {seen}");
    }
}

#[tokio::test]
async fn what_a_trusted_proxy_says_is_kept_and_added_to_in_one_line() {
    let seen = seen(|settings| from(settings, "::ffff:192.0.2.1").trusted(|_| true)).await;
    for field in [
        "x-forwarded-for: 6.6.6.6, 7.7.7.7, 192.0.2.1",
        "x-forwarded-proto: https",
        "x-forwarded-host: evil.example",
    ] {
        assert!(
            seen.contains(&format!("\r\n{field}\r\n")),
            "{field}: {seen}"
        );
    }
    // Of two kinds, an upstream could believe the other one.
    assert!(!seen.contains("\r\nforwarded"), "{seen}");
}

#[tokio::test]
async fn forwarded_has_addresses_of_both_families_and_quotes_the_host() {
    for (peer, node) in [
        ("192.0.2.1", "for=192.0.2.1"),
        ("2001:db8::1", "for=\"[2001:db8::1]\""),
    ] {
        let seen = seen(|settings| from(settings, peer).forwarding(Forwarding::Forwarded)).await;
        let field = format!("\r\nforwarded: {node};host=\"localhost\";proto=http\r\n");
        assert!(seen.contains(&field), "{seen}");
        assert!(!seen.contains("x-"), "{seen}");
    }
    let trusted = |settings| {
        from(settings, "192.0.2.1")
            .forwarding(Forwarding::Forwarded)
            .trusted(|_| true)
    };
    let seen = seen(trusted).await;
    assert!(seen.contains("host=evil.example, for=192.0.2.1;"), "{seen}");
}

#[tokio::test]
async fn off_removes_and_untouched_leaves() {
    let off = seen(|settings| settings.forwarding(Forwarding::Off)).await;
    assert!(!off.contains("forwarded"), "{off}");
    let untouched = seen(|settings| settings.forwarding(Forwarding::Untouched)).await;
    assert!(
        untouched.contains("\r\nforwarded: for=6.6.6.6"),
        "{untouched}"
    );
    assert!(
        untouched.contains("\r\nx-forwarded-for: 7.7.7.7\r\n"),
        "{untouched}"
    );
}

#[tokio::test]
async fn a_target_does_not_tell_how_a_request_came() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    let (_, seen) = both(client.get("https://localhost/", &[]), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert!(seen.contains("\r\nx-forwarded-proto: http\r\n"), "{seen}");
}
