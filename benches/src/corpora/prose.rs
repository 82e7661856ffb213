//! Words in the proportions of a natural language.

/// SplitMix64: enough for data, and the same on every machine.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 16) as usize % limit
    }

    pub(super) fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// A vocabulary made of syllables.
pub(super) struct Vocabulary {
    words: Vec<String>,
    random: Random,
}

const WORDS: usize = 2000;
const ONSETS: [&str; 16] = [
    "b", "c", "d", "f", "gr", "h", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v",
];
const CENTRES: [&str; 8] = ["a", "e", "i", "o", "u", "ea", "io", "ou"];
const CODAS: [&str; 12] = ["", "", "", "n", "r", "s", "t", "l", "nd", "ng", "ck", "m"];

impl Vocabulary {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let words = (0..WORDS).map(|rank| {
            // Frequent words are short.
            let syllables = 1 + random.below(2) + usize::from(rank > 60) + random.below(2);
            let syllables = if rank < 30 { 1 } else { syllables };
            (0..syllables)
                .map(|_| {
                    let (onset, centre) = (random.one_of(&ONSETS), random.one_of(&CENTRES));
                    format!("{onset}{centre}{}", random.one_of(&CODAS))
                })
                .collect()
        });
        Self {
            words: words.collect(),
            random,
        }
    }

    /// Zipf's law: the word of rank n about 1/n as often as the first.
    pub(super) fn word(&mut self) -> &str {
        let uniform = self.random.below(1 << 20) as f64 / f64::from(1 << 20);
        let rank = (WORDS as f64).powf(uniform) - 1.0;
        &self.words[(rank as usize).min(WORDS - 1)]
    }

    pub(super) fn title(&mut self, words: usize) -> String {
        let words: Vec<_> = (0..words)
            .map(|_| {
                let word = self.word();
                word[..1].to_uppercase() + &word[1..]
            })
            .collect();
        words.join(" ")
    }

    pub(super) fn slug(&mut self, words: usize) -> String {
        self.title(words).to_lowercase().replace(' ', "-")
    }

    pub(super) fn sentence(&mut self) -> String {
        let words = 6 + self.random.below(14);
        let mut text = self.title(1);
        for word in 1..words {
            let comma = if word % 7 == 6 { "," } else { "" };
            text = format!("{text}{comma} {}", self.word());
        }
        text + ". "
    }

    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.random
    }
}
