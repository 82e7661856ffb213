//! The public negotiation, its settings, and its agreement with the layer.

use crate::support::{ANY, CODINGS, Reply, ask, get, get_lines};
use buttress_compression::{
    CompressionLayer,
    Encoding::{self, Br, Deflate, Gzip, Identity, Zstd},
    Negotiator,
};
use http::{HeaderMap, Request};
use proptest::{collection::vec, prelude::*, sample::select};

fn negotiate(negotiator: Negotiator, accept: &str) -> Encoding {
    negotiator.negotiate(get(accept).headers())
}

#[test]
fn the_order_of_the_setting_decides_at_equal_weights() {
    for first in CODINGS {
        let mut order = vec![first];
        order.extend(CODINGS.into_iter().rev().filter(|&other| other != first));
        let negotiator = Negotiator::new(order.iter().copied());
        assert_eq!(negotiate(negotiator, ANY), first);
        assert_eq!(negotiate(negotiator, "*;q=0.2"), first);
        // A weight says more than the server's order.
        let second = order[1];
        let accept = format!("{first};q=0.5, {second};q=0.501");
        assert_eq!(negotiate(negotiator, &accept), second);
    }
}

#[test]
fn only_what_is_on_offer_is_chosen() {
    let negotiator = Negotiator::new([Gzip]);
    assert_eq!(negotiate(negotiator, "br, zstd, deflate"), Identity);
    assert_eq!(negotiate(negotiator, "br, gzip;q=0.1"), Gzip);
    assert_eq!(negotiate(negotiator, "*"), Gzip);
    assert_eq!(negotiate(negotiator, "x-gzip;q=0, *"), Identity);
    assert_eq!(negotiate(Negotiator::new([]), "*"), Identity);
    assert_eq!(negotiate(Negotiator::new([Identity]), ANY), Identity);
}

#[test]
fn repetitions_and_identity_in_the_setting_change_nothing() {
    let odd = Negotiator::new([Gzip, Identity, Gzip, Br, Gzip, Br, Identity]);
    assert_eq!(odd, Negotiator::new([Gzip, Br]));
    let everything = [CODINGS, CODINGS, CODINGS].concat();
    assert_eq!(Negotiator::new(everything), Negotiator::default());
}

#[test]
fn what_is_not_on_offer_cannot_be_enforced() {
    let none = HeaderMap::new();
    let enforced = |offered: &[Encoding], encoding| {
        Negotiator::new(offered.iter().copied())
            .enforce(encoding)
            .negotiate(&none)
    };
    assert_eq!(enforced(&[Gzip], Br), Identity);
    assert_eq!(enforced(&[], Gzip), Identity);
    assert_eq!(enforced(&[Gzip], Identity), Identity);
    assert_eq!(enforced(&[Br, Gzip], Gzip), Gzip);
}

#[tokio::test]
async fn the_layer_gives_away_the_negotiator_that_it_uses() {
    let negotiator = Negotiator::new([Deflate, Zstd]).enforce(Deflate);
    let layer = CompressionLayer::new().negotiator(negotiator);
    assert_eq!(layer.to_negotiator(), negotiator);
    let layer = CompressionLayer::new().encodings([Deflate, Zstd]);
    assert_eq!(layer.to_negotiator(), Negotiator::new([Deflate, Zstd]));
    assert_eq!(
        CompressionLayer::new().to_negotiator(),
        Negotiator::default()
    );
}

#[tokio::test]
async fn the_last_of_two_settings_holds() {
    let layer = CompressionLayer::new()
        .encodings([Gzip])
        .encodings([Br, Deflate]);
    let answer = ask(&layer, get(ANY), &Reply::page()).await;
    assert_eq!(answer.coding(), "br");
}

