//! One look at everything, as the texts that the page shows: made once, here, for the
//! page and for the events that keep it up to date.

use super::Live;
use super::blocked::Row;
use super::history::History;
use super::meter::Reading;
use super::text::{bytes, number, time};
use axum::body::Bytes;
use buttress::cache;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Sample {
    figures: Figures,
    /// The line of requests per second, as points of an SVG of 60 by 20.
    spark: String,
    budget: Budget,
    blocked: Vec<Row>,
}

/// By the name that an element of the page has for it.
#[derive(Serialize)]
struct Figures {
    requests: String,
    rate: String,
    failed: String,
    median: String,
    p99: String,
    hits: String,
    cache: String,
    saved: String,
    compressed: String,
    sessions: String,
    trips: String,
    blocking: String,
    panics: String,
    last_panic: String,
    /// In words, and only when something has gone wrong anew: to be read out.
    news: String,
}

/// Of panics, within the time in which they count.
#[derive(Serialize)]
struct Budget {
    spent: usize,
    allowed: usize,
}

impl Sample {
    pub(super) fn of(live: &Live, history: &History, now: &Reading) -> Self {
        let seconds = history.per_second();
        let blocked = live.observed.blocked.rows(&live.stack.blocking());
        Self {
            figures: Figures::of(live, history, now),
            spark: spark(&seconds),
            budget: Budget {
                spent: live.budget.recent(),
                allowed: live.budget.allowed(),
            },
            blocked,
        }
    }

    /// The same as an event of a stream (`text/event-stream`). A browser that loses
    /// the stream asks again after two seconds.
    pub(crate) fn event(&self) -> Bytes {
        // Texts and numbers alone: they always are JSON, and of one line.
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("retry: 2000\ndata: {json}\n\n").into()
    }
}

impl Figures {
    fn of(live: &Live, history: &History, now: &Reading) -> Self {
        let percentile = |percent| now.percentile(percent, history.oldest()).map(time);
        let none = || "–".to_owned();
        let rate = history.per_second().last().copied().unwrap_or(0);
        let (hits, cache) = cached(live.stack.cache().stats());
        let compression = live.stack.compressed();
        let saved = compression.bytes_in.saturating_sub(compression.bytes_out);
        let trips = live.observed.trips.tally();
        let (blocking, panics) = (live.stack.blocking().total(), live.budget.total());
        let last = live.observed.panics.last();
        Self {
            requests: number(now.requests()),
            rate: number(rate),
            failed: number(now.failed),
            median: percentile(50).unwrap_or_else(none),
            p99: percentile(99).unwrap_or_else(none),
            hits,
            cache,
            saved: bytes(saved),
            compressed: format!(
                "{} became {}",
                bytes(compression.bytes_in),
                bytes(compression.bytes_out)
            ),
            sessions: number(trips.started),
            trips: format!(
                "{} to the store, {} failed",
                counted(trips.trips, "trip"),
                number(trips.failed)
            ),
            blocking: number(blocking),
            panics: number(panics),
            last_panic: last.unwrap_or_else(|| "none so far".to_owned()),
            news: news(panics, blocking),
        }
    }
}

/// The share of requests that the cache answered, and the numbers behind it.
fn cached(stats: cache::Stats) -> (String, String) {
    let answered = stats.hits + stats.stale + stats.coalesced;
    // What may never be stored is a miss each time, and says nothing of the cache.
    let asked = answered + stats.stored;
    let share = match asked {
        0 => "–".to_owned(),
        asked => format!("{} %", 100 * answered / asked),
    };
    let numbers = format!(
        "{} from the cache, {} stored",
        number(answered),
        number(stats.stored)
    );
    (share, numbers)
}

fn news(panics: u64, blocking: u64) -> String {
    match (panics, blocking) {
        (0, 0) => "No panic and no blocking call so far.".to_owned(),
        (0, blocking) => format!("{}.", counted(blocking, "blocking call")),
        (panics, 0) => format!("{}.", counted(panics, "panic")),
        (panics, blocking) => {
            format!(
                "{}, {}.",
                counted(panics, "panic"),
                counted(blocking, "blocking call")
            )
        }
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", number(count))
}

/// From left to right, the most at the top.
fn spark(seconds: &[u64]) -> String {
    let most = seconds.iter().copied().max().unwrap_or(0).max(1);
    let points = seconds.iter().enumerate();
    let points = points.map(|(at, &count)| {
        let height = 19.0 - 18.0 * count as f64 / most as f64;
        format!("{at},{height:.1}")
    });
    points.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_second_is_at_the_top_and_an_idle_one_at_the_bottom() {
        assert_eq!(spark(&[0, 5, 10]), "0,19.0 1,10.0 2,1.0");
        assert_eq!(spark(&[0, 0]), "0,19.0 1,19.0");
    }

    #[test]
    fn news_change_only_with_what_went_wrong() {
        assert_eq!(news(0, 0), "No panic and no blocking call so far.");
        assert_eq!(news(1, 2_000), "1 panic, 2,000 blocking calls.");
        assert_eq!(news(0, 1), "1 blocking call.");
    }
}
