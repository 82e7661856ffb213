//! Which coding follows from which `Accept-Encoding`: the negotiator and the
//! layer are asked the same.

use crate::support::{ANY, CODINGS, Reply, ask, get, get_lines};
use buttress_compression::{
    CompressionLayer,
    Encoding::{self, Br, Deflate, Gzip, Identity, Zstd},
    Negotiator,
};
use http::Request;

#[track_caller]
fn negotiated(negotiator: Negotiator, request: &Request<()>) -> Encoding {
    negotiator.negotiate(request.headers())
}

async fn assert_table(table: &[(&str, Encoding)]) {
    let layer = CompressionLayer::new();
    for &(accept, expected) in table {
        let request = get(accept);
        assert_eq!(
            negotiated(layer.to_negotiator(), &request),
            expected,
            "{accept:?}"
        );
        let answer = ask(&layer, request, &Reply::page()).await;
        assert_eq!(answer.coding(), expected.as_str(), "{accept:?}");
        assert_eq!(answer.decoded(), Reply::page().data, "{accept:?}");
        assert!(answer.varies(), "{accept:?}");
    }
}

#[tokio::test]
async fn weights_count_in_every_legal_form() {
    assert_table(&[
        ("gzip", Gzip),
        ("gzip;q=1", Gzip),
        ("gzip;q=1.", Gzip),
        ("gzip;q=1.000", Gzip),
        ("gzip;q=0.001", Gzip),
        ("gzip; q=0.5", Gzip),
        ("gzip ;q=0.5", Gzip),
        ("gzip\t;\tq=0.5\t", Gzip),
        ("gzip;Q=0.5", Gzip),
        ("gzip;q=0", Identity),
        ("gzip;q=0.", Identity),
        ("gzip;q=0.0", Identity),
        ("gzip;q=0.000", Identity),
        ("gzip;Q=0", Identity),
        ("gzip ; q=0", Identity),
        ("br;q=0.9, gzip", Gzip),
        ("zstd;q=0.999, deflate", Deflate),
        ("zstd;q=0.1, br;q=0.12, gzip;q=0.123, deflate;q=0.122", Gzip),
        ("zstd;q=0.09, br;q=0.1", Br),
    ])
    .await;
}

#[tokio::test]
async fn weights_that_clients_send_against_the_grammar_count_too() {
    assert_table(&[
        ("gzip;q=.5", Gzip),
        ("br;q=.4, gzip;q=.5", Gzip),
        ("gzip;q=.0", Identity),
        ("gzip;q=0.50000", Gzip),
        ("gzip;q=1.000000", Gzip),
        // A faint wish is none the less a wish, and no refusal.
        ("gzip;q=0.0001", Gzip),
        ("gzip;q=0.0000", Identity),
        ("gzip;q = 0.5", Gzip),
        ("gzip;q= 0", Identity),
    ])
    .await;
}

#[tokio::test]
async fn malformed_weights_make_their_member_void_and_no_other() {
    let malformed = [
        "2", "1.001", "1.5", "10", "-1", "-0", "+1", "abc", "", ".", "0.5x", "x0.5", "1e0", "0x1",
        "\"1\"", "0.5 0.7", "0..5", "0.5.5", "00.5", "01", "inf", "NaN", "½", "1;",
    ];
    for weight in malformed.iter().filter(|weight| **weight != "1;") {
        let alone = format!("gzip;q={weight}");
        let beside = format!("gzip;q={weight}, br;q=0.1");
        let before = format!("br;q=0.1, gzip;q={weight}");
        assert_table(&[(&alone, Identity), (&beside, Br), (&before, Br)]).await;
        // Nor does a void member refuse what another one accepts.
        let again = format!("gzip;q={weight}, gzip;q=0.5");
        assert_table(&[(&again, Gzip)]).await;
    }
    assert_table(&[("gzip;q", Identity), ("gzip;q, br;q=0.2", Br)]).await;
    assert_table(&[("gzip;q ", Identity), ("gzip;q;x=1", Identity)]).await;
    // A decimal comma separates members.
    assert_table(&[("gzip;q=0,5", Identity), ("gzip;q=1,5", Gzip)]).await;
}

