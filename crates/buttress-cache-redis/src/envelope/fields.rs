use super::{reader::Reader, writer::Writer};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Each line of a field stands for itself, in its order.
pub(super) fn write(to: &mut Writer, fields: &HeaderMap) -> Option<()> {
    to.list(fields.iter(), |to, (name, value)| {
        to.text(name.as_str().as_bytes())?;
        to.text(value.as_bytes())?;
        to.byte(value.is_sensitive().into());
        Some(())
    })
}

pub(super) fn read(from: &mut Reader<'_>) -> Option<HeaderMap> {
    let lines = from.list(|from| {
        let name = HeaderName::from_bytes(from.text()?).ok()?;
        let mut value = HeaderValue::from_bytes(from.text()?).ok()?;
        value.set_sensitive(from.flag()?);
        Some((name, value))
    })?;
    let mut fields = HeaderMap::try_with_capacity(lines.len()).ok()?;
    for (name, value) in lines {
        fields.try_append(name, value).ok()?;
    }
    Some(fields)
}
