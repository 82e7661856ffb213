//! Bodies to compress: the same in every run, and much like real ones.

use std::fmt::Write;

const WORDS: [&str; 32] = [
    "account", "answer", "backend", "balance", "button", "change", "client", "commit", "country",
    "default", "deliver", "device", "engine", "failure", "filter", "forward", "garden", "header",
    "invoice", "journal", "kernel", "letter", "market", "network", "order", "payment", "quarter",
    "release", "session", "ticket", "update", "window",
];

/// A JSON array of `items` users, each about 100 bytes.
#[must_use]
pub fn json(items: usize) -> Vec<u8> {
    let mut random = Random::new(1);
    let mut text = String::from("[");
    for id in 0..items {
        let comma = if id == 0 { "" } else { "," };
        let (first, last, tag) = (random.word(), random.word(), random.word());
        let (score, active) = (random.below(100_000), random.below(2) == 0);
        let _ = write!(
            text,
            r#"{comma}{{"id":{id},"name":"{first} {last}","email":"{first}.{last}@example.org","score":{}.{:02},"active":{active},"tag":"{tag}"}}"#,
            score / 100,
            score % 100,
        );
    }
    text.push(']');
    text.into_bytes()
}

/// An HTML page of `bytes` or a little more: navigation, cards and prose.
#[must_use]
pub fn html(bytes: usize) -> Vec<u8> {
    let mut random = Random::new(2);
    let mut text = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Orders</title>\
         <link rel=\"stylesheet\" href=\"/assets/site.css\"></head>\n<body><main class=\"grid\">\n",
    );
    for id in 0.. {
        let _ = write!(
            text,
            "<article class=\"card\" id=\"card-{id}\"><h2><a href=\"/{}/{}\">{} {}</a></h2><p>",
            random.word(),
            random.below(1_000_000),
            random.word(),
            random.word(),
        );
        for _ in 0..20 + random.below(20) {
            let _ = write!(text, "{} ", random.word());
        }
        let _ = writeln!(text, "{}.</p></article>", random.word());
        if text.len() >= bytes {
            break;
        }
    }
    text.push_str("</main></body></html>\n");
    text.into_bytes()
}

/// `bytes` zeros: what compresses best.
#[must_use]
pub fn zeros(bytes: usize) -> Vec<u8> {
    vec![0; bytes]
}

/// `bytes` that no codec makes smaller, the same for the same `seed`.
#[must_use]
pub fn random(bytes: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let words = std::iter::repeat_with(|| random.next().to_le_bytes());
    words.flatten().take(bytes).collect()
}

/// SplitMix64: enough for data, and the same on every platform.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn word(&mut self) -> &'static str {
        // The high bits pick one of the 32 words.
        WORDS[(self.next() >> 59) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_about_100_bytes_an_item() {
        for items in [10, 300, 3000] {
            let per_item = json(items).len() / items;
            assert!((85..=120).contains(&per_item), "{per_item} bytes an item");
        }
        assert_eq!(json(0), b"[]");
    }

    #[test]
    fn html_has_the_size_asked_for_or_a_little_more() {
        let len = html(60 << 10).len();
        assert!((60 << 10..61 << 10).contains(&len), "{len}");
    }

    #[test]
    fn random_depends_on_the_seed_alone() {
        assert_eq!(random(1001, 7), random(1001, 7));
        assert_ne!(random(1001, 7), random(1001, 8));
        assert_eq!(random(1001, 7).len(), 1001);
    }
}
