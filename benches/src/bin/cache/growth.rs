use crate::{
    Bench,
    origin::{Origin, ask, request},
    subject::Floor,
};
use buttress_benches::{
    Result,
    clock::process_cpu,
    table::{Table, thousands, times},
};
use buttress_cache::{CacheLayer, MemoryStore};
use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use std::{hint::black_box, sync::Arc};
use tower_layer::Layer;

/// Random hits in a small store and in a large one.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let most = if bench.is_quick { 50_000 } else { 1_000_000 };
    let mut table = Table::new([
        "entries",
        "quick_cache alone, ns",
        "buttress-cache, ns",
        "by it",
    ]);
    let mut first = None;
    let mut last = 0.0;
    for entries in [1000, 10_000, 100_000, 1_000_000] {
        if entries > most {
            continue;
        }
        let (floor, ours) = (floor(entries), ours(entries)?);
        first.get_or_insert(ours);
        last = ours;
        let cells = [floor, ours].map(|time| thousands(time.round() as u64));
        let [floor_cell, ours_cell] = cells;
        table.row([
            thousands(entries),
            floor_cell,
            ours_cell,
            times(ours / floor),
        ]);
    }
    let growth = last / first.unwrap_or(last);
    let figure = "CPU of a hit, 1,000 to 1 million entries";
    bench.verdicts.at_most(figure, 4.0, growth);
    Ok(format!(
        "### Growth\n\nHits on random entries of 64 bytes, CPU.\n\n{table}"
    ))
}

const HITS: u64 = 100_000;

fn floor(entries: u64) -> f64 {
    let mut floor = Floor::of(2 * entries as usize);
    let origin = Origin::<Full<Bytes>>::new("max-age=600", 64);
    for item in 0..entries {
        let (headers, body) = origin.parts();
        let body = Bytes::copy_from_slice(&body);
        floor.put(item, Arc::new((headers, body)));
    }
    measure(entries, |item| ask(&mut floor, request(Method::GET, item)))
}

fn ours(entries: u64) -> Result<f64> {
    let store = MemoryStore::with_bytes(4 << 30);
    let origin = Origin::<Full<Bytes>>::new("max-age=600", 64);
    let calls = origin.calls();
    let mut service = CacheLayer::new(store).layer(origin);
    for item in 0..entries {
        ask(&mut service, request(Method::GET, item));
    }
    let time = measure(entries, |item| {
        ask(&mut service, request(Method::GET, item))
    });
    match calls.load(std::sync::atomic::Ordering::Relaxed) == entries {
        true => Ok(time),
        false => Err("some of the requests were no hits".into()),
    }
}

fn measure(entries: u64, mut hit: impl FnMut(u64) -> u64) -> f64 {
    let mut random = Random(entries | 1);
    let mut run = || {
        let start = process_cpu();
        for _ in 0..HITS {
            black_box(hit(random.below(entries)));
        }
        (process_cpu() - start) as f64 / HITS as f64
    };
    run();
    buttress_benches::statistics::median(&[run(), run(), run()])
}

/// xorshift: the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
