//! The lines of the input are those of an `Accept`. Whatever they say, the form
//! of an error has to be the same however it is written.
#![no_main]

use buttress_error::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let lines: Vec<_> = data.split(|&byte| byte == b'\n').collect();
    let form = Format::negotiate(lines.iter().copied());
    assert_asked_for(form, data);
    // A quotation mark that is never closed swallows the rest of its line alone.
    if !data.contains(&b'"') {
        let joined = lines.join(&b',');
        assert_eq!(form, Format::negotiate([&joined[..]]), "lines are a list");
        assert_eq!(form, Format::negotiate([&joined.to_ascii_uppercase()[..]]));
    }
    let noise: &[u8] = b" , ;, text/html;q=2, =\xff;q, */;q=0.1";
    let noisy = lines.iter().copied().chain([noise]);
    assert_eq!(form, Format::negotiate(noisy), "malformed is absent");
});

/// JSON needs no asking.
fn assert_asked_for(form: Format, data: &[u8]) {
    let data = data.to_ascii_lowercase();
    let asked = |token: &str| {
        data.windows(token.len())
            .any(|part| part == token.as_bytes())
    };
    let own = match form {
        Format::Html => "text/html",
        Format::Text => "text/plain",
        _ => return,
    };
    let is_asked = [own, "text/*", "*/*"].into_iter().any(asked);
    assert!(is_asked, "{form:?} was chosen unasked");
}
