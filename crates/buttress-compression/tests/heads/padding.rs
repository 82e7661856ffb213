//! Random lengths: they vary, they are bounded, and no decoder minds them.

use crate::support::{ANY, Arrival, Reply, ask, get};
use buttress_compression::{
    CompressionLayer,
    Encoding::{self, Br, Deflate, Gzip, Zstd},
    Negotiator,
};
use buttress_testing::{corpus, decode};
use flate2::bufread::GzDecoder;
use http::Request;
use std::{collections::BTreeSet, io::Read};

/// The codings with room for padding, and what an empty one costs there.
const PADDED: [(Encoding, usize); 2] = [(Gzip, 1), (Zstd, 8)];

async fn lengths(layer: &CompressionLayer, coding: Encoding, reply: &Reply) -> BTreeSet<usize> {
    let mut lengths = BTreeSet::new();
    for _ in 0..200 {
        let answer = ask(layer, get(coding.as_str()), reply).await;
        answer.assert_encoded(coding, reply);
        lengths.insert(answer.body.len());
    }
    lengths
}

#[tokio::test]
async fn lengths_take_every_value_from_none_to_the_most_and_no_other() {
    for (coding, cost) in PADDED {
        for arrival in Arrival::ALL {
            let reply = Reply::page().arrival(arrival);
            let bare = ask(&CompressionLayer::new(), get(coding.as_str()), &reply).await;
            let layer = CompressionLayer::new().padding(3);
            let least = bare.body.len() + cost;
            // Each of four values is missed by 200 draws once in 10^24 runs.
            let expected: BTreeSet<_> = (least..=least + 3).collect();
            let lengths = lengths(&layer, coding, &reply).await;
            assert_eq!(lengths, expected, "{coding} {arrival:?}");
        }
    }
}

#[tokio::test]
async fn a_wide_range_is_used_widely() {
    for (coding, cost) in PADDED {
        let reply = Reply::page();
        let bare = ask(&CompressionLayer::new(), get(coding.as_str()), &reply).await;
        let lengths = lengths(&CompressionLayer::new().padding(u16::MAX), coding, &reply).await;
        let least = bare.body.len() + cost;
        assert!(lengths.len() > 150, "{coding}: {}", lengths.len());
        let (first, last) = (lengths.first().unwrap(), lengths.last().unwrap());
        assert!(*first >= least && *last <= least + usize::from(u16::MAX));
        assert!(last - first > 30_000, "{coding}: {first} to {last}");
    }
}

#[tokio::test]
async fn two_layers_do_not_draw_the_same_lengths() {
    let mut rows = Vec::new();
    for layer in [(); 2].map(|()| CompressionLayer::new().padding(u16::MAX)) {
        let mut row = Vec::new();
        for _ in 0..8 {
            row.push(ask(&layer, get("gzip"), &Reply::page()).await.body.len());
        }
        rows.push(row);
    }
    assert_ne!(rows[0], rows[1]);
}

#[tokio::test]
async fn the_tools_of_the_command_line_decode_it() {
    for (coding, _) in PADDED {
        for arrival in Arrival::ALL {
            let reply = Reply::page().arrival(arrival);
            let layer = CompressionLayer::new().padding(1000);
            let answer = ask(&layer, get(coding.as_str()), &reply).await;
            if let Some(decoded) = decode::decode_with_tool(coding.as_str(), &answer.body) {
                assert_eq!(decoded.unwrap(), reply.data, "{coding} {arrival:?}");
            }
        }
    }
}

#[tokio::test]
async fn gzip_keeps_it_in_the_comment_and_zstd_behind_the_data() {
    let layer = CompressionLayer::new().padding(500);
    let gzip = ask(&layer, get("gzip"), &Reply::page()).await.body;
    let mut decoder = GzDecoder::new(&gzip[..]);
    decoder.read_to_end(&mut Vec::new()).unwrap();
    let comment = decoder.header().unwrap().comment().unwrap();
    assert!(comment.len() <= 500);

    let padded = ask(&layer, get("zstd"), &Reply::page()).await.body;
    let bare = ask(&CompressionLayer::new(), get("zstd"), &Reply::page()).await;
    let frame = padded.strip_prefix(&bare.body[..]).unwrap();
    assert_eq!(frame[..4], 0x184D_2A50_u32.to_le_bytes());
    let length = u32::from_le_bytes(frame[4..8].try_into().unwrap());
    assert_eq!(frame.len(), 8 + length as usize);
}

