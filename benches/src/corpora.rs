//! Bodies to compress.

mod css;
mod html;
mod json;
mod prose;

pub use css::css;
pub use html::html;
pub use json::json;

/// `bytes` of one kilobyte of JSON over and over.
pub fn repetitive_json(bytes: usize) -> Vec<u8> {
    json(1 << 10).into_iter().cycle().take(bytes).collect()
}

/// So many items of a list in HTML, each of 94 bytes and much like the others.
pub fn list(items: usize) -> Vec<u8> {
    let item = |id: usize| {
        format!(
            "<li class=\"entry\" id=\"entry-{id:05}\"><a href=\"/entries/{id:05}\">Entry of number {id:05}</a></li>\n   "
        )
    };
    (0..items).map(item).collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_the_size_asked_for() {
        assert_eq!(json(512).len(), 512);
        assert_eq!(json(2 << 20).len(), 2 << 20);
        assert_eq!(html(68 << 10).len(), 68 << 10);
        assert_eq!(css(70 << 10).len(), 70 << 10);
        assert_eq!(list(1000).len(), 94_000);
    }
}
