use crate::{Bench, growth::Random};
use buttress_benches::{
    Result,
    clock::process_cpu,
    table::{Table, thousands},
};
use buttress_cache::{
    Entry, Head, Key, Lookup, MemoryStore, Store, Wanted,
    policy::{Freshness, Metadata, Timestamp, VariantKey, Vary},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use moka::sync::Cache as Moka;
use std::{fs, sync::Arc};

const BYTES: usize = 64 << 20;

/// Hit ratios of traces, and the bytes that the store is held to.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let requests = if bench.is_quick { 100_000 } else { 500_000 };
    let mut table = Table::new(["trace", "MemoryStore, hit %", "moka by bytes, hit %"]);
    for (name, trace) in traces(requests) {
        let (ours, moka) = (ours(&trace), moka_hits(&trace));
        let cells = [ours, moka].map(|hits| format!("{:.1}", 100.0 * hits / trace.len() as f64));
        let [ours, moka] = cells;
        table.row([name.to_owned(), ours, moka]);
    }
    Ok(format!(
        "### Hit ratios\n\n{} requests for 200,000 items of 200 bytes to 16 KiB, 64 MiB of store.\n\n{table}\n{}",
        thousands(requests),
        bound(bench)?
    ))
}

type Trace = Vec<u64>;

fn traces(requests: u64) -> [(&'static str, Trace); 4] {
    let mut zipf = Zipf::new(200_000, 0.9);
    let plain: Trace = (0..requests).map(|_| zipf.next()).collect();
    let mut one_hit = 1 << 40;
    let once = plain.iter().enumerate().map(|(at, item)| match at % 5 {
        0 => {
            one_hit += 1;
            one_hit
        }
        _ => *item,
    });
    let once = once.collect();
    // A tenth of the time, a walk over what is asked for once.
    let scans = plain.iter().enumerate().map(|(at, item)| {
        let at = at as u64;
        match at % 50_000 < 5000 {
            true => (1 << 41) + at,
            false => *item,
        }
    });
    let scans = scans.collect();
    // Four times in the trace, others become popular.
    let shift = plain.iter().enumerate().map(|(at, item)| {
        let phase = 4 * at as u64 / requests;
        (item + phase * 50_000) % 200_000
    });
    let shift = shift.collect();
    [
        ("zipf 0.9", plain),
        ("+ 20 % asked for once", once),
        ("+ scans", scans),
        ("popularity shifts", shift),
    ]
}

/// The same for an item in every run.
fn size_of(item: u64) -> usize {
    let mut random = Random(item.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    random.next();
    let exponent = random.below(640) as f64 / 100.0;
    (200.0 * exponent.exp2()) as usize
}

fn ours(trace: &Trace) -> f64 {
    let store = MemoryStore::with_bytes(BYTES);
    let headers = HeaderMap::new();
    let mut hits = 0.0;
    for &item in trace {
        let key = Key::new(format!("http://localhost/items/{item}"));
        match store.lookup(&Wanted::new(&key, &headers)) {
            Lookup::Hit(_) => hits += 1.0,
            _ => store.put(&key, entry(size_of(item))),
        }
    }
    hits
}

fn moka_hits(trace: &Trace) -> f64 {
    let cache: Moka<u64, Arc<Entry>> = Moka::builder()
        .max_capacity(BYTES as u64)
        .weigher(|_, entry: &Arc<Entry>| entry.weight() as u32)
        .build();
    let mut hits = 0.0;
    for &item in trace {
        match cache.get(&item) {
            Some(_) => hits += 1.0,
            None => cache.insert(item, entry(size_of(item))),
        }
    }
    hits
}

fn entry(size: usize) -> Arc<Entry> {
    let metadata = Metadata {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        freshness: Freshness::default(),
    };
    let vary = Vary::Fields(Vec::new());
    let head = Head::new(metadata, vary, VariantKey::default(), Timestamp::default());
    Arc::new(Entry::new(head, Bytes::from(vec![b'x'; size]), None))
}

/// Random keys, each put once.
fn bound(bench: &mut Bench) -> Result<String> {
    let keys = if bench.is_quick { 500_000 } else { 10_000_000 };
    let before = resident()?;
    let store = MemoryStore::with_bytes(BYTES);
    let mut random = Random(1);
    let (start, mut most) = (process_cpu(), 0);
    for number in 0..keys {
        let key = Key::new(format!("http://localhost/{:016x}", random.next()));
        store.put(&key, entry(1024));
        if number % 1000 == 0 {
            most = most.max(store.usage().bytes);
        }
    }
    let nanoseconds = (process_cpu() - start) / keys;
    let grown = resident()?.saturating_sub(before);
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let figure = "MiB of entries under random keys";
    bench.verdicts.at_most(figure, 64.0, mib(most));
    Ok(format!(
        "{} random keys of 1 KiB into 64 MiB: at most {:.1} MiB by the store's own account, and the \
         process grew by {:.1} MiB; {nanoseconds} ns for each put and what it pushes out.\n",
        thousands(keys),
        mib(most),
        mib(grown),
    ))
}

/// The bytes of this process that are in memory.
fn resident() -> Result<u64> {
    let text = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = text.split(' ').nth(1).ok_or("no pages in statm")?.parse()?;
    Ok(pages * 4096)
}

/// Item numbers of which a few are asked for most.
struct Zipf {
    sums: Vec<f64>,
    random: Random,
}

impl Zipf {
    fn new(items: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let sums = (1..=items).map(|rank| {
            sum += (rank as f64).powf(-exponent);
            sum
        });
        Self {
            sums: sums.collect(),
            random: Random(42),
        }
    }

    fn next(&mut self) -> u64 {
        let last = self.sums.last().copied().unwrap_or_default();
        let point = self.random.below(1 << 53) as f64 / (1_u64 << 53) as f64 * last;
        self.sums.partition_point(|sum| *sum < point) as u64
    }
}
