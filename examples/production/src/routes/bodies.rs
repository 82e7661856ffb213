//! Bodies that are complete in memory: text, and JSON of a size to choose.

use super::Router;
use axum::Json;
use axum::extract::Query;
use axum::routing::get;
use buttress::error::Error;
use serde::{Deserialize, Serialize};

/// At about a hundred bytes an item, 10 MB.
const MOST_ITEMS: usize = 100_000;

pub(crate) fn router() -> Router {
    Router::new()
        .route("/plain", get(async || "Hello, World!"))
        .route("/json", get(json))
}

#[derive(Deserialize)]
struct Count {
    #[serde(default = "ten")]
    n: usize,
}

fn ten() -> usize {
    10
}

async fn json(Query(Count { n }): Query<Count>) -> Result<Json<Vec<Item>>, Error> {
    if n > MOST_ITEMS {
        return Err(Error::bad_request(format!("n is at most {MOST_ITEMS}")));
    }
    Ok(Json((1..=n).map(Item::numbered).collect()))
}

#[derive(Serialize)]
pub(super) struct Item {
    id: usize,
    name: String,
    email: String,
    score: f64,
    active: bool,
    tag: &'static str,
}

impl Item {
    /// The same number gives the same item, always, so that bodies can be
    /// compared across runs.
    pub(super) fn numbered(id: usize) -> Self {
        const FIRST: [&str; 12] = [
            "Ann", "Bashir", "Chidi", "Dagny", "Emeka", "Fumiko", "Goran", "Hana", "Ivo", "Jamila",
            "Kofi", "Lucia",
        ];
        const LAST: [&str; 11] = [
            "Archer",
            "Baker",
            "Castellan",
            "Dyer",
            "Eriksen",
            "Fletcher",
            "Glover",
            "Hooper",
            "Ivanova",
            "Joiner",
            "Kumar",
        ];
        const TAGS: [&str; 7] = [
            "amber", "basil", "coral", "denim", "ebony", "flint", "grape",
        ];

        // Fibonacci hashing: neighbouring numbers land far apart.
        let mixed = (id as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let pick = |shift: u32, len: usize| (mixed >> shift) as usize % len;
        let (first, last) = (FIRST[pick(60, 12)], LAST[pick(50, 11)]);
        Self {
            id,
            name: format!("{first} {last}"),
            email: format!("{}{id}@example.org", first.to_lowercase()),
            // An odd number of hundredths is never whole, so that JavaScript, which
            // writes 12 for 12.0, makes the same bytes of an item.
            score: (2 * pick(40, 5_000) + 1) as f64 / 100.0,
            active: pick(30, 3) != 0,
            tag: TAGS[pick(20, 7)],
        }
    }
}
