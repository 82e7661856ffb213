//! Any bytes give a head or nothing. A head that was read can be written, and is
//! then read as the same.
#![no_main]

use buttress_cache_redis::envelope::Record;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(read) = Record::decode(data) else {
        return;
    };
    assert!(data.len() <= 256 << 10);
    let written = read.encode().expect("what was read is small enough");
    let again = Record::decode(&written).expect("what was written is read");
    assert_eq!(again.encode().as_ref(), Some(&written));
    let body = read.body;
    let entry = read.with_body(body.id, Bytes::from_static(b"body"));
    assert_eq!(entry.is_some(), body.length == 4);
});