#[tokio::test]
async fn parameters_that_nobody_defined_are_passed_over() {
    assert_table(&[
        ("gzip;q=1.0;x=y", Gzip),
        ("gzip;x=y;q=0.7", Gzip),
        ("gzip;x=y;q=0", Identity),
        ("gzip;q=0;x=y", Identity),
        ("gzip;x", Gzip),
        ("gzip;", Gzip),
        ("gzip;;q=0", Identity),
        ("gzip;qs=0", Gzip),
        ("gzip;xq=0", Gzip),
        ("br;level=11;q=0.2, gzip;window=15;q=0.3", Gzip),
    ])
    .await;
}

#[tokio::test]
async fn names_count_in_any_case_and_whole() {
    assert_table(&[
        ("GZIP", Gzip),
        ("GzIp;q=0", Identity),
        ("BR", Br),
        ("Zstd", Zstd),
        ("DEFLATE", Deflate),
        ("x-gzip", Gzip),
        ("X-GZip;q=0.4", Gzip),
        ("IDENTITY, gzip;q=0.5", Identity),
        ("brotli", Identity),
        ("gzipp", Identity),
        ("gzi", Identity),
        ("xgzip", Identity),
        ("x-br", Identity),
        ("x-deflate", Identity),
        ("\"gzip\"", Identity),
        ("gzip/1.0", Identity),
        ("gzip br", Identity),
        ("gzip=1", Identity),
    ])
    .await;
}

#[tokio::test]
async fn empty_and_senseless_members_do_no_harm() {
    assert_table(&[
        ("", Identity),
        (" ", Identity),
        (",", Identity),
        (" , ,\t,", Identity),
        (",,gzip,,", Gzip),
        (";q=1, gzip", Gzip),
        (";", Identity),
        (";;;,;;;=,=;=", Identity),
        ("@@@;q=1, gzip;q=0.1", Gzip),
        ("compress, x-compress, gzip;q=0.1", Gzip),
        ("q=1", Identity),
        ("q=0, gzip", Gzip),
    ])
    .await;
}

#[tokio::test]
async fn at_equal_weights_zstd_comes_before_br_before_gzip_before_deflate() {
    assert_table(&[
        (ANY, Zstd),
        ("deflate, gzip, br", Br),
        ("deflate, gzip", Gzip),
        ("deflate", Deflate),
        ("deflate;q=0.3, gzip;q=0.3, br;q=0.300, zstd;q=.3", Zstd),
        ("deflate;q=0.3, gzip;q=0.3, br;q=0.2", Gzip),
    ])
    .await;
}

#[tokio::test]
async fn a_star_stands_for_what_is_not_listed() {
    assert_table(&[
        ("*", Zstd),
        ("*;q=0.001", Zstd),
        ("*;q=0", Identity),
        ("gzip;q=0.5, *;q=0.7", Zstd),
        ("zstd;q=0, *", Br),
        ("zstd;q=0.1, br;q=0, *;q=0.2, gzip;q=0.1", Deflate),
        ("*;q=0, deflate;q=0.001", Deflate),
        ("gzip, *;q=0", Gzip),
        ("*;q=0.5, identity", Identity),
        ("*;q=0.5, identity;q=0.5", Zstd),
        ("*;q=0.5, identity;q=0.4", Zstd),
        ("zstd;q=0, br;q=0, gzip;q=0, deflate;q=0, *", Identity),
        ("x-gzip;q=0, zstd;q=0, br;q=0, *", Deflate),
        ("**", Identity),
        ("* ;q=0.5", Zstd),
    ])
    .await;
}

#[tokio::test]
async fn identity_wins_only_when_it_is_liked_better() {
    assert_table(&[
        ("identity", Identity),
        ("identity, gzip", Gzip),
        ("identity;q=0.5, gzip;q=0.4", Identity),
        ("identity;q=0.4, gzip;q=0.5", Gzip),
        ("identity;q=1, gzip;q=0.999, br;q=0.998", Identity),
        ("identity;q=0", Identity),
        ("identity;q=0, gzip;q=0.001", Gzip),
        ("identity;q=0, *;q=0.1", Zstd),
        ("identity;q=2, gzip;q=0.1", Gzip),
        ("gzip;q=0.001", Gzip),
    ])
    .await;
}

