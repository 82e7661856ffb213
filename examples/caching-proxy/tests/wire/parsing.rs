//! Fields as nobody should write them: `Age`, `Cache-Control`, `Expires`.

use crate::{
    case::{ask, dated, ok},
    proxy::Proxy,
};

const FRESH: &str = "Cache-Control: max-age=3600";

async fn is_reused(proxy: &Proxy, lines: &[&str]) {
    let steps = || vec![ask(&[]).gets(ok(lines)), ask(&[]).cached()];
    proxy.case(&format!("{lines:?}"), steps).await;
}

async fn is_not_reused(proxy: &Proxy, lines: &[&str]) {
    let steps = || vec![ask(&[]).gets(ok(lines)), ask(&[]).gets(ok(lines))];
    proxy.case(&format!("{lines:?}"), steps).await;
}

/// RFC 9111 §5.1: what is no number is ignored, and of a list the first member
/// counts.
#[tokio::test]
async fn an_age_is_its_first_member_or_nothing() {
    let proxy = Proxy::start().await;
    for age in [
        &["Age: abc"][..],
        &["Age: -7200"],
        &["Age: 7200.0"],
        &["Age: 7200s"],
        &["Age: \"7200\""],
        &["Age: 7200;foo=bar"],
        &["Age: +7200"],
        &["Age: 7200 0"],
        &["Age:"],
        &["Age: 0, 7200"],
        &["Age: 0", "Age: 7200"],
        &["Age: , 7200"],
    ] {
        is_reused(&proxy, &[&[FRESH], age].concat()).await;
    }
    for age in [
        &["Age: 3600"][..],
        &["Age: 007200"],
        &["Age: 2147483647"],
        &["Age: 2147483648"],
        &["Age: 99999999999999999999"],
        &["Age: 7200, 0"],
        &["Age: 7200 , 0"],
        &["Age: 7200", "Age: 0"],
        &["Age: 7200, 7200"],
    ] {
        is_not_reused(&proxy, &[&[FRESH], age].concat()).await;
    }
}

#[tokio::test]
async fn the_age_that_is_sent_is_one_number() {
    let proxy = Proxy::start().await;
    for lines in [
        &[FRESH, "Age: abc"][..],
        &[FRESH, "Age: 0, 7200"],
        &[FRESH, "Age: 0", "Age: 7200"],
    ] {
        let steps = || {
            vec![
                ask(&[]).gets(ok(lines)),
                // Made a second or two ago, at most.
                ask(&[]).cached().has_age_up_to(5),
            ]
        };
        proxy.case(&format!("{lines:?}"), steps).await;
    }
}

#[tokio::test]
async fn of_two_lifetimes_the_shorter_one_counts() {
    let proxy = Proxy::start().await;
    let future = dated("Expires", 3600);
    for lines in [
        &["Cache-Control: max-age=3600, max-age=1800"][..],
        &["Cache-Control: max-age=3600", "Cache-Control: max-age=1800"],
        &["Cache-Control: max-age=3600, MAX-AGE=3600"],
        &["Cache-Control: s-maxage=3600, max-age=0"],
        &["Cache-Control: s-maxage=3600", "Expires: 0"],
        &["Cache-Control: s-maxage=3600, max-age=abc"],
        &["Cache-Control: ,, ,max-age=3600,,"],
        &["Cache-Control: max-age=3600 , public"],
        &["Cache-Control: max-age=3600, foo=\"bar, no-store\""],
        &["Cache-Control: max-age=3600, foo=no-store"],
        &["Cache-Control: max-age=3600, no-storex"],
        &["Cache-Control: max-age=3600, xno-store, no-store-x"],
        &["Cache-Control: max-age=3600, foo", "Cache-Control:"],
    ] {
        is_reused(&proxy, lines).await;
    }
    for lines in [
        &["Cache-Control: max-age=3600, max-age=0"][..],
        &["Cache-Control: max-age=0, max-age=3600"],
        &["Cache-Control: max-age=3600", "Cache-Control: max-age=0"],
        &["Cache-Control: max-age=3600, max-age=abc"],
        &["Cache-Control: s-maxage=abc, max-age=3600"],
        &["Cache-Control: s-maxage=0, s-maxage=3600"],
        &["Cache-Control: s-maxage=0", &future],
    ] {
        is_not_reused(&proxy, lines).await;
    }
}

