//! Types of unusual shape: what holds structs, what holds itself, and what has
//! two names. Nothing is made up for them, and reading them ends.

use buttress_env::Env;
use serde::{Deserialize, de::DeserializeOwned};
use std::{collections::HashMap, fmt::Debug};

fn env(variables: &[(&str, &str)]) -> Env {
    let variables = variables.iter();
    let variables = variables.map(|(name, value)| (name.to_string(), value.to_string()));
    Env::prefix("APP").variables(variables.collect::<Vec<_>>())
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct One<T> {
    one: T,
}

fn problems<T: DeserializeOwned + Debug>(variables: &[(&str, &str)]) -> Vec<String> {
    let error = env(variables).load::<One<T>>().unwrap_err();
    let problems = error.problems().iter();
    problems
        .map(|problem| format!("{}: {}", problem.variable(), problem.message()))
        .collect()
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Host {
    name: String,
    #[serde(default)]
    port: u16,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(dead_code)]
struct Limits {
    most: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
enum Login {
    Token(String),
    Pair(u8, u8),
    Basic { user: String },
    Nobody,
}

#[test]
fn text_for_elements_that_have_parts_is_refused_and_nothing_is_made_up() {
    let elements = "ONE: expected no text, but one variable for each field, \
                    below APP_ONE__0 or APP_ONE__KEY";
    let expected = [format!("APP_{elements}")];
    assert_eq!(problems::<Vec<Host>>(&[("APP_ONE", "x,y")]), expected);
    assert_eq!(problems::<Vec<Option<Host>>>(&[("APP_ONE", "x")]), expected);
    assert_eq!(problems::<Vec<Limits>>(&[("APP_ONE", "x")]), expected);
    assert_eq!(problems::<(Host, u8)>(&[("APP_ONE", "x,1")]), expected);
    assert_eq!(
        problems::<HashMap<String, Host>>(&[("APP_ONE", "k=v")]),
        expected
    );
    for login in ["Token", "Pair", "Basic,Nobody"] {
        assert_eq!(problems::<Vec<Login>>(&[("APP_ONE", login)]), expected);
    }
    assert!(
        env(&[("APP_ONE", "Nobody,Nobody")])
            .load::<One<Vec<Login>>>()
            .is_ok()
    );
}

#[test]
fn text_for_a_struct_is_refused_though_all_of_it_is_optional() {
    let expected = ["APP_ONE: expected no text, but one variable for each field, below APP_ONE__"];
    assert_eq!(problems::<Option<Limits>>(&[("APP_ONE", "5")]), expected);
    assert_eq!(problems::<Limits>(&[("APP_ONE", "5")]), expected);
    let empty = env(&[("APP_ONE", "")]).load::<One<Option<Limits>>>();
    assert!(empty.unwrap().one.is_none());
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Tree {
    name: String,
    children: Vec<Tree>,
    #[serde(default)]
    by_name: HashMap<String, Tree>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
enum Rule {
    Not(Box<Rule>),
    Both(Box<Rule>, Box<Rule>),
    Is(u8),
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Wide {
    a: Option<Box<Wide>>,
    b: Option<Box<Wide>>,
    c: Option<Box<Wide>>,
    d: Option<Box<Wide>>,
}

#[test]
fn types_that_hold_themselves_are_read_and_described_to_an_end() {
    let read = env(&[("APP_ONE__NOT__NOT__IS", "3")]).load::<One<Rule>>();
    assert!(matches!(&read.unwrap().one, Rule::Not(rule) if matches!(**rule, Rule::Not(_))));
    assert_eq!(problems::<Rule>(&[("APP_ONE", "Not")]).len(), 1);
    let lacks = problems::<Tree>(&[("APP_ONE__NAME", "root"), ("APP_TWO", "")]);
    assert_eq!(lacks.len(), 2, "{lacks:?}");
    assert_eq!(problems::<Wide>(&[("APP_TWO", "")]).len(), 1);
    for example in [
        Env::prefix("APP").example::<One<Rule>>(),
        Env::prefix("APP").example::<One<Tree>>(),
        Env::prefix("APP").example::<One<Wide>>(),
    ] {
        assert!(example.contains("APP_ONE"), "{example}");
    }
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Named {
    #[serde(alias = "address")]
    listen: String,
    #[serde(default, alias = "workers", alias = "threads_count")]
    threads: u8,
    port: u16,
}

#[test]
fn a_field_of_two_names_hides_none_behind_it() {
    let example = Env::prefix("APP").example::<Named>();
    let names = example.lines().filter(|line| !line.starts_with("# a"));
    let names: Vec<_> = names.filter(|line| line.contains('=')).skip(1).collect();
    assert_eq!(names, ["APP_LISTEN=", "# APP_THREADS=", "APP_PORT="]);

    let typed = env(&[("APP_ADDRESS", "a"), ("APP_PROT", "1"), ("APP_PORT", "1")]);
    let error = typed.load::<Named>().unwrap_err().to_string();
    assert!(error.contains("did you mean APP_PORT?"), "{error}");
}

#[test]
fn a_field_that_is_set_under_two_names_is_one_problem_of_several() {
    let both = env(&[
        ("APP_LISTEN", "one"),
        ("APP_ADDRESS", "two"),
        ("APP_PORT", "x"),
    ]);
    let error = both.load::<Named>().unwrap_err();
    let of = |problem: &buttress_env::Problem| problem.variable().to_owned();
    let variables: Vec<_> = error.problems().iter().map(of).collect();
    assert_eq!(variables, ["APP_ADDRESS", "APP_PORT"], "{error}");
}

#[derive(Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "kebab-case")]
enum Color {
    DarkRed,
}

#[test]
fn keys_of_maps_are_of_any_type_that_text_can_be() {
    let by_name = env(&[("APP_ONE__1", "a"), ("APP_ONE__20", "b")]);
    let read = by_name.load::<One<HashMap<u16, String>>>().unwrap();
    assert_eq!((read.one[&1].as_str(), read.one[&20].as_str()), ("a", "b"));
    let read = env(&[("APP_ONE", "true=1")]).load::<One<HashMap<bool, u8>>>();
    assert_eq!(read.unwrap().one[&true], 1);
    let read = env(&[("APP_ONE", "dark-red=1")]).load::<One<HashMap<Color, u8>>>();
    assert_eq!(read.unwrap().one[&Color::DarkRed], 1);

    let bad = [
        ("APP_ONE__1", "x"),
        ("APP_ONE__ABC", "1"),
        ("APP_ONE__2", "1"),
    ];
    let expected = "expected a whole number from 0 to 255";
    let expected = ["APP_ONE__1", "APP_ONE__ABC"].map(|name| format!("{name}: {expected}"));
    assert_eq!(problems::<HashMap<u8, u8>>(&bad), expected);
}

#[derive(Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(try_from = "String")]
struct Even(String);

impl TryFrom<String> for Even {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.len() % 2 {
            0 => Ok(Self(text)),
            _ => Err("needs pairs"),
        }
    }
}

#[test]
fn a_bad_value_does_not_spoil_its_key_nor_a_bad_key_its_value() {
    let bad = [
        ("APP_ONE__AB", "x"),
        ("APP_ONE__ABC", "1"),
        ("APP_ONE__CD", "y"),
    ];
    let number = "expected a whole number from 0 to 255";
    let expected = [
        format!("APP_ONE__AB: {number}"),
        "APP_ONE__ABC: needs pairs".to_owned(),
        format!("APP_ONE__CD: {number}"),
    ];
    assert_eq!(problems::<HashMap<Even, u8>>(&bad), expected);
    let good = [("APP_ONE__AB", "ab"), ("APP_ONE__CD", "cd")];
    let read = env(&good).load::<One<HashMap<Even, Even>>>().unwrap();
    assert_eq!(read.one[&Even("ab".into())], Even("ab".into()));
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", content = "value")]
#[allow(dead_code)]
enum Upstream {
    Tcp { addr: std::net::SocketAddr },
    Unix(String),
}

#[test]
fn a_bad_field_of_an_enum_with_tag_and_content_hides_none_behind_it() {
    let bad = [
        ("APP_ONE__0__KIND", "Tcp"),
        ("APP_ONE__0__VALUE__ADDR", "1.2.3.4"),
        ("APP_ONE__1__KIND", "Unix"),
        ("APP_ONE__1__VALUE", "/run/a"),
        ("APP_ONE__2__KIND", "Tcp"),
        ("APP_ONE__2__VALUE__ADDR", "5.6.7.8"),
    ];
    let message = "invalid socket address syntax";
    let expected = [0, 2].map(|index| format!("APP_ONE__{index}__VALUE__ADDR: {message}"));
    assert_eq!(problems::<Vec<Upstream>>(&bad), expected);
}

#[test]
fn a_key_in_lower_case_is_told_to_be_in_upper_case() {
    let error = problems::<HashMap<String, String>>(&[("APP_ONE", "a=b"), ("APP_ONE__zone", "1")]);
    assert_eq!(
        error,
        ["APP_ONE__zone: no field has this name; did you mean APP_ONE__ZONE?"]
    );
}
