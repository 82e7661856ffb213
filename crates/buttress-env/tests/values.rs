//! Values are what their type makes of them, and nothing is guessed.

use buttress_env::{ByteSize, Env, Secret};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    time::Duration,
};

fn load<T: DeserializeOwned + Clone>(variables: &[(&str, &str)]) -> Result<T, String> {
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    let loaded = Env::prefix("APP").variables(variables).load::<T>();
    loaded
        .map(|it| T::clone(&it))
        .map_err(|error| error.to_string())
}

#[derive(Clone, Debug, Deserialize)]
struct One<T> {
    it: T,
}

fn one<T: DeserializeOwned + Clone>(value: &str) -> Result<T, String> {
    load::<One<T>>(&[("APP_IT", value)]).map(|one| one.it)
}

#[test]
fn text_is_kept_exactly() {
    let long = "x".repeat(100_000);
    for text in [
        "0123456",
        "12e5",
        "true",
        "null",
        "1.0",
        "~",
        "[1]",
        "{}",
        " a ",
        "a\nb\n",
        "\"q\"",
        "",
        "0x1f",
        long.as_str(),
    ] {
        assert_eq!(one::<String>(text).unwrap(), text);
        if !text.is_empty() {
            assert_eq!(one::<Secret<String>>(text).unwrap().expose(), text);
            assert_eq!(one::<Option<String>>(text).unwrap().as_deref(), Some(text));
        }
    }
}

#[test]
fn numbers_are_checked_by_their_type() {
    assert_eq!(one::<u16>("65535"), Ok(65535));
    assert!(one::<u16>("65536").is_err());
    assert!(one::<u16>("-1").is_err());
    assert!(one::<u16>(" 1").is_err());
    assert!(one::<u16>("1e3").is_err());
    assert_eq!(one::<i8>("-128"), Ok(-128));
    assert_eq!(
        one::<u128>("340282366920938463463374607431768211455"),
        Ok(u128::MAX)
    );
    assert_eq!(one::<f64>("1e3"), Ok(1000.0));
    assert_eq!(one::<char>("ß"), Ok('ß'));
    assert!(one::<char>("ab").is_err());
}

#[test]
fn truth_has_the_usual_words() {
    for (text, truth) in [
        ("true", true),
        ("1", true),
        ("Yes", true),
        ("on", true),
        ("FALSE", false),
        ("0", false),
    ] {
        assert_eq!(one::<bool>(text), Ok(truth));
    }
    assert!(one::<bool>("maybe").is_err());
}

#[test]
fn durations_and_sizes_have_units() {
    assert_eq!(one::<Duration>("1h 30m"), Ok(Duration::from_secs(5400)));
    assert_eq!(one::<Duration>("250ms"), Ok(Duration::from_millis(250)));
    assert!(
        one::<Duration>("30")
            .unwrap_err()
            .contains("a duration such as")
    );
    assert_eq!(one::<ByteSize>("512KiB"), Ok(ByteSize::new(512 * 1024)));
    assert_eq!(one::<ByteSize>("2MB"), Ok(ByteSize::new(2_000_000)));
    assert_eq!(one::<ByteSize>("77"), Ok(ByteSize::new(77)));
    for bad in ["much", "-1", "99999999999EB", "1 potato"] {
        let error = one::<ByteSize>(bad).unwrap_err();
        assert!(
            error.contains("expected a size such as 512KiB or 2MB"),
            "{error}"
        );
    }
}

#[test]
fn lists_are_comma_separated_or_indexed() {
    assert_eq!(one::<Vec<u16>>("80, 443"), Ok(vec![80, 443]));
    assert_eq!(one::<Vec<u16>>(""), Ok(vec![]));
    assert_eq!(one::<[u8; 2]>("1,2"), Ok([1, 2]));
    assert!(one::<[u8; 2]>("1,2,3").is_err());
    assert_eq!(one::<HashSet<String>>("a,a").unwrap().len(), 1);
    let indexed = [("APP_IT__0", "a,b"), ("APP_IT__1", "c")];
    assert_eq!(load::<One<Vec<String>>>(&indexed).unwrap().it, ["a,b", "c"]);
    let gap = [("APP_IT__0", "a"), ("APP_IT__2", "c")];
    assert!(
        load::<One<Vec<String>>>(&gap)
            .unwrap_err()
            .starts_with("APP_IT__2: no field")
    );
    let more_than_ten: Vec<_> = (0..12)
        .map(|i| (format!("APP_IT__{i}"), i.to_string()))
        .collect();
    let more: Vec<_> = more_than_ten
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        load::<One<Vec<u8>>>(&more).unwrap().it,
        (0..12).collect::<Vec<u8>>()
    );
}

#[test]
fn lists_of_structs_are_indexed_and_say_what_they_lack() {
    #[derive(Clone, Debug, Deserialize)]
    struct Upstream {
        host: String,
        port: u16,
    }
    let variables = [
        ("APP_IT__0__HOST", "a"),
        ("APP_IT__0__PORT", "1"),
        ("APP_IT__1__HOST", "b"),
    ];
    let error = load::<One<Vec<Upstream>>>(&variables).unwrap_err();
    assert_eq!(
        error,
        "APP_IT__1__PORT: missing, expected a whole number from 0 to 65535"
    );
    let all = load::<One<Vec<Upstream>>>(&variables[..2]).unwrap().it;
    assert_eq!((all[0].host.as_str(), all[0].port), ("a", 1));
}

