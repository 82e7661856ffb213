//! What is not wrong, and yet may surprise.

use buttress_env::Env;
use serde::Deserialize;
use tempfile::TempDir;

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Config {
    port: Option<u16>,
}

fn folder(file: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let content = "APP_ENV=development\nAPP_PORT=80\n";
    std::fs::write(folder.path().join(file), content).unwrap();
    folder
}

fn env(folder: &TempDir, variables: &[(&'static str, &'static str)]) -> Env {
    Env::prefix("APP")
        .variables(variables.iter().copied())
        .dotenv_directory(folder.path())
}

#[test]
fn a_dotenv_that_is_not_read_is_said_to_be_there() {
    for (file, variables) in [
        (".env", &[][..]),
        (".env", &[("APP_ENV", "test")]),
        (".env.production", &[("APP_ENV", "production")]),
    ] {
        let folder = folder(file);
        let config = env(&folder, variables).load::<Config>().unwrap();
        assert_eq!(config.port, None);
        let note = config.note().unwrap();
        let environment = config.environment();
        assert!(note.contains(&format!(
            "{file} is not read, since the environment is {environment}"
        )));
        assert!(
            note.contains("APP_ENV=development in the process environment"),
            "{note}"
        );
        let table = config.table().to_string();
        assert!(table.ends_with(&format!("\nnote: {note}")), "{table}");
    }
}

#[test]
fn an_error_says_so_too_in_a_line_of_its_own() {
    let folder = folder(".env");
    let error = env(&folder, &[("APP_PORT", "x"), ("APP_PRT", "1")])
        .load::<Config>()
        .unwrap_err();
    assert_eq!(error.problems().len(), 2);
    let text = error.to_string();
    assert_eq!(text.lines().count(), 3, "{text}");
    let last = text.lines().last().unwrap();
    assert_eq!(last.strip_prefix("note: "), error.note());
}

#[test]
fn nothing_is_said_where_it_is_read_or_not_there_or_not_wanted() {
    let with = folder(".env");
    let read = env(&with, &[("APP_ENV", "development")]).load::<Config>();
    let read = read.unwrap();
    assert_eq!((read.port, read.note()), (Some(80), None));
    let off = env(&with, &[]).dotenv(false).load::<Config>().unwrap();
    assert_eq!(off.note(), None);
    let without = tempfile::tempdir().unwrap();
    assert_eq!(env(&without, &[]).load::<Config>().unwrap().note(), None);
    // With a bad word nobody knows what is to be read.
    let error = env(&with, &[("APP_ENV", "dev")])
        .load::<Config>()
        .unwrap_err();
    assert_eq!(error.note(), None);
}