#[tokio::test]
async fn codings_without_room_are_no_longer_on_offer_whatever_the_order() {
    let both = [Br, Deflate, Zstd, Gzip];
    let negotiator = Negotiator::new(both).enforce(Br);
    for layer in [
        CompressionLayer::new().padding(9),
        CompressionLayer::new().padding(9).encodings(both),
        CompressionLayer::new().encodings(both).padding(9),
        CompressionLayer::new().padding(9).negotiator(negotiator),
        CompressionLayer::new()
            .negotiator(negotiator)
            .padding(9)
            .min_size(10),
    ] {
        for accept in ["br", "deflate", "br, deflate"] {
            let answer = ask(&layer, get(accept), &Reply::page()).await;
            assert_eq!(answer.coding(), "identity", "{accept}");
        }
        let unsaid = ask(&layer, Request::new(()), &Reply::page()).await;
        assert_eq!(unsaid.coding(), "identity");
        let answer = ask(&layer, get(ANY), &Reply::page()).await;
        assert_eq!(answer.coding(), "zstd");
        let answer = ask(&layer, get("br, gzip;q=0.1"), &Reply::page()).await;
        assert_eq!(answer.coding(), "gzip");
        // Who agrees with the layer has to know.
        let negotiated = layer.to_negotiator().negotiate(get("br").headers());
        assert_eq!(negotiated, Encoding::Identity);
    }
}

#[tokio::test]
async fn the_order_and_the_enforced_coding_stay_where_they_can() {
    let negotiator = Negotiator::new([Br, Gzip, Zstd]).enforce(Gzip);
    let layer = CompressionLayer::new().negotiator(negotiator).padding(9);
    let answer = ask(&layer, get(ANY), &Reply::page()).await;
    assert_eq!(answer.coding(), "gzip");
    let answer = ask(&layer, Request::new(()), &Reply::page()).await;
    assert_eq!(answer.coding(), "gzip");
}

#[tokio::test]
async fn what_is_not_encoded_is_not_padded() {
    let layer = CompressionLayer::new().padding(500);
    let noise = Reply::of("text/plain", corpus::random(4000, 4));
    let small = Reply::of("text/plain", "small");
    for (reply, accept) in [(noise, ANY), (small, ANY), (Reply::page(), "identity")] {
        let answer = ask(&layer, get(accept), &reply).await;
        assert_eq!((answer.coding(), &answer.body), ("identity", &reply.data));
    }
}

#[tokio::test]
async fn a_forced_body_is_padded_too() {
    for (coding, cost) in PADDED {
        for arrival in Arrival::ALL {
            let reply = Reply::of("text/plain", "tiny").arrival(arrival);
            let accept = format!("{coding}, identity;q=0");
            let bare = ask(&CompressionLayer::new(), get(&accept), &reply).await;
            let layer = CompressionLayer::new().padding(0);
            let padded = ask(&layer, get(&accept), &reply).await;
            padded.assert_encoded(coding, &reply);
            assert_eq!(padded.body.len(), bare.body.len() + cost);
        }
    }
}

#[tokio::test]
async fn it_is_counted_as_sent() {
    for arrival in Arrival::ALL {
        let layer = CompressionLayer::new().padding(500);
        let mut sent = 0;
        for (coding, _) in PADDED {
            let reply = Reply::page().arrival(arrival);
            sent += ask(&layer, get(coding.as_str()), &reply).await.body.len();
        }
        assert_eq!(layer.stats().bytes_out, sent as u64, "{arrival:?}");
    }
}
