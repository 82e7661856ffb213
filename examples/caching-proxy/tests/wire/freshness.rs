//! For how long responses are reused.

use crate::{
    case::{ask, dated, ok},
    proxy::Proxy,
};

#[tokio::test]
async fn what_is_fresh_is_reused() {
    let proxy = Proxy::start().await;
    for line in [
        "Cache-Control: max-age=3600",
        "Cache-Control: MaX-aGe=3600",
        "Cache-Control: max-age=\"3600\"",
        "Cache-Control: max-age=003600",
        "Cache-Control: max-age=2147483647",
        "Cache-Control: max-age=2147483648",
        "Cache-Control: max-age=2147483649",
        "Cache-Control: max-age=99999999999",
        "Cache-Control: foobar, max-age=3600",
        "Cache-Control: s-maxage=3600",
        "Cache-Control: max-age=1, s-maxage=3600",
        "Cache-Control: max-age=3600, must-revalidate",
        "Cache-Control: max-age=3600, no-cache=\"x\"",
        "Cache-Control: max-age=3600, immutable",
        &dated("Expires", 3600),
        "Expires: Thu, 18 Aug 2050 02:01:18 gmt",
        "Expires: Thursday, 18-Aug-50 02:01:18 GMT",
        &dated("Last-Modified", -1_000_000),
    ] {
        let steps = || {
            vec![
                ask(&[]).gets(ok(&[line])),
                ask(&[]).cached().text("body"),
                ask(&[]).cached(),
            ]
        };
        proxy.case(line, steps).await;
    }
}

#[tokio::test]
async fn explicit_freshness_stands_above_expires_and_a_wrong_date() {
    let proxy = Proxy::start().await;
    let past = dated("Expires", -7200);
    for lines in [
        &["Cache-Control: max-age=3600", &*past][..],
        &["Cache-Control: max-age=3600", "Expires: 0"],
        &["Cache-Control: max-age=0, s-maxage=3600", &past],
        &[&dated("Expires", 60), "Date: foo"],
    ] {
        let steps = || vec![ask(&[]).gets(ok(lines)), ask(&[]).cached()];
        proxy.case(&format!("{lines:?}"), steps).await;
    }
}

#[tokio::test]
async fn what_is_stale_or_says_nothing_is_not_reused() {
    let proxy = Proxy::start().await;
    let (past, future, now) = (
        dated("Expires", -3600),
        dated("Expires", 3600),
        dated("Expires", 0),
    );
    let date = dated("Date", 0);
    let slow = dated("Date", -7200);
    let fast_expires = dated("Expires", 300);
    let fast_date = dated("Date", 400);
    for lines in [
        &["X-None: 1"][..],
        &["Cache-Control: max-age=0"],
        &["Cache-Control: max-age=-3600"],
        &["Cache-Control: max-age='3600'"],
        &["Cache-Control: max-age =3600"],
        &["Cache-Control: max-age= 3600"],
        &["Cache-Control: max-age=3600.0"],
        &["Cache-Control: a=\"max-age=3600\", max-age=0"],
        &["Cache-Control: max-age=0, a=\"max-age=3600\""],
        &["Cache-Control: max-age=3600, s-maxage=0"],
        &["Cache-Control: s-maxage=0", "Cache-Control: max-age=3600"],
        &["Cache-Control: max-age=0", &*future],
        &["Cache-Control: max-age=3600", "Age: 7200"],
        &["Cache-Control: max-age=3600", &slow],
        &[&past],
        &[&now, &date],
        &["Expires: 0"],
        &["Expires: Thu, 18 Aug 2050 02:01:18 UTC"],
        &[&fast_expires, &fast_date],
        &[&future, "Age: 7200"],
    ] {
        let steps = || {
            vec![
                ask(&[]).gets(ok(lines)),
                ask(&[]).gets(ok(lines)),
                ask(&[]).gets(ok(lines)),
            ]
        };
        proxy.case(&format!("{lines:?}"), steps).await;
    }
}

#[tokio::test]
async fn an_age_goes_on_from_where_it_was() {
    let proxy = Proxy::start().await;
    let date = crate::case::date(0);
    let lines = [
        "Cache-Control: max-age=3600".to_owned(),
        format!("Date: {date}"),
        "Age: 30".to_owned(),
    ];
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let steps = || {
        vec![
            ask(&[]).gets(ok(&lines)).has("age", "30"),
            ask(&[]).cached().has("date", &date),
        ]
    };
    proxy.case("age and date", steps).await;
}
