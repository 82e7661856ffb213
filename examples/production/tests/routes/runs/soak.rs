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
    let (began, length) = (Instant::now(), how_long());
    // What is bounded has been full once: symbols of panics, and what is on its way to
    // Redis, which is more where the machine is busy.
    let first = [Ask::get("/boom").answers(500), Ask::get("/block")];
    let first = first.into_iter().chain(vec![Ask::get("/etag"); 98]);
    let warm = Load::of(app.addr, first.collect()).clients(8);
    sleep((length / 5).min(Duration::from_secs(30))).await;
    let mut tally = warm.stop().await;
    let row = Row::begin("soak", &app);
    let (at_start, mut most) = (memory(app.pid()).now, 0);
    // One after another, but not as fast as it goes: others use this machine, too.
    let load = Load::of(app.addr, all(&cookie)).pausing(Duration::from_millis(20));
    let load = load.clients(16);
    while began.elapsed() < length {
        sleep(Duration::from_secs(1).min(length / 5)).await;
        most = most.max(memory(app.pid()).now);
    }
    let soaked = load.stop().await;
    tally.answered += soaked.answered;
    tally.unexpected.extend(soaked.unexpected);
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

/// Many addresses, and now and then a panic, and a handler that blocks.
fn all(cookie: &str) -> Vec<Ask> {
    let mut asks: Vec<_> = (0..2_000)
        .map(|id| Ask::get(format!("/cached/{id}")))
        .collect();
    asks.extend(mixed(cookie).into_iter().cycle().take(8_000));
    asks.extend(vec![Ask::get("/boom").answers(500); 20]);
    asks.extend(vec![Ask::get("/block"); 20]);
    interleave(&mut asks);
    asks
}

/// So that no client asks for the same again and again: by a stride that has nothing
/// in common with the length.
fn interleave(asks: &mut Vec<Ask>) {
    let count = asks.len();
    let mixed = (0..count).map(|nth| asks[nth * 7_919 % count].clone());
    *asks = mixed.collect();
}
