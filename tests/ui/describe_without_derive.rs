//! A configuration without doc comments is asked for them.

use buttress_env::Env;

struct Config;

fn main() {
    let _ = Env::prefix("APP").describe::<Config>();
}
