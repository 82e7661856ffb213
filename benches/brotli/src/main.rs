//! `cargo xtask bench brotli`: which implementation of brotli to build on.
//!
//! Complete bodies in one call, at the levels that matter for dynamic
//! responses; ours goes through the whole layer, the others do not.

use buttress_benches::{
    Result,
    clock::process_cpu,
    corpora,
    interleave::{Effort, interleave},
    machine, spin,
    table::{Table, microseconds, thousands, times},
};
use buttress_compression::{CompressionLayer, Encoding, Level};
use buttress_testing::{decode::decode, service::respond};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body::Body;
use http_body_util::Full;
use std::{future::poll_fn, io::Write, pin::pin};
use tower_layer::Layer;
use tower_service::Service;

const LEVELS: [u8; 2] = [4, 5];
const CONTENDERS: [&str; 4] = ["brotli", "ours", "mbrotli", "C"];

type Encode = Box<dyn FnMut(&Bytes) -> Result<Vec<u8>>>;

fn main() -> Result<()> {
    let effort = match std::env::args().nth(1).as_deref() {
        Some("--quick") => Effort::QUICK,
        _ => Effort::FULL,
    };
    println!(
        "## brotli\n\n`cargo xtask bench brotli`\n\n{}\n",
        machine::describe()?
    );
    println!(
        "Complete bodies: CPU time of the crate brotli, made new for each as tower-http does, how many \
         times that the others need, and the sizes. “ours” is that crate with its memory kept, through \
         the whole layer; mbrotli keeps its memory; C (brotlic) is made new.\n"
    );
    for level in LEVELS {
        println!("Level {level}\n\n{}", table(effort, level)?);
    }
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}

fn table(effort: Effort, level: u8) -> Result<Table> {
    let mut table = Table::new([
        "body",
        "brotli, µs",
        "ours ×",
        "mbrotli ×",
        "C ×",
        "brotli, B",
        "ours, B",
        "mbrotli, B",
        "C, B",
    ]);
    for (label, body) in bodies() {
        eprintln!("  level {level}, {label}");
        let mut encoders = [fresh(level), ours(level), mbrotli(level)?, c(level)?];
        let mut sizes = Vec::new();
        for (encode, name) in encoders.iter_mut().zip(CONTENDERS) {
            let encoded = encode(&body)?;
            if decode("br", &encoded)? != body {
                return Err(format!("{name} decodes to something else").into());
            }
            sizes.push(thousands(encoded.len() as u64));
        }
        let rounds = interleave(effort, encoders.len(), |contender, times| {
            let start = process_cpu();
            for _ in 0..times {
                std::hint::black_box(encoders[contender](&body)?);
            }
            Ok(process_cpu() - start)
        })?;
        let mut cells = vec![label.to_owned(), microseconds(rounds.time(0))];
        cells.extend((1..CONTENDERS.len()).map(|contender| times(rounds.ratio(0, contender))));
        cells.extend(sizes);
        table.row::<9>(cells.try_into().map_err(|_| "nine cells")?);
    }
    Ok(table)
}

fn bodies() -> [(&'static str, Bytes); 6] {
    [
        ("JSON 512 B", corpora::json(512).into()),
        ("JSON 4 KiB", corpora::json(4 << 10).into()),
        ("JSON 32 KiB", corpora::json(32 << 10).into()),
        ("HTML 68 KiB", corpora::html(68 << 10).into()),
        ("CSS 70 KiB", corpora::css(70 << 10).into()),
        ("JSON 2 MiB", corpora::json(2 << 20).into()),
    ]
}

fn fresh(level: u8) -> Encode {
    Box::new(move |body| {
        let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, level.into(), 22);
        writer.write_all(body)?;
        Ok(writer.into_inner())
    })
}

fn mbrotli(level: u8) -> Result<Encode> {
    let config = mbrotli::EncoderConfig::default().with_quality(level.try_into()?);
    let mut compressor = mbrotli::Compressor::new(config)?;
    Ok(Box::new(move |body| Ok(compressor.compress(body)?)))
}

fn c(level: u8) -> Result<Encode> {
    let quality = brotlic::Quality::new(level)?;
    Ok(Box::new(move |body| {
        let bound = brotlic::compress_bound(body.len(), quality).ok_or("no bound")?;
        let mut output = vec![0; bound];
        let (window, mode) = Default::default();
        let written = brotlic::compress(body, &mut output, quality, window, mode)?;
        output.truncate(written);
        Ok(output)
    }))
}

fn ours(level: u8) -> Encode {
    let layer = CompressionLayer::new()
        .min_size(0)
        .level(Encoding::Br, Level::Exact(level.into()));
    let mut service = layer.layer(respond(|request: Request<Full<Bytes>>| {
        let mut response = Response::new(request.into_body());
        let html = HeaderValue::from_static("text/html");
        response.headers_mut().insert(header::CONTENT_TYPE, html);
        response
    }));
    Box::new(move |body| {
        let mut request = Request::new(Full::new(body.clone()));
        let br = HeaderValue::from_static("br");
        request.headers_mut().insert(header::ACCEPT_ENCODING, br);
        spin::block_on(async {
            let response = service.call(request).await?;
            let mut body = pin!(response.into_body());
            let mut output = Vec::new();
            while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
                let data = frame.map_err(|error| error.to_string())?.into_data();
                output.extend_from_slice(&data.unwrap_or_default());
            }
            Ok(output)
        })
    })
}