#[tokio::test]
async fn a_refusal_stands_whatever_else_is_said_of_the_coding() {
    assert_table(&[
        ("gzip;q=0, x-gzip", Identity),
        ("x-gzip, gzip;q=0", Identity),
        ("x-gzip;q=0, gzip;q=1", Identity),
        ("gzip, gzip;q=0", Identity),
        ("gzip;q=0, gzip;q=0.5, gzip", Identity),
        ("gzip;q=0, *", Zstd),
        ("gzip;q=0, x-gzip, deflate;q=0.1", Deflate),
        ("*, *;q=0", Identity),
        ("*;q=0, *;q=0.5", Identity),
        // Among wishes the stronger one counts.
        ("x-gzip;q=0.1, gzip;q=0.9, br;q=0.5", Gzip),
        ("gzip;q=0.1, x-gzip;q=0.9, br;q=0.5", Gzip),
        ("*;q=0.1, br;q=0.2, *;q=0.3", Zstd),
    ])
    .await;
}

#[tokio::test]
async fn several_lines_are_one_list() {
    let table: [(&[&str], Encoding); 8] = [
        (&["gzip;q=0", "x-gzip"], Identity),
        (&["x-gzip", "gzip;q=0"], Identity),
        (&["br;q=0.5", "gzip"], Gzip),
        (&["", "gzip"], Gzip),
        (&["gzip", "", ""], Gzip),
        (&["*;q=0", "br"], Br),
        (&["zstd, br;q=0", "*;q=0.5", "zstd;q=0"], Gzip),
        (&["identity", "gzip;q=0.9"], Identity),
    ];
    assert_lines(&table.map(|(lines, expected)| {
        let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        (lines, expected)
    }))
    .await;
}

#[tokio::test]
async fn bytes_that_are_not_ascii_void_their_member_alone() {
    assert_lines(&[
        (vec![b"gzip\xe9, br;q=0.5".to_vec()], Br),
        (vec![b"\xff\xfe;q=1, gzip".to_vec()], Gzip),
        (vec![b"gzip;q=\xbd, deflate;q=0.1".to_vec()], Deflate),
        (vec![b"gzip\xa0;q=1".to_vec()], Identity),
        (vec![b"gzip;\xc2\xa0q=0".to_vec()], Gzip),
        (vec![b"\xff".to_vec(), b"gzip".to_vec()], Gzip),
        (vec![b"gzip;q=0.\xb2".to_vec()], Identity),
        (vec!["ｇzip, ＊".into()], Identity),
    ])
    .await;
}

async fn assert_lines(table: &[(Vec<Vec<u8>>, Encoding)]) {
    let layer = CompressionLayer::new();
    for (lines, expected) in table {
        let request = get_lines(lines);
        assert_eq!(
            negotiated(layer.to_negotiator(), &request),
            *expected,
            "{lines:?}"
        );
        let answer = ask(&layer, request, &Reply::page()).await;
        assert_eq!(answer.coding(), expected.as_str(), "{lines:?}");
    }
}

#[tokio::test]
async fn without_the_field_nothing_is_encoded_unless_a_coding_is_enforced() {
    let reply = Reply::page();
    let answer = ask(&CompressionLayer::new(), Request::new(()), &reply).await;
    assert_eq!(answer.coding(), "identity");
    assert!(answer.varies());
    for encoding in CODINGS {
        let negotiator = Negotiator::default().enforce(encoding);
        let layer = CompressionLayer::new().negotiator(negotiator);
        let answer = ask(&layer, Request::new(()), &reply).await;
        answer.assert_encoded(encoding, &reply);
    }
}

#[tokio::test]
async fn what_is_enforced_is_not_for_clients_that_send_the_field() {
    let layer = CompressionLayer::new().negotiator(Negotiator::default().enforce(Gzip));
    for accept in ["", " ", ",", "identity", "gzip;q=0", "*;q=0", "compress"] {
        let answer = ask(&layer, get(accept), &Reply::page()).await;
        assert_eq!(answer.coding(), "identity", "{accept:?}");
    }
    let answer = ask(&layer, get("br"), &Reply::page()).await;
    assert_eq!(answer.coding(), "br");
}

#[tokio::test]
async fn an_enforced_coding_is_for_eligible_bodies_only() {
    let layer = CompressionLayer::new().negotiator(Negotiator::default().enforce(Gzip));
    for reply in [
        Reply::of("text/plain", "small"),
        Reply::of("image/png", vec![0; 4096]),
        Reply::page().status(206),
    ] {
        let answer = ask(&layer, Request::new(()), &reply).await;
        answer.assert_untouched(&reply);
    }
}
