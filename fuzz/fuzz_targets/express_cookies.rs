//! The input is the value of a cookie that claims to be express-session's. Whatever
//! is taken for genuine was signed by us, and comes out as it went in.
#![no_main]

use buttress_session::{Id, IdFormat};
use buttress_session_redis::ExpressIds;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static IDS: LazyLock<ExpressIds> = LazyLock::new(|| ExpressIds::new("new").accept("old"));

fuzz_target!(|data: &[u8]| {
    assert!(IDS.decode("connect.sid", data).is_none(), "nobody knows the secret");
    let Some(id) = std::str::from_utf8(data).ok().and_then(Id::foreign) else {
        return;
    };
    let value = IDS.encode("connect.sid", &id);
    let decoded = IDS.decode("connect.sid", value.as_bytes());
    assert_eq!(decoded.map(|it| (it.id, it.is_stale)), Some((id, false)));
});
