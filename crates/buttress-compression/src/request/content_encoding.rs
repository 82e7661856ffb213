use super::accepted::Accepted;
use crate::Encoding;
use http::{HeaderMap, header::CONTENT_ENCODING};

/// A coding that is not accepted, or more of them than are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsupported;

/// The codings of a body in the order in which they were applied (RFC 9110
/// §8.4), over all lines of the field. `identity` and empty members say
/// nothing and are left out, so an empty answer (which does not allocate)
/// means that there is nothing to decode.
pub(super) fn parse(
    headers: &HeaderMap,
    accepted: Accepted,
    max_codings: usize,
) -> Result<Vec<Encoding>, Unsupported> {
    let mut codings = Vec::new();
    let members = headers
        .get_all(CONTENT_ENCODING)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|member| !member.is_empty());
    for member in members {
        match Encoding::from_token(member) {
            Some(Encoding::Identity) => {}
            Some(coding) if accepted.contains(coding) && codings.len() < max_codings => {
                codings.push(coding);
            }
            _ => return Err(Unsupported),
        }
    }
    Ok(codings)
}

#[cfg(all(test, feature = "gzip", feature = "br"))]
mod tests {
    use super::{Unsupported, parse};
    use crate::{Encoding, request::accepted::Accepted};
    use http::{HeaderMap, HeaderValue, header::CONTENT_ENCODING};

    fn codings(lines: &[&'static str]) -> Result<Vec<Encoding>, Unsupported> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CONTENT_ENCODING, HeaderValue::from_static(line));
        }
        parse(&headers, Accepted::new([Encoding::Gzip, Encoding::Br]), 2)
    }

    #[test]
    fn lines_and_members_are_one_list_in_order() {
        let both = Ok(vec![Encoding::Gzip, Encoding::Br]);
        assert_eq!(codings(&["gzip, br"]), both);
        assert_eq!(codings(&["gzip", "br"]), both);
        assert_eq!(codings(&[" X-GZIP\t,, identity", "", ", BR ,"]), both);
    }

    #[test]
    fn nothing_to_decode_is_an_empty_list() {
        for lines in [&[][..], &[""], &["identity"], &["Identity, ,", "identity"]] {
            assert_eq!(codings(lines), Ok(Vec::new()));
        }
    }

    #[test]
    fn what_is_unknown_or_too_much_is_unsupported() {
        for line in [
            "gzip, br, gzip",
            "zstd",
            "gzip;q=1",
            "gz ip",
            "*",
            "gzip/br",
        ] {
            assert_eq!(codings(&[line]), Err(Unsupported), "{line}");
        }
    }
}
