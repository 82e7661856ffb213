use super::prose::Vocabulary;
use std::fmt::Write;

/// A page of a shop: head, menu, cards with pictures and prose, footer; cut to
/// exactly `bytes`.
pub fn html(bytes: usize) -> Vec<u8> {
    let mut words = Vocabulary::new(11);
    let mut text = head(&mut words);
    while text.len() < bytes {
        match words.random().below(8) {
            0 => article(&mut text, &mut words),
            _ => card(&mut text, &mut words),
        }
    }
    text.truncate(bytes);
    text.into_bytes()
}

fn head(words: &mut Vocabulary) -> String {
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n  <meta charset=\"utf-8\">\n  \
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n  \
         <title>{}</title>\n  <link rel=\"stylesheet\" href=\"/static/css/site.4f2a91c0.css\">\n  \
         <script src=\"/static/js/app.b81d77e3.js\" defer></script>\n</head>\n<body class=\"bg-white text-gray-900\">\n  \
         <nav class=\"menu\" aria-label=\"Main\">\n    <ul class=\"menu__list\">\n",
        words.title(4)
    );
    for _ in 0..12 {
        let (slug, title) = (words.slug(1), words.title(1));
        let _ = writeln!(
            text,
            "      <li class=\"menu__item\"><a class=\"menu__link\" href=\"/c/{slug}\">{title}</a></li>"
        );
    }
    text + "    </ul>\n  </nav>\n  <main id=\"content\" class=\"grid grid--wide\">\n"
}

fn card(text: &mut String, words: &mut Vocabulary) {
    let (id, picture) = (words.random().below(1 << 20), words.random().below(1 << 30));
    let (euros, cents) = (words.random().below(400), words.random().below(100));
    let (stars, votes) = (words.random().below(50), words.random().below(900));
    let stock = words
        .random()
        .one_of(&["In stock", "Few left", "Sold out", "Ships in 3 days"]);
    let (slug, title, lead) = (words.slug(3), words.title(3), words.sentence());
    let _ = write!(
        text,
        "    <div class=\"card card--product\" data-id=\"{id}\">\n      <a class=\"card__link\" href=\"/p/{id}/{slug}\">\n        \
         <img class=\"card__image\" src=\"/img/{picture:08x}-320.webp\" srcset=\"/img/{picture:08x}-640.webp 2x\" alt=\"{title}\" width=\"320\" height=\"240\" loading=\"lazy\">\n        \
         <h3 class=\"card__title\">{title}</h3>\n      </a>\n      <p class=\"card__text\">{lead}</p>\n      \
         <div class=\"card__row\"><span class=\"price\">€ {euros}.{cents:02}</span> <span class=\"stars\" title=\"{}.{} of 5\">({votes})</span> <span class=\"stock\">{stock}</span></div>\n      \
         <button type=\"button\" class=\"button button--primary\" data-action=\"add\" data-id=\"{id}\">Add to basket</button>\n    </div>\n",
        stars / 10,
        stars % 10,
    );
}

fn article(text: &mut String, words: &mut Vocabulary) {
    let _ = write!(
        text,
        "    <article class=\"story\">\n      <h2 class=\"story__title\">{}</h2>\n      \
         <p class=\"story__meta\">By <a href=\"/people/{}\" rel=\"author\">{}</a>, <time datetime=\"2026-{:02}-{:02}\">{} min</time></p>\n",
        words.title(6),
        words.slug(2),
        words.title(2),
        1 + words.random().below(12),
        1 + words.random().below(28),
        2 + words.random().below(12),
    );
    for _ in 0..2 + words.random().below(3) {
        text.push_str("      <p>");
        for _ in 0..3 + words.random().below(5) {
            text.push_str(&words.sentence());
        }
        text.push_str("</p>\n");
    }
    text.push_str("    </article>\n");
}
