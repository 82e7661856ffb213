//! How fields become names of variables, and which name was meant.

/// What stands between the levels of a name.
pub(crate) const NEST: &str = "__";

/// The variable of `field` in the struct that `parent` stands for; the prefix
/// stands for the outermost.
pub(crate) fn child(parent: &str, is_root: bool, field: &str) -> String {
    let mut name = String::with_capacity(parent.len() + NEST.len() + field.len());
    name.push_str(parent);
    name.push_str(if is_root { "_" } else { NEST });
    push_segment(&mut name, field);
    name
}

/// `maxSize`, `max-size` and `max_size` are all `MAX_SIZE`.
pub(crate) fn push_segment(name: &mut String, field: &str) {
    let mut after_lower = false;
    for c in field.chars() {
        if c.is_ascii_uppercase() && after_lower {
            name.push('_');
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        name.push(match c {
            '-' | '.' | ' ' => '_',
            c => c.to_ascii_uppercase(),
        });
    }
}

/// The one of `known` that a person who wrote `name` most likely meant.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Names are short: two slips, or three in a long one, are a typo; more are
    // another word.
    let most = if name.len() < 20 { 2 } else { 3 };
    known
        .into_iter()
        .filter(|known| known.len().abs_diff(name.len()) <= most)
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_any_case_become_upper_case_with_underscores() {
        assert_eq!(child("APP", true, "max_size"), "APP_MAX_SIZE");
        assert_eq!(child("APP_DB", false, "maxSize"), "APP_DB__MAX_SIZE");
        assert_eq!(child("APP", true, "max-size"), "APP_MAX_SIZE");
        assert_eq!(child("APP", true, "MaxSize"), "APP_MAX_SIZE");
    }

    #[test]
    fn the_nearest_name_is_meant_and_a_far_one_is_not() {
        let known = ["APP_PORT", "APP_HOST", "APP_DB__URL"];
        assert_eq!(did_you_mean("APP_PROT", known), Some("APP_PORT"));
        assert_eq!(did_you_mean("APP_DB_URL", known), Some("APP_DB__URL"));
        assert_eq!(did_you_mean("APP_COLOUR", known), None);
    }
}
