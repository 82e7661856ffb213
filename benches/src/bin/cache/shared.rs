//! The second tier: what a hit from Redis takes, what Redis is asked, and what one
//! costs that does not answer.

use crate::{
    Bench,
    origin::{Origin, request},
};
use axum::body::Body as RequestBody;
use buttress_benches::{
    Result, callgrind,
    clock::process_cpu,
    statistics::{median, quantile},
    table::{Table, thousands},
};
use buttress_cache::{Cache, CacheLayer, Cached, Key, MemoryStore, Store, Tiered, Wanted};
use buttress_cache_redis::RedisStore;
use buttress_testing::Redis;
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use std::{
    future::poll_fn,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tower_layer::Layer;
use tower_service::Service;

type App = Cached<Origin<Full<Bytes>>>;

const FRESH: &str = "max-age=600";
const SIZE: usize = 1024;

/// No request waits for what this is for: puts, and purges by unsafe requests.
const A_WHILE: Duration = Duration::from_millis(100);

#[tokio::main(flavor = "current_thread")]
pub(super) async fn make(bench: &mut Bench) -> Result<String> {
    let redis = Redis::start();
    Ok(format!(
        "### The second tier\n\n{}\n{}\n{}\n{}\n{}",
        hits(&redis, bench).await?,
        commands(&redis).await?,
        bytes(&redis).await?,
        validated(&redis).await?,
        frozen(&redis).await?
    ))
}

async fn open(redis: &Redis) -> Result<RedisStore> {
    let store = RedisStore::open(&redis.url()).map_err(|error| error.to_string())?;
    match store.connect().await {
        true => Ok(store),
        false => Err("Redis does not answer".into()),
    }
}

fn app(store: impl Store, directives: &'static str) -> (App, Cache) {
    let layer = CacheLayer::new(store);
    (layer.layer(Origin::new(directives, SIZE)), layer.handle())
}

async fn ask(app: &mut App, request: Request<RequestBody>) -> Result<()> {
    poll_fn(|cx| Service::<Request<RequestBody>>::poll_ready(app, cx)).await?;
    let response = app.call(request).await?;
    let body = response.into_body().collect().await;
    body.map_err(|error| error.to_string())?;
    Ok(())
}

async fn get(app: &mut App, item: u64) -> Result<()> {
    ask(app, request(Method::GET, item)).await
}

/// A hit without a first tier, one after the other on one connection.
async fn hits(redis: &Redis, bench: &Bench) -> Result<String> {
    let most = if bench.is_quick { 2_000 } else { 20_000 };
    let mut table = Table::new([
        "a hit, 1 KiB",
        "instructions",
        "CPU, ns",
        "p50, µs",
        "p99, µs",
    ]);
    for (name, is_shared) in [("from memory", false), ("from Redis", true)] {
        let origin = Origin::new(FRESH, SIZE);
        let calls = origin.calls();
        let mut app: App = match is_shared {
            true => CacheLayer::new(open(redis).await?).layer(origin),
            false => CacheLayer::new(MemoryStore::new()).layer(origin),
        };
        get(&mut app, 1).await?;
        tokio::time::sleep(A_WHILE).await;
        let (start, mut times) = (process_cpu(), Vec::new());
        for _ in 0..most {
            let start = Instant::now();
            get(&mut app, 1).await?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        let cpu = (process_cpu() - start) / most;
        if calls.load(Ordering::Relaxed) != 1 {
            return Err("some of the requests were no hits".into());
        }
        let url = redis.url();
        let from = if is_shared { &*url } else { "memory" };
        let counted = callgrind::instructions("*run_shared*", &["shared", from], 500)?;
        table.row([
            name.to_owned(),
            thousands(counted.round() as u64),
            thousands(cpu),
            format!("{:.1}", median(&times)),
            format!("{:.1}", quantile(&times, 0.99)),
        ]);
    }
    Ok(format!(
        "Over loopback, one request at a time; CPU and instructions are those of the app's process, the runtime \
         and the Redis client included.\n\n{table}"
    ))
}

/// For callgrind: so many hits.
pub(crate) fn count(from: &str, requests: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let store: std::sync::Arc<dyn Store> = match from {
        "memory" => std::sync::Arc::new(MemoryStore::new()),
        url => {
            let store = RedisStore::open(url).map_err(|error| error.to_string())?;
            // Everything takes fifty times as long here.
            std::sync::Arc::new(store.deadline(Duration::from_secs(20)))
        }
    };
    let (mut app, _) = app(store, FRESH);
    runtime.block_on(async {
        for _ in 0..3 {
            get(&mut app, 1).await?;
            tokio::time::sleep(10 * A_WHILE).await;
        }
        Ok::<_, buttress_benches::Error>(())
    })?;
    run_shared(&runtime, &mut app, requests.parse()?)
}

#[inline(never)]
fn run_shared(runtime: &tokio::runtime::Runtime, app: &mut App, requests: u64) -> Result<()> {
    runtime.block_on(many(app, requests))
}

/// On its own, since callgrind would take a future within for the function itself.
async fn many(app: &mut App, requests: u64) -> Result<()> {
    for _ in 0..requests {
        get(app, 1).await?;
    }
    Ok(())
}

/// What Redis is asked.
async fn commands(redis: &Redis) -> Result<String> {
    let tiers = Tiered::new(MemoryStore::new(), open(redis).await?);
    let (mut one, cache) = app(tiers, FRESH);
    let (mut other, _) = app(Tiered::new(MemoryStore::new(), open(redis).await?), FRESH);
    let (mut private, _) = app(
        Tiered::new(MemoryStore::new(), open(redis).await?),
        "no-store",
    );
    // The first time, the server is given the scripts.
    for item in [10, 11] {
        get(&mut one, item).await?;
        tokio::time::sleep(A_WHILE).await;
    }
    cache
        .purge_tag("none")
        .await
        .map_err(|error| error.to_string())?;
    get(&mut private, 20).await?;
    let mut watch = redis.watch();
    let mut table = Table::new(["", "commands", "which"]);
    let mut row = |name: &str| {
        let names = watch.names();
        table.row([name.to_owned(), names.len().to_string(), names.join(" ")]);
    };
    get(&mut one, 10).await?;
    row("a hit in memory");
    get(&mut other, 10).await?;
    row("a hit from Redis, which fills memory");
    get(&mut other, 10).await?;
    row("the next one");
    get(&mut one, 12).await?;
    tokio::time::sleep(A_WHILE).await;
    row("a miss, and what is stored");
    get(&mut private, 21).await?;
    row("a miss of what says `no-store`");
    get(&mut private, 21).await?;
    row("the next one");
    let uri = "http://localhost:3000/items/10?page=1".parse()?;
    cache.purge(&uri).await.map_err(|error| error.to_string())?;
    row("a purge by URI");
    cache
        .purge_tag("a")
        .await
        .map_err(|error| error.to_string())?;
    row("a purge by tag");
    cache
        .purge_prefix("http://localhost:3000/")
        .await
        .map_err(|error| error.to_string())?;
    row("a purge by prefix");
    ask(&mut one, request(Method::POST, 11)).await?;
    tokio::time::sleep(A_WHILE).await;
    row("a POST");
    Ok(format!(
        "Commands as Redis sees them come (MONITOR; a script is one), a round trip each.\n\n{table}"
    ))
}

/// What an entry takes in Redis.
async fn bytes(redis: &Redis) -> Result<String> {
    const ENTRIES: u64 = 5_000;
    let used = || info(redis, "memory", "used_memory:");
    let (mut app, _) = app(open(redis).await?, FRESH);
    get(&mut app, 999).await?;
    tokio::time::sleep(A_WHILE).await;
    let before = used()?;
    for item in 1000..1000 + ENTRIES {
        get(&mut app, item).await?;
    }
    tokio::time::sleep(10 * A_WHILE).await;
    let each = used()?.saturating_sub(before) / ENTRIES;
    Ok(format!(
        "An entry with six fields and a body of 1 KiB takes {} bytes of Redis' memory ({} of them).\n",
        thousands(each),
        thousands(ENTRIES)
    ))
}

/// What is written when a response is stored, and what when it was validated.
async fn validated(redis: &Redis) -> Result<String> {
    const LARGE: usize = 100 * 1024;
    let received = || info(redis, "stats", "total_net_input_bytes:");
    let store = std::sync::Arc::new(open(redis).await?);
    let mut app: App = CacheLayer::new(store.clone()).layer(Origin::new(FRESH, LARGE));
    let mut before = received()?;
    get(&mut app, 50_000).await?;
    tokio::time::sleep(A_WHILE).await;
    let stored = received()? - before;
    let key = Key::new("http://localhost:3000/items/50000?page=1");
    let headers = HeaderMap::new();
    let wanted = Wanted::new(&key, &headers);
    let found = store.ask(wanted.into_owned()).await;
    let found = found.ok_or("what was stored is not there")?;
    before = received()?;
    store.freshen(&key, found);
    tokio::time::sleep(A_WHILE).await;
    let freshened = received()? - before;
    Ok(format!(
        "A miss of {} bytes sends {} bytes to Redis, lookup included, and the 304 that confirms what is stored {} more.\n",
        thousands(LARGE as u64),
        thousands(stored),
        thousands(freshened)
    ))
}

fn info(redis: &Redis, section: &str, name: &str) -> Result<u64> {
    let info = redis.command(&["INFO", section]).text();
    let value = info.lines().find_map(|line| line.strip_prefix(name));
    Ok(value.ok_or_else(|| format!("no {name}"))?.parse()?)
}

/// What a request waits for a Redis that has stopped.
async fn frozen(redis: &Redis) -> Result<String> {
    let (mut app, _) = app(open(redis).await?, FRESH);
    redis.freeze();
    let mut times = Vec::new();
    for item in 0..10 {
        let start = Instant::now();
        get(&mut app, 100_000 + item).await?;
        times.push(format!("{:.1}", start.elapsed().as_secs_f64() * 1000.0));
    }
    redis.thaw();
    Ok(format!(
        "Redis stopped (SIGSTOP), each request a miss, one after the other, with the deadline of 100 ms: {} ms.\n",
        times.join(", ")
    ))
}
