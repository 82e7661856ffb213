//! Stands in until the pool of helper-1 is here: to be deleted then.
use super::*;
pub(crate) struct EncoderPool;
pub(crate) struct PooledEncoder(Box<dyn Encoder>);
impl std::ops::Deref for PooledEncoder { type Target = dyn Encoder; fn deref(&self) -> &(dyn Encoder + 'static) { &*self.0 } }
impl std::ops::DerefMut for PooledEncoder { fn deref_mut(&mut self) -> &mut (dyn Encoder + 'static) { &mut *self.0 } }
impl EncoderPool {
    pub(crate) fn new(_idle: usize) -> Self { Self }
    pub(crate) fn stream(self: &std::sync::Arc<Self>, spec: Spec) -> io::Result<PooledEncoder> { Ok(PooledEncoder(fresh(spec.encoding))) }
    pub(crate) fn compress(&self, spec: Spec, input: &[u8], max_len: usize) -> io::Result<Option<bytes::Bytes>> {
        use async_compression::core::util::*;
        let mut e = fresh(spec.encoding);
        let mut out = vec![0; input.len()*2+1000];
        let mut w = WriteBuffer::new_initialized(&mut out);
        let mut i = PartialBuffer::new(input);
        while !i.unwritten().is_empty() { e.encode(&mut i, &mut w)?; }
        while !e.finish(&mut w)? {}
        let v = w.written();
        Ok((v.len() <= max_len).then(|| bytes::Bytes::copy_from_slice(v)))
    }
}
impl<T: EncodeV2 + Send> Encoder for T { fn reset(&mut self) -> io::Result<()> { Ok(()) } }
fn fresh(e: Encoding) -> Box<dyn Encoder> {
    use async_compression::codecs::*;
    match e {
        Encoding::Gzip => Box::new(GzipEncoder::new(async_compression::codecs::flate::params::FlateEncoderParams::from(async_compression::Level::Default))),
        Encoding::Zstd => Box::new(ZstdEncoder::new(3)),
        Encoding::Br => Box::new(BrotliEncoder::new(Default::default())),
        _ => Box::new(ZlibEncoder::new(async_compression::codecs::flate::params::FlateEncoderParams::from(async_compression::Level::Default))),
    }
}
pub(crate) fn one_shot_limit(_e: Encoding) -> usize { 128*1024 }
pub(crate) fn clamp_level(_e: Encoding, l: i32) -> i32 { l }
pub(crate) fn default_level(_e: Encoding) -> i32 { 3 }
pub(crate) fn fast_level(_e: Encoding) -> i32 { 1 }