#[test]
fn other_fields_have_no_say() {
    let mut request = get("gzip");
    for (name, value) in [
        ("te", "zstd"),
        ("content-encoding", "br"),
        ("accept", "br"),
        ("x-accept-encoding", "zstd"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    assert_eq!(Negotiator::default().negotiate(request.headers()), Gzip);
}

/// One member as a client may write it, with what it means.
#[derive(Clone, Debug)]
struct Member {
    token: &'static str,
    weight: Option<u16>,
    text: String,
}

const TOKENS: [&str; 8] = [
    "gzip", "x-gzip", "br", "zstd", "deflate", "identity", "*", "compress",
];
/// Few weights, so that equal ones meet often.
const WEIGHTS: [u16; 7] = [0, 1, 300, 500, 501, 999, 1000];

fn members() -> impl Strategy<Value = Vec<Member>> {
    let member = (
        select(&TOKENS[..]),
        proptest::option::of(select(&WEIGHTS[..])),
        any::<(bool, bool, bool)>(),
    )
        .prop_map(|(token, weight, style)| Member {
            token,
            weight,
            text: write(token, weight, style),
        });
    vec(member, 0..7)
}

fn write(token: &str, weight: Option<u16>, (upper, spaced, short): (bool, bool, bool)) -> String {
    let token = if upper {
        token.to_uppercase()
    } else {
        token.to_owned()
    };
    let Some(weight) = weight else {
        return token;
    };
    let mut digits = format!("{}.{:03}", weight / 1000, weight % 1000);
    if short {
        let trimmed = digits.trim_end_matches('0').trim_end_matches('.');
        digits = trimmed
            .strip_prefix("0.")
            .map_or_else(|| trimmed.to_owned(), |decimals| format!(".{decimals}"));
    }
    let (semicolon, name) = if spaced { (" ;\t", "Q") } else { (";", "q") };
    format!("{token}{semicolon}{name}={digits}")
}

/// The weight of a coding by RFC 9110 §12.5.3, `None` where nothing is said.
fn weight_of(members: &[Member], encoding: Encoding) -> Option<u16> {
    let names: &[&str] = match encoding {
        Gzip => &["gzip", "x-gzip"],
        Br => &["br"],
        Zstd => &["zstd"],
        Deflate => &["deflate"],
        _ => &["identity"],
    };
    let weights = |names: &[&str]| -> Vec<u16> {
        let named = members.iter().filter(|m| names.contains(&m.token));
        named.map(|member| member.weight.unwrap_or(1000)).collect()
    };
    let mut said = weights(names);
    if said.is_empty() {
        said = weights(&["*"]);
    }
    if said.contains(&0) {
        return Some(0);
    }
    said.into_iter().max()
}

const PIECES: [&str; 24] = [
    "gzip", "x-gzip", "br", "zstd", "deflate", "identity", "*", ";", ",", "q", "=", "0", "1", ".",
    "5", " ", "\t", "\"", "é", "q=0", ";q=", ";q=1", ";q=0.000", "GZIP",
];

/// Lines that look like the field, and lines that do not.
fn garbage() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let alike = vec(select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat().into_bytes());
    let bytes = prop_oneof![Just(b'\t'), 0x20_u8..0x7f, 0x80_u8..=0xff];
    let wild = vec(bytes, 0..24);
    vec(prop_oneof![3 => alike, 1 => wild], 0..4)
}

fn answer_to(layer: &CompressionLayer, request: Request<()>) -> crate::support::Answer {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(ask(layer, request, &Reply::page()))
}

proptest! {
    #[test]
    fn the_choice_is_the_best_that_the_client_accepts(members in members(), order in Just(CODINGS).prop_shuffle()) {
        let text: Vec<_> = members.iter().map(|member| member.text.as_str()).collect();
        let chosen = negotiate(Negotiator::new(order.iter().copied()), &text.join(","));
        let weight = |encoding| weight_of(&members, encoding).unwrap_or(0);
        let best = order.into_iter().map(weight).max().unwrap_or(0);
        if chosen == Identity {
            // A coding that is accepted loses only to a stronger wish.
            prop_assert!(best == 0 || weight(Identity) > best);
        } else {
            prop_assert!(weight(chosen) > 0, "a refused or unlisted coding");
            prop_assert_eq!(weight(chosen), best);
            prop_assert!(weight(Identity) <= best);
            let first = order.into_iter().find(|&encoding| weight(encoding) == best);
            prop_assert_eq!(Some(chosen), first);
        }
    }

    #[test]
    fn neither_the_order_of_members_nor_of_lines_matters(
        members in members().prop_flat_map(|members| (Just(members.clone()), Just(members).prop_shuffle())),
    ) {
        let (members, shuffled) = members;
        let text: Vec<_> = members.iter().map(|member| member.text.as_str()).collect();
        let one_line = negotiate(Negotiator::default(), &text.join(", "));
        let lines: Vec<_> = shuffled.into_iter().map(|member| member.text.into_bytes()).collect();
        if !lines.is_empty() {
            let many_lines = Negotiator::default().negotiate(get_lines(&lines).headers());
            prop_assert_eq!(one_line, many_lines);
        }
    }

    #[test]
    fn the_layer_does_what_the_negotiator_says(lines in garbage(), enforce in select(&CODINGS[..])) {
        let negotiator = Negotiator::default().enforce(enforce);
        let layer = CompressionLayer::new().negotiator(negotiator);
        let request = get_lines(&lines);
        let negotiated = negotiator.negotiate(request.headers());
        let answer = answer_to(&layer, request);
        prop_assert_eq!(answer.coding(), negotiated.as_str());
        prop_assert_eq!(answer.decoded(), Reply::page().data);
        prop_assert_eq!(answer.vary_count(), 1);
    }

    #[test]
    fn a_406_comes_only_where_no_coding_fits(lines in garbage()) {
        let layer = CompressionLayer::new().not_acceptable(true);
        let request = get_lines(&lines);
        let negotiated = Negotiator::default().negotiate(request.headers());
        let answer = answer_to(&layer, request);
        if answer.head.status == 406 {
            prop_assert_eq!(negotiated, Identity);
        } else {
            prop_assert_eq!(answer.coding(), negotiated.as_str());
        }
        prop_assert!(answer.varies());
    }
}
