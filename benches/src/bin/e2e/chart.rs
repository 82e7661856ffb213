//! The ratios as a picture: plain SVG, on a ground of its own, so that it reads
//! the same on a light page and on a dark one.

use buttress_benches::table::times;
use std::fmt::Write;

/// A route, and what others serve with a second of CPU where axum serves 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) ours: f64,
    pub(crate) express: f64,
}

const WIDTH: f64 = 840.0;
/// Where the bars begin and end.
const LEFT: f64 = 170.0;
const RIGHT: f64 = 780.0;
const TOP: f64 = 92.0;
const GROUP: f64 = 52.0;
const BAR: f64 = 13.0;

const STYLE: &str = "\
    .ground{fill:#ffffff;stroke:#d0d7de}.text{fill:#1f2328}.quiet{fill:#59636e}\
    .line{stroke:#d0d7de}.ours{fill:#1a7f37}.axum{fill:#8c959f}.express{fill:#bf8700}\
    @media (prefers-color-scheme: dark){\
    .ground{fill:#0d1117;stroke:#3d444d}.text{fill:#f0f6fc}.quiet{fill:#9198a1}\
    .line{stroke:#3d444d}.ours{fill:#3fb950}.axum{fill:#7d8590}.express{fill:#d29922}}\
    text{font:14px system-ui,sans-serif}.title{font-size:17px;font-weight:600}";

/// Draws it.
pub(crate) fn draw(groups: &[Group]) -> String {
    let height = TOP + GROUP * groups.len() as f64 + 24.0;
    let longest = groups
        .iter()
        .flat_map(|group| [group.ours, group.express, 1.0]);
    let scale = (RIGHT - LEFT) / longest.fold(1.0, f64::max);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"title\">\n\
         <title id=\"title\">Requests for each second of CPU, where axum with tower-http serves 1</title>\n\
         <style>{STYLE}</style>\n\
         <rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n",
        WIDTH - 1.0,
        height - 1.0,
    );
    text(
        &mut svg,
        "text title",
        20.0,
        32.0,
        "Requests for each second of CPU, axum with tower-http = 1",
    );
    legend(&mut svg);
    for (index, group) in groups.iter().enumerate() {
        let top = TOP + GROUP * index as f64;
        text(&mut svg, "text", 20.0, top + 1.5 * BAR + 6.0, group.name);
        let bars = [
            ("ours", group.ours),
            ("axum", 1.0),
            ("express", group.express),
        ];
        for (place, (class, value)) in bars.into_iter().enumerate() {
            bar(
                &mut svg,
                class,
                top + (BAR + 1.0) * place as f64,
                value,
                scale,
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn legend(svg: &mut String) {
    let entries = [
        ("ours", "buttress", 20.0),
        ("axum", "axum, tower-http, tower-sessions", 120.0),
        ("express", "Express on node", 390.0),
    ];
    for (class, name, x) in entries {
        rect(svg, class, x, 52.0, 13.0);
        text(svg, "quiet", x + 20.0, 63.0, name);
    }
}

fn bar(svg: &mut String, class: &str, y: f64, value: f64, scale: f64) {
    let length = (value * scale).max(1.0);
    rect(svg, class, LEFT, y, length);
    text(svg, "quiet", LEFT + length + 6.0, y + 11.5, &times(value));
}

fn rect(svg: &mut String, class: &str, x: f64, y: f64, width: f64) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\"/>"
    );
}

/// None of what is written here has a letter to escape.
fn text(svg: &mut String, class: &str, x: f64, y: f64, text: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
    );
}
