use super::speed::{LEGEND, Row, table};
use crate::{
    Bench,
    job::{Arrival, CODINGS, Coding},
    sample::Sample,
};
use buttress_benches::Result;
use std::fmt::Write;

const SAMPLES: [Sample; 4] = [
    Sample::Json32K,
    Sample::Html68K,
    Sample::Json256K,
    Sample::Json2M,
];
const ARRIVALS: [(Arrival, &str); 2] = [
    (Arrival::Pausing, "4 KiB, pauses"),
    (Arrival::Steady, "16 KiB"),
];

/// Bodies of unknown length that come frame by frame.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let mut text = format!(
        "### Streamed bodies\n\n{LEGEND}\nFrames of 4 KiB with a pause after every eighth (tower-http \
         flushes at each, we at the first and then every 10 ms), and frames of 16 KiB without.\n\n"
    );
    for coding in CODINGS {
        let mut table = table();
        for (arrival, name) in ARRIVALS {
            let mut worst = 0.0_f64;
            for sample in SAMPLES {
                eprintln!("  {coding:?} {}, {name}", sample.label());
                let row = Row::measure(bench, coding, sample, arrival)?;
                let label = format!("{}, {name}", sample.label());
                row.add_to(&mut table, &label);
                worst = worst.max(row.size_ratio());
                if coding == Coding::Gzip {
                    let figure = format!("Gzip, streamed, {label}: speed");
                    bench.verdicts.at_least(figure, 1.6, row.ratio);
                }
            }
            let figure = format!("{coding:?}, streamed, {name}: worst size");
            bench.verdicts.at_most(figure, 1.02, worst);
        }
        writeln!(text, "{coding:?}\n\n{table}")?;
    }
    Ok(text)
}
