//! `No-Vary-Search`.

use crate::support::*;
use buttress_cache::policy::NoVarySearch;

fn rule(field: &str) -> NoVarySearch {
    NoVarySearch::parse(&headers([format!("no-vary-search: {field}")]))
}

fn are_equal(field: &str, one: &str, other: &str) -> bool {
    let rule = rule(field);
    rule.normal_form(Some(one)) == rule.normal_form(Some(other))
}

#[test]
fn without_the_field_every_byte_counts() {
    let none = NoVarySearch::parse(&headers::<&str>([]));
    assert!(none.is_default());
    assert_eq!(none.normal_form(Some("b=%62&a&&")), "b=%62&a&&");
    assert_eq!(none.normal_form(None), "");
}

#[test]
fn what_cannot_be_read_is_as_if_it_were_absent() {
    for field in [
        "",
        "params=(a)",
        "params=1",
        "params=\"a\"",
        "key-order=1",
        "key-order=(\"a\")",
        "params=(\"a\" 1)",
        "except=(\"a\")",
        "params=?0, except=(\"a\")",
        "params=(\"a\"), except=(\"b\")",
        "params, except=\"a\"",
        "params=(\"%ff\")",
        "params=(",
        "key-order=?0",
        "params=?0",
        "unknown",
        "params=()",
    ] {
        assert!(rule(field).is_default(), "{field}");
    }
}

#[test]
fn order_of_names_can_be_ignored_but_not_that_of_values() {
    assert!(are_equal("key-order", "a=1&b=2", "b=2&a=1"));
    assert!(are_equal("key-order", "a=1&b=2&a=3", "a=1&a=3&b=2"));
    assert!(!are_equal("key-order", "a=1&a=2", "a=2&a=1"));
    assert!(!are_equal("params=(\"x\")", "a=1&b=2", "b=2&a=1"));
}

#[test]
fn named_parameters_can_be_ignored() {
    let field = "params=(\"utm_source\" \"a b\" \"%C3%A9\")";
    assert!(are_equal(field, "id=1&utm_source=x", "id=1"));
    assert!(are_equal(field, "id=1&utm_source=x", "utm_source=y&id=1"));
    assert!(are_equal(field, "a+b=1&a%20b=2&%c3%A9=3", ""));
    assert!(!are_equal(field, "id=1", "id=2"));
    assert!(!are_equal(field, "id=1", "UTM_SOURCE=x&id=1"));
}

#[test]
fn all_but_some_can_be_ignored() {
    assert!(are_equal("params", "a=1&b=2", ""));
    assert!(are_equal("params, except=(\"a\")", "a=1&b=2", "c=3&a=1"));
    assert!(!are_equal("params, except=(\"a\")", "a=1", "a=2"));
    assert!(are_equal(
        "key-order, params, except=(\"a\" \"b\")",
        "b=1&a=2&c",
        "a=2&b=1"
    ));
}

#[test]
fn escapes_do_not_matter_once_there_is_a_rule() {
    assert!(are_equal("key-order", "a=%62&c=d+e", "c=d%20e&%61=b"));
    assert!(are_equal("key-order", "a", "a="));
    assert!(!are_equal("key-order", "a=%2B", "a=+"));
    assert!(!are_equal("key-order", "a=b%26c=d", "a=b&c=d"));
    assert!(!are_equal("key-order", "a=%zz", "a=zz"));
    assert_eq!(rule("key-order").normal_form(Some("a=%")), "a=%25");
}

#[test]
fn a_rule_is_written_in_one_way() {
    for (field, expected) in [
        (
            "params=(\"a\"  \"b c\"), key-order;x=1",
            "key-order, params=(\"a\" \"b%20c\")",
        ),
        ("key-order=?1, params=?1", "key-order, params, except=()"),
        ("params, except=(\"%61\")", "params, except=(\"a\")"),
    ] {
        let rule = rule(field);
        assert_eq!(rule.to_string(), expected);
        assert_eq!(self::rule(expected), rule);
    }
}
