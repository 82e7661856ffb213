//! `application/problem+json` (RFC 9457 §3), written by hand: it is one object
//! of known shape, and a serializer would be this crate's largest dependency.

use super::{Page, Value};
use std::fmt::Write;

/// Members that are ours to write.
const RESERVED: [&str; 7] = [
    "type",
    "title",
    "status",
    "detail",
    "instance",
    "request_id",
    "debug",
];

pub(super) fn write(page: &Page<'_>) -> String {
    let problem = page.problem;
    let mut object = Object::new();
    object.text("type", problem.type_uri.as_deref().unwrap_or("about:blank"));
    object.text("title", problem.title_or_reason());
    write_number(object.member("status"), problem.status.as_u16());
    object.optional("detail", problem.detail.as_deref());
    object.optional("instance", problem.instance.as_deref());
    object.optional("request_id", page.request_id);
    for (index, (name, value)) in problem.extensions.iter().enumerate() {
        let earlier = &problem.extensions[..index];
        let is_taken =
            RESERVED.contains(&&**name) || earlier.iter().any(|(other, _)| other == name);
        if !is_taken {
            write_value(object.member(name), value);
        }
    }
    if let Some(debug) = page.debug {
        object.member("debug").push_str(&write_debug(debug));
    }
    object.end()
}

fn write_debug(report: &crate::Report) -> String {
    let mut object = Object::new();
    object.text("kind", report.kind().as_str());
    object.text("phase", report.phase().as_str());
    object.text("message", report.message());
    object.optional("location", report.location());
    let chain = report.source_chain().iter().cloned().map(Value::from);
    write_value(object.member("chain"), &Value::List(chain.collect()));
    object.optional("backtrace", report.resolved_backtrace());
    object.end()
}

struct Object(String);

impl Object {
    fn new() -> Self {
        Self(String::from("{"))
    }

    /// Begins a member, whose value comes next.
    fn member(&mut self, name: &str) -> &mut String {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        write_text(&mut self.0, name);
        self.0.push(':');
        &mut self.0
    }

    fn text(&mut self, name: &str, value: &str) {
        write_text(self.member(name), value);
    }

    fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Integer(value) => write_number(out, value),
        // JSON has no other numbers (RFC 8259 §6).
        Value::Number(value) if !value.is_finite() => out.push_str("null"),
        // Debug and not Display, which writes 1e300 as 301 digits.
        Value::Number(value) => write_number(out, format_args!("{value:?}")),
        Value::Text(value) => write_text(out, value),
        Value::List(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(out, value);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut object = Object::new();
            for (name, value) in members {
                write_value(object.member(name), value);
            }
            out.push_str(&object.end());
        }
    }
}

fn write_number(out: &mut String, number: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{number}");
}

/// A string with what RFC 8259 §7 has escaped.
fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;
    use http::StatusCode;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Integer),
            any::<f64>().prop_map(Value::Number),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            let members = prop::collection::btree_map(any::<String>(), inner.clone(), 0..5);
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(Value::List),
                members.prop_map(|members| {
                    Value::Object(members.into_iter().map(|(k, v)| (k.into(), v)).collect())
                }),
            ]
        })
    }

    fn expected(value: &Value) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Integer(value) => (*value).into(),
            Value::Number(value) => (*value).into(),
            Value::Text(value) => value.as_ref().into(),
            Value::List(values) => values.iter().map(expected).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.to_string(), expected(value)))
                .collect(),
        }
    }

    fn same(ours: &serde_json::Value, theirs: &serde_json::Value) -> bool {
        use serde_json::Value as Json;
        match (ours, theirs) {
            // serde_json reads floats with an error in the last place, unless
            // asked for better.
            (Json::Number(a), Json::Number(b)) if a.is_f64() => a
                .as_f64()
                .zip(b.as_f64())
                .is_some_and(|(a, b)| (a - b).abs() <= a.abs() * 1e-15),
            (Json::Array(a), Json::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Json::Object(a), Json::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
            }
            _ => ours == theirs,
        }
    }

    proptest! {
        #[test]
        fn any_value_is_read_back_by_another_parser(value in value()) {
            let mut out = String::new();
            write_value(&mut out, &value);
            let read: serde_json::Value = serde_json::from_str(&out).unwrap();
            prop_assert!(same(&read, &expected(&value)), "{out}");
        }

        #[test]
        fn any_problem_is_one_object(title in any::<String>(), detail in any::<String>(), name in any::<String>()) {
            let problem = Problem::new(StatusCode::IM_A_TEAPOT)
                .title(title.clone())
                .detail(detail.clone())
                .extension(name.clone(), 1)
                .extension(name, 2);
            let page = Page::of(&problem);
            let read: serde_json::Value = serde_json::from_str(&write(&page)).unwrap();
            prop_assert_eq!(&read["title"], &title);
            prop_assert_eq!(&read["detail"], &detail);
            prop_assert_eq!(&read["type"], "about:blank");
            prop_assert_eq!(&read["status"], 418);
        }
    }

    #[test]
    fn an_extension_cannot_forge_a_member_of_the_standard() {
        let problem = Problem::new(StatusCode::NOT_FOUND)
            .extension("status", 200)
            .extension("debug", "x");
        let text = write(&Page::of(&problem));
        assert_eq!(
            text,
            r#"{"type":"about:blank","title":"Not Found","status":404}"#
        );
    }
}
