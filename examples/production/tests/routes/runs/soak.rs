//! Everything at once, for as long as one likes, in flat memory.

use super::asks::{Ask, mixed};
use super::load::Load;
use super::memory::memory;
use super::row::Row;
use super::start;
use crate::sessions::login;
use buttress_testing::Redis;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// From this long on memory is judged; before it buffers and pools still fill.
const JUDGED: Duration = Duration::from_secs(60);

fn how_long() -> Duration {
    let seconds = std::env::var("BUTTRESS_SOAK_SECONDS");
    let seconds = seconds.map_or(3, |it| it.parse().expect("a number of seconds"));
    Duration::from_secs(seconds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soak_fails_nothing_and_its_memory_is_flat() {
    let redis = Redis::start();
    let app = start(&["--redis", &redis.url(), "--panic-budget", "1000000"]).await;
    let cookie = login(&app, "ann").await;
    // Many addresses, a panic now and then, and a handler that blocks.
    let mut asks: Vec<_> = (0..2_000)
        .map(|id| Ask::get(format!("/cached/{id}")))
        .collect();
    asks.extend(mixed(&cookie).into_iter().cycle().take(8_000));
    asks.push(Ask::get("/boom").answers(500));
    asks.push(Ask::get("/block"));
    interleave(&mut asks);

    // One after another, but not as fast as it goes: others use this machine, too.
    let load = Load::of(app.addr, asks)
        .pausing(Duration::from_millis(5))
        .clients(16);
    let (began, length) = (Instant::now(), how_long());
    sleep(length / 5).await;
    let row = Row::begin("soak", &app);
    let (at_start, mut most) = (memory(app.pid()).now, 0);
    while began.elapsed() < length {
        sleep(Duration::from_secs(1).min(length / 5)).await;
        most = most.max(memory(app.pid()).now);
    }
    let tally = load.stop().await;
    let at_end = memory(app.pid()).now;
    row.end(&app, &tally, &format!("{} s", length.as_secs()))
        .await;
    if length >= JUDGED {
        let flat = at_start + at_start / 10 + 8 * 1024;
        assert!(
            at_end <= flat,
            "from {at_start} KiB to {at_end}, at most {most}"
        );
    }
}

/// So that no client asks for the same again and again: by a stride that has nothing
/// in common with the length.
fn interleave(asks: &mut Vec<Ask>) {
    let count = asks.len();
    let mixed = (0..count).map(|nth| asks[nth * 7_919 % count].clone());
    *asks = mixed.collect();
}