/// RFC 9111 §4.2.1: what cannot be read makes a response stale.
#[tokio::test]
async fn a_lifetime_that_cannot_be_read_is_none() {
    let proxy = Proxy::start().await;
    let modified = dated("Last-Modified", -1_000_000);
    for control in [
        "max-age=3600;",
        "max-age=3600; public",
        "max-age=3600 public",
        "max-age:3600",
        "max-age=",
        "max-age",
        "max-age=\"",
        "max-age=\"3600",
        "max-age=+3600",
        "max-age=0x3600",
        "max-age=3600s",
        "max-age=1e9",
        "max-age=a3600a",
        "max-age=3600.5",
        "max-age==3600",
        "\u{fc}=1; max-age=3600",
    ] {
        let line = format!("Cache-Control: {control}");
        is_not_reused(&proxy, &[&line]).await;
    }
    // Not even by a heuristic, where a lifetime was meant.
    for control in ["max-age=abc", "max-age=3600;"] {
        let line = format!("Cache-Control: {control}");
        let lines = [&*line, &modified];
        let steps = || vec![ask(&[]).gets(ok(&lines)), ask(&[]).validated_by(ok(&lines))];
        proxy.case(control, steps).await;
    }
}

#[tokio::test]
async fn what_forbids_is_read_however_it_is_written() {
    let proxy = Proxy::start().await;
    for control in [
        "no-store=1, max-age=3600",
        "no-store=\"x\", max-age=3600",
        "max-age=3600;no-store, no-store",
        "NO-STORE,max-age=3600",
        " no-store , max-age=3600",
        "\tno-store\t,max-age=3600",
        "private=, max-age=3600",
        "private=\"\", max-age=3600",
        "private=\"set cookie\", max-age=3600",
        "no-store; max-age=3600",
        "no-store max-age=3600",
        "max-age=3600, no-cache=",
        "max-age=3600, no-cache=\"",
    ] {
        let line = format!("Cache-Control: {control}");
        is_not_reused(&proxy, &[&line]).await;
    }
}

/// RFC 9111 §5.3: what is no date lies in the past.
#[tokio::test]
async fn a_date_of_expiry_is_one_of_three_forms() {
    let proxy = Proxy::start().await;
    for date in [
        "Thu, 18 Aug 2050 02:01:18 GMT",
        "Thursday, 18-Aug-50 02:01:18 GMT",
        "Thu Aug 18 02:01:18 2050",
        "thu, 18 aug 2050 02:01:18 gmt",
    ] {
        is_reused(&proxy, &[&format!("Expires: {date}")]).await;
    }
    for date in [
        "",
        "0",
        "-1",
        "2147483647",
        "Thu, 18 Aug 2050 02:01:18 AEST",
        "Thu, 18 Aug 2050 02:01:18 +0000",
        "Thu, 18 Aug 2050 02:01:18 PST",
        "Thu, 18 Aug 2050 02:01:18",
        "2050-08-18T02:01:18Z",
        "Thu, 18 Aug 1950 02:01:18 GMT",
        "Thu, 31 Feb 2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 25:01:18 GMT",
        "Thu, 18 Foo 2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 GMT",
        "tomorrow",
    ] {
        is_not_reused(&proxy, &[&format!("Expires: {date}")]).await;
    }
    let (past, future) = (dated("Expires", -60), dated("Expires", 3600));
    is_not_reused(&proxy, &[&future, &past]).await;
    is_not_reused(&proxy, &[&past, &future]).await;
    is_not_reused(&proxy, &[&future, "Expires: 0"]).await;
}
