//! What the start makes of flags and variables.

use crate::app::{App, run};

#[tokio::test]
async fn bad_configuration_ends_with_78_and_the_name_of_what_is_bad() {
    for (name, value) in [("APP_LISTEN", "here"), ("PORT", "http"), ("APP_ENV", "dev")] {
        let ended = run(&[], &[(name, value)]).await;
        assert_eq!(ended.status.code(), Some(78));
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.starts_with(name), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn nine_problems_are_nine_lines_without_a_value() {
    let wrong = [
        ("APP_ENV", "hunter2"),
        ("APP_LISTEN", "hunter2"),
        ("APP_LISTN", "hunter2"),
        ("APP_DRAIN__DEADLINE", "hunter2"),
        ("APP_DRAIN__LINGER", "hunter2"),
        ("APP_PANICS__BUDGET", "hunter2"),
        ("APP_SESSION_SECRET_FILE", "/hunter2"),
        ("APP_PANICS__WINDOW", "hunter2"),
        ("PORT", "hunter2"),
    ];
    let ended = run(&[], &wrong).await;
    assert_eq!(ended.status.code(), Some(78));
    assert_eq!(ended.stdout, "");
    let mut named: Vec<_> = ended
        .stderr
        .lines()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    named.sort_unstable();
    let mut expected = wrong.map(|(name, _)| name.trim_end_matches("_FILE"));
    expected.sort_unstable();
    assert_eq!(named, expected, "{}", ended.stderr);
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    assert!(ended.stderr.contains("did you mean APP_LISTEN?"));
}

#[tokio::test]
async fn print_config_shows_values_and_where_they_come_from_but_no_secret() {
    let args = ["--print-config", "--drain-deadline", "3s"];
    let variables = [("APP_SESSION_SECRET", "hunter2"), ("PORT", "4000")];
    let ended = run(&args, &variables).await;
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), ""));
    let row = |name: &str| {
        let line = ended.stdout.lines().find(|line| line.starts_with(name));
        line.unwrap_or_else(|| panic!("{name} in {}", ended.stdout))
    };
    assert!(row("APP_ENV").contains("production"));
    assert!(row("APP_LISTEN").contains("127.0.0.1:4000"));
    assert!(row("APP_DRAIN__DEADLINE").contains("3s"));
    assert!(row("APP_SESSION_SECRET").contains("[redacted]"));
    assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
}

#[tokio::test]
async fn the_comments_of_the_settings_are_in_help_table_and_example() {
    let about = "How long idle connections stay open then";
    for flag in ["--help", "--print-config", "--print-env-example"] {
        let ended = run(&[flag], &[]).await;
        assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), ""));
        assert!(ended.stdout.contains(about), "{}", ended.stdout);
        assert!(
            ended.stdout.contains("APP_DRAIN__LINGER"),
            "{}",
            ended.stdout
        );
    }
    // What is asked for may be what mends it.
    let ended = run(&["--print-env-example"], &[("APP_LISTEN", "here")]).await;
    assert_eq!(ended.status.code(), Some(0));
    assert!(!ended.stdout.contains("here"), "{}", ended.stdout);
}

#[tokio::test]
async fn the_page_says_which_mode_it_runs_in() {
    let production = App::start().await;
    let text = production.get("/").await;
    assert!(text.text().contains("<strong>production</strong>"));
    let development = App::start_in_development().await;
    let text = development.get("/").await;
    assert!(text.text().contains("<strong>development</strong>"));
}