#[test]
fn maps_are_by_name_or_in_one_text() {
    type Map = BTreeMap<String, u16>;
    let expected = Map::from([("a".into(), 1), ("b_c".into(), 2)]);
    let by_name = [("APP_IT__A", "1"), ("APP_IT__B_C", "2")];
    assert_eq!(load::<One<Map>>(&by_name).unwrap().it, expected);
    assert_eq!(one::<Map>("a=1, b_c = 2"), Ok(expected));
    assert_eq!(one::<Map>(""), Ok(Map::new()));
    assert!(one::<Map>("a").unwrap_err().contains("expected key=value"));
    let bad = load::<One<Map>>(&[("APP_IT__A", "x"), ("APP_IT__B", "y")]).unwrap_err();
    assert_eq!(bad.lines().count(), 2, "{bad}");
}

#[test]
fn enums_are_by_name_and_may_hold_data() {
    #[derive(Clone, Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Store {
        InMemory,
        Redis { url: String, pool_size: u16 },
        File(PathBuf),
    }
    assert_eq!(one::<Store>("in-memory"), Ok(Store::InMemory));
    assert_eq!(one::<Store>("In-Memory"), Ok(Store::InMemory));
    let redis = [
        ("APP_IT__REDIS__URL", "u"),
        ("APP_IT__REDIS__POOL_SIZE", "3"),
    ];
    let expected = Store::Redis {
        url: "u".into(),
        pool_size: 3,
    };
    assert_eq!(load::<One<Store>>(&redis).unwrap().it, expected);
    let file = load::<One<Store>>(&[("APP_IT__FILE", "/x")]).unwrap().it;
    assert_eq!(file, Store::File("/x".into()));
    let error = one::<Store>("redis").unwrap_err();
    assert!(error.contains("APP_IT__REDIS__URL: missing"), "{error}");
    assert!(
        error.contains("APP_IT__REDIS__POOL_SIZE: missing"),
        "{error}"
    );
    let error = load::<One<Store>>(&[]).unwrap_err();
    assert_eq!(
        error,
        "APP_IT: missing, expected one of in-memory, redis, file"
    );
}

#[test]
fn defaults_renames_and_aliases_are_serdes() {
    #[derive(Clone, Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Config {
        #[serde(default = "four")]
        max_size: u16,
        #[serde(alias = "colour")]
        color: String,
        #[serde(default)]
        nested: Nested,
    }
    #[derive(Clone, Debug, Default, Deserialize)]
    #[serde(default)]
    struct Nested {
        deep: u8,
        deeper: u8,
    }
    fn four() -> u16 {
        4
    }
    let config = load::<Config>(&[("APP_COLOUR", "red"), ("APP_NESTED__DEEPER", "7")]).unwrap();
    assert_eq!((config.max_size, config.color.as_str()), (4, "red"));
    assert_eq!((config.nested.deep, config.nested.deeper), (0, 7));
    let config = load::<Config>(&[("APP_COLOR", "red"), ("APP_MAX_SIZE", "5")]).unwrap();
    assert_eq!(config.max_size, 5);
    let error = load::<Config>(&[("APP_COLOR", "red"), ("APP_COLOUR", "red")]).unwrap_err();
    assert!(error.contains("`color` is set under two names"), "{error}");
}

#[test]
fn a_struct_whose_fields_all_have_defaults_needs_nothing() {
    #[derive(Clone, Debug, Deserialize)]
    struct Config {
        nested: Nested,
    }
    #[derive(Clone, Debug, Deserialize)]
    struct Nested {
        #[serde(default)]
        deep: u8,
        other: Option<String>,
    }
    let config = load::<Config>(&[]).unwrap();
    assert_eq!((config.nested.deep, config.nested.other), (0, None));
}

#[test]
fn empty_is_unset_for_an_option_and_an_error_for_a_secret() {
    assert_eq!(one::<Option<u16>>(""), Ok(None));
    assert!(one::<Option<Secret<String>>>("").unwrap().is_none());
    assert!(one::<Option<Vec<String>>>("").unwrap().is_none());
    assert_eq!(one::<String>(""), Ok(String::new()));
    let error = one::<Secret<String>>("").unwrap_err();
    assert!(
        error.starts_with("APP_IT: expected a secret, and it is empty"),
        "{error}"
    );
    let error = one::<u16>("").unwrap_err();
    assert!(error.contains("65535, and it is empty"), "{error}");
}

#[test]
fn three_thousand_variables_and_a_megabyte_are_read() {
    let megabyte = "m".repeat(1024 * 1024);
    let mut variables: Vec<(String, String)> = (0..3000)
        .map(|i| (format!("OTHER_{i}"), "x".repeat(30)))
        .collect();
    variables.push(("APP_IT".into(), megabyte.clone()));
    let config = Env::prefix("APP")
        .variables(variables)
        .load::<One<Secret<String>>>();
    assert_eq!(*config.unwrap().it.expose(), megabyte);
}
