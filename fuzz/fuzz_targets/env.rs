//! The input is a `.env`, and the process environment too, line by line. Whatever
//! it says, reading it ends, twice in the same, and what is shown has no secret.
#![no_main]

use buttress_env::{ByteSize, Env, Secret};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use std::{
    collections::BTreeMap, ffi::OsString, fs, os::unix::ffi::OsStringExt, path::PathBuf,
    sync::LazyLock, time::Duration,
};

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Config {
    key: Option<Secret<String>>,
    keys: Option<Vec<Secret<String>>>,
    number: Option<i64>,
    time: Option<Duration>,
    size: Option<ByteSize>,
    address: Option<std::net::SocketAddr>,
    map: Option<BTreeMap<String, Vec<u8>>>,
    one: Option<One>,
    #[serde(alias = "other")]
    two: Option<(char, bool)>,
    tree: Option<Box<Config>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code)]
enum One {
    UnitLike,
    New(u8),
    Pair(u8, f32),
    Fields { a: String, b: Option<Box<One>> },
}

/// Of this process.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("fuzz-env-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the folder for files can be made");
    folder
});

fuzz_target!(|data: &[u8]| {
    fs::write(FOLDER.join(".env"), data).expect("a file can be written");
    let lines = data.split(|&byte| byte == b'\n');
    let pairs = lines.filter_map(|line| {
        let at = line.iter().position(|&byte| byte == b'=')?;
        let name = &line[..at];
        // Any file of this machine could be named.
        (!name.ends_with(b"_FILE")).then(|| (os(name), os(&line[at + 1..])))
    });
    let file = Env::prefix("APP").variables([("APP_ENV", "development")]);
    let file = file.dotenv_directory(FOLDER.as_path());
    let process = Env::prefix("APP")
        .variables(pairs.collect::<Vec<_>>())
        .dotenv(false);
    if !data.windows(5).any(|part| part == b"_FILE") {
        check(&file, data);
    }
    check(&process, data);
});

fn check(env: &Env, data: &[u8]) {
    let loaded = env.load::<Config>();
    let shown = match &loaded {
        Ok(config) => config.table().to_string(),
        Err(error) => {
            assert!(!error.problems().is_empty());
            error.to_string()
        }
    };
    if let Some(secret) = loaded.iter().find_map(|config| config.key.as_ref()) {
        // What stands there once stands nowhere else but in the secret.
        let secret = secret.expose();
        let found = data
            .windows(secret.len())
            .filter(|part| *part == secret.as_bytes());
        assert!(
            secret.len() < 9 || found.count() != 1 || !shown.contains(secret),
            "{shown}"
        );
    }
    let again = match env.load::<Config>() {
        Ok(config) => config.table().to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!(shown, again);
}

fn os(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}
