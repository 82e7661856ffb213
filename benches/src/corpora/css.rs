use super::prose::{Random, Vocabulary};
use std::fmt::Write;

/// A style sheet, not minified, cut to exactly `bytes`.
pub fn css(bytes: usize) -> Vec<u8> {
    let mut words = Vocabulary::new(12);
    let mut text =
        String::from("@charset \"utf-8\";\n:root {\n  --space: 8px;\n  --radius: 4px;\n}\n\n");
    let blocks: Vec<_> = (0..BLOCKS).map(|_| words.slug(1)).collect();
    // Elements are called the same in many blocks: title, item, icon.
    let elements: Vec<_> = (0..BLOCKS).map(|_| words.slug(1)).collect();
    let random = words.random();
    while text.len() < bytes {
        let block = &blocks[random.below(BLOCKS)];
        let in_media = random.below(6) == 0;
        if in_media {
            let width = random.one_of(&["480px", "768px", "1024px", "1280px"]);
            let _ = writeln!(text, "@media (min-width: {width}) {{");
        }
        for _ in 0..1 + random.below(4) {
            let element = &elements[random.below(BLOCKS)];
            let indent = if in_media { "  " } else { "" };
            rule(&mut text, indent, &selector(block, element, random), random);
        }
        if in_media {
            text.push_str("}\n\n");
        }
    }
    text.truncate(bytes);
    text.into_bytes()
}

const BLOCKS: usize = 40;

fn selector(block: &str, element: &str, random: &mut Random) -> String {
    match random.below(7) {
        0 => format!(".{block}"),
        1 => format!(".{block}:hover, .{block}:focus-visible"),
        2 => format!(".{block}--{element}"),
        3 => format!(".{block} > .{block}__{element}"),
        4 => format!(".theme-dark .{block} .{block}__{element}"),
        5 => format!(".{block}__{element}::before, .{block}__{element}::after"),
        _ => format!(".{block}__{element}"),
    }
}

fn rule(text: &mut String, indent: &str, selector: &str, random: &mut Random) {
    let _ = writeln!(text, "{indent}{selector} {{");
    if random.below(3) > 0 {
        for line in random.one_of(&GROUPS).split("; ") {
            let _ = writeln!(text, "{indent}  {line};");
        }
    }
    for _ in 0..1 + random.below(4) {
        let _ = writeln!(text, "{indent}  {};", declaration(random));
    }
    let _ = writeln!(text, "{indent}}}\n");
}

/// What stands together again and again in real style sheets.
const GROUPS: [&str; 12] = [
    "display: flex; flex-direction: row; align-items: center; justify-content: space-between",
    "display: flex; flex-direction: column; gap: var(--space)",
    "position: absolute; top: 0; right: 0; bottom: 0; left: 0",
    "margin: 0; padding: 0; list-style: none",
    "overflow: hidden; text-overflow: ellipsis; white-space: nowrap",
    "width: 100%; height: auto; vertical-align: middle; border-style: none",
    "font-family: var(--font-sans); font-weight: 600; line-height: 1.25",
    "color: inherit; text-decoration: none; background-color: transparent",
    "border: 1px solid var(--line); border-radius: var(--radius)",
    "-webkit-appearance: none; -moz-appearance: none; appearance: none",
    "-webkit-user-select: none; -moz-user-select: none; user-select: none; cursor: pointer",
    "outline: 2px solid var(--brand); outline-offset: 2px",
];

fn declaration(random: &mut Random) -> String {
    let property = random.one_of(&[
        "margin",
        "padding",
        "color",
        "background-color",
        "border",
        "display",
        "font-size",
        "line-height",
        "width",
        "max-width",
        "flex",
        "gap",
        "position",
        "transition",
        "box-shadow",
        "border-radius",
        "opacity",
        "z-index",
        "align-items",
        "text-decoration",
    ]);
    let value = match property {
        "margin" | "padding" => format!("{} {}", length(random), length(random)),
        "color" | "background-color" => colour(random),
        "border" => format!("1px solid {}", colour(random)),
        "display" => random
            .one_of(&["flex", "block", "none", "inline-block", "grid"])
            .to_owned(),
        "line-height" => format!("1.{}", random.below(9)),
        "max-width" | "width" => random
            .one_of(&["100%", "50%", "auto", "72rem", "33.3333%"])
            .to_owned(),
        "flex" => format!("{} {} auto", random.below(2), random.below(2)),
        "position" => random
            .one_of(&["relative", "absolute", "sticky", "fixed"])
            .to_owned(),
        "transition" => format!("opacity .{}s ease-in-out", 1 + random.below(5)),
        "box-shadow" => format!(
            "0 {} {} rgba(0, 0, 0, .{})",
            length(random),
            length(random),
            random.below(40)
        ),
        "border-radius" => "var(--radius)".to_owned(),
        "opacity" => format!(".{}", 1 + random.below(99)),
        "z-index" => (10 * random.below(100)).to_string(),
        "align-items" => random
            .one_of(&["center", "flex-start", "baseline", "stretch"])
            .to_owned(),
        "text-decoration" => random.one_of(&["none", "underline"]).to_owned(),
        _ => length(random),
    };
    format!("{property}: {value}")
}

fn length(random: &mut Random) -> String {
    match random.below(4) {
        0 => "0".to_owned(),
        1 => "var(--space)".to_owned(),
        2 => format!("{}px", 1 + random.below(64)),
        _ => format!("{}.{}rem", random.below(4), 25 * random.below(4)),
    }
}

fn colour(random: &mut Random) -> String {
    match random.below(3) {
        0 => random
            .one_of(&["#fff", "#000", "inherit", "transparent", "var(--brand)"])
            .to_owned(),
        _ => format!("#{:06x}", random.below(1 << 24)),
    }
}
