//! The names of records in Redis.

use buttress_session::StoreKey;

/// `PREFIX{FAMILY}.DIGEST`: Redis Cluster puts all names with the same text in
/// braces onto one node, and a session keeps its family when its id changes.
pub(crate) fn name(prefix: &str, key: &StoreKey) -> String {
    let text = key.to_string();
    match key.family() {
        Some(family) => format!("{prefix}{{{family}}}{}", &text[family.len()..]),
        None => format!("{prefix}{text}"),
    }
}

/// The key of a name, if it is the one of a session under this prefix.
pub(crate) fn parse(prefix: &str, name: &str) -> Option<StoreKey> {
    let rest = name.strip_prefix(prefix)?;
    match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((family, digest)) => StoreKey::parse(&format!("{family}{digest}")),
        None => Some(StoreKey::raw(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_its_key() {
        for key in [StoreKey::hashed(b"secret"), StoreKey::raw("id")] {
            let name = name("sid:", &key);
            assert_eq!(parse("sid:", &name), Some(key));
            assert_eq!(parse("other:", &name), None);
        }
    }

    #[test]
    fn the_family_is_the_hash_tag() {
        let key = StoreKey::hashed(b"secret");
        let family = key.family().unwrap();
        assert!(name("sid:", &key).starts_with(&format!("sid:{{{family}}}.")));
    }
}
