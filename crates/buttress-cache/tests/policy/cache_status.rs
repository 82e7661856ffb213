//! `Cache-Status` (RFC 9211).

use crate::support::*;
use buttress_cache::policy::{CacheStatus, ForwardReason, NotStorable};
use http::{HeaderMap, StatusCode};

#[test]
fn what_is_set_is_written_in_order() {
    let full = CacheStatus::forward(ForwardReason::Stale)
        .forward_status(StatusCode::NOT_MODIFIED)
        .ttl(-3)
        .stored()
        .collapsed()
        .key("http://a.example/\"\u{e9}\\")
        .detail("x");
    let expected = "buttress;fwd=stale;fwd-status=304;ttl=-3;stored;collapsed;key=\"http://a.example/\\\"\\\\\";detail=x";
    assert_eq!(full.to_value("buttress"), expected);
    assert_eq!(
        CacheStatus::hit().ttl(30).to_value("buttress"),
        "buttress;hit;ttl=30"
    );
}

#[test]
fn a_name_that_is_no_token_is_a_string() {
    assert_eq!(CacheStatus::hit().to_value("my cache"), "\"my cache\";hit");
    assert_eq!(CacheStatus::hit().to_value("a.example"), "a.example;hit");
    assert_eq!(CacheStatus::hit().to_value("\u{e9}"), "\"cache\";hit");
}

#[test]
fn it_comes_after_caches_nearer_to_the_origin() {
    let mut headers: HeaderMap = headers(["cache-status: origin;hit"]);
    CacheStatus::forward(ForwardReason::UriMiss).append_to(&mut headers, "buttress");
    assert_eq!(
        field(&headers, "cache-status").as_deref(),
        Some("origin;hit, buttress;fwd=uri-miss")
    );
}

#[test]
fn numbers_beyond_the_grammar_are_left_out() {
    assert_eq!(CacheStatus::hit().ttl(i64::MAX).to_value("a"), "a;hit");
}

#[test]
fn reasons_have_the_registered_names() {
    let reasons = [
        (ForwardReason::Bypass, "bypass"),
        (ForwardReason::Method, "method"),
        (ForwardReason::UriMiss, "uri-miss"),
        (ForwardReason::VaryMiss, "vary-miss"),
        (ForwardReason::Miss, "miss"),
        (ForwardReason::Request, "request"),
        (ForwardReason::Stale, "stale"),
        (ForwardReason::Partial, "partial"),
    ];
    for (reason, name) in reasons {
        assert_eq!(reason.as_str(), name);
    }
    let refused = CacheStatus::forward(ForwardReason::Miss).detail(NotStorable::SetCookie.as_str());
    assert_eq!(refused.to_value("a"), "a;fwd=miss;detail=set-cookie");
}
