use super::prose::Vocabulary;
use std::fmt::Write;

/// A list of users as an API gives it; cut to exactly `bytes`.
pub fn json(bytes: usize) -> Vec<u8> {
    let mut words = Vocabulary::new(10);
    let (mut text, mut id) = (String::from("["), 48_211);
    while text.len() < bytes {
        record(&mut text, id, &mut words);
        id += 1 + words.random().below(9);
    }
    text.truncate(bytes);
    text.into_bytes()
}

fn record(text: &mut String, id: usize, words: &mut Vocabulary) {
    let comma = if text.len() == 1 { "" } else { "," };
    let (name, tag, company) = (words.title(2), words.slug(1), words.slug(1));
    let user = name.to_lowercase().replace(' ', ".");
    let random = words.random();
    let score = random.below(100_000);
    let active = random.below(4) > 0;
    let (month, day) = (1 + random.below(12), 1 + random.below(28));
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
    let _ = write!(
        text,
        r#"{comma}{{"id":{id},"name":"{name}","email":"{user}@{company}.example","score":{}.{:02},"active":{active},"tag":"{tag}","created":"2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"}}"#,
        score / 100,
        score % 100,
    );
}
