//! Fields that are meant for this cache (RFC 9213).

use crate::support::*;
use buttress_cache::policy::{NotStorable, Policy, Revalidation};
use http::HeaderName;

fn lifetime(lines: &[&str]) -> Result<u32, NotStorable> {
    let metadata = store(200, lines)?;
    Ok(metadata.freshness.lifetime.get())
}

#[test]
fn a_targeted_field_stands_in_for_cache_control_and_expires() {
    let future = format!("expires: {}", date(10_000));
    let cases: [(&[&str], Result<u32, NotStorable>); 13] = [
        (&["cdn-cache-control: max-age=3600"], Ok(3600)),
        (&["cdn-cache-control: max-age=2147483648"], Ok(1 << 31)),
        (&["cdn-cache-control: max-age=99999999999"], Ok(1 << 31)),
        (&["cdn-cache-control: foobar, max-age=3600"], Ok(3600)),
        (&["cdn-cache-control: max-age=3600", "expires: 0"], Ok(3600)),
        (
            &[
                "cdn-cache-control: max-age=3600",
                "cache-control: max-age=1",
            ],
            Ok(3600),
        ),
        (
            &[
                "cdn-cache-control: max-age=1",
                "cache-control: max-age=3600",
            ],
            Ok(1),
        ),
        (
            &["cdn-cache-control: max-age=10", "cache-control: no-store"],
            Ok(10),
        ),
        (
            &["cdn-cache-control: max-age=10", "cache-control: private"],
            Ok(10),
        ),
        (
            &["cdn-cache-control: max-age=0", &future],
            Err(NotStorable::NeverFresh),
        ),
        (
            &["cdn-cache-control: no-store", "cache-control: max-age=9"],
            Err(NotStorable::NoStore),
        ),
        (
            &["cdn-cache-control: private", "cache-control: max-age=9"],
            Err(NotStorable::Private),
        ),
        (
            &[
                "cdn-cache-control: foo",
                "cache-control: max-age=9",
                &future,
            ],
            Err(NotStorable::NeverFresh),
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(lifetime(lines), expected, "{lines:?}");
    }
}

#[test]
fn a_field_that_is_not_valid_is_ignored() {
    for value in [
        "max-age=10000, &&&&&",
        "max-age =100",
        "max-age= 100",
        "",
        "MaX-aGe=100",
        "\"max-age\"",
        "max-age=1000000000000000",
    ] {
        let line = format!("cdn-cache-control: {value}");
        let lines = [&*line, "cache-control: max-age=7"];
        assert_eq!(lifetime(&lines), Ok(7), "{value}");
    }
}

#[test]
fn a_directive_of_another_type_is_ignored() {
    for value in [
        "max-age=\"10000\"",
        "max-age=1.5",
        "max-age=(1)",
        "max-age",
        "max-age=?0, x",
    ] {
        let lines = [
            &*format!("cdn-cache-control: {value}"),
            "cache-control: max-age=7",
        ];
        assert_eq!(lifetime(&lines), Err(NotStorable::NeverFresh), "{value}");
    }
    // `?0` is as if it were absent.
    let lines = ["cdn-cache-control: max-age=5, no-store=?0, private=?0"];
    assert_eq!(lifetime(&lines), Ok(5));
}

#[test]
fn the_other_directives_are_there_as_well() {
    let line = "cdn-cache-control: max-age=5, must-revalidate, stale-while-revalidate=6";
    let freshness = stored(&[line]).freshness;
    assert_eq!(freshness.revalidation, Revalidation::WhenStale);
    let line =
        "cdn-cache-control: max-age=5, stale-while-revalidate=6, stale-if-error=7, immutable";
    let freshness = stored(&[line]).freshness;
    assert_eq!(freshness.stale_while_revalidate, seconds(6));
    assert_eq!(freshness.stale_if_error, seconds(7));
    assert!(freshness.immutable);
    let freshness = stored(&["cdn-cache-control: no-cache, max-age=5", "etag: \"a\""]).freshness;
    assert_eq!(freshness.revalidation, Revalidation::Always);
    let metadata = stored(&[
        "cdn-cache-control: max-age=5, no-cache=\"a, b\", private=c",
        "a: 1",
        "c: 1",
        "d: 1",
    ]);
    assert_eq!(
        field(&metadata.headers, "a").or(field(&metadata.headers, "c")),
        None
    );
    assert!(metadata.headers.contains_key("d"));
}

#[test]
fn the_first_of_the_list_counts_and_lines_are_joined() {
    let own = HeaderName::from_static("my-cache-control");
    let cdn = HeaderName::from_static("cdn-cache-control");
    let policy = Policy::new().targeted([own, cdn]);
    let lifetime = |lines: &[&str]| {
        let metadata = store_with(&policy, 200, lines).ok();
        metadata.map(|metadata| metadata.freshness.lifetime.get())
    };
    assert_eq!(
        lifetime(&[
            "cdn-cache-control: max-age=1",
            "my-cache-control: max-age=2"
        ]),
        Some(2)
    );
    assert_eq!(
        lifetime(&["cdn-cache-control: max-age=1", "my-cache-control: &"]),
        Some(1)
    );
    assert_eq!(
        lifetime(&["cdn-cache-control: max-age=1", "my-cache-control:"]),
        Some(1)
    );
    assert_eq!(
        lifetime(&["my-cache-control: foo", "my-cache-control: max-age=3"]),
        Some(3)
    );
    // The last one of two counts in a dictionary.
    assert_eq!(
        lifetime(&["my-cache-control: max-age=3, max-age=4"]),
        Some(4)
    );
}

#[test]
fn a_private_cache_reads_none() {
    let metadata = store_with(
        &Policy::private(),
        200,
        &["cdn-cache-control: no-store", "cache-control: max-age=9"],
    );
    assert_eq!(
        metadata.expect("can be stored").freshness.lifetime,
        seconds(9)
    );
}
