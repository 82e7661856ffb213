use super::speed::{LEGEND, Row, table};
use crate::{
    Bench,
    job::{Arrival, CODINGS, Coding},
    sample::{Sample, USUAL},
};
use buttress_benches::Result;
use std::fmt::Write;

/// Bodies that are in memory when the handler answers.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let mut text = format!("### Complete bodies\n\n{LEGEND}\n");
    for coding in CODINGS {
        let (mut table, mut worst) = (table(), 0.0_f64);
        for sample in USUAL {
            eprintln!("  {coding:?} {}", sample.label());
            let row = Row::measure(bench, coding, sample, Arrival::Whole)?;
            row.add_to(&mut table, sample.label());
            worst = worst.max(row.size_ratio());
            let figure = format!("{coding:?}, complete, {}: speed", sample.label());
            let target = target(coding, sample);
            bench.verdicts.at_least(figure, target, row.ratio);
        }
        let figure = format!("{coding:?}, complete: worst size");
        bench.verdicts.at_most(figure, 1.02, worst);
        writeln!(text, "{coding:?}\n\n{table}")?;
    }
    Ok(text)
}

fn target(coding: Coding, sample: Sample) -> f64 {
    match (coding, sample) {
        (Coding::Gzip, Sample::Json512 | Sample::Json4K) => 1.8,
        (Coding::Gzip, _) => 1.9,
        (Coding::Zstd, Sample::Json512) => 7.0,
        (Coding::Zstd, Sample::Json4K) => 3.3,
        (Coding::Zstd, Sample::Json32K) => 1.4,
        (Coding::Zstd, _) => 0.95,
        (_, Sample::Html68K) => 1.5,
        _ => 1.0,
    }
}
