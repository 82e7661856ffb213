//! Clients that refuse identity get a coding wherever one may be applied.

use crate::support::{Arrival, CODINGS, Reply, ask, get};
use buttress_compression::CompressionLayer;
use buttress_testing::corpus;

/// Identity refused by name, by `*`, and in between.
fn refusing_identity(coding: &str) -> [String; 4] {
    [
        format!("{coding}, identity;q=0"),
        format!("identity;q=0.000, {coding};q=0.001"),
        format!("*;q=0, {coding}"),
        format!("{coding};q=0.5, *;q=0, identity;q=0"),
    ]
}

#[tokio::test]
async fn a_small_body_is_encoded_all_the_same() {
    for encoding in CODINGS {
        for accept in refusing_identity(encoding.as_str()) {
            for arrival in Arrival::ALL {
                let reply = Reply::of("text/plain", "tiny").arrival(arrival);
                let answer = ask(&CompressionLayer::new(), get(&accept), &reply).await;
                answer.assert_encoded(encoding, &reply);
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_grows_is_encoded_all_the_same() {
    for encoding in CODINGS {
        for arrival in Arrival::ALL {
            let reply = Reply::of("text/plain", corpus::random(4000, 5)).arrival(arrival);
            let accept = format!("{encoding}, identity;q=0");
            let answer = ask(&CompressionLayer::new(), get(&accept), &reply).await;
            answer.assert_encoded(encoding, &reply);
            assert!(answer.body.len() >= 4000);
        }
    }
}

#[tokio::test]
async fn a_minimum_size_does_not_matter_then() {
    let layer = CompressionLayer::new().min_size(u64::MAX);
    let answer = ask(&layer, get("gzip, identity;q=0"), &Reply::page()).await;
    answer.assert_encoded(buttress_compression::Encoding::Gzip, &Reply::page());
}

#[tokio::test]
async fn identity_that_is_merely_liked_less_is_not_refused() {
    for accept in ["gzip, identity;q=0.001", "gzip, *;q=0, identity;q=0.1"] {
        let small = Reply::of("text/plain", "tiny");
        let answer = ask(&CompressionLayer::new(), get(accept), &small).await;
        answer.assert_untouched(&small);
        let noise = Reply::of("text/plain", corpus::random(4000, 5));
        let answer = ask(&CompressionLayer::new(), get(accept), &noise).await;
        assert_eq!(answer.coding(), "identity", "{accept}");
    }
}

#[tokio::test]
async fn where_nothing_fits_and_no_406_is_wanted_the_answer_goes_out_as_it_is() {
    let reply = Reply::page();
    for accept in [
        "identity;q=0",
        "*;q=0",
        "compress, identity;q=0",
        "*;q=0, compress",
    ] {
        let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
        assert_eq!((answer.coding(), &answer.body), ("identity", &reply.data));
        assert_eq!(answer.head.status, 200);
        assert!(answer.varies());
    }
}

#[tokio::test]
async fn what_must_not_be_changed_is_not_forced_either() {
    for reply in [
        Reply::page().field("cache-control", "no-transform"),
        Reply::page().status(206),
        Reply::of("image/png", vec![0; 4096]),
        Reply::of("text/html", "").status(204),
    ] {
        let answer = ask(&CompressionLayer::new(), get("gzip, identity;q=0"), &reply).await;
        answer.assert_untouched(&reply);
    }
}
