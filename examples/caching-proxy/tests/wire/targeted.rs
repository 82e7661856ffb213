//! `CDN-Cache-Control`.

use crate::{
    case::{ask, dated, ok},
    proxy::Proxy,
};

#[tokio::test]
async fn it_stands_in_for_cache_control() {
    let proxy = Proxy::start().await;
    let past = dated("Expires", -10_000);
    for lines in [
        &["CDN-Cache-Control: max-age=3600"][..],
        &["CDN-Cache-Control: max-age=99999999999"],
        &["CDN-Cache-Control: foobar, max-age=3600"],
        &["CDN-Cache-Control: max-age=3600", &*past],
        &["CDN-Cache-Control: max-age=3600", "Expires: 0"],
        &[
            "CDN-Cache-Control: max-age=3600",
            "Cache-Control: max-age=0",
        ],
        &["CDN-Cache-Control: max-age=3600", "Cache-Control: no-store"],
    ] {
        let steps = || vec![ask(&[]).gets(ok(lines)), ask(&[]).cached()];
        proxy.case(&format!("{lines:?}"), steps).await;
    }
}

#[tokio::test]
async fn it_forbids_as_well() {
    let proxy = Proxy::start().await;
    let future = dated("Expires", 10_000);
    for lines in [
        &["CDN-Cache-Control: max-age=0", &*future][..],
        &["CDN-Cache-Control: max-age=3600", "Age: 7200"],
        &[
            "CDN-Cache-Control: max-age=0",
            "Cache-Control: max-age=3600",
        ],
        &["CDN-Cache-Control: private", "Cache-Control: max-age=3600"],
        &["CDN-Cache-Control: no-cache", "Cache-Control: max-age=3600"],
        &["CDN-Cache-Control: no-store", "Cache-Control: max-age=3600"],
        &[
            "CDN-Cache-Control: max-age=3600, &&&&&",
            "Cache-Control: no-store",
        ],
        &[
            "CDN-Cache-Control: max-age=\"3600\"",
            "Cache-Control: no-store",
        ],
        &[
            "CDN-Cache-Control: max-age =100",
            "Cache-Control: max-age=0",
        ],
    ] {
        let steps = || vec![ask(&[]).gets(ok(lines)), ask(&[]).gets(ok(lines))];
        proxy.case(&format!("{lines:?}"), steps).await;
    }
}
