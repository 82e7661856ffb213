//! What becomes of the entity tag of a response.

use crate::support::{ANY, Arrival, CODINGS, Reply, ask, get};
use buttress_compression::{CompressionLayer, EtagPolicy};
use buttress_testing::corpus;
use http::header::ETAG;

const POLICIES: [EtagPolicy; 4] = [
    EtagPolicy::Weaken,
    EtagPolicy::Suffix,
    EtagPolicy::Remove,
    EtagPolicy::Keep,
];

const MALFORMED: [&str; 11] = [
    "v1", "'v1'", "\"v1", "v1\"", "\"", "w/\"v1\"", "W\"v1\"", "/\"v1\"", "", "*", "\"v1\" x",
];

/// The tag after an encoded exchange in `coding`.
async fn tag_after(policy: EtagPolicy, coding: &str, tag: &str) -> Option<String> {
    let layer = CompressionLayer::new().etag(policy);
    let reply = Reply::page().field("etag", tag);
    let answer = ask(&layer, get(coding), &reply).await;
    assert_eq!(answer.coding(), coding);
    answer.etag().map(str::to_owned)
}

#[tokio::test]
async fn a_strong_tag_never_stands_on_an_encoded_body() {
    for arrival in Arrival::ALL {
        for encoding in CODINGS {
            for tag in ["\"v1\"", "\"\"", "\"a,b\"", "\"W/\"", "\"a-gzip\"", "\"*\""] {
                let reply = Reply::page().arrival(arrival).field("etag", tag);
                let answer = ask(&CompressionLayer::new(), get(encoding.as_str()), &reply).await;
                assert_eq!(answer.coding(), encoding.as_str());
                assert_eq!(answer.etag(), Some(format!("W/{tag}").as_str()));
            }
        }
    }
}

#[tokio::test]
async fn a_weak_tag_stays_as_it_is() {
    for tag in ["W/\"v1\"", "W/\"\"", "W/\"a-gzip\""] {
        for encoding in CODINGS {
            for policy in [EtagPolicy::Weaken, EtagPolicy::Suffix, EtagPolicy::Keep] {
                let after = tag_after(policy, encoding.as_str(), tag).await;
                assert_eq!(after.as_deref(), Some(tag), "{policy:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_suffix_names_the_coding() {
    for encoding in CODINGS {
        let after = tag_after(EtagPolicy::Suffix, encoding.as_str(), "\"v1\"").await;
        assert_eq!(after, Some(format!("\"v1-{encoding}\"")));
        let after = tag_after(EtagPolicy::Suffix, encoding.as_str(), "\"\"").await;
        assert_eq!(after, Some(format!("\"-{encoding}\"")));
    }
}

#[tokio::test]
async fn remove_removes_and_keep_keeps() {
    for encoding in CODINGS {
        for tag in ["\"v1\"", "W/\"v1\"", "v1"] {
            let coding = encoding.as_str();
            assert_eq!(tag_after(EtagPolicy::Remove, coding, tag).await, None);
            let kept = tag_after(EtagPolicy::Keep, coding, tag).await;
            assert_eq!(kept.as_deref(), Some(tag));
        }
    }
}

#[tokio::test]
async fn a_malformed_tag_cannot_be_made_weak_and_goes() {
    for policy in [EtagPolicy::Weaken, EtagPolicy::Suffix] {
        for tag in MALFORMED {
            assert_eq!(tag_after(policy, "gzip", tag).await, None, "{tag:?}");
        }
    }
}

#[tokio::test]
async fn a_second_line_cannot_smuggle_a_strong_tag_past() {
    let pairs = [
        ["W/\"a\"", "\"b\""],
        ["\"a\"", "\"b\""],
        ["\"a\"", "W/\"b\""],
        ["x", "\"b\""],
    ];
    for [first, second] in pairs {
        let reply = Reply::page().field("etag", first).field("etag", second);
        let answer = ask(&CompressionLayer::new(), get("gzip"), &reply).await;
        for tag in answer.head.headers.get_all(ETAG) {
            assert!(
                tag.as_bytes().starts_with(b"W/"),
                "{first} {second}: {tag:?}"
            );
        }
    }
}

#[tokio::test]
async fn bytes_beyond_ascii_in_a_tag_are_kept() {
    let reply = Reply::page().field("etag", "\"\u{e9}\u{4e2d}\"");
    let suffix = CompressionLayer::new().etag(EtagPolicy::Suffix);
    for (layer, expected) in [
        (CompressionLayer::new(), "W/\"\u{e9}\u{4e2d}\""),
        (suffix, "\"\u{e9}\u{4e2d}-br\""),
    ] {
        let answer = ask(&layer, get("br"), &reply).await;
        assert_eq!(answer.head.headers[ETAG].as_bytes(), expected.as_bytes());
    }
}

#[tokio::test]
async fn the_tag_of_an_answer_that_is_not_encoded_stays() {
    let small = Reply::of("text/plain", "small");
    let image = Reply::of("image/png", vec![0; 4096]);
    for policy in POLICIES {
        let layer = CompressionLayer::new().etag(policy);
        for (reply, accept) in [
            (Reply::page(), "identity"),
            (Reply::page(), "gzip;q=0"),
            (small.clone(), ANY),
            (image.clone(), ANY),
            (Reply::page().status(206), ANY),
            (Reply::page().field("content-encoding", "br"), ANY),
        ] {
            for tag in ["\"v1\"", "W/\"v1\"", "v1"] {
                let reply = reply.clone().field("etag", tag);
                let answer = ask(&layer, get(accept), &reply).await;
                assert_eq!(answer.etag(), Some(tag), "{policy:?} {reply:?}");
            }
        }
    }
}

/// The tag of one request's answers must not depend on what polling shows, for
/// `HEAD` and 304 do not poll. So a body that did not shrink gets the tag of one
/// that did.
#[tokio::test]
async fn a_body_that_did_not_shrink_has_the_tag_of_one_that_did() {
    let noise = Reply::of("text/plain", corpus::random(4000, 9)).field("etag", "\"v1\"");
    for (policy, expected) in [
        (EtagPolicy::Weaken, Some("W/\"v1\"")),
        (EtagPolicy::Suffix, Some("\"v1-gzip\"")),
        (EtagPolicy::Remove, None),
        (EtagPolicy::Keep, Some("\"v1\"")),
    ] {
        let layer = CompressionLayer::new().etag(policy);
        let answer = ask(&layer, get("gzip"), &noise).await;
        assert_eq!(answer.coding(), "identity");
        assert_eq!(answer.etag(), expected, "{policy:?}");
    }
}

#[tokio::test]
async fn a_304_has_the_tag_that_the_200_has() {
    let not_modified = Reply::of("text/html", "")
        .status(304)
        .field("etag", "\"v1\"");
    for (policy, expected) in [
        (EtagPolicy::Weaken, Some("W/\"v1\"")),
        (EtagPolicy::Remove, None),
        (EtagPolicy::Keep, Some("\"v1\"")),
    ] {
        let layer = CompressionLayer::new().etag(policy);
        let modified = Reply::page().field("etag", "\"v1\"");
        for reply in [&modified, &not_modified] {
            let answer = ask(&layer, get("gzip"), reply).await;
            assert_eq!(answer.etag(), expected, "{policy:?}");
            let answer = ask(&layer, get("identity"), reply).await;
            assert_eq!(answer.etag(), Some("\"v1\""), "{policy:?}");
        }
    }
}
