//! The real environment of the process, as cargo sets it for tests.

use buttress_env::{Env, Origin};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    rust_version: Option<String>,
}

#[test]
fn the_process_environment_is_what_is_read_by_default() {
    let env = Env::prefix("CARGO_PKG").allow_unknown(true);
    let package = env.load::<Package>().unwrap();
    assert_eq!(package.name, "buttress-env");
    assert!(package.rust_version.is_some());
    let (variable, origin) = package.origins().next().unwrap();
    assert_eq!((variable, origin), ("CARGO_PKG_NAME", &Origin::Process));
}
