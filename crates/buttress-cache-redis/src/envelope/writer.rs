/// Puts bytes together; `None` where something is larger than its length can say.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(1024))
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn short(&mut self, number: u16) {
        self.bytes(&number.to_be_bytes());
    }

    pub(super) fn word(&mut self, number: u32) {
        self.bytes(&number.to_be_bytes());
    }

    pub(super) fn long(&mut self, number: u64) {
        self.bytes(&number.to_be_bytes());
    }

    pub(super) fn text(&mut self, bytes: &[u8]) -> Option<()> {
        self.word(u32::try_from(bytes.len()).ok()?);
        self.bytes(bytes);
        Some(())
    }

    pub(super) fn optional<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> Option<()>,
    ) -> Option<()> {
        self.byte(value.is_some().into());
        value.map_or(Some(()), |value| write(self, value))
    }

    pub(super) fn list<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Option<()>,
    ) -> Option<()> {
        let place = self.0.len();
        self.short(0);
        let mut count: u16 = 0;
        for item in items {
            count = count.checked_add(1)?;
            write(self, item)?;
        }
        self.0[place..place + 2].copy_from_slice(&count.to_be_bytes());
        Some(())
    }

    pub(super) fn end(self, most: usize) -> Option<Vec<u8>> {
        (self.0.len() <= most).then_some(self.0)
    }
}
